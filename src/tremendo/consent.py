"""Who says that the people in a photograph may be set in motion, kept in the project.

``consent.toml`` holds one line for each photograph, and one named ``*`` for all others:
``historic`` (the people are dead or the picture is an old public record), ``self`` (it shows the
user) or ``permission`` (the person agreed). It goes into the film's provenance record.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import tomli_w

from tremendo.core.settings import settings_text
from tremendo.errors import ConfigError, UsageError
from tremendo.media.atomic import write_text

__all__ = ["DECLARATIONS", "UNKNOWN", "Consent"]

DECLARATIONS = ("historic", "self", "permission")
UNKNOWN = "not declared"
_FILE = "consent.toml"
_ALL = "*"


@dataclass(frozen=True)
class Consent:
    """The declarations of a project: photograph's file name, or ``*``, to declaration."""

    declared: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> Consent:
        """What was declared in a project so far.

        Raises:
            ConfigError: ``consent.toml`` is damaged or says something unknown.
        """
        file = folder / _FILE
        if not file.is_file():
            return cls()
        try:
            content = tomllib.loads(settings_text(file))
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise ConfigError(
                f"not valid TOML ({error})", path=file, hint="mend the line or move the file away"
            ) from error
        for name, said in content.items():
            if said not in DECLARATIONS:
                raise ConfigError(
                    f"'{name}' is declared '{said}'",
                    path=file,
                    hint="one of " + ", ".join(DECLARATIONS),
                )
        return cls(content)

    def of(self, photograph: str | Path) -> str:
        """The declaration for a photograph, or `UNKNOWN`."""
        return self.declared.get(Path(photograph).name, self.declared.get(_ALL, UNKNOWN))

    def declare(self, folder: Path, said: str, photograph: str = _ALL) -> Consent:
        """Record a declaration for a photograph, or for all that have none of their own.

        Raises:
            UsageError: no such declaration.
        """
        if said not in DECLARATIONS:
            raise UsageError(f"'{said}' declares nothing", hint="one of " + ", ".join(DECLARATIONS))
        declared = self.declared | {photograph: said}
        write_text(folder / _FILE, tomli_w.dumps(declared))
        return Consent(declared)

    def statement(self, photographs: Iterable[str | Path]) -> str:
        """What was declared for photographs, as one clause of the provenance record."""
        said: dict[str, list[str]] = {}
        for name in sorted({Path(photograph).name for photograph in photographs}):
            said.setdefault(self.of(name), []).append(name)
        return "; ".join(f"{word}: {', '.join(names)}" for word, names in sorted(said.items()))
