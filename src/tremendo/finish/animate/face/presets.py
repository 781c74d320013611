"""HeadMotion from nothing but a seed: a person who breathes, looks, blinks, smiles or sings.

Blinks come as a Poisson process (15-20 a minute, closing faster than opening), the head drifts
on smooth noise, the eyes jump in small saccades and lead the head. Beats make it nod, accents
lift its brows and a voice opens its mouth. The first frame is always the photograph itself:
motion grows out of it within half a second.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

from tremendo.errors import UsageError
from tremendo.finish.animate.face.expression import EXPRESSIONS, expression_basis
from tremendo.finish.animate.face.motion import HeadMotion
from tremendo.finish.animate.face.voice import VOICE_RATE
from tremendo.imaging.easing import smoothstep
from tremendo.perception.face_geometry import CanonicalFace

__all__ = ["PRESETS", "preset_motion"]

_Curve = NDArray[np.float64]
_EASE_IN = 0.5
_BLINKS_A_MINUTE = 17.0


def preset_motion(
    name: str,
    canonical: CanonicalFace,
    *,
    frames: int,
    fps: Fraction,
    beats: Sequence[float] = (),
    accents: Sequence[float] = (),
    voice: Sequence[float] = (),
    seed: int = 0,
) -> HeadMotion:
    """The named motion at full strength; two thirds of it look natural on most photographs.

    Args:
        name: one of `PRESETS`.
        canonical: the face model's mean face.
        frames: how many.
        fps: frames a second.
        beats: beats in seconds from the first frame: the head nods.
        accents: accents likewise: the brows go up.
        voice: how wide a singer's mouth is open, `VOICE_RATE` values a second from the first
            frame; without it ``sing`` makes up syllables on the beats.
        seed: another seed, another performance.

    Raises:
        UsageError: unknown preset.
    """
    if name not in PRESETS:
        raise UsageError(f"there is no motion preset '{name}'", hint="one of " + ", ".join(PRESETS))
    score = _Score(
        times=np.arange(frames) / float(fps), rng=np.random.default_rng(seed), beats=tuple(beats)
    )
    score.voice = _resampled(voice, score.times)
    PRESETS[name](score)
    score.lift_brows(accents)
    ease = smoothstep(0, _EASE_IN, score.times)[:, None]
    basis = expression_basis(canonical)
    return HeadMotion(
        turn=score.turn * ease,
        shift=np.zeros((frames, 2)),
        lids=score.lids,
        gaze=score.gaze * ease,
        expression=np.tensordot((score.weights * ease).astype(np.float32), basis, axes=1),
        breath=score.breath * ease[:, 0],
    )


def _resampled(voice: Sequence[float], times: _Curve) -> _Curve | None:
    """The voice's curve at the frames; None where nobody sings."""
    if len(voice) == 0 or max(voice) < 0.1:
        return None
    return np.asarray(np.interp(times, np.arange(len(voice)) / VOICE_RATE, voice, right=0.0))


class _Score:
    """The parts of a performance while it is being written."""

    def __init__(self, times: _Curve, rng: np.random.Generator, beats: tuple[float, ...]) -> None:
        n = len(times)
        self.times = times
        self.rng = rng
        self.beats = beats
        self.turn = np.zeros((n, 3))
        self.lids = np.zeros((n, 2))
        self.gaze = np.zeros((n, 2))
        self.weights = np.zeros((n, len(EXPRESSIONS)))
        self.breath = np.sin(2 * np.pi * 0.27 * times)
        self.voice: _Curve | None = None

    def add(self, expression: str, curve: _Curve) -> None:
        """Add to the weight of an expression."""
        self.weights[:, EXPRESSIONS.index(expression)] += curve

    @property
    def length(self) -> float:
        """Seconds."""
        return float(self.times[-1]) + 1e-6 if len(self.times) else 0.0

    def drift(self, period: float, size: float) -> _Curve:
        """Smooth noise: about ``size`` at its highest, a new aim every ``period`` seconds."""
        knots = int(np.ceil(self.length / period)) + 4
        values = np.clip(self.rng.normal(0, 0.6, knots), -1, 1) * size
        at = (np.arange(knots) - 1 + self.rng.uniform(-0.3, 0.3, knots)) * period
        return np.asarray(CubicSpline(at, values)(self.times))

    def sway(self, size: float) -> None:
        """The head is never quite still."""
        for axis, (period, degrees) in enumerate(((1.9, 7.0), (1.6, 4.0), (2.3, 3.2))):
            self.turn[:, axis] += size * self.drift(period, degrees)
            self.turn[:, axis] += size * self.drift(0.7, degrees * 0.12)

    def blink(self, a_minute: float = _BLINKS_A_MINUTE) -> None:
        """Poisson blinks: 90 ms to close, 40 ms closed, 170 ms to open, the first one soon."""
        at = self.rng.uniform(0.5, 2.2)
        while at < self.length:
            self.lids[:] = np.maximum(self.lids, _lid_curve(self.times - at)[:, None])
            at += 0.6 + self.rng.exponential(60.0 / a_minute - 0.6)

    def saccades(self, size: float) -> None:
        """The eyes jump (30 ms), rest (0.4-2 s), and jump again."""
        at, now = self.rng.uniform(0.3, 1.0), np.zeros(2)
        while at < self.length:
            aim = self.rng.normal(0, size, 2) * (1.0, 0.4)
            self.gaze += smoothstep(0, 0.045, self.times - at)[:, None] * (aim - now)
            now = aim
            at += self.rng.uniform(0.4, 2.0)

    def nods(self, degrees: float) -> None:
        """Down on each beat, deepest on the beat itself, back before the next."""
        for number, beat in enumerate(self.beats):
            weight = 1.0 if number % 2 == 0 else 0.7
            since = self.times - beat
            down = smoothstep(-0.16, 0.02, since) * (1 - smoothstep(0.02, 0.34, since))
            self.turn[:, 1] -= degrees * weight * down

    def lift_brows(self, accents: Sequence[float]) -> None:
        """Brows up on each accent, for a third of a second; never higher than they go."""
        lift = np.zeros(len(self.times))
        for accent in accents:
            since = self.times - accent
            up = smoothstep(-0.08, 0.03, since) * (1 - smoothstep(0.1, 0.38, since))
            lift = np.maximum(lift, up)
        brows = self.weights[:, EXPRESSIONS.index("brows up")]
        self.add("brows up", np.minimum(0.55 * lift, np.maximum(0.0, 1.0 - brows)))


