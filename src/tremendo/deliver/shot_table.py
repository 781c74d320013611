"""Records of the shots go in, ``shots.csv``, ``shots.json`` and ``provenance.json`` come out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tremendo.archive.sidecar import Record
from tremendo.archive.types import Clip
from tremendo.deliver.provenance import Action, Ingredient
from tremendo.deliver.render import Finished
from tremendo.finish.record import ShotRecord
from tremendo.finish.restore.changes import repairs
from tremendo.media import write_text
from tremendo.montage.interchange.events import start_frames, timecode
from tremendo.montage.timeline import Timeline

__all__ = ["ShotRow", "row_of", "write_provenance", "write_table"]


@dataclass(frozen=True)
class ShotRow:
    """One shot of the film, as it was really finished."""

    number: int
    """Counted from 1."""
    start: int
    """First frame of the film."""
    end: int
    timecode: str
    source: str
    sha256: str
    native_start: int
    """First native frame of the source; photographs 0."""
    native_end: int
    native_fps: str
    treatment: str
    """``film``, ``face`` or ``parallax``."""
    device: str
    chapter: str
    fit: str
    conform: str
    restored: str
    colored: bool
    title: str
    year: str
    creator: str
    holder: str
    rights: str
    reason: str
    mean_dust: float | None = None
    """Per cent of the picture, mean over the frames finished; None where nothing was restored."""
    mean_move: float | None = None
    """Pixels by which a frame was moved against weave, root mean square."""
    repairs: str = ""
    """Native frames that were rebuilt from their neighbors, and where the film jumps."""
    motion: str = ""
    """What moves in a photograph."""
    refused: str = ""
    """Why no face performs though one was chosen to."""
    color_engine: str = ""
    models: str = ""
    """Weights that were opened for it, by name."""
    damaged: int = 0
    """Frames that could not be decoded."""
    made_up: int = 0
    """Frames made up between native ones."""
    covered: bool = False
    """Whether a card stands over all of it: nothing of it is seen."""


def row_of(
    number: int,
    timeline: Timeline,
    clip: Clip,
    described: Record,
    shown: Finished,
    record: ShotRecord,
    *,
    reason: str = "",
) -> ShotRow:
    """The row of a slot; ``number`` counts from 0.

    Args:
        number: of the slot.
        timeline: the cut.
        clip: where the shot is from.
        described: what its archive has written about it.
        shown: how the finished shot is shown.
        record: what was done to it.
        reason: why it stands there.
    """
    slot = timeline.slots[number]
    first, after = slot.source_span(timeline.fps) if record.technique == "film" else (0, 1)
    moves = [c.moved_x**2 + c.moved_y**2 for c in record.changes]
    count = len(record.changes)
    return ShotRow(
        number=number + 1,
        start=slot.start,
        end=slot.end,
        timecode=timecode(start_frames(timeline.fps) + slot.start, timeline.fps),
        source=str(clip.path),
        sha256=clip.digest,
        native_start=first,
        native_end=after,
        native_fps=str(slot.fps),
        treatment=record.technique,
        device=slot.device,
        chapter=slot.chapter,
        fit=shown.fit,
        conform=shown.conform,
        restored=record.restored,
        colored=record.color.colored,
        title=described.title,
        year=described.year,
        creator=described.creator,
        holder=described.holder,
        rights=described.rights,
        reason=reason,
        mean_dust=round(sum(c.dust for c in record.changes) / count, 4) if count else None,
        mean_move=round((sum(moves) / count) ** 0.5, 3) if count else None,
        repairs="; ".join(repairs(record.changes, [j for j in shown.joins if first < j < after])),
        motion="" if record.motion is None else record.motion.statement,
        refused="" if record.motion is None else record.motion.refused,
        color_engine=record.color.engine,
        models=", ".join(record.models),
        damaged=record.damaged,
    )


def write_table(folder: Path, rows: Sequence[ShotRow]) -> None:
    """Write ``shots.csv`` and ``shots.json``.

    Raises:
        ResourceError: they cannot be written.
    """
    plain = [asdict(row) for row in rows]
    text = io.StringIO()
    if plain:
        table = csv.DictWriter(text, list(plain[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(plain)
    write_text(folder / "shots.csv", text.getvalue())
    write_text(folder / "shots.json", json.dumps({"shots": plain}, indent=1, ensure_ascii=False))


def write_provenance(
    folder: Path,
    film: str,
    actions: Sequence[Action],
    ingredients: Sequence[Ingredient],
    rows: Sequence[ShotRow],
) -> None:
    """Write ``provenance.json``: the same record as is signed into the film, with every shot.

    Raises:
        ResourceError: it cannot be written.
    """
    record = {
        "film": film,
        "actions": [vars(a) for a in actions],
        "ingredients": [vars(i) for i in ingredients],
        "slots": [
            {
                "frames": [row.start, row.end],
                "source": row.source,
                "native_frame": row.native_start,
                "treatment": row.treatment,
                "motion": row.motion,
                "refused": row.refused,
                "reason": row.reason,
            }
            for row in rows
        ],
    }
    write_text(folder / "provenance.json", json.dumps(record, indent=1))
