"""Material of every shape: right pictures, or an error that names the file."""

from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from tremendo.errors import MediaError
from tremendo.media import open_frames, probe, read_photo

WIDTH, HEIGHT = 96, 64


def ramp(bits=8, channels=3):
    """Dark left, light right; blue grows downward in color."""
    top = 2**bits - 1
    kind = np.uint8 if bits == 8 else np.uint16
    x = np.linspace(0, top, WIDTH)[None, :].repeat(HEIGHT, 0)
    y = np.linspace(0, top, HEIGHT)[:, None].repeat(WIDTH, 1)
    picture = np.stack([x, x, y], 2) if channels == 3 else x
    return picture.astype(kind)


def encode(path, pixels, *, encoder, pixel_format, given="rgb24", count=4, **options):
    """A small film in a given encoder and pixel format, BT.709 limited."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(encoder, rate=16)
        stream.width, stream.height = pixels.shape[1], pixels.shape[0]
        stream.pix_fmt = pixel_format
        stream.options = {k: str(v) for k, v in options.items()}
        for _ in range(count):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format=given)
            out.mux(stream.encode(frame.reformat(format=pixel_format)))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("encoder", "pixel_format", "suffix"),
    [
        ("ffv1", "gray", "mkv"),
        ("ffv1", "gray10le", "mkv"),
        ("ffv1", "gray16le", "mkv"),
        ("ffv1", "yuv422p", "mkv"),
        ("ffv1", "yuv422p10le", "mkv"),
        ("ffv1", "yuv444p10le", "mkv"),
        ("ffv1", "gbrp16le", "mkv"),
        ("prores_ks", "yuv422p10le", "mov"),
        ("libx264", "yuv420p10le", "mp4"),
        ("mjpeg", "yuvj422p", "avi"),
    ],
)
def test_depths_and_samplings_show_the_same_ramp(tmp_path, encoder, pixel_format, suffix):
    path = encode(tmp_path / f"a.{suffix}", ramp(), encoder=encoder, pixel_format=pixel_format)
    frame = next(open_frames(path).read())
    assert (frame.shape, frame.dtype) == ((HEIGHT, WIDTH, 3), np.uint8)
    row = frame[:4, :, 1].mean(0)
    assert (np.diff(row) > -2).all()
    assert row[4] < 30
    assert row[-4] > 215
    assert len(list(open_frames(path).read())) == 4


@pytest.mark.parametrize("size", [(95, 63), (97, 64), (64, 65), (1, 1)])
def test_odd_sizes(tmp_path, size):
    width, height = size
    pixels = np.full((height, width, 3), 90, np.uint8)
    path = encode(tmp_path / "a.mkv", pixels, encoder="ffv1", pixel_format="bgr0")
    film = open_frames(path)
    assert (film.width, film.height) == size
    assert next(film.read()).shape == (height, width, 3)


def test_pixels_that_are_not_square_are_made_square(tmp_path):
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 720, 576, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(16, 15)
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(np.zeros((576, 720, 3), np.uint8), format="rgb24")
            out.mux(stream.encode(frame.reformat(format="yuv420p")))
        out.mux(stream.encode(None))
    info = probe(path)
    assert info.sample_aspect == Fraction(16, 15)
    assert (info.width, info.height) == (768, 576)


def test_interlaced_film_shows_one_moment(tmp_path):
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        stream.options = {"x264-params": "tff=1", "crf": "1"}
        for number in range(6):
            pixels = np.full((96, 128, 3), 20, np.uint8)
            pixels[0::2, 10 * number : 10 * number + 20] = 235  # first field
            pixels[1::2, 10 * number + 40 : 10 * number + 60] = 235  # second field, later
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            out.mux(stream.encode(frame.reformat(format="yuv420p")))
        out.mux(stream.encode(None))
    film = open_frames(path)
    assert film.info.interlaced
    frame = list(film.read())[2].astype(int)
    rows = frame[8:-8, :, 0]
    assert np.abs(np.diff(rows, axis=0)).mean() < 3  # no comb
    assert rows[:, 25:35].mean() > 150
    assert rows[:, 66:74].mean() < 60


def test_a_variable_rate_is_held_on_a_grid(tmp_path):
    path = tmp_path / "a.mkv"
    times = [0, 1, 2, 3, 4, 10, 11, 12, 13, 14]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "bgr0"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 10)
        for number, time in enumerate(times):
            pixels = np.full((48, 64, 3), 20 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="bgr0")
            frame.pts, frame.time_base = time, Fraction(1, 10)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    film = open_frames(path)
    assert film.info.variable_rate
    levels = [int(f[0, 0, 0]) for f in film.read()]
    assert levels == [0, 20, 40, 60, 80, 80, 80, 80, 80, 80, 100, 120, 140, 160, 180]


@pytest.mark.parametrize("count", [1, 30])
def test_very_short_films(tmp_path, count):
    path = encode(
        tmp_path / "a.mp4", ramp(), encoder="libx264", pixel_format="yuv420p", count=count
    )
    assert len(open_frames(path)) == len(list(open_frames(path).read())) == count


def deep_tiff(path, pixels):
    import cv2

    cv2.imwrite(str(path), pixels[..., ::-1] if pixels.ndim == 3 else pixels)


def dpx(path, pixels):
    """A 10-bit DPX picture."""
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as out:
        stream = out.add_stream("dpx", rate=1)
        stream.width, stream.height, stream.pix_fmt = pixels.shape[1], pixels.shape[0], "gbrp10le"
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb48le").reformat(format="gbrp10le")
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("suffix", "write", "bits", "channels"),
    [
        ("tif", deep_tiff, 8, 3),
        ("tif", deep_tiff, 16, 3),
        ("tif", deep_tiff, 16, 1),
        ("png", deep_tiff, 16, 3),
        ("png", deep_tiff, 16, 1),
        ("dpx", dpx, 16, 3),
    ],
)
def test_stills_of_a_sequence_and_its_gap(tmp_path, suffix, write, bits, channels):
    folder = tmp_path / "take"
    folder.mkdir()
    for number in range(10):
        if number != 4:
            write(folder / f"t_{number:03d}.{suffix}", ramp(bits, channels))
    film = open_frames(folder, fps=Fraction(18))
    frames = list(film.read())
    assert (len(film), len(frames), film.fps, film.bad_frames) == (10, 10, 18, 1)
    assert any("missing before" in text for text in film.warnings)
    row = frames[0][:4, :, 1].mean(0)
    assert row[3] < 25
    assert row[-3] > 230
    assert (np.diff(row) >= -1).all()
    assert np.array_equal(frames[4], frames[3])


def test_a_damaged_picture_of_a_sequence_is_held_and_named(tmp_path):
    for number in range(9):
        Image.fromarray(np.full((20, 30, 3), 20 * number, np.uint8)).save(
            tmp_path / f"a{number}.png"
        )
    (tmp_path / "a5.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    film = open_frames(tmp_path)
    assert [int(f[0, 0, 0]) for f in film.read()] == [0, 20, 40, 60, 80, 80, 120, 140, 160]
    assert any(text.startswith("a5.png") for text in film.warnings)


def test_what_has_no_picture_is_refused(tmp_path):
    path = tmp_path / "a.dpx"
    path.write_bytes(b"SDPX" + bytes(200))
    with pytest.raises(MediaError) as caught:
        read_photo(path)
    assert caught.value.path == str(path)
