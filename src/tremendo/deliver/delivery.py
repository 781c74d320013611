"""The last act: the film, its record of provenance and the report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from tremendo.archive.sidecar import Record, read_record
from tremendo.archive.types import Clip, Shot
from tremendo.consent import Consent
from tremendo.decisions import ShotChoice
from tremendo.deliver.cards import place_cards
from tremendo.deliver.credits import CREDIT
from tremendo.deliver.framing import focus_of
from tremendo.deliver.ledger import Used, use_of, write_ledger, write_provenance
from tremendo.deliver.provenance import Action, Ingredient, signed_path
from tremendo.deliver.render import Finished, render
from tremendo.deliver.report import Entry, write_report
from tremendo.finish.restore.changes import Changes
from tremendo.media import atomic_path
from tremendo.montage.timeline import Timeline
from tremendo.music.types import Song
from tremendo.project import Project

__all__ = ["Delivery", "deliver"]


PREVIEW = {"preset": "ultrafast", "crf": "27"}
"""Encoder options of a preview."""


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
    changes: tuple[Changes | None, ...] = ()
    """For each slot what restoration did to its frames."""
    preview: bool = False
    """Half the size, encoded fast, unsigned."""

    def shot(self, slot: int) -> tuple[Clip, Shot]:
        """Clip and shot of a slot."""
        return self._owners[self.timeline.slots[slot].shot]

    @cached_property
    def _owners(self) -> dict[str, tuple[Clip, Shot]]:
        """Clip and shot by the shot's name; of twins the first."""
        return {s.id: (c, s) for c in reversed(self.clips) for s in reversed(c.shots)}

    def choice(self, slot: int) -> ShotChoice:
        """How a slot is shown: the director's choice, else the film's."""
        film = self.project.film
        own = self.choices.get(self.timeline.slots[slot].shot, ShotChoice())
        return ShotChoice(own.fit or film.fit, own.conform or film.conform)

    @cached_property
    def choices(self) -> dict[str, ShotChoice]:
        """The director's choices by shot."""
        return self.project.decisions().shots


def deliver(
    delivery: Delivery,
    output: Path,
    *,
    progress: Callable[[int], None] = lambda _: None,
    told: Callable[[str], None] = lambda _: None,
) -> None:
    """Render, sign and report.

    Writes ``output``, and in the project's folder ``provenance.json``, ``shots.csv``,
    ``shots.json`` and ``report.html`` (a preview only itself).

    Raises:
        ResourceError: disk full or no permission; ``output`` is then as before.
    """
    project, timeline = delivery.project, delivery.timeline
    slots = range(len(timeline.slots))
    records = {clip.id: read_record(clip.path) for clip in delivery.clips}
    notes = [said for _, said in records.values() if said]
    used = [_used(delivery, n, records[delivery.shot(n)[0].id][0]) for n in slots]
    actions, ingredients = _actions(delivery), _ingredients(delivery)
    title = project.credits.title or output.stem
    written = (
        atomic_path(output)
        if delivery.preview
        else signed_path(output, title, actions, ingredients)
    )
    with written as part:
        render(
            _half(timeline) if delivery.preview else timeline,
            {n: _finished(delivery, n) for n in slots},
            part,
            codec="h264" if delivery.preview else project.film.codec,
            credits_position=project.credits.position,
            credits_lines=_lines(delivery),
            sources=_sources(used) if project.credits.sources else (),
            cards=place_cards(timeline, title, project.credits.cards),
            metadata={"title": title, "comment": CREDIT},
            options=PREVIEW if delivery.preview else None,
            progress=progress,
            told=notes.append,
        )
    for note in notes:
        told(note)
    if delivery.preview:
        return
    write_provenance(project.folder, output.name, actions, ingredients, used)
    write_ledger(project.folder, used)
    write_report(
        project.folder / "report.html",
        output,
        timeline,
        delivery.song,
        [_entry(delivery, line) for line in used],
        settings=project.file.read_text() if project.file.is_file() else "",
        warnings=[*delivery.warnings, *notes],
        actions=[a.description for a in actions],
    )


