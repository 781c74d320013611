"""The cut and its finished shots go in, the film, its signed record and the report come out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tremendo.deliver import Delivery, DeliveryOptions, Finished, deliver
from tremendo.deliver.framing import focus_of
from tremendo.errors import ResourceError
from tremendo.finish.record import ShotRecord
from tremendo.montage import Timeline, explain
from tremendo.pipeline.graph import DescribedMaterial, ShotJob
from tremendo.pipeline.session import Session
from tremendo.pipeline.sources import Source
from tremendo.pipeline.stage import Stage
from tremendo.store import Store

__all__ = ["Render", "RenderRecord"]


@dataclass(frozen=True)
class RenderRecord:
    """What came of a rendering.

    Attributes:
        warnings: what could not be done as wished.
    """

    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Render(Stage[RenderRecord]):
    """Conform, encode, sign and report. Its file is the film, not one of the store.

    Attributes:
        session: the settings.
        timeline: the cut.
        material: what it is made of.
        finishes: the finished shots.
        output: the film.
        preview: half the size, encoded fast, unsigned, without a report.
        warnings: what the report tells.
        progress: called after each frame.
    """

    stage = "render"
    doing = "rendering"
    version = 5
    record = RenderRecord

    session: Session
    timeline: Timeline
    material: DescribedMaterial
    finishes: tuple[ShotJob, ...]
    output: Path
    preview: bool = False
    warnings: tuple[str, ...] = ()
    progress: Callable[[], None] = field(default=lambda: None, compare=False)

    @property
    def name(self) -> str:
        """There is one."""
        return "the film"

    @property
    def models(self) -> tuple[str, ...]:
        """The interpolator's."""
        return ("rife",) if self.session.conforms_by("rife") else ()

    @property
    def sources(self) -> tuple[Source, ...]:
        """The song."""
        return (self.material.heard.source,)

    @property
    def needs(self) -> tuple[Stage[Any], ...]:
        """The finished shots."""
        return tuple(each.job for each in self.finishes)

    def dependencies(self) -> dict[str, Any]:
        """The cut, its shots, and how they are shown."""
        project = self.session.project
        return {
            "cut": self.timeline,
            "shots": [each.job.key for each in self.finishes],
            "fit": project.film.fit,
            "conform": project.film.conform,
            "preview": self.preview,
            "choices": self.session.decisions.shots,
            "codec": project.film.codec,
            "credits": project.credits,
            "consent": self.session.consent,
            "song": self.material.heard.source.digest,
        }

    def run(self, store: Store) -> RenderRecord:
        """Write the film and what lies beside it."""
        project = self.session.project
        warnings: list[str] = []
        delivery = Delivery(
            timeline=self.timeline,
            clips=self.material.clips,
            song=self.material.song,
            shots=tuple(self._shown(each, store) for each in self.finishes),
            records=(records := self._records(store)),
            folder=project.folder,
            options=self._options(records),
            warnings=self.warnings,
            reasons=tuple(map(self._why, range(len(self.finishes)))),
            settings=project.file.read_text() if project.file.is_file() else "",
        )
        deliver(
            delivery, self.output, progress=lambda _: self.progress(), on_warning=warnings.append
        )
        return RenderRecord(tuple(warnings))

    def cost(self) -> float:
        """Its frames."""
        return float(self.timeline.frames)

    def _records(self, store: Store) -> tuple[ShotRecord, ...]:
        found = [each.job.result(store) for each in self.finishes]
        whole = tuple(record for record in found if record is not None)
        if len(whole) < len(found):
            raise ResourceError(
                "a finished shot can no longer be read",
                path=store.folder,
                hint="run the same command again: it is made anew",
            )
        return whole

    def _shown(self, each: ShotJob, store: Store) -> Finished:
        """How the finished shot of a slot is shown: as the director chose, else as the film."""
        fit = self.session.choice(each.slot.shot).fit or self.session.project.film.fit
        film = each.slot.technique == "film"
        return Finished(
            each.job.file(store),
            each.first,
            focus_of(each.shot),
            fit=fit,
            conform=self.session.conform(each.slot.shot) if film else "repeat",
            joins=each.shot.joins,
        )

    def _options(self, records: tuple[ShotRecord, ...]) -> DeliveryOptions:
        said, film = self.session.project.credits, self.session.project.film
        moved = [
            each.clip.path
            for each, record in zip(self.finishes, records, strict=True)
            if record.moves_people
        ]
        return DeliveryOptions(
            title=said.title,
            credits_position=said.position,
            credits_text=said.text,
            sources=said.sources,
            cards=said.cards,
            codec=film.codec,
            preview=self.preview,
            consent=self.session.consent.statement(moved),
            song_digest=self.material.heard.source.digest,
        )

    def _why(self, number: int) -> str:
        """The reasons for a slot without its headline and without figures."""
        lines = explain(self.timeline, number, list(self.material.clips)).splitlines()[1:]
        return re.sub(r" \(\w+ -?[\d.]+\)", "", " ".join(lines))
