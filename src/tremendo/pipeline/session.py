"""What a run goes by: project, decisions, treatment and consent, each read once and then frozen.

*Why.* A file that is edited while a film is made must not be read in two states: what the montage
was decided by is what the report tells.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from tremendo.consent import Consent
from tremendo.core.settings import nearest
from tremendo.decisions import Decisions, ShotChoice
from tremendo.errors import ConfigError, MediaError
from tremendo.finish.color.style import STYLES
from tremendo.montage import Slot, Treatment, read_treatment
from tremendo.project import Project
from tremendo.serialization import from_plain
from tremendo.store import Store

__all__ = ["Session"]


@dataclass(frozen=True)
class Session:
    """The settings of one run.

    Attributes:
        project: ``project.toml``.
        decisions: the director's word.
        treatment: the director's treatment; None without one.
        consent: who allows the people in photographs to be set in motion.
    """

    project: Project
    decisions: Decisions
    treatment: Treatment | None
    consent: Consent

    @classmethod
    def open(cls, project: Project) -> Session:
        """Read what belongs to a project.

        Raises:
            MediaError: the treatment cannot be read.
            ConfigError: decisions or consent are not understood.
        """
        path = project.treatment
        opened = cls(
            project,
            project.decisions(),
            None if path is None else read_treatment(path, STYLES),
            Consent.load(project.folder),
        )
        opened.locks  # noqa: B018 - refused now, not when the cut is decided
        return opened

    @property
    def store(self) -> Store:
        """Where the project's results lie."""
        return Store(self.project.folder / "store")

    @cached_property
    def locks(self) -> tuple[Slot, ...]:
        """Slots that must stay as they are.

        Raises:
            ConfigError: one is no slot.
        """
        return tuple(
            _slot(lock, f"locks[{number}]", self.project.folder / "decisions.json")
            for number, lock in enumerate(self.decisions.locks)
        )

    def strangers(self, shots: Collection[str]) -> Iterator[str]:
        """What the director has decided of shots that there are not, in words.

        Raises:
            ConfigError: such a shot is locked into the cut.
        """
        file = self.project.folder / "decisions.json"
        for number, lock in enumerate(self.locks):
            if lock.shot not in shots:
                raise ConfigError(
                    f"locks[{number}].shot: there is no shot '{lock.shot}'",
                    path=file,
                    hint=_meant(lock.shot, shots) or "take the lock out, or bring its film back",
                )
        given = self.decisions
        vetoed = [
            each for veto in given.vetoes for each in ([veto] if isinstance(veto, str) else veto)
        ]
        for key, named in (("vetoes", vetoed), ("likes", given.likes), ("shots", given.shots)):
            for shot in dict.fromkeys(named):
                if shot not in shots:
                    meant = _meant(shot, shots)
                    yield f"decisions.json: {key}: there is no shot '{shot}': left out" + (
                        f" ({meant})" if meant else ""
                    )

    def choice(self, shot: str) -> ShotChoice:
        """How the director wants a shot to be shown."""
        return self.decisions.shots.get(shot, ShotChoice())

    def conform(self, shot: str) -> str:
        """How the film of a shot is brought to the frame rate."""
        return self.choice(shot).conform or self.project.film.conform

    def conforms_by(self, way: str) -> bool:
        """Whether any shot may be brought to the frame rate in this way."""
        own = (choice.conform for choice in self.decisions.shots.values())
        return way in {self.project.film.conform, *own}

    @cached_property
    def palettes(self) -> dict[str, str]:
        """Styles of color by the chapters that have one."""
        chapters = () if self.treatment is None else self.treatment.chapters
        return {chapter.name: chapter.palette for chapter in chapters if chapter.palette}

    def reference(self, name: str) -> Path:
        """A picture that colors follow.

        Raises:
            MediaError: there is none.
        """
        path = self.project.folder / name
        if not path.is_file():
            raise MediaError(
                "there is no such reference",
                path=path,
                hint="mend its name in decisions.json or put the picture there",
            )
        return path


def _meant(shot: str, shots: Collection[str]) -> str:
    near = nearest(shot, shots)
    return f"did you mean '{near}'?" if near else ""


def _slot(lock: dict[str, Any], key: str, file: Path) -> Slot:
    """A locked slot.

    Raises:
        ConfigError: a part of it is missing, unknown or of another kind.
    """
    known = [field.name for field in fields(Slot)]
    for name in lock:
        if name not in known:
            near = nearest(name, known)
            raise ConfigError(
                f"{key}.{name}: there is no such setting",
                path=file,
                hint=f"did you mean '{near}'?" if near else "copy the slot from `tremendo propose`",
            )
    for name in ("start", "end", "shot", "source_in", "fps"):
        if name not in lock:
            raise ConfigError(
                f"{key}.{name}: is missing",
                path=file,
                hint="copy the whole slot from `tremendo propose --instead N --json`",
            )
    try:
        slot = from_plain(Slot, lock)
        whole = all(isinstance(n, int) for n in (slot.start, slot.end, slot.source_in))
        if whole and 0 <= slot.start < slot.end and slot.source_in >= 0 and slot.fps > 0:
            return slot
        reason = "its frames are no stretch of a film"
    except (TypeError, ValueError, ZeroDivisionError, AttributeError) as error:
        reason = str(error)
    raise ConfigError(
        f"{key}: {str(lock)[:60]} is no slot ({reason})",
        path=file,
        hint="copy the slot from `tremendo propose --instead N --json`",
    )
