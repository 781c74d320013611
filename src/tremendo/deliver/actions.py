"""Records of the shots go in, the statements that are signed into the film come out.

Only what was done is stated: a face that was refused is no moved face, frames are made up where
some were, and a shot that a card covers wholly is not in the film.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tremendo.deliver.provenance import Action
from tremendo.deliver.shot_table import ShotRow
from tremendo.finish.record import ShotRecord
from tremendo.montage.timeline import Timeline

__all__ = ["actions_of"]


def actions_of(
    rows: Sequence[ShotRow], records: Sequence[ShotRecord], timeline: Timeline, consent: str
) -> list[Action]:
    """What was done to the pictures of a film.

    Args:
        rows: of the shots that are seen.
        records: of the same shots.
        timeline: the cut.
        consent: who allowed people to be set in motion, as one clause.
    """
    return [
        *_restored(records),
        *_colored(records),
        *_moved(records, consent),
        *_retimed(rows, timeline),
        Action("c2pa.edited", "cut to the song by machine and director"),
    ]


def _restored(records: Iterable[ShotRecord]) -> Iterable[Action]:
    for preset in sorted({record.restored for record in records} - {""}):
        yield Action(
            "c2pa.edited",
            f"film restored, preset {preset}: flicker, unsteadiness, dirt and scratches reduced",
        )


def _colored(records: Iterable[ShotRecord]) -> Iterable[Action]:
    colors = {record.color for record in records if record.color.colored}
    if engines := sorted({color.engine for color in colors} - {""}):
        known = engines == ["embedded"]
        maker = "tremendo's color network" if known else f"color networks ({', '.join(engines)})"
        yield Action(
            "c2pa.color_adjustments",
            f"colors made up by {maker}: an interpretation, not a record",
            generated=True,
        )
    if dyes := sorted({color.style for color in colors if not color.engine}):
        yield Action("c2pa.color_adjustments", f"pictures dyed all over: {', '.join(dyes)}")


def _moved(records: Iterable[ShotRecord], consent: str) -> Iterable[Action]:
    motions = [record.motion for record in records if record.motion is not None]
    if any(motion.moves_people for motion in motions):
        yield Action(
            "c2pa.edited",
            f"faces in photographs set in motion: nobody moved like this; {consent}",
            generated=True,
        )
    filmed = [motion for motion in motions if motion.technique == "parallax"]
    if filmed:
        stirring = [word for motion in filmed for word in motion.flows]
        stirring += ["people"] if any(motion.people for motion in filmed) else []
        also = f"; {', '.join(sorted(set(stirring)))} in them made to stir" if stirring else ""
        yield Action(
            "c2pa.edited",
            "photographs filmed by a virtual camera; parts hidden in the original made up" + also,
        )


def _retimed(rows: Sequence[ShotRow], timeline: Timeline) -> Iterable[Action]:
    ways = {row.conform for row in rows if row.made_up}
    if "rife" in ways:
        yield Action(
            "c2pa.edited",
            "frames made up between the film's own by the network RIFE",
            generated=True,
        )
    if ways - {"rife"}:
        yield Action("c2pa.edited", "frames made up between the film's own, along the motion")
    faster = [row for row in rows if row.conform == "speed-up" and row.treatment == "film"]
    if any(timeline.slots[row.number - 1].fps == timeline.fps for row in faster):
        yield Action("c2pa.edited", "film played faster than it was shot")
