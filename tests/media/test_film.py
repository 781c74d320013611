from fractions import Fraction

import numpy as np
import pytest

from tremendo.errors import MediaError, ResourceError, UsageError
from tremendo.media import FilmWriter, FrameSelection, MemoryFrames, open_frames, probe, read_audio
from tremendo.media.writer import CODECS


def numbered(count=30, height=48, width=64):
    """Frames that say their number by their grey level."""
    return [np.full((height, width, 3), 4 * n, np.uint8) for n in range(count)]


def write(path, frames, fps=Fraction(16), codec="ffv1", **more):
    height, width = frames[0].shape[:2]
    with FilmWriter(path, width, height, fps, codec, **more) as film:
        for frame in frames:
            film.write(frame)
    return path


def test_ffv1_gives_back_every_bit(tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (12, 45, 67, 3), dtype=np.uint8)
    film = open_frames(write(tmp_path / "a.mkv", list(noise), Fraction(18000, 1001)))
    assert (film.width, film.height, film.fps, len(film)) == (67, 45, Fraction(18000, 1001), 12)
    assert np.array_equal(np.stack(list(film.read())), noise)


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_masters_keep_count_rate_color_and_sound(tmp_path, codec):
    sound = np.random.default_rng(0).normal(0, 0.1, (44_100, 2)).astype(np.float32)
    color = np.array([200, 40, 90], np.uint8)
    frames = [np.broadcast_to(color, (130, 257, 3)).copy() for _ in range(24)]
    path = write(
        tmp_path / ("m" + CODECS[codec].suffixes[0]),
        frames,
        Fraction(24),
        codec,
        audio=(sound, 44_100),
    )
    film = open_frames(path)
    assert (len(film), film.fps) == (24, 24)
    seen = np.stack(list(film.read()))[:, :128, :256].astype(int)
    assert np.abs(seen - color).max() <= 4
    heard = read_audio(path, None, mono=False)
    assert 0 <= len(heard) - len(sound) <= 1024  # AAC fills its last block
    lag = [np.abs(heard[100 + d : 4100 + d] - sound[100:4100]).mean() for d in (-2, -1, 0, 1, 2)]
    assert int(np.argmin(lag)) == 2


def test_any_start_gives_the_same_frames_as_reading_through(tmp_path):
    path = write(tmp_path / "a.mp4", numbered(60), Fraction(24), "h264")
    film = open_frames(path)
    whole = list(film.read())
    for start in (0, 1, 17, 30, 59):
        assert np.array_equal(next(film.read(start, start + 1)), whole[start])
    levels = [int(f.mean().round()) for f in whole]
    assert np.abs(np.array(levels) - 4 * np.arange(60)).max() <= 2


def test_frames_after_the_end_are_not_invented(tmp_path):
    film = open_frames(write(tmp_path / "a.mkv", numbered(5)))
    assert len(list(film.read(3, 99))) == 2
    assert list(film.read(5)) == []


def test_view_leaves_out_doubled_frames_and_crops(tmp_path):
    film = open_frames(write(tmp_path / "a.mkv", numbered(12)))
    view = FrameSelection(film, range(0, 12, 4), fps=Fraction(4), crop=(8, 0, 40, 48))
    assert (len(view), view.width, view.height, view.fps) == (3, 32, 48, 4)
    assert [int(f[0, 0, 0]) for f in view.read()] == [0, 16, 32]
    assert [int(f[0, 0, 0]) for f in view.read(1, 2)] == [16]
    assert next(view.read()).shape == (48, 32, 3)


def write_then_fail(target, error):
    with FilmWriter(target, 64, 48, Fraction(24)) as film:
        film.write(np.zeros((48, 64, 3), np.uint8))
        if error is None:
            film.write(np.zeros((20, 64, 3), np.uint8))
        else:
            raise error


def test_a_frame_of_another_size_leaves_no_file(tmp_path):
    with pytest.raises(MediaError, match="frame 1 is"):
        write_then_fail(tmp_path / "a.mkv", None)
    assert list(tmp_path.iterdir()) == []


def test_an_error_leaves_the_older_file(tmp_path):
    target = write(tmp_path / "a.mkv", numbered(3))
    before = target.read_bytes()
    with pytest.raises(RuntimeError):
        write_then_fail(target, RuntimeError())
    assert target.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.mkv"]


