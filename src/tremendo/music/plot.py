"""A picture of the song as it was understood."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tremendo.media import read_audio
from tremendo.media.atomic import atomic_path
from tremendo.music.types import Section, Song

__all__ = ["plot_song"]

_PAPER, _INK, _FAINT = "#faf6ee", "#2b2622", "#b8ada0"
_ACCENT = "#c0392b"
_SECTION_COLORS = (
    "#3f7cac",
    "#d98e32",
    "#5a9367",
    "#a4547d",
    "#7a6ba8",
    "#b5ad3c",
    "#4aa3a2",
    "#a86a4c",
)
_RATE = 11025
_COLUMNS = 2400


def plot_song(song: Song, audio: Path, out_png: Path) -> None:
    """Draw waveform, sections, beats, bars with energy, accents, voice and confidence to a PNG.

    Args:
        song: what :func:`~tremendo.music.listen` returned for ``audio``.
        audio: the song file, for its waveform.
        out_png: the picture, 1920 x 900 pixels.

    Raises:
        MediaError: the audio cannot be read.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(16, 7.5), dpi=120, facecolor=_PAPER)
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(
        5, 1, height_ratios=(0.5, 4.2, 2.2, 0.3, 0.35), hspace=0.12,
        left=0.05, right=0.985, top=0.9, bottom=0.075,
    )  # fmt: skip
    axes = [figure.add_subplot(grid[row]) for row in range(5)]
    for axis in axes:
        axis.set_facecolor(_PAPER)
        axis.set_xlim(0, song.duration)
        axis.tick_params(colors=_INK, labelsize=9)
        for spine in axis.spines.values():
            spine.set_visible(False)
    for axis in axes[:-1]:
        axis.set_xticks([])
    _draw_title(figure, song, audio)
    _draw_sections(axes[0], song)
    _draw_waveform(axes[1], song, _envelope(audio))
    _draw_energy(axes[2], song)
    _draw_voice(axes[3], song)
    _draw_confidence(axes[4], song)
    with atomic_path(out_png) as partial:
        figure.savefig(partial, format="png", facecolor=_PAPER)


def _draw_title(figure: Any, song: Song, audio: Path) -> None:  # noqa: ANN401 - matplotlib
    figure.text(0.05, 0.945, audio.stem, fontsize=17, color=_INK, weight="bold")
    facts = (
        f"{song.tempo:.1f} bpm    {song.time_signature}    {len(song.bars)} bars    "
        f"{_clock(song.duration)}    confidence {song.confidence:.0%}    {song.tracker}"
    )
    figure.text(0.985, 0.947, facts, fontsize=11, color=_INK, ha="right")


def _draw_sections(axis: Any, song: Song) -> None:  # noqa: ANN401 - matplotlib
    axis.set_ylim(0, 1)
    axis.set_yticks([])
    for section in song.sections:
        length = section.end - section.start
        axis.broken_barh([(section.start, length)], (0, 1), color=_color(section), lw=0)
        axis.axvline(section.start, color=_PAPER, lw=2.5)
        axis.text(
            section.start + min(0.5 * length, 0.008 * song.duration), 0.46, section.label,
            color="white", weight="bold", fontsize=14, va="center", ha="left",
        )  # fmt: skip
        bars = sum(section.start - 0.05 <= bar.start < section.end - 0.05 for bar in song.bars)
        if length > 0.05 * song.duration:
            axis.text(
                section.end - 0.005 * song.duration, 0.46, f"{bars} bars",
                color="white", fontsize=9, va="center", ha="right",
            )  # fmt: skip