def _half(timeline: Timeline) -> Timeline:
    width, height = (max(2, n // 4 * 2) for n in (timeline.width, timeline.height))
    return replace(timeline, width=width, height=height)


def _finished(delivery: Delivery, number: int) -> Finished:
    path, first = delivery.finished[number]
    slot, shot, choice = (
        delivery.timeline.slots[number],
        delivery.shot(number)[1],
        delivery.choice(number),
    )
    return Finished(
        path,
        first,
        focus_of(shot),
        fit=choice.fit,
        conform=choice.conform if slot.technique == "film" else "repeat",
        joins=shot.joins,
    )


def _used(delivery: Delivery, number: int, record: Record) -> Used:
    look, choice = delivery.project.look, delivery.choice(number)
    clip, shot = delivery.shot(number)
    return use_of(
        number,
        delivery.timeline.slots[number],
        clip,
        delivery.timeline,
        record,
        fit=choice.fit,
        conform=choice.conform,
        restored="" if look.restore == "off" else look.restore,
        colored=look.color == "always" or (look.color == "auto" and not clip.colored),
        reason=delivery.reasons[number] if delivery.reasons else "",
        changes=delivery.changes[number] if delivery.changes else None,
        joins=shot.joins,
    )


def _sources(used: list[Used]) -> list[str]:
    """One line for each source of which something is known, in the order of the film."""
    lines = [
        Record(
            title=u.title, creator=u.creator, year=u.year, holder=u.holder, rights=u.rights
        ).credit
        for u in used
    ]
    return [line for line in dict.fromkeys(lines) if line]


def _lines(delivery: Delivery) -> list[str]:
    said = delivery.project.credits
    return [line for line in (said.title, said.text or CREDIT) if line]


def _treatments(delivery: Delivery) -> set[str]:
    return {slot.technique for slot in delivery.timeline.slots}


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
    moved = _moved(delivery)
    if moved:
        allowed = Consent.load(delivery.project.folder).statement(moved)
        actions.append(
            Action(
                "c2pa.edited",
                f"faces in photographs set in motion: nobody moved like this; {allowed}",
                generated=True,
            )
        )
    if "parallax" in treatments:
        actions.append(
            Action(
                "c2pa.edited",
                "photographs filmed by a virtual camera; parts hidden in the original made up; "
                "people, water and leaves in them may stir",
            )
        )
    films = [n for n, s in enumerate(delivery.timeline.slots) if s.technique == "film"]
    ways = {delivery.choice(n).conform for n in films}
    if "interpolate" in ways:
        actions.append(
            Action("c2pa.edited", "frames made up between the film's own, along the motion")
        )
    if "rife" in ways:
        actions.append(
            Action(
                "c2pa.edited",
                "frames made up between the film's own by the network RIFE",
                generated=True,
            )
        )
    if "speed-up" in ways:
        actions.append(Action("c2pa.edited", "film played faster than it was shot"))
    actions.append(Action("c2pa.edited", "cut to the song by machine and director"))
    return actions


def _moved(delivery: Delivery) -> list[Path]:
    """Photographs in which faces move, or small ones stir while the camera moves."""
    return [
        clip.path
        for slot, (clip, shot) in enumerate(map(delivery.shot, range(len(delivery.timeline.slots))))
        if delivery.timeline.slots[slot].technique == "face"
        or (delivery.timeline.slots[slot].technique == "parallax" and shot.faces)
    ]


def _ingredients(delivery: Delivery) -> list[Ingredient]:
    used = {slot.shot for slot in delivery.timeline.slots}
    clips = [c for c in delivery.clips if any(s.id in used for s in c.shots)]
    return [Ingredient(c.path.name, c.digest) for c in clips] + [
        Ingredient(delivery.project.song.name, "")
    ]


def _entry(delivery: Delivery, used: Used) -> Entry:
    clip, shot = delivery.shot(used.number - 1)
    changes = delivery.changes[used.number - 1] if delivery.changes else None
    return Entry(
        used=used,
        clip=clip,
        tags=shot.tags or clip.tags,
        changes=() if changes is None else changes.frames,
    )
