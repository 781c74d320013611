"""One self-contained page about the film.

Film, storyboard under the song, before and after of each shot, what was changed, the sources, the
figures and the settings; the page opens offline.
"""

from __future__ import annotations

import base64
import html
import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from statistics import median
from urllib.parse import quote

import cv2
import numpy as np

from tremendo.archive.types import Clip
from tremendo.deliver.shot_table import ShotRow
from tremendo.deliver.song_chart import draw_score
from tremendo.errors import MediaError
from tremendo.finish.restore.changes import Change
from tremendo.media import Frame, open_frames, read_photo, write_text
from tremendo.media.photo import jpeg
from tremendo.montage.timeline import Timeline
from tremendo.music.types import Song

__all__ = ["Entry", "write_report"]

_WIDE = 430

_STYLE = """
body { background:#16130f; color:#e8dfd0; font:15px/1.5 Georgia,serif; max-width:1200px;
 margin:2em auto; padding:0 1em }
h1 { font-weight:normal; font-size:2.2em; margin:.2em 0 }
h2 { font-weight:normal; border-bottom:1px solid #4a4034; margin-top:2em }
video, svg { width:100%; height:auto; background:#0c0a08 } video { max-height:70vh }
.board { display:grid; grid-template-columns:repeat(auto-fill,minmax(360px,1fr)); gap:22px }
figure { margin:0 } .pair { display:grid; grid-template-columns:1fr 1fr; gap:3px }
.pair img { width:100%; aspect-ratio:4/3; object-fit:contain; background:#0c0a08; display:block }
figcaption { font-size:12px; color:#b7a98f; overflow-wrap:anywhere }
figcaption svg { height:34px; background:none; display:block; margin:2px 0 }
b { color:#f0c36d; font-weight:normal }
table { border-collapse:collapse; font-size:13px } td, th { padding:2px 12px 2px 0;
 text-align:left; font-weight:normal; vertical-align:top; overflow-wrap:anywhere }
th { color:#b7a98f }
pre { background:#211c16; padding:1em; overflow:auto; font-size:12px }
"""


@dataclass(frozen=True)
class Entry:
    """One slot as the report tells it."""

    row: ShotRow
    clip: Clip
    tags: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()


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
    """Write the page; it shows the film if that lies where it was made.

    Raises:
        ResourceError: it cannot be written.
    """
    after = _stills(film, entries)
    sections = [
        f"<h1>{_text(film.stem)}</h1>",
        f'<video controls preload="metadata" src="{quote(_relative(film, page))}"></video>',
        draw_score(timeline, song, after),
        "<h2>Figures</h2>" + _figures(timeline, song, entries),
        '<h2>Every shot, before and after</h2><div class="board">'
        + "".join(map(_shot, entries, after, [timeline.fps] * len(entries)))
        + "</div>",
        "<h2>What was done</h2>" + _list(actions),
        "<h2>Sources</h2>" + _sources(entries),
        "<h2>Warnings</h2>" + _list(warnings or ["none"]),
        f"<h2>Settings</h2><pre>{_text(settings)}</pre>",
    ]
    head = (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8">'
        f"<title>{_text(film.stem)}</title>\n"
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; img-src data:; media-src 'self' file:\">"
    )
    body = "\n".join(sections)
    write_text(page, f"{head}\n<style>{_STYLE}</style>\n{body}\n</html>\n")
    return page


def _text(words: object) -> str:
    return html.escape(str(words))