def test_wrong_suffix_and_codec_are_usage_errors(tmp_path):
    with pytest.raises(UsageError, match=r"\.txt"):
        FilmWriter(tmp_path / "a.txt", 64, 48, Fraction(24))
    with pytest.raises(UsageError, match="unknown codec"):
        FilmWriter(tmp_path / "a.mp4", 64, 48, Fraction(24), "divx")


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "plain").write_text("x")
    with pytest.raises((ResourceError, OSError)):
        write(tmp_path / "plain" / "a.mkv", numbered(2))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.mp4", b""),
        ("text.mp4", b"this is no film\n" * 50),
        ("hls.mp4", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"),
        ("concat.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n"),
    ],
)
def test_what_is_no_film_is_refused_by_name(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(MediaError) as caught:
        probe(path)
    assert caught.value.path == str(path)
    assert caught.value.hint


def test_missing_file():
    with pytest.raises(MediaError, match="no such file"):
        probe("nowhere.mp4")


@pytest.mark.parametrize(
    "name",
    [
        "100%03d.mkv",
        "a:b|c.mkv",
        "new\nline.mkv",
        "-rf.mkv",
        "é.mkv",
        '$(id) "quoted".mkv',
        "🎞" * 50 + ".mkv",
    ],
)
def test_hostile_names_are_only_names(tmp_path, name):
    film = open_frames(write(tmp_path / name, numbered(4)))
    assert len(list(film.read())) == 4


def test_damaged_frames_are_held_and_counted(tmp_path):
    noise = np.random.default_rng(3).integers(0, 256, (20, 64, 64, 3), dtype=np.uint8)
    path = write(
        tmp_path / "a.mp4", list(noise), Fraction(24), "h264", options={"g": "1", "bf": "0"}
    )
    content = bytearray(path.read_bytes())
    place = content.find(b"mdat") + len(content) // 2
    content[place : place + 6000] = bytes(6000)
    path.write_bytes(content)
    film = open_frames(path)
    assert len(list(film.read())) == len(film) == 20


def test_memory_frames_are_frames():
    frames = MemoryFrames(numbered(5), 12)
    assert (len(frames), frames.fps, frames.width) == (5, 12, 64)
    assert [int(f[0, 0, 0]) for f in frames.read(2, 4)] == [8, 12]


def test_real_films(data):
    expected = {
        "roundhay-1888.mp4": (980, 720, 28, 80),
        "chaplin-1910s.mp4": (640, 360, 25, 241),
        "newsreel-1950s.mp4": (432, 320, 29, 360),
        "scratched-street.mkv": (640, 480, 18, 120),
    }
    for name, (width, height, fps, frames) in expected.items():
        info = probe(data / "films" / name)
        assert (info.width, info.height, info.fps, info.frames) == (width, height, fps, frames)


def test_rotated_and_anamorphic_film_is_upright_and_square(data):
    folder = data / "badmedia" / "generated"
    turned = probe(folder / "rot90.mp4")
    assert turned.rotation in {90, 270}
    assert turned.height > turned.width
    wide = probe(folder / "anamorphic.mp4")
    assert wide.sample_aspect != 1
    assert next(open_frames(folder / "anamorphic.mp4").read()).shape[:2] == (
        wide.height,
        wide.width,
    )


def broken_films(data):
    for folder in ("generated", "video"):
        for path in sorted((data / "badmedia" / folder).iterdir()):
            if path.suffix in {".mp4", ".mkv", ".mpg", ".avif", ".png"}:
                yield path


def test_every_broken_film_ends_in_frames_or_a_typed_error(data):
    refused = 0
    for path in broken_films(data):
        try:
            film = open_frames(path)
            seen = len(list(film.read(0, 300)))
        except MediaError as refusal:
            refused += 1
            seen, film = None, refusal
        if seen is None:
            assert film.path, path
            assert film.hint, path
        else:
            assert seen == min(len(film), 300), path
    assert refused > 10


@pytest.mark.parametrize("size", [(192, 108), (320, 180)])
def test_h264_gives_the_same_pictures_every_time(tmp_path, size):
    """Resumed and uninterrupted runs must end in the same film, so the encoder must not vary."""
    width, height = size
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    base = np.repeat(np.repeat(coarse, height // 18, 0), width // 24, 1)[:height, :width]
    frames = [np.ascontiguousarray(np.roll(base, 3 * n, 1)) for n in range(48)]
    films = {
        b"".join(f.tobytes() for f in open_frames(path).read())
        for path in (write(tmp_path / f"{k}.mp4", frames, Fraction(12), "h264") for k in range(4))
    }
    assert len(films) == 1
