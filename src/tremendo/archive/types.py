"""What the archive knows of its clips and shots: the montage and the finish read these."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

__all__ = ["Clip", "FaceBox", "Shot"]


@dataclass(frozen=True)
class FaceBox:
    """A face: box as fractions of the picture's width and height, ``score`` 0..1."""

    x: float
    y: float
    width: float
    height: float
    score: float


@dataclass(frozen=True)
class Shot:
    """One shot of a film, or one photograph.

    ``start`` and ``end`` (exclusive) are native frames of the clip (doubled frames left out);
    a photograph is the range 0..1. Measures per frame cover ``start .. end``.
    """

    id: str
    clip: str
    """``Clip.id`` of the clip it is part of."""
    kind: str
    """``film`` or ``photo``."""
    start: int
    end: int
    motion: tuple[float, ...] = ()
    """Motion energy per frame: mean length of the optical flow left after the camera's own
    motion, in per cent of the picture's diagonal per second."""
    peaks: tuple[int, ...] = ()
    """Frames (counted from the shot's start) at which a gesture lands: peaks of ``motion``."""
    direction: float | None = None
    """Main direction of the motion in degrees, 0 = to the right, 90 = up; None when mixed."""
    faces: tuple[FaceBox, ...] = ()
    """Faces in the frame where most were found."""
    scale: str = "wide"
    """``close``, ``medium`` or ``wide``."""
    light: float = 0.5
    """Mean luma 0..1."""
    contrast: float = 0.5
    """Spread of luma 0..1 (5th to 95th percentile)."""
    sharpness: float = 0.5
    """0..1, comparable between clips."""
    damage: float = 0.0
    """0..1: flicker, dirt and scratches."""
    embedding: tuple[float, ...] = ()
    """Unit vector of the color network's encoder: near = looks alike."""
    tags: tuple[str, ...] = ()
    likelihoods: dict[str, float] = field(default_factory=dict)
    """How likely those of the tags are, 0..1, that a network saw in the picture."""
    key_frame: int = 0
    """Native frame that stands for the shot on a contact sheet."""
    joins: tuple[int, ...] = ()
    """Native frames at which a splice inside the take makes the picture jump."""


@dataclass(frozen=True)
class Clip:
    """One film, image sequence or photograph of the archive.

    ``frame_map[i]`` is the frame of the file that holds native frame ``i`` (empty: identity).
    ``fps`` is the film's own speed, ``container_fps`` the file's.
    """

    id: str
    """First 16 hex digits of the content's sha256: the same for copies under other names."""
    path: Path
    digest: str
    kind: str
    """``film`` or ``photo``."""
    width: int
    height: int
    fps: Fraction
    container_fps: Fraction
    frames: int
    frame_map: tuple[int, ...] = ()
    crop: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Picture area inside black or moving film edges: left, top, right, bottom in pixels."""
    colored: bool = False
    """True when the source has real color (not grey, sepia or tinted)."""
    tags: tuple[str, ...] = ()
    shots: tuple[Shot, ...] = ()
    warnings: tuple[str, ...] = ()
    start_timecode: str = ""
    """Timecode of the file's first frame, ``hh:mm:ss:ff`` (``hh:mm:ss;ff``: drop-frame) counted at
    ``container_fps``; empty when the file has none."""
