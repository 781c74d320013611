"""A frame is the frame: every container and codec, read through, alone, in ranges, backward."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from tremendo.media import open_frames

COUNT = 75
WIDTH, HEIGHT, BITS = 192, 96, 7
GROUPS = {
    "no B-frames": {"g": "12", "bf": "0"},
    "open groups": {"g": "12", "bf": "2", "x264-params": "open-gop=1"},
    "long groups": {"g": "60", "bf": "2"},
    "pyramid": {"g": "24", "bf": "3", "x264-params": "b-pyramid=normal"},
}
CODECS = {
    "mpeg2video": ("no B-frames", "open groups", "long groups"),
    "mpeg4": ("no B-frames", "long groups"),
    "libx264": tuple(GROUPS),
    "libx265": ("long groups", "pyramid"),
}
CONTAINERS = {
    "mpeg2video": ("mpg", "vob", "ts", "m2ts", "avi", "mkv", "mp4", "mov", "mxf"),
    "mpeg4": ("avi", "mp4", "mkv", "ts"),
    "libx264": ("mp4", "mov", "mkv", "ts", "m2ts", "avi", "flv", "mxf", "h264"),
    "libx265": ("mp4", "mkv", "ts", "hevc"),
}
CASES = [
    pytest.param(codec, suffix, group, id=f"{codec} {suffix} {group}")
    for codec, groups in CODECS.items()
    for group in groups
    for suffix in CONTAINERS[codec]
]


def numbered(number: int) -> np.ndarray:
    """A frame that bears its number in blocks, which survive compression."""
    frame = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
    for bit in range(BITS):
        if number >> bit & 1:
            frame[HEIGHT // 4 : -HEIGHT // 4, _columns(bit, 0)] = 200
    return frame


def _columns(bit: int, margin: int) -> slice:
    return slice(bit * WIDTH // BITS + margin, (bit + 1) * WIDTH // BITS - margin)


def number_of(frame: np.ndarray) -> int:
    middle = frame[HEIGHT // 2 - 8 : HEIGHT // 2 + 8]
    return sum(1 << bit for bit in range(BITS) if middle[:, _columns(bit, 8)].mean() > 130)


def write(path, codec, *, times=None, rate=25, base=None, **options):
    """Numbered frames; ``times`` in units of ``base``, one for each."""
    form = {"vob": "vob", "m2ts": "mpegts"}.get(path.suffix[1:])
    with av.open(str(path), "w", format=form) as film:
        stream = film.add_stream(codec, rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.bit_rate = 2_000_000
        if base is not None:
            stream.codec_context.time_base = base
        for number in range(COUNT):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24")
            frame.time_base = base or Fraction(1, rate)
            frame.pts = number if times is None else times[number]
            film.mux(stream.encode(frame))
        film.mux(stream.encode())
    return path


@pytest.mark.parametrize(("codec", "suffix", "group"), CASES)
def test_a_frame_is_the_frame(tmp_path, codec, suffix, group):
    try:
        path = write(tmp_path / f"film.{suffix}", codec, **GROUPS[group])
    except (av.FFmpegError, ValueError) as error:
        pytest.skip(f"this cannot be written here: {error}")
    film = open_frames(path)
    assert film.fps == 25
    assert [number_of(frame) for frame in film.read()] == list(range(COUNT))
    for start in (*range(COUNT - 1, 0, -7), 1, 11, 12, 13):
        assert number_of(next(film.read(start, start + 1))) == start
    for start, stop in ((5, 20), (23, 49), (60, COUNT)):
        assert [number_of(frame) for frame in film.read(start, stop)] == list(range(start, stop))


def test_flagged_telecine_is_read_at_the_rate_of_the_film(tmp_path):
    """Frames of two and three fields in turn, as NTSC DVDs of film have them."""
    times = [1001 * (5 * (n // 2) + (3 if n % 2 else 0)) for n in range(COUNT)]
    path = write(
        tmp_path / "film.mp4", "libx264", times=times, rate=60, base=Fraction(1, 60000), bf="0"
    )
    assert open_frames(path).fps == Fraction(24000, 1001)


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(50, 3), 18, 1000])
@pytest.mark.parametrize("suffix", ["mkv", "mov"])
def test_usual_rates_are_kept_exactly(tmp_path, rate, suffix):
    path = write(
        tmp_path / f"film.{suffix}",
        "mpeg4" if rate != 1000 else "libx264",
        rate=rate,
        base=1 / Fraction(rate),
        times=range(COUNT),
    )
    film = open_frames(path)
    assert (film.fps, len(film)) == (rate, COUNT)


def test_steps_of_a_telephone_keep_their_time(tmp_path):
    """Frames 33 and 50 ms long without a pattern: each is seen when it was, within a frame."""
    steps = np.random.default_rng(3).choice([33, 50], COUNT)
    times = [0, *np.cumsum(steps)[:-1].tolist()]
    path = write(tmp_path / "film.mkv", "libx264", times=times, base=Fraction(1, 1000), bf="0")
    film = open_frames(path)
    first: dict[int, int] = {}
    for place, frame in enumerate(film.read()):
        first.setdefault(number_of(frame), place)
    assert film.info.variable_rate
    late = [
        abs(place / film.fps - Fraction(times[number], 1000)) for number, place in first.items()
    ]
    assert max(late) <= 1 / film.fps
    assert len(first) == COUNT


def test_two_recordings_in_one_stream_follow_each_other(tmp_path):
    one = write(tmp_path / "one.ts", "mpeg2video", **GROUPS["open groups"])
    an_hour_later = range(25 * 3600, 25 * 3600 + COUNT)
    two = write(tmp_path / "two.ts", "mpeg2video", times=an_hour_later)
    both = tmp_path / "both.ts"
    both.write_bytes(one.read_bytes() + two.read_bytes())
    film = open_frames(both)
    seen = [number_of(frame) for frame in film.read()]
    assert len(film) == len(seen) == 2 * COUNT
    assert seen[COUNT:] == list(range(COUNT))
    assert number_of(next(film.read(COUNT + 30, COUNT + 31))) == 30
    assert any("2 recordings" in warning for warning in film.info.warnings)
