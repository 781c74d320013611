"""What a run goes by: project, decisions, treatment and consent, each read once and then frozen.

*Why.* A file that is edited while a film is made must not be read in two states: what the montage
was decided by is what the report tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tremendo.consent import Consent
from tremendo.decisions import Decisions, ShotChoice
from tremendo.errors import MediaError
from tremendo.montage import Treatment, read_treatment
from tremendo.project import Project
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
        return cls(
            project,
            project.decisions(),
            None if project.treatment is None else read_treatment(project.treatment),
            Consent.load(project.folder),
        )

    @property
    def store(self) -> Store:
        """Where the project's results lie."""
        return Store(self.project.folder / "store")

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
