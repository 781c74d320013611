"""The last act: the film, its record of provenance and the report."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tremendo.archive.types import Clip, Shot
from tremendo.deliver.credits import CREDIT
from tremendo.deliver.framing import focus_of
from tremendo.deliver.provenance import Action, Ingredient, can_be_signed, sign
from tremendo.deliver.render import Finished, render
from tremendo.deliver.report import Entry, write_report
from tremendo.media import atomic_path, write_text
from tremendo.montage.timeline import Timeline
from tremendo.music.types import Song
from tremendo.project import Project

__all__ = ["Delivery", "deliver"]


@dataclass(frozen=True)
class Delivery:
    """Everything the last act needs."""

    project: Project
    timeline: Timeline
    clips: tuple[Clip, ...]
    song: Song
    finished: tuple[tuple[Path, int], ...]
    """For each slot the finished file and the native frame it begins with."""
    warnings: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why each slot shows what it shows, in words."""

    def shot(self, slot: int) -> tuple[Clip, Shot]:
        """Clip and shot of a slot."""
        wanted = self.timeline.slots[slot].shot
        return next((c, s) for c in self.clips for s in c.shots if s.id == wanted)


def deliver(
    delivery: Delivery, output: Path, *, progress: Callable[[int], None] = lambda _: None
) -> None:
    """Render, sign and report.

    Writes ``output``, and in the project's folder ``provenance.json`` and ``report.html``.

    Raises:
        NoRoomError: disk full or no permission; ``output`` is then as before.
    """
    project = delivery.project
    finished = {
        number: Finished(path, first, focus_of(delivery.shot(number)[1]))
        for number, (path, first) in enumerate(delivery.finished)
    }
    actions, ingredients = _actions(delivery), _ingredients(delivery)
    title = project.credits.title or output.stem
    with atomic_path(output) as part:
        plain = output.with_name(f".{output.stem[:40]}.unsigned{output.suffix}")
        try:
            render(
                delivery.timeline,
                finished,
                plain,
                codec=project.film.codec,
                fit=project.film.fit,
                credits_position=project.credits.position,
                credits_lines=_lines(delivery),
                metadata={"title": title, "comment": CREDIT},
                progress=progress,
            )
            if can_be_signed(plain):
                sign(plain, part, title, actions, ingredients)
            else:
                plain.replace(part)
        finally:
            plain.unlink(missing_ok=True)
    record = {
        "film": output.name,
        "actions": [vars(a) for a in actions],
        "ingredients": [vars(i) for i in ingredients],
        "slots": [
            {
                "frames": [slot.start, slot.end],
                "source": str(delivery.shot(n)[0].path),
                "native_frame": slot.source_in,
                "treatment": slot.treatment,
                "reason": _reason(delivery, n),
            }
            for n, slot in enumerate(delivery.timeline.slots)
        ],
    }
    write_text(project.folder / "provenance.json", json.dumps(record, indent=1))
    write_report(
        project.folder / "report.html",
        output,
        delivery.timeline,
        delivery.song,
        [_entry(delivery, n) for n in range(len(delivery.timeline.slots))],
        settings=project.file.read_text() if project.file.is_file() else "",
        warnings=delivery.warnings,
        actions=[a.description for a in actions],
    )


def _reason(delivery: Delivery, slot: int) -> str:
    return delivery.reasons[slot] if delivery.reasons else ""


def _lines(delivery: Delivery) -> list[str]:
    said = delivery.project.credits
    return [line for line in (said.title, said.text or CREDIT) if line]


def _treatments(delivery: Delivery) -> set[str]:
    return {slot.treatment for slot in delivery.timeline.slots}


def _actions(delivery: Delivery) -> list[Action]:
    look, treatments = delivery.project.look, _treatments(delivery)
    actions = []
    if look.restore != "off" and "film" in treatments:
        actions.append(
            Action(
                "c2pa.edited",
                f"film restored, preset {look.restore}: flicker, "
                "unsteadiness, dirt and scratches reduced",
            )
        )
    if look.color != "off":
        actions.append(
            Action(
                "c2pa.color_adjustments",
                "colors made up by tremendo's color network: an interpretation, not a record",
                generated=True,
            )
        )
    if "face" in treatments:
        actions.append(
            Action(
                "c2pa.edited",
                "faces in photographs set in motion: nobody moved like this",
                generated=True,
            )
        )
    if "parallax" in treatments:
        actions.append(
            Action(
                "c2pa.edited",
                "photographs filmed by a virtual camera; parts hidden in the original made up",
            )
        )
    actions.append(Action("c2pa.edited", "cut to the song by machine and director"))
    return actions


def _ingredients(delivery: Delivery) -> list[Ingredient]:
    used = {slot.shot for slot in delivery.timeline.slots}
    clips = [c for c in delivery.clips if any(s.id in used for s in c.shots)]
    return [Ingredient(c.path.name, c.digest) for c in clips] + [
        Ingredient(delivery.project.song.name, "")
    ]


def _entry(delivery: Delivery, number: int) -> Entry:
    slot = delivery.timeline.slots[number]
    clip, shot = delivery.shot(number)
    return Entry(
        start=slot.start,
        end=slot.end,
        source=clip.path.name,
        native=slot.source_in,
        treatment=slot.treatment,
        tags=shot.tags or clip.tags,
        reason=_reason(delivery, number),
    )
