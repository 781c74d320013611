"""``listen``: a song file in, the song understood out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tremendo.music.bars import bar_edges, measure_bars
from tremendo.music.corrections import correct
from tremendo.music.events import find_events
from tremendo.music.onsets import find_accents, onset_peaks
from tremendo.music.sections import find_sections
from tremendo.music.sound import hear
from tremendo.music.trackers import BEAT_TRACKERS
from tremendo.music.tracking import BeatTrack, track
from tremendo.music.types import Bar, Beat, Song
from tremendo.music.voice import find_vocal_spans

__all__ = ["listen"]

_TEMPO_SPAN = 8
_FEW_BARS = 4


def listen(
    song: Path,
    *,
    tempo: str | None = None,
    shift: int = 0,
    tracker: str = "auto",
    nudge: float = 0.0,
    meter: int = 0,
    taps: Sequence[float] = (),
) -> Song:
    """Understand a song: beats, bars with energy, sections, accents.

    About 5 s of work for 100 s of song; memory grows with the song, to about 0.6 GB for 20 minutes.

    Args:
        song: any file with sound.
        tempo: ``half`` or ``double`` corrects the tempo found.
        shift: moves the downbeats this many beats later.
        tracker: ``auto`` or one of the beat trackers; see
            :func:`~tremendo.music.tracking.track`.
        nudge: seconds by which all beats move later (negative: earlier).
        meter: beats in a bar (2, 3, 4 or 6); 0: as heard.
        taps: seconds at which somebody tapped the beat; they replace the tracker.

    Raises:
        MediaError: no sound in the file, or it cannot be decoded.
        ModelMissingError: BeatNet was asked for by name and its weights are missing.
        NothingUsableError: the song is silent, shorter than 0.5 s, or has no beat.
        UsageError: no such correction or tracker.
    """
    sound = hear(Path(song))
    beats = BEAT_TRACKERS.create("taps", taps).track(sound) if taps else track(sound, tracker)
    found = correct(beats, tempo, shift, sound.duration, nudge=nudge, meter=meter)
    edges = bar_edges(found.times, found.positions, found.meter, sound.duration)
    onsets = onset_peaks(sound.curve)
    bars = measure_bars(edges, sound.features, onsets, _sureness(found, edges))
    sections = find_sections(bars, sound.features, sound.duration)
    return Song(
        duration=sound.duration,
        tempo=round(_tempo(found.times), 3),
        beats=tuple(
            Beat(round(float(time), 4), int(position))
            for time, position in zip(found.times, found.positions, strict=True)
        ),
        bars=bars,
        sections=sections,
        accents=find_accents(sound.curve, sound.duration),
        confidence=round(_confidence(found), 3),
        alternative=None if found.alternative is None else round(found.alternative, 1),
        meter=found.meter,
        tracker=found.tracker,
        warnings=(*sound.warnings, *found.warnings, *_too_short(found, bars, sound.duration)),
        moments=find_events(found.times, bars, sections, sound.features, onsets),
        division=found.division,
        sung=find_vocal_spans(sound.samples, bars),
    )


def _confidence(found: BeatTrack) -> float:
    """How likely the beats are right: at their level where that was asked, else on the whole."""
    if found.level_confidence is not None:
        return found.level_confidence
    return float(found.confidence.mean())


def _tempo(times: NDArray[np.float64]) -> float:
    """Beats per minute: the median over spans of eight beats, which evens out small shifts."""
    span = min(_TEMPO_SPAN, len(times) - 1)
    return 60.0 * span / float(np.median(times[span:] - times[:-span]))


def _too_short(found: BeatTrack, bars: Sequence[Bar], duration: float) -> tuple[str, ...]:
    """What a song of a few seconds leaves unheard."""
    if len(bars) >= _FEW_BARS:
        return ()
    heard = f"The song is short ({duration:.1f} s, {len(found.times)} beats)"
    return (f"{heard}: its meter and form are a guess, its sections mean little",)


def _sureness(found: BeatTrack, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean confidence of the beats in each bar."""
    bar = np.searchsorted(edges, found.times + 1e-6, side="right") - 1
    count = len(edges) - 1
    inside = (bar >= 0) & (bar < count)
    total = np.bincount(bar[inside], found.confidence[inside], count)
    return np.asarray(total / np.maximum(np.bincount(bar[inside], minlength=count), 1))
