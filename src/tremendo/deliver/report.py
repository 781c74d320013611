"""One self-contained page about the film: storyboard under the song's beats, sources, settings."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import cv2
import numpy as np

from tremendo.media import open_frames, read_audio, write_text
from tremendo.media.photo import jpeg
from tremendo.montage.timeline import Timeline
from tremendo.music.types import Song

__all__ = ["Entry", "write_report"]

_WIDE = 1200


@dataclass(frozen=True)
class Entry:
    """One slot as the report tells it."""

    start: int
    end: int
    source: str
    native: int
    treatment: str
    tags: tuple[str, ...]
    reason: str


def write_report(
    page: Path,
    film: Path,
    timeline: Timeline,
    song: Song,
    entries: Sequence[Entry],
    *,
    settings: str,
    warnings: Sequence[str],
    actions: Sequence[str],
) -> Path:
    """Write the page; it opens offline and shows the film if that lies where it was made."""
    pictures = _thumbnails(film, entries)
    rows = "\n".join(
        _row(n, e, p, timeline)
        for n, (e, p) in enumerate(zip(entries, pictures, strict=True), start=1)
    )
    seconds = float(timeline.frames / timeline.fps)
    listed = "".join(f"<li>{html.escape(a)}</li>" for a in actions)
    warned = "".join(f"<li>{html.escape(w)}</li>" for w in warnings) or "<li>none</li>"
    write_text(
        page,
        f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{html.escape(film.stem)}</title>
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self' file:">
<style>
body {{ background:#16130f; color:#e8dfd0; font:15px/1.5 Georgia,serif; max-width:{_WIDE}px;
 margin:2em auto; padding:0 1em }}
h1 {{ font-weight:normal; font-size:2.2em; margin:.2em 0 }} h2 {{ font-weight:normal;
 border-bottom:1px solid #4a4034; margin-top:2em }}
video {{ width:100%; background:#000 }} svg {{ width:100%; height:auto }}
.board {{ display:grid; grid-template-columns:repeat(auto-fill,minmax(215px,1fr)); gap:14px }}
figure {{ margin:0 }} figure img {{ width:100%; display:block }}
figcaption {{ font-size:12px; color:#b7a98f; overflow-wrap:anywhere }}
b {{ color:#f0c36d; font-weight:normal }} pre {{ background:#211c16; padding:1em;
 overflow:auto; font-size:12px }}
</style>
<h1>{html.escape(film.stem)}</h1>
<p>{seconds:.1f} s, {timeline.width} x {timeline.height} at {timeline.fps} frames a second,
{len(entries)} shots; {song.tempo:.1f} beats a minute; seed {timeline.seed}.</p>
<video controls src="{quote(_relative(film, page))}"></video>
{_score(timeline, song)}
<h2>Storyboard</h2><div class="board">{rows}</div>
<h2>What was done</h2><ul>{listed}</ul>
<h2>Warnings</h2><ul>{warned}</ul>
<h2>Settings</h2><pre>{html.escape(settings)}</pre>
</html>
""",
    )
    return page


def _relative(film: Path, page: Path) -> str:
    import os

    return os.path.relpath(film.resolve(), page.parent.resolve())


def _thumbnails(film: Path, entries: Sequence[Entry]) -> list[str]:
    frames = open_frames(film)
    pictures = []
    for entry in entries:
        middle = (entry.start + entry.end) // 2
        frame = next(frames.read(middle, middle + 1))
        height = round(430 * frame.shape[0] / frame.shape[1])
        small = np.asarray(
            cv2.resize(frame, (430, height), interpolation=cv2.INTER_AREA), dtype=np.uint8
        )
        pictures.append(base64.b64encode(jpeg(small, quality=72)).decode())
    return pictures


def _row(number: int, entry: Entry, picture: str, timeline: Timeline) -> str:
    seconds = float(entry.start / timeline.fps)
    length = float((entry.end - entry.start) / timeline.fps)
    return (
        f'<figure><img alt="" src="data:image/jpeg;base64,{picture}"><figcaption>'
        f"<b>{number}</b> {seconds:.2f} s, {length:.2f} s long: {html.escape(entry.treatment)}<br>"
        f"{html.escape(entry.source)}, frame {entry.native}<br>{html.escape(', '.join(entry.tags))}"
        f"<br>{html.escape(entry.reason)}</figcaption></figure>"
    )


def _score(timeline: Timeline, song: Song) -> str:
    """The song's waveform with sections, downbeats and cuts as a drawing."""
    samples = np.abs(read_audio(timeline.song, 8000))
    start = float(timeline.song_start)
    seconds = float(timeline.frames / timeline.fps)
    part = samples[int(start * 8000) : int((start + seconds) * 8000)]
    columns = 600
    peaks = [float(block.max(initial=0)) for block in np.array_split(part, columns)]
    top = max([*peaks, 1e-6])

    def x(time: float) -> float:
        return _WIDE * (time - start) / seconds

    wave = " ".join(
        f"M{_WIDE * i / columns:.1f} {60 - 46 * p / top:.1f}V{60 + 46 * p / top:.1f}"
        for i, p in enumerate(peaks)
    )
    parts = "".join(
        f'<rect x="{x(s.start):.1f}" y="0" width="{max(0, x(s.end) - x(s.start)):.1f}" '
        f'height="120" '
        f'fill="#e0a040" opacity="{0.04 + 0.12 * s.energy:.2f}"/>'
        f'<text x="{x(s.start) + 4:.1f}" y="12" fill="#b7a98f" font-size="11">'
        f"{html.escape(s.label)}</text>"
        for s in song.sections
    )
    beats = " ".join(
        f"M{x(b.time):.1f} {112 if b.position > 1 else 106}V120"
        for b in song.beats
        if start <= b.time < start + seconds
    )
    cuts = " ".join(f"M{_WIDE * s.start / timeline.frames:.1f} 14V106" for s in timeline.slots)
    return (
        f'<svg viewBox="0 0 {_WIDE} 120" role="img" aria-label="song and cuts">{parts}'
        f'<path d="{wave}" stroke="#8d7f68" stroke-width="1.4"/>'
        f'<path d="{beats}" stroke="#e8dfd0" stroke-width="1"/>'
        f'<path d="{cuts}" stroke="#f05a3c" stroke-width="1.6"/></svg>'
    )