def _draw_waveform(axis: Any, song: Song, envelope: NDArray[np.float64]) -> None:  # noqa: ANN401
    axis.set_ylim(-1.32, 1.22)
    axis.set_yticks([])
    time = (np.arange(len(envelope)) + 0.5) * song.duration / len(envelope)
    for section in song.sections:
        inside = (time >= section.start) & (time <= section.end)
        axis.fill_between(
            time[inside], -envelope[inside], envelope[inside], color=_color(section), lw=0
        )
        axis.vlines(section.start, -1.0, 1.04, color=_color(section), lw=1.2, alpha=0.8)
    beats = [beat.time for beat in song.beats if beat.position > 1]
    downbeats = [beat.time for beat in song.beats if beat.position == 1]
    axis.vlines(beats, -1.16, -1.08, color=_FAINT, lw=0.8)
    axis.vlines(downbeats, -1.2, -1.04, color=_INK, lw=1.3)
    for number, bar in enumerate(song.bars):
        if number % 4 == 0:
            axis.text(bar.start, -1.29, str(number + 1), fontsize=8, color=_INK, ha="center")
    axis.scatter(
        [accent.time for accent in song.accents],
        np.full(len(song.accents), 1.12),
        s=[4 + 42 * accent.strength**2 for accent in song.accents],
        color=_ACCENT, alpha=0.65, lw=0,
    )  # fmt: skip
    _name(axis, 1.12, "accents", song)
    _name(axis, -1.12, "beats", song)


def _draw_energy(axis: Any, song: Song) -> None:  # noqa: ANN401 - matplotlib
    from matplotlib import colormaps

    axis.set_ylim(0, 1.05)
    axis.set_yticks([0, 0.5, 1])
    axis.set_ylabel("energy of the bars", color=_INK, fontsize=8)
    starts = [bar.start for bar in song.bars]
    widths = [0.92 * (bar.end - bar.start) for bar in song.bars]
    heights = [max(bar.energy, 0.012) for bar in song.bars]
    tints = colormaps["YlOrRd"]([0.2 + 0.65 * bar.energy for bar in song.bars])
    axis.bar(starts, heights, widths, align="edge", color=tints)
    for section in song.sections:
        axis.hlines(section.energy, section.start, section.end, color=_INK, lw=1.6, alpha=0.8)


def _draw_voice(axis: Any, song: Song) -> None:  # noqa: ANN401 - matplotlib
    """Where somebody seems to sing; the fainter, the less sure."""
    axis.set_ylim(0, 1)
    axis.set_yticks([])
    for part in song.sung:
        color, height = (_ACCENT, 0.8) if part.sung else (_FAINT, 0.2)
        place = (part.start, part.end - part.start)
        axis.broken_barh([place], (0.1, height), color=color, alpha=0.15 + 0.85 * part.confidence)
        if part.sung and place[1] > 0.04 * song.duration:
            axis.text(
                0.5 * (part.start + part.end), 0.48, f"{part.confidence:.0%}",
                color=_INK, fontsize=7, ha="center", va="center",
            )  # fmt: skip
    _name(axis, 0.5, "voice", song)


def _draw_confidence(axis: Any, song: Song) -> None:  # noqa: ANN401 - matplotlib
    from matplotlib import colormaps

    axis.set_ylim(0, 1)
    axis.set_yticks([])
    tints = colormaps["RdYlGn"]([0.1 + 0.75 * bar.confidence for bar in song.bars])
    spans = [(bar.start, bar.end - bar.start) for bar in song.bars]
    axis.broken_barh(spans, (0.15, 0.7), color=tints, lw=0)
    _name(axis, 0.5, "confidence", song)
    step = next(
        s for s in (5, 10, 20, 30, 60, 120, 300, 600) if song.duration / s <= 24 or s == 600
    )
    ticks = np.arange(0, song.duration, step)
    axis.set_xticks(ticks, [_clock(tick) for tick in ticks])


def _name(axis: Any, height: float, text: str, song: Song) -> None:  # noqa: ANN401 - matplotlib
    axis.text(-0.006 * song.duration, height, text, fontsize=8, color=_INK, ha="right", va="center")


def _color(section: Section) -> str:
    number = 0
    for letter in section.label:
        number = number * 26 + ord(letter) - 64
    return _SECTION_COLORS[(number - 1) % len(_SECTION_COLORS)]


def _envelope(audio: Path) -> NDArray[np.float64]:
    """Loudest sample per column, 0..1 of the song's loudest, (columns,)."""
    samples = np.abs(read_audio(audio, _RATE))
    edges = np.linspace(0, len(samples), min(_COLUMNS, len(samples)) + 1).astype(int)
    peaks = np.maximum.reduceat(samples, edges[:-1])
    return np.asarray(peaks / max(float(peaks.max()), 1e-9), np.float64)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