def _lid_curve(since: _Curve) -> _Curve:
    """Closing 0..1 around a blink that starts at 0 seconds."""
    return smoothstep(0.0, 0.09, since) * (1 - smoothstep(0.13, 0.31, since))


def _idle(score: _Score) -> None:
    score.sway(0.8)
    score.saccades(0.05)
    score.blink()
    score.add("brows up", 0.25 * np.maximum(0, score.drift(1.7, 1.0)))
    score.add("smile", 0.12 + 0.12 * score.drift(2.6, 1.0))
    score.nods(2.5)


def _look_round(score: _Score) -> None:
    """Turns to one side, then to the other; the eyes go first, often with a blink."""
    score.sway(0.3)
    score.blink(14)
    at, side = score.rng.uniform(0.4, 0.8), score.rng.choice([-1.0, 1.0])
    yaw = pitch = look = 0.0
    while at < score.length:
        aim = side * score.rng.uniform(12, 17)
        lift = score.rng.uniform(-3, 5)
        way = score.rng.uniform(0.55, 0.85)
        eyes = smoothstep(0, 0.06, score.times - at)
        head = smoothstep(0.1, 0.1 + way, score.times - at)
        score.turn[:, 0] += head * (aim - yaw)
        score.turn[:, 1] += head * (lift - pitch)
        score.turn[:, 2] += head * (aim - yaw) * 0.12
        glance = 0.13 * np.sign(aim - yaw)
        score.gaze[:, 0] += glance * eyes - (glance - 0.03 * side) * head - look * eyes
        look = 0.03 * side
        if score.rng.uniform() < 0.6:
            score.lids[:] = np.maximum(score.lids, _lid_curve(score.times - at - 0.08)[:, None])
        yaw, pitch, side = aim, lift, -side
        at += way + score.rng.uniform(0.7, 1.6)
    score.nods(1.5)


def _smile_preset(score: _Score) -> None:
    """A smile that comes up, reaches the eyes and stays alive."""
    score.sway(0.6)
    score.saccades(0.03)
    score.blink()
    onset = score.rng.uniform(0.3, 0.7)
    rise = smoothstep(onset, onset + 0.9, score.times)
    warmth = rise * (0.75 + 0.15 * score.drift(1.3, 1.0))
    score.add("smile", warmth)
    score.add("squint", 0.8 * warmth)
    score.add("brows up", 0.3 * rise * (1 - 0.5 * smoothstep(onset + 0.9, onset + 2, score.times)))
    score.turn[:, 1] += 3.0 * rise
    score.turn[:, 2] += 3.0 * rise * score.rng.choice([-1.0, 1.0])
    score.nods(2.0)


def _nod(score: _Score) -> None:
    score.sway(0.5)
    score.saccades(0.04)
    score.blink()
    score.add("smile", 0.2 + 0.1 * score.drift(2.0, 1.0))
    if not score.beats:
        score.beats = tuple(np.arange(0.5, score.length, 0.6))
    score.nods(8.5)
    score.turn[:, 2] += 2.0 * np.sin(np.pi * np.arange(len(score.times)) / len(score.times) * 4)


