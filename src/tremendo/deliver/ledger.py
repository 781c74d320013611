"""What was used and done, shot by shot: ``shots.csv``, ``shots.json``, ``provenance.json``."""

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
from tremendo.finish.restore.changes import Changes, repairs
from tremendo.media import write_text
from tremendo.montage.interchange.events import start_frames, timecode
from tremendo.montage.timeline import Slot, Timeline

__all__ = ["Used", "use_of", "write_ledger", "write_provenance"]


@dataclass(frozen=True)
class Used:
    """One shot of the film."""

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


def use_of(
    number: int,
    slot: Slot,
    clip: Clip,
    timeline: Timeline,
    record: Record,
    *,
    fit: str,
    conform: str,
    restored: str,
    colored: bool,
    reason: str,
    changes: Changes | None,
    joins: Sequence[int] = (),
) -> Used:
    """The line of a slot; ``number`` counts from 0, before ``joins`` the film jumps."""
    first, after = slot.source_span(timeline.fps) if slot.technique == "film" else (0, 1)
    done = changes.frames if changes else ()
    moves = [c.moved_x**2 + c.moved_y**2 for c in done]
    return Used(
        number=number + 1,
        start=slot.start,
        end=slot.end,
        timecode=timecode(start_frames(timeline.fps) + slot.start, timeline.fps),
        source=str(clip.path),
        sha256=clip.digest,
        native_start=first,
        native_end=after,
        native_fps=str(slot.fps),
        treatment=slot.technique,
        device=slot.device,
        chapter=slot.chapter,
        fit=fit,
        conform=conform,
        restored=restored if slot.technique == "film" else "",
        colored=colored,
        title=record.title,
        year=record.year,
        creator=record.creator,
        holder=record.holder,
        rights=record.rights,
        reason=reason,
        mean_dust=round(sum(c.dust for c in done) / len(done), 4) if done else None,
        mean_move=round((sum(moves) / len(moves)) ** 0.5, 3) if done else None,
        repairs="; ".join(repairs(done, [j for j in joins if first < j < after])),
    )


def write_ledger(folder: Path, used: Sequence[Used]) -> None:
    """Write ``shots.csv`` and ``shots.json``.

    Raises:
        ResourceError: they cannot be written.
    """
    rows = [asdict(line) for line in used]
    text = io.StringIO()
    if rows:
        table = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    write_text(folder / "shots.csv", text.getvalue())
    write_text(folder / "shots.json", json.dumps({"shots": rows}, indent=1, ensure_ascii=False))


def write_provenance(
    folder: Path,
    film: str,
    actions: Sequence[Action],
    ingredients: Sequence[Ingredient],
    used: Sequence[Used],
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
                "frames": [line.start, line.end],
                "source": line.source,
                "native_frame": line.native_start,
                "treatment": line.treatment,
                "reason": line.reason,
            }
            for line in used
        ],
    }
    write_text(folder / "provenance.json", json.dumps(record, indent=1))
