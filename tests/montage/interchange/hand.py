"""A cut of four slots that can be reckoned by hand: native, too fast, doubled, and a still."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from tremendo.archive.types import Clip, Shot
from tremendo.montage.timeline import Slot, Timeline
from tremendo.music.types import Beat, Section, Song

FPS = Fraction(24)
SONG_PATH = Path("/music/song.ogg")


def _clip(name: str, kind: str, fps: int, container: int, frames: int, step: int = 1) -> Clip:
    shot = Shot(f"{name}-0", name, kind, 0, frames)
    frame_map = tuple(range(0, frames * step, step)) if step > 1 else ()
    suffix = "jpg" if kind == "photo" else "mkv"
    return Clip(
        name, Path(f"/archive/{name} reel.{suffix}"), name, kind, 640, 480,
        Fraction(fps), Fraction(container), frames, frame_map, shots=(shot,),
    )  # fmt: skip


CLIPS = (
    _clip("native", "film", 16, 16, 100),
    _clip("toofast", "film", 12, 24, 100),
    _clip("doubled", "film", 12, 24, 100, step=2),
    _clip("still", "photo", 1, 1, 1),
)
TIMELINE = Timeline(
    fps=FPS,
    width=640,
    height=480,
    slots=(
        Slot(0, 24, "native-0", 10, Fraction(16)),
        Slot(24, 48, "toofast-0", 36, Fraction(12)),
        Slot(48, 72, "doubled-0", 36, Fraction(12)),
        Slot(72, 120, "still-0", 0, FPS, "parallax"),
    ),
    song="song.ogg",
    song_start=Fraction(2),
    seed=1,
)
SONG = Song(
    duration=60.0,
    tempo=60.0,
    beats=tuple(Beat(float(k), k % 2 + 1) for k in range(60)),
    bars=(),
    sections=(Section(0.0, 4.0, "A", 0.2), Section(4.0, 60.0, "B", 0.8)),
    accents=(),
    confidence=1.0,
    meter=2,
)