def _sing(score: _Score) -> None:
    """The mouth follows the voice, or syllables on the beats; the head goes with the phrase."""
    score.sway(0.8)
    score.saccades(0.03)
    score.blink(12)
    if score.voice is not None:
        _follow_voice(score, score.voice)
        score.nods(3.0)
        return
    for onset, length, size in _syllables(score):
        since = score.times - onset
        mouth = smoothstep(-0.05, 0.06, since) * (1 - smoothstep(length * 0.55, length, since))
        vowel = score.rng.choice(["pucker", "stretch", "smile"], p=[0.4, 0.3, 0.3])
        score.add("jaw open", 0.6 * size * mouth)
        score.add(str(vowel), 0.5 * mouth)
        if size > 0.8:
            score.add("brows up", 0.6 * mouth)
            score.turn[:, 1] += 2.0 * mouth
    score.nods(4.0)


def _follow_voice(score: _Score, voice: _Curve) -> None:
    """Jaw by loudness; a vowel for each syllable, changed where the mouth is nearly closed."""
    score.add("jaw open", 0.72 * voice)
    starts = [0, *(np.flatnonzero((voice[1:] >= 0.2) & (voice[:-1] < 0.2)) + 1), len(voice)]
    shape = np.zeros((len(voice), len(EXPRESSIONS)))
    for start, end in itertools.pairwise(starts):
        vowel = str(score.rng.choice(["pucker", "stretch", "smile"], p=[0.4, 0.3, 0.3]))
        shape[start:end, EXPRESSIONS.index(vowel)] = 0.5
    fps = 1 / max(score.times[1] - score.times[0], 1e-6) if len(score.times) > 1 else 24.0
    shape = np.asarray(gaussian_filter1d(shape, 0.05 * fps, axis=0))
    score.weights += shape * smoothstep(0, 0.4, voice)[:, None]
    score.turn[:, 1] += 2.0 * gaussian_filter1d(voice, 0.15 * fps)


def _syllables(score: _Score) -> list[tuple[float, float, float]]:
    """Onset, length and size of sung syllables; rests between phrases."""
    beats = list(score.beats) or list(np.arange(0.4, score.length, 0.55))
    syllables: list[tuple[float, float, float]] = []
    if not beats:
        return syllables
    for number, (beat, after) in enumerate(zip(beats, [*beats[1:], beats[-1] + 0.55], strict=True)):
        if number % 8 == 7:
            continue  # breath
        gap = min(after - beat, 1.2)
        if score.rng.uniform() < 0.45:
            syllables.append((beat, gap * 0.95, score.rng.uniform(0.75, 1.0)))
        else:
            syllables.append((beat, gap * 0.5, score.rng.uniform(0.55, 0.9)))
            syllables.append((beat + gap * 0.5, gap * 0.48, score.rng.uniform(0.4, 0.8)))
    return syllables


def _laugh(score: _Score) -> None:
    """Bursts of laughter that throw the head back and shake the shoulders, a smile in between.

    A burst is a handful of "ha" at about five a second, each weaker than the one before
    (after Provine 1996: notes of 75 ms every 210 ms); then breath is drawn.
    """
    score.sway(0.5)
    score.blink(8)
    mirth, notes = np.zeros(len(score.times)), np.zeros(len(score.times))
    for onset, length, size in _bursts(score):
        since = score.times - onset
        mirth = np.maximum(
            mirth,
            size * smoothstep(-0.2, 0.1, since) * (1 - smoothstep(length, length + 0.7, since)),
        )
        fading = size * np.clip(1 - 0.45 * since / length, 0, 1)
        inside = smoothstep(0, 0.06, since) * (1 - smoothstep(length - 0.1, length, since))
        notes = np.maximum(notes, fading * inside * (0.5 - 0.5 * np.cos(2 * np.pi * since / 0.21)))
    warm = np.maximum(mirth, 0.45 * smoothstep(0.2, 0.8, score.times))
    score.add("smile", 0.95 * warm)
    score.add("squint", warm)
    score.add("bare teeth", 0.9 * mirth)
    score.add("jaw open", mirth * 0.2 + 0.2 * notes)
    score.add("brows up", 0.25 * mirth)
    score.turn[:, 1] += 5.5 * mirth - 2.2 * notes
    score.turn[:, 2] += 2.5 * mirth * score.rng.choice([-1.0, 1.0])
    score.lids[:] = np.maximum(score.lids, (0.22 * mirth)[:, None])
    score.breath += 2.5 * notes - 1.2 * mirth
    score.nods(2.0)


def _bursts(score: _Score) -> list[tuple[float, float, float]]:
    """Onset, length and size of bursts of laughter, the first one soon and the strongest."""
    bursts: list[tuple[float, float, float]] = []
    at, size = score.rng.uniform(0.3, 0.5), 1.0
    while at < score.length:
        length = 0.21 * int(score.rng.integers(4, 8))
        bursts.append((at, length, size))
        at += length + score.rng.uniform(0.7, 1.3)
        size = score.rng.uniform(0.55, 0.95)
    return bursts


PRESETS: dict[str, Callable[[_Score], None]] = {
    "idle": _idle,
    "look-round": _look_round,
    "smile": _smile_preset,
    "nod": _nod,
    "sing": _sing,
    "laugh": _laugh,
}
"""Named motions."""
