"""The form of the song: where its sections begin, and which of them sound alike.

Everything is measured per bar, so boundaries are downbeats by construction. A boundary is likely
where the sound changes (novelty of a self-similarity matrix: Foote, ICME 2000) and where a
repetition of other bars begins or ends (structure features: Serrà et al., IEEE Trans. Multimedia
2014). Among all divisions the one is taken whose boundaries are the most likely together with
lengths that songs prefer: 8 bars, then 4 and 16.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tremendo.music.features import SoundFeatures
from tremendo.music.types import Bar, Section

__all__ = ["find_sections"]

Floats = NDArray[np.float64]

_PARTS = 4
_LONGEST = 24
_LAGS = 6
_ALIKE = 0.48

# Liking for sections of so many bars, against the mean standard score of a boundary.
_LENGTH_WEIGHT = 1.5
_LIKING = {
    8: 0.0, 16: -0.3, 12: -0.5, 4: -0.6, 6: -0.9, 10: -0.9, 14: -1.0, 9: -1.3,
    5: -1.5, 7: -1.5, 2: -1.6, 3: -2.0, 1: -3.0,
}  # fmt: skip
_EDGE_LIKING = {1: -1.5, 2: -1.0, 3: -0.8}


def find_sections(
    bars: Sequence[Bar], features: SoundFeatures, duration: float
) -> tuple[Section, ...]:
    """Divide the song, from its first to its last sample, at downbeats.

    Labels are letters in order of appearance; sections of equal label sound alike.
    """
    edges = np.array([bar.start for bar in bars] + [bars[-1].end])
    harmony, timbre = _harmony(features, edges), _timbre(features, edges)
    novelty = _novelty(harmony, timbre)
    starts = _divide(novelty)
    labels = _label(starts, len(bars), harmony, timbre)
    energy = np.array([bar.energy for bar in bars])
    bounds = [0.0, *(float(edges[i]) for i in starts[1:]), duration]
    stops = [*starts[1:], len(bars)]
    return tuple(
        Section(bounds[k], bounds[k + 1], label, round(float(energy[start:stop].mean()), 4))
        for k, (start, stop, label) in enumerate(zip(starts, stops, labels, strict=True))
    )


def _harmony(features: SoundFeatures, edges: Floats) -> Floats:
    """Similarity of the bars' chord course, -1..1: cosine of chroma in four parts of the bar."""
    parts = np.interp(
        np.arange((len(edges) - 1) * _PARTS + 1) / _PARTS, np.arange(len(edges)), edges
    )
    chroma = np.log1p(features.mean_over(features.chroma, parts))
    chroma /= np.maximum(np.linalg.norm(chroma, axis=1, keepdims=True), 1e-9)
    bars = chroma.reshape(len(edges) - 1, _PARTS * 12)
    bars = bars - bars.mean(axis=0)
    bars /= np.maximum(np.linalg.norm(bars, axis=1, keepdims=True), 1e-9)
    return np.asarray(bars @ bars.T)


def _timbre(features: SoundFeatures, edges: Floats) -> Floats:
    """Similarity of the bars' sound, 0..1, from timbre, loudness and flux."""
    sound = np.column_stack(
        [
            features.mean_over(features.timbre, edges),
            2 * features.mean_over(features.loudness, edges),
            2 * features.mean_over(features.flux, edges),
        ]
    )
    spread = np.maximum(sound.std(axis=0), 1e-6)
    weight = np.ones(sound.shape[1])
    weight[-2:] = 2.0
    sound = (sound - sound.mean(axis=0)) / spread * weight
    square = ((sound[:, None] - sound) ** 2).sum(axis=2)
    scale = np.median(square[square > 0]) if (square > 0).any() else 1.0
    return np.asarray(np.exp(-square / scale))


def _novelty(harmony: Floats, timbre: Floats) -> Floats:
    """How much each bar line looks like a boundary, (bars + 1,): mean of three standard scores."""
    if len(harmony) < 2:
        return np.zeros(len(harmony) + 1)
    alike = np.maximum(harmony, 0.0)
    ahead, behind = _repetition(alike)
    change = np.abs(ahead - behind)
    strongest = min(_LAGS, change.shape[1])
    curves = (
        _checkerboard(0.5 * (harmony + timbre), 4) + _checkerboard(0.5 * (harmony + timbre), 8),
        np.sort(change, axis=1)[:, -strongest:].sum(axis=1),
        np.maximum(ahead - behind, 0.0).max(axis=1),
    )
    inner = np.zeros((len(curves), len(harmony) + 1))
    for row, curve in zip(inner, curves, strict=True):
        row[1:-1] = (curve[1:] - curve[1:].mean()) / max(float(curve[1:].std()), 1e-9)
    return _peaks_only(inner.mean(axis=0))


