"""The settings' dataclasses go in, the table of ``docs/reference/settings.md`` comes out.

python scripts/print_settings.py
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import msgspec.inspect

from tremendo.core.settings import allowed
from tremendo.decisions import Decisions, ShotChoice
from tremendo.project import BeatCorrections, Credits, Film, LookOptions

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "settings.md"
TABLES: dict[str, tuple[str, type[Any]]] = {
    "[film]": ('the film\'s shape; `size = "1280x720"` stands for width and height', Film),
    "[look]": ("what is done to pictures", LookOptions),
    "[music]": ("what you hear better than the machine", BeatCorrections),
    "[credits]": ("what stands over the pictures", Credits),
    "decisions.json": ("the director's word", Decisions),
    'decisions.json, "shots", of each shot': ("how it is shown", ShotChoice),
}


def page() -> str:
    """The page."""
    lines = [
        "# Settings and decisions",
        "",
        "Printed by `scripts/print_settings.py` from what the program checks. An unknown key is",
        "refused with the nearest known one; a wrong value with its key, the value and the remedy.",
        "",
        "`project.toml` begins with `version`, `inputs` (a list of files and folders), `song` and,",
        "if there is one, `treatment`; paths are relative to the project.",
    ]
    for title, (about, kind) in TABLES.items():
        lines += ["", f"## {title}", "", f"{about[0].upper()}{about[1:]}.", ""]
        lines += ["| key | what may stand there | default |", "|---|---|---|"]
        types = {f.name: f.type for f in msgspec.inspect.type_info(kind).fields}
        lines += [
            f"| `{field.name}` | {allowed(field, types[field.name])} | {_default(field)} |"
            for field in dataclasses.fields(kind)
        ]
    return "\n".join(lines) + "\n"


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is dataclasses.MISSING or field.default in (None, "", ()):
        return ""
    plain = str(field.default)
    return f"`{plain.lower() if isinstance(field.default, bool) else plain}`"


if __name__ == "__main__":
    PAGE.write_text(page())
