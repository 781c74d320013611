"""The cut, its finished shots and their records go in; the film, its signed record and report out.

It works from what was really done (:class:`~tremendo.finish.record.ShotRecord`) and reads no
settings and no decisions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from tremendo.archive.sidecar import Record, read_record
from tremendo.archive.types import Clip, Shot
from tremendo.deliver.actions import actions_of
from tremendo.deliver.cards import Card, place_cards
from tremendo.deliver.conform import RetimeStats
from tremendo.deliver.credits import CREDIT
from tremendo.deliver.options import DeliveryOptions
from tremendo.deliver.provenance import Action, Ingredient, signed_path
from tremendo.deliver.render import Finished, RenderOptions, render
from tremendo.deliver.report import Entry, write_report
from tremendo.deliver.shot_table import ShotRow, row_of, write_provenance, write_table
from tremendo.finish.record import ShotRecord
from tremendo.media import atomic_path
from tremendo.montage.timeline import Slot, Timeline
from tremendo.music.types import Song

__all__ = ["Delivery", "deliver"]

_PREVIEW = {"preset": "ultrafast", "crf": "27"}
"""Encoder options of a preview."""


@dataclass(frozen=True)
class Delivery:
    """Everything the last act needs.

    Attributes:
        timeline: the cut.
        clips: the material.
        song: as it was heard.
        shots: for each slot the finished file and how it is shown.
        records: for each slot what was done to it.
        folder: where table, record of provenance and report are written.
        options: credits and form.
        warnings: what the report tells.
        reasons: why each slot shows what it shows, in words.
        settings: what the report prints as the settings.
    """

    timeline: Timeline
    clips: tuple[Clip, ...]
    song: Song
    shots: tuple[Finished, ...]
    records: tuple[ShotRecord, ...]
    folder: Path
    options: DeliveryOptions = field(default_factory=DeliveryOptions)
    warnings: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    settings: str = ""

    def owner(self, slot: int) -> tuple[Clip, Shot]:
        """Clip and shot of a slot."""
        return self._owners[self.timeline.slots[slot].shot]

    @cached_property
    def _owners(self) -> dict[str, tuple[Clip, Shot]]:
        """Clip and shot by the shot's name; of twins the first."""
        return {s.id: (c, s) for c in reversed(self.clips) for s in reversed(c.shots)}

    @cached_property
    def described(self) -> dict[str, tuple[Record, str | None]]:
        """By clip what its archive has written about it, and what was wrong with that."""
        return {clip.id: read_record(clip.path) for clip in self.clips}

    def row(self, slot: int, cards: list[Card]) -> ShotRow:
        """The row of a slot in the table of shots."""
        clip, _ = self.owner(slot)
        row = row_of(
            slot,
            self.timeline,
            clip,
            self.described[clip.id][0],
            self.shots[slot],
            self.records[slot],
            reason=self.reasons[slot] if self.reasons else "",
        )
        return replace(row, covered=_covered(self.timeline.slots[slot], cards))


def deliver(
    delivery: Delivery,
    output: Path,
    *,
    progress: Callable[[int], None] = lambda _: None,
    on_warning: Callable[[str], None] = lambda _: None,
) -> None:
    """Render, sign and report.

    Writes ``output``, and in the project's folder ``provenance.json``, ``shots.csv``,
    ``shots.json`` and ``report.html`` (a preview only itself).

    Raises:
        ResourceError: disk full or no permission; ``output`` is then as before.
    """
    options = delivery.options
    title = options.title or output.stem
    cards = place_cards(delivery.timeline, title, options.cards)
    rows = [delivery.row(number, cards) for number in range(len(delivery.shots))]
    notes = [wrong for _, wrong in delivery.described.values() if wrong]
    actions: list[Action] = []  # known when the film is rendered; signed when the block is left
    ingredients = _ingredients(delivery, rows)
    preview = options.preview
    with (
        atomic_path(output) if preview else signed_path(output, title, actions, ingredients)
    ) as part:

        def on_shot(number: int, stats: RetimeStats) -> None:
            rows[number] = replace(rows[number], made_up=stats.between)
            if stats.refused:
                notes.append(
                    f"shot {number + 1}: {stats.refused} of {stats.shown} frames repeated: "
                    "their motion is not understood"
                )

        render(
            _half(delivery.timeline) if preview else delivery.timeline,
            dict(enumerate(delivery.shots)),
            part,
            _render_options(delivery, title, rows, cards),
            progress=progress,
            on_shot=on_shot,
            on_warning=notes.append,
        )
        seen = [row for row in rows if not row.covered]
        records = [delivery.records[row.number - 1] for row in seen]
        actions += actions_of(seen, records, delivery.timeline, options.consent)
    for note in notes:
        on_warning(note)
    if not preview:
        write_provenance(delivery.folder, output.name, actions, ingredients, rows)
        write_table(delivery.folder, rows)
        _report(delivery, output, rows, notes, actions)


def _report(
    delivery: Delivery, film: Path, rows: list[ShotRow], notes: list[str], actions: list[Action]
) -> None:
    write_report(
        delivery.folder / "report.html",
        film,
        delivery.timeline,
        delivery.song,
        [_entry(delivery, row) for row in rows],
        settings=delivery.settings,
        warnings=[*delivery.warnings, *notes],
        actions=[a.description for a in actions],
    )


def _render_options(
    delivery: Delivery, title: str, rows: list[ShotRow], cards: list[Card]
) -> RenderOptions:
    given = delivery.options
    lines = (given.title, given.credits_text or CREDIT)
    return RenderOptions(
        codec="h264" if given.preview else given.codec,
        encoder=_PREVIEW if given.preview else None,
        credits_position=given.credits_position,
        credits_lines=tuple(line for line in lines if line),
        sources=tuple(_sources(rows)) if given.sources else (),
        cards=tuple(cards),
        metadata={"title": title, "comment": CREDIT},
    )


def _half(timeline: Timeline) -> Timeline:
    width, height = (max(2, n // 4 * 2) for n in (timeline.width, timeline.height))
    return replace(timeline, width=width, height=height)


def _covered(slot: Slot, cards: list[Card]) -> bool:
    """Whether cards stand over all frames of a slot."""
    return all(
        any(card.start <= frame < card.end for card in cards)
        for frame in range(slot.start, slot.end)
    )


def _sources(rows: list[ShotRow]) -> list[str]:
    """One line for each source of which something is known, in the order of the film."""
    lines = [
        Record(
            title=row.title,
            creator=row.creator,
            year=row.year,
            holder=row.holder,
            rights=row.rights,
        ).credit
        for row in rows
    ]
    return [line for line in dict.fromkeys(lines) if line]


def _ingredients(delivery: Delivery, rows: list[ShotRow]) -> list[Ingredient]:
    """The sources of what is seen, in the order of the material, and the song."""
    seen = {row.source for row in rows if not row.covered}
    clips = [clip for clip in delivery.clips if str(clip.path) in seen]
    return [Ingredient(clip.path.name, clip.digest) for clip in clips] + [
        Ingredient(Path(delivery.timeline.song).name, delivery.options.song_digest)
    ]


def _entry(delivery: Delivery, row: ShotRow) -> Entry:
    clip, shot = delivery.owner(row.number - 1)
    changes = delivery.records[row.number - 1].changes
    return Entry(row=row, clip=clip, tags=shot.tags or clip.tags, changes=changes)
