"""What a shot shows: motion, faces, scale, light, wear and looks, for choosing and cutting it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from tremendo.archive.cuts import CutFinder, Cuts
from tremendo.archive.damage import WearMeter, wear
from tremendo.archive.exposure import REAL_COLOR, Tone, chroma_beyond_tint, measure_tone
from tremendo.archive.faces import scale_of
from tremendo.archive.motion import (
    MotionMeter,
    MotionStats,
    landings,
    main_direction,
    steady_energy,
)
from tremendo.archive.pictures import luma_of
from tremendo.archive.tags import automatic_tags
from tremendo.archive.types import FaceBox, Shot
from tremendo.media.frames import Frame, Frames

__all__ = [
    "FilmMeasures",
    "describe_photo",
    "describe_shot",
    "has_real_color",
    "measure",
    "sample_frames",
]

_TONE_RATE = 12
"""Frames a second on which light and sharpness are taken."""


@dataclass(frozen=True)
class FilmMeasures:
    """Everything measured on a film's native frames in one reading.

    ``light`` is per frame; ``tones`` holds samples by frame; ``chroma`` is the median of what no
    tint explains.
    """

    cuts: Cuts
    motion: MotionStats
    dirt: NDArray[np.float64]
    scratched: NDArray[np.float64]
    light: NDArray[np.float64]
    tones: dict[int, Tone]
    chroma: float

    def clarity(self, number: int) -> float:
        """How well a sampled frame stands for its shot: sharp, contrasty, well lit, clean."""
        tone = self.tones.get(number)
        if tone is None:
            return 0.0
        dirt = float(self.dirt[min(number + 1, len(self.dirt) - 1)])  # stands one frame late
        return tone.sharpness + 0.5 * tone.contrast - abs(tone.light - 0.45) - 6 * dirt


def measure(frames: Frames) -> FilmMeasures:
    """Read the native frames once; memory holds thumbnails of a few hundred frames."""
    cuts = CutFinder()
    motion = MotionMeter(frames.width, frames.height, frames.fps)
    worn = WearMeter(frames.width, frames.height)
    every = max(1, round(frames.fps / _TONE_RATE))
    light, chroma = [], []
    tones: dict[int, Tone] = {}
    for number, frame in enumerate(frames.read()):
        luma = luma_of(frame)
        cuts.add(luma)
        motion.add(luma)
        worn.add(luma)
        light.append(float(luma[::4, ::4].mean()) / 255)
        if number % every == 0:
            tones[number] = measure_tone(luma)
            chroma.append(chroma_beyond_tint(frame))
    dirt, scratched = worn.result()
    return FilmMeasures(
        cuts=cuts.result(),
        motion=motion.result(),
        dirt=dirt,
        scratched=scratched,
        light=np.array(light),
        tones=tones,
        chroma=float(np.median(chroma)),
    )


def has_real_color(chroma: float) -> bool:
    """Whether a source has color of its own, not only a tint."""
    return chroma > REAL_COLOR


def sample_frames(measures: FilmMeasures, start: int, end: int, count: int = 6) -> list[int]:
    """Frames of a shot worth a closer look: the clearest of ``count`` equal stretches.

    The first and last two frames (splice marks, flares) come in only when there are no others.
    """
    margin = 2 if end - start > 8 else 0
    best: dict[int, int] = {}
    for number in measures.tones:
        if start + margin <= number < end - margin:
            stretch = (number - start) * count // (end - start)
            best[stretch] = max(best.get(stretch, number), number, key=measures.clarity)
    return sorted(best.values()) or [(start + end) // 2]


def describe_shot(
    measures: FilmMeasures,
    span: tuple[int, int],
    *,
    clip: str,
    fps: Fraction,
    key_frame: int,
    faces: tuple[FaceBox, ...],
    embedding: tuple[float, ...],
    subjects: Mapping[str, float],
) -> Shot:
    """Put together one shot of a film.

    Args:
        measures: of the whole film.
        span: start and end (exclusive) of the shot in native frames.
        clip: id of the clip.
        fps: native rate.
        key_frame: native frame that stands for the shot.
        faces: found in the frame where most were found.
        embedding: of the key frame.
        subjects: words for what is seen, with their likelihood.
    """
    start, end = span
    energy = steady_energy(measures.motion.energy[start:end], fps)
    tones = [tone for number, tone in measures.tones.items() if start <= number < end]
    tones = tones or [measures.tones[min(measures.tones, key=lambda n: abs(n - start))]]
    light = measures.light[start:end]
    shot = Shot(
        id=f"{clip}-{start:06d}",
        clip=clip,
        kind="film",
        start=start,
        end=end,
        motion=tuple(round(float(e), 3) for e in energy),
        peaks=landings(energy, fps),
        direction=main_direction(measures.motion, start, end),
        faces=faces,
        scale=scale_of(faces),
        light=round(float(light.mean()), 3),
        contrast=round(float(np.median([t.contrast for t in tones])), 3),
        sharpness=round(float(np.median([t.sharpness for t in tones])), 3),
        damage=round(wear(light, measures.dirt[start:end], measures.scratched[start:end]), 3),
        embedding=embedding,
        key_frame=key_frame,
        joins=tuple(j for j in measures.cuts.joins if start < j < end),
    )
    return _tagged(shot, subjects)


def describe_photo(
    frame: Frame,
    *,
    clip: str,
    faces: tuple[FaceBox, ...],
    embedding: tuple[float, ...],
    subjects: Mapping[str, float],
) -> Shot:
    """The one shot that a photograph is."""
    tone = measure_tone(luma_of(frame))
    shot = Shot(
        id=f"{clip}-000000",
        clip=clip,
        kind="photo",
        start=0,
        end=1,
        motion=(0.0,),
        faces=faces,
        scale=scale_of(faces),
        light=round(tone.light, 3),
        contrast=round(tone.contrast, 3),
        sharpness=round(tone.sharpness, 3),
        embedding=embedding,
    )
    return _tagged(shot, subjects)


def _tagged(shot: Shot, subjects: Mapping[str, float]) -> Shot:
    return replace(shot, tags=(*automatic_tags(shot), *subjects), likelihoods=dict(subjects))