def _list(items: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{_text(item)}</li>" for item in items) + "</ul>"


def _relative(film: Path, page: Path) -> str:
    return os.path.relpath(film.resolve(), page.parent.resolve())


def _stills(film: Path, entries: Sequence[Entry]) -> list[str]:
    """The middle frame of each shot as data."""
    frames = open_frames(film)
    stills = []
    for entry in entries:
        middle = (entry.row.start + entry.row.end) // 2
        stills.append(_data(next(frames.read(middle, middle + 1))))
    return stills


def _data(frame: Frame) -> str:
    height = max(1, round(_WIDE * frame.shape[0] / frame.shape[1]))
    small = cv2.resize(frame, (_WIDE, height), interpolation=cv2.INTER_AREA)
    packed = base64.b64encode(jpeg(np.asarray(small, np.uint8), quality=72)).decode()
    return f"data:image/jpeg;base64,{packed}"


def _before(entry: Entry) -> str | None:
    """The source where the middle of the shot is taken from; None when it is gone."""
    from tremendo.archive import clip_frames

    row = entry.row
    try:
        if entry.clip.kind != "film":
            return _data(read_photo(entry.clip.path))
        middle = (row.native_start + row.native_end) // 2
        with closing(clip_frames(entry.clip)) as frames:
            return _data(next(frames.read(middle, middle + 1)))
    except (MediaError, StopIteration):
        return None


def _shot(entry: Entry, after: str, fps: Fraction) -> str:
    row = entry.row
    before = _before(entry)
    left = f'<img alt="before" src="{before}">' if before else "<span>source not at hand</span>"
    facts = [
        row.treatment,
        row.device,
        row.chapter,
        row.restored and f"{row.restored} restored",
        row.motion,
        row.damaged and f"{row.damaged} damaged frames",
        row.made_up and f"{row.made_up} frames made up in between",
        row.covered and "covered by a card",
    ]
    said = ", ".join(_text(fact) for fact in facts if fact)
    return (
        f'<figure><div class="pair">{left}<img alt="after" src="{after}"></div><figcaption>'
        f"<b>{row.number}</b> {row.timecode}, "
        f"{float((row.end - row.start) / fps):.2f} s: {said}"
        f"<br>{_text(Path(row.source).name)}, frames {row.native_start} to {row.native_end}"
        f" at {float(Fraction(row.native_fps)):.4g} a second; {_text(', '.join(entry.tags))}"
        f"{_map(entry.changes)}{_text(row.repairs and '; ' + row.repairs)}"
        f"<br>{_text(row.reason)}</figcaption></figure>"
    )


def _map(changes: Sequence[Change]) -> str:
    """What restoration changed, frame by frame: dust (bars) and movement (line)."""
    if not changes:
        return ""
    dust = [c.dust + c.scratch for c in changes]
    moves = [(c.moved_x**2 + c.moved_y**2) ** 0.5 for c in changes]
    most, far = max([*dust, 0.05]), max([*moves, 0.5])
    step = 400 / len(changes)
    bars = "".join(
        f'<rect x="{n * step:.1f}" y="{30 - 26 * d / most:.1f}" width="{max(0.6, step * 0.7):.1f}" '
        f'height="{26 * d / most:.1f}"/>'
        for n, d in enumerate(dust)
        if d > 0
    )
    line = " ".join(f"{(n + 0.5) * step:.1f},{30 - 26 * m / far:.1f}" for n, m in enumerate(moves))
    return (
        '<svg viewBox="0 0 400 32" preserveAspectRatio="none" role="img" aria-label="changes">'
        f'<g fill="#e0633f">{bars}</g><polyline points="{line}" fill="none" stroke="#7fb2c9"/>'
        "</svg>"
        f"filled at most {max(dust):.2f} % of a frame, moved at most {max(moves):.1f} px, "
        f"brightness x {min(c.gain for c in changes):.2f} to {max(c.gain for c in changes):.2f}"
    )


def _figures(timeline: Timeline, song: Song, entries: Sequence[Entry]) -> str:
    lengths = [float((e.row.end - e.row.start) / timeline.fps) for e in entries]
    films = sum(e.row.treatment == "film" for e in entries)
    rows = {
        "length": f"{float(timeline.frames / timeline.fps):.2f} s, {timeline.frames} frames",
        "picture": f"{timeline.width} x {timeline.height} at {timeline.fps} frames a second",
        "shots": f"{len(entries)}: {films} of film, {len(entries) - films} of photographs, "
        f"from {len({e.clip.id for e in entries})} sources",
        "length of a shot": f"median {median(lengths):.2f} s, {min(lengths):.2f} to "
        f"{max(lengths):.2f} s"
        if lengths
        else "none",
        "song": f"{song.tempo:.1f} beats a minute, {song.time_signature}, "
        f"from second {float(timeline.song_start):.2f}",
        "cut": f"score {timeline.score:.2f}, seed {timeline.seed}",
    }
    return "<table>" + "".join(_row("th", name, value) for name, value in rows.items()) + "</table>"


def _row(kind: str, name: str, *values: str) -> str:
    cells = "".join(f"<td>{_text(value)}</td>" for value in values)
    return f"<tr><{kind}>{_text(name)}</{kind}>{cells}</tr>"


def _known(row: ShotRow) -> tuple[str, ...]:
    return row.title, row.year, row.creator, row.holder, row.rights


def _sources(entries: Sequence[Entry]) -> str:
    known = {e.clip.id: e for e in entries}
    rows = [
        _row(
            "td",
            e.clip.path.name,
            ", ".join(t for t in _known(e.row) if t),
            f"sha256 {e.clip.digest}",
        )
        for e in known.values()
    ]
    return "<table>" + "".join(rows) + "</table>"
