"""What an archive has written about a film or photograph, in a file beside it.

Read are Dublin Core and PBCore in XML (``reel.xml``, ``reel.mkv.xml``) and the same words in JSON
(``reel.json``). Sources: Dublin Core Metadata Element Set 1.1; PBCore 2.1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree as ET

__all__ = ["Record", "read_record"]

_LARGEST = 2**20
_WORDS = {
    "title": ("title", "pbcoretitle", "maintitle"),
    "year": ("date", "created", "datecreated", "issued", "assetdate", "pbcoreassetdate", "year"),
    "creator": ("creator", "director", "photographer"),
    "holder": ("publisher", "provenance", "instantiationlocation", "archive", "holder"),
    "rights": ("rights", "license", "rightssummary", "rightsstatement"),
    "identifier": ("identifier", "pbcoreidentifier"),
}
"""Local names of elements (lower case) by what they mean here."""


@dataclass(frozen=True)
class Record:
    """Descriptive metadata of one source; empty where nothing is known."""

    title: str = ""
    year: str = ""
    creator: str = ""
    holder: str = ""
    """The archive that keeps it."""
    rights: str = ""
    identifier: str = ""

    @property
    def credit(self) -> str:
        """One line for the credits."""
        title = f"{self.title} ({self.year})" if self.title and self.year else self.title
        return ", ".join(part for part in (title, self.creator, self.holder, self.rights) if part)


def read_record(source: Path) -> tuple[Record, str | None]:
    """The record beside a source, and what was wrong with it, if anything.

    A file that cannot be understood never stops the film: its source is then without a record.
    """
    for path in _places(source):
        if not path.is_file():
            continue
        try:
            text = path.read_bytes()[:_LARGEST].decode("utf-8-sig")
            found = _from_json(text) if path.suffix == ".json" else _from_xml(text)
        except (OSError, ValueError, ET.ParseError, RecursionError) as error:
            return Record(), f"{path}: its description cannot be read ({error})"
        return found, None
    return Record(), None


def _places(source: Path) -> list[Path]:
    bases = [source] if source.is_dir() else [source, source.with_suffix("")]
    return [base.with_name(base.name + suffix) for base in bases for suffix in (".xml", ".json")]


def _from_xml(text: str) -> Record:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("declares entities")  # they can be made to fill the memory
    root = ET.fromstring(text)  # noqa: S314 - no entities, one megabyte
    found = [
        (name, "".join(element.itertext()), " ".join(element.attrib.values()).lower())
        for name, element in _own_elements(root)
        if not len(element)
    ]
    found.sort(key=lambda said: _rank(said[2]))
    return _filled([(name, value) for name, value, kind in found if not _is_of_another(kind)])


def _own_elements(element: ET.Element) -> Iterator[tuple[str, ET.Element]]:
    """Elements that speak of the item itself, not of what it is a part of (MODS, PBCore)."""
    name = str(element.tag).rpartition("}")[2]
    if name.lower() in {"relateditem", "pbcorerelation", "ispartof"}:
        return
    yield name, element
    for child in element:
        if isinstance(child.tag, str):
            yield from _own_elements(child)


def _rank(kind: str) -> int:
    """Order of what is said twice, by the words of its attributes."""
    return 0 if any(word in kind.split() for word in ("program", "episode", "created")) else 1


def _is_of_another(kind: str) -> bool:
    """Whether a title is the series', or a date only the copyright's."""
    return bool({"series", "collection", "copyright"} & set(kind.split()))


def _from_json(text: str) -> Record:
    content = json.loads(text)
    words = []
    for key, value in content.items() if isinstance(content, dict) else ():
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, dict):  # JSON-LD
            first = first.get("@value")
        if isinstance(first, (str, int)):
            words.append((key.rpartition(":")[2], str(first)))
    return _filled(words)


def _filled(words: list[tuple[str, str]]) -> Record:
    """Of several elements of a kind the first counts."""
    record = Record()
    for name, value in words:
        said = " ".join(value.split())[:200]
        for field, names in _WORDS.items():
            if said and name.lower() in names and not getattr(record, field):
                if field == "year":
                    year = re.search(r"\d{4}", said)
                    said = year[0] if year else said
                record = replace(record, **{field: said})
    return record