def _peaks_only(novelty: Floats) -> Floats:
    """Bar lines beside a more novel one are no boundaries, or lengths would pull one there."""
    padded = np.pad(novelty, 1, constant_values=-np.inf)
    highest = np.maximum(padded[:-2], padded[2:])
    return np.asarray(np.where(novelty < highest, np.minimum(novelty, 0.0) - 0.5, novelty))


def _checkerboard(similarity: Floats, radius: int) -> Floats:
    """Foote's novelty at the begin of each bar: within minus across, ``radius`` bars either way."""
    offset = np.arange(-radius, radius) + 0.5
    taper = np.sign(offset) * np.exp(-2 * (offset / radius) ** 2)
    kernel = np.outer(taper, taper) / np.abs(taper).sum() ** 2
    padded = np.pad(similarity, radius, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    return np.asarray(
        np.array([(windows[i, i] * kernel).sum() for i in range(len(similarity))], np.float64)
    )


def _repetition(alike: Floats) -> tuple[Floats, Floats]:
    """Mean similarity to the bars at every lag, over the four bars from each bar and up to it.

    Both (bars, lags). Lags of less than two bars are left out: a bar is like its neighbours.
    """
    count = len(alike)
    lags = np.zeros((count, 2 * count))
    for i in range(count):
        lags[i, count - i : 2 * count - i] = alike[i]
    lags[:, count - 1 : count + 2] = 0.0
    totals = np.vstack([np.zeros(2 * count), np.cumsum(lags, axis=0)])
    here = np.arange(count)
    start, stop = np.maximum(here - _PARTS, 0), np.minimum(here + _PARTS, count)
    ahead = (totals[stop] - totals[here]) / (stop - here)[:, None]
    behind = (totals[here] - totals[start]) / np.maximum(here - start, 1)[:, None]
    return ahead, behind


def _divide(novelty: Floats) -> list[int]:
    """First bars of the sections: novelty at boundaries plus liking for lengths is greatest."""
    count = len(novelty) - 1
    best = np.full(count + 1, -np.inf)
    best[0] = 0.0
    previous = np.zeros(count + 1, np.int64)
    for stop in range(1, count + 1):
        for start in range(max(0, stop - _LONGEST), stop):
            liking = _length_liking(stop - start, at_edge=start == 0 or stop == count)
            total = best[start] + _LENGTH_WEIGHT * liking + (novelty[stop] if stop < count else 0.0)
            if total > best[stop]:
                best[stop], previous[stop] = total, start
    starts = [int(previous[count])]
    while starts[-1] > 0:
        starts.append(int(previous[starts[-1]]))
    starts.reverse()
    if len(starts) > 1 and starts[-1] == count - 1:  # the last bar fading out is no section
        starts.pop()
    return starts


def _length_liking(bars: int, *, at_edge: bool) -> float:
    """Prior of a section's length; the first and the last of the song may have any."""
    liking = _LIKING.get(bars, -1.8)
    if at_edge:
        liking = max(min(liking, -0.25), _EDGE_LIKING.get(bars, -0.5 if bars <= 16 else -1.0))
    return liking


def _label(starts: list[int], count: int, harmony: Floats, timbre: Floats) -> list[str]:
    """A letter for each section: that of the section it is most like, or the next new one."""
    spans = list(zip(starts, [*starts[1:], count], strict=True))
    groups: list[list[int]] = []
    letter_of = []
    for index, span in enumerate(spans):
        likeness = [
            np.mean([_likeness(span, spans[other], harmony, timbre) for other in group])
            for group in groups
        ]
        if likeness and max(likeness) >= _ALIKE:
            letter = int(np.argmax(likeness))
            groups[letter].append(index)
        else:
            letter = len(groups)
            groups.append([index])
        letter_of.append(letter)
    return [_letters(number) for number in letter_of]


def _likeness(
    one: tuple[int, int], other: tuple[int, int], harmony: Floats, timbre: Floats
) -> float:
    """Same chords in the same order, lessened where the two sound different."""
    length = min(one[1] - one[0], other[1] - other[0], 8)
    steps = np.arange(length)
    course = float(harmony[one[0] + steps, other[0] + steps].mean())
    across = timbre[slice(*one), slice(*other)].mean()
    within = np.sqrt(
        timbre[slice(*one), slice(*one)].mean() * timbre[slice(*other), slice(*other)].mean()
    )
    return course * min(1.0, float(across / within))


def _letters(number: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA ..."""
    text = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, 26)
        text = chr(65 + digit) + text
    return text
