"""``restore`` on files: the split film, the table of changes, odd material."""

import csv
import shutil
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.finish.restore.scenes import aged, film, grey
from tests.media.test_formats import encode
from tremendo.errors import MediaError, ModelMissingError, NothingUsableError, UsageError
from tremendo.finish.restore.enlarge import LearnedOptions
from tremendo.finish.restore.options import PRESETS
from tremendo.media import FilmWriter, open_frames, write_photo
from tremendo.media.audio import audio_tracks
from tremendo.media.inventory import Item
from tremendo.tools.batch import each_file
from tremendo.tools.restore import restore_file


def write(path, frames, fps=Fraction(16), codec="ffv1", **more):
    height, width = frames[0].shape[:2]
    with FilmWriter(path, width, height, fps, codec, **more) as film:
        for frame in frames:
            film.write(frame)
    return path


@pytest.fixture(scope="module")
def reel(tmp_path_factory):
    """Twenty-four frames of a worn reel."""
    frames = [grey(p) for p in aged(24)]
    return write(tmp_path_factory.mktemp("reel") / "old.mkv", frames)


def item(path):
    return Item(path, "film", ())


def test_the_split_film_is_half_as_it_was_and_the_table_has_every_frame(reel, tmp_path):
    out, split, table = tmp_path / "new.mkv", tmp_path / "split.mkv", tmp_path / "changes.csv"
    restore_file(item(reel), out, compare=split, changes=table)
    before, after, both = (list(open_frames(p).read()) for p in (reel, out, split))
    assert len(before) == len(after) == len(both) == 24
    middle = before[0].shape[1] // 2
    for old, new, halves in zip(before, after, both, strict=True):
        assert np.array_equal(halves[:, : middle - 1], old[:, : middle - 1])
        assert np.array_equal(halves[:, middle + 1 :], new[:, middle + 1 :])
    rows = list(csv.DictReader(table.open()))
    assert [int(r["frame"]) for r in rows] == list(range(24))
    assert any(float(r["dust"]) > 0 for r in rows)
    assert any(abs(float(r["moved_x"])) > 0.3 for r in rows)


def test_sound_that_is_mixed_or_left_out_is_named(reel, tmp_path):
    second = tmp_path / "two tracks.mkv"
    command = ["ffmpeg", "-v", "error", "-i", str(reel)]
    command += ["-f", "lavfi", "-i", "anoisesrc=d=1.5:c=pink:r=48000,pan=5.1|c0=c0|c1=c0|c2=c0"]
    command += ["-map", "0:v", "-map", "1:a", "-map", "1:a", "-c:v", "copy", "-c:a", "ac3"]
    command += ["-metadata:s:a:1", "language=spa", str(second)]
    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg here")
    subprocess.run(command, check=True, timeout=60)
    told = restore_file(item(second), tmp_path / "new.mkv", options=PRESETS["archival"])
    assert "track 1 (5.1(side), ac3, 48 kHz) is mixed to stereo" in told
    assert "track 2 (spa, 5.1(side), ac3, 48 kHz) is left out" in told
    (made,) = audio_tracks(tmp_path / "new.mkv")
    assert made.layout == "stereo"


def test_steps_can_be_left_out(reel, tmp_path):
    options = PRESETS["gentle"].without("dust", "stabilize", "mend")
    assert (options.dust, options.stabilize, options.mend) == (None, None, False)
    restore_file(item(reel), tmp_path / "a.mkv", options=options, changes=tmp_path / "a.csv")
    rows = list(csv.DictReader((tmp_path / "a.csv").open()))
    assert all(float(r["dust"]) == float(r["moved_x"]) == 0 for r in rows)
    with pytest.raises(UsageError, match="polish"):
        PRESETS["gentle"].without("polish")


def test_a_torn_frame_is_rebuilt_and_named(tmp_path):
    planes = aged(16, grain=2.0)
    planes[8] = np.random.default_rng(0).uniform(0, 255, planes[8].shape).astype(np.float32)
    planes[11][-10:] = 250
    reel = write(tmp_path / "torn.mkv", [grey(p) for p in planes])
    note = restore_file(item(reel), tmp_path / "out.mkv", changes=tmp_path / "a.csv")
    assert note is not None
    assert "rebuilt from their neighbors: 8;" in note
    assert note.endswith("where a splice or a tear shows: 11")
    rows = list(csv.DictReader((tmp_path / "a.csv").open()))
    assert [int(r["frame"]) for r in rows if float(r["mended"]) > 0] == [11]
    assert [int(r["frame"]) for r in rows if r["torn"] == "1"] == [8]
    result = list(open_frames(tmp_path / "out.mkv").read())
    assert np.abs(result[8].astype(int) - result[7]).mean() < 20


@pytest.mark.parametrize("count", [1, 2, 30])
def test_short_films_keep_their_count(tmp_path, count):
    reel = write(tmp_path / "short.mkv", [grey(p) for p in aged(30)[:count]])
    restore_file(item(reel), tmp_path / "out.mkv")
    assert len(open_frames(tmp_path / "out.mkv")) == count


def test_odd_sizes_are_kept(tmp_path):
    reel = write(tmp_path / "odd.mkv", [grey(p[:101, :133]) for p in aged(8)])
    restore_file(item(reel), tmp_path / "out.mkv")
    film = open_frames(tmp_path / "out.mkv")
    assert (film.width, film.height) == (133, 101)


def test_a_larger_film_keeps_count_edges_and_comparison(tmp_path):
    framed = [cv2.copyMakeBorder(grey(p), 12, 12, 20, 20, cv2.BORDER_CONSTANT) for p in aged(10)]
    reel = write(tmp_path / "framed.mkv", framed)
    out, split = tmp_path / "out.mkv", tmp_path / "split.mkv"
    options = replace(PRESETS["gentle"], upscale=1.5)
    restore_file(item(reel), out, options=options, compare=split)
    film = open_frames(out)
    assert (film.width, film.height, len(film)) == (300, 228, 10)
    picture = next(film.read(4, 5))
    assert picture[:14].max() < 12
    assert picture[40:180, 60:240].std() > 10
    assert len(open_frames(split)) == 10


def test_a_network_without_the_extra_is_refused_before_anything_is_written(
    reel, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "spandrel", None)
    save_file({"body.0.weight": np.zeros((3, 3, 3, 3), np.float32)}, tmp_path / "n.safetensors")
    options = replace(PRESETS["gentle"], learned=LearnedOptions(tmp_path / "n.safetensors"))
    with pytest.raises(ModelMissingError, match="restorers"):
        restore_file(item(reel), tmp_path / "out.mkv", options=options)
    assert [p.name for p in tmp_path.iterdir()] == ["n.safetensors"]


def test_a_sequence_with_a_gap_keeps_its_place_in_time(tmp_path):
    folder = tmp_path / "take"
    for number, plane in enumerate(aged(16)):
        if number not in {5, 6}:
            write_photo(folder / f"take_{number:04d}.tif", grey(plane))
    restore_file(item(folder), tmp_path / "out.mkv")
    assert len(open_frames(tmp_path / "out.mkv")) == 16


def test_what_cannot_be_restored_is_said_and_leaves_no_file(reel, tmp_path):
    tiny = write(tmp_path / "tiny.mkv", [np.zeros((40, 60, 3), np.uint8)] * 4)
    with pytest.raises(MediaError):
        restore_file(item(tiny), tmp_path / "out.mkv")
    with pytest.raises(UsageError):
        restore_file(item(reel), tmp_path / "out.txt")
    with pytest.raises(NothingUsableError, match="works on film"):
        restore_file(Item(reel, "photo", ()), tmp_path / "out.mkv")
    assert [p.name for p in tmp_path.iterdir()] == ["tiny.mkv"]


def test_a_folder_is_mirrored_and_what_is_no_film_or_broken_stops_nothing(reel, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.copy(reel, folder / "a.mkv")
    shutil.copy(reel, folder / "b.avi")
    write_photo(folder / "c.png", grey(aged(1)[0]))
    (folder / "d.mp4").write_bytes(b"no film")
    written, warnings = each_file(restore_file, folder, tmp_path / "out", {})
    assert sorted(p.name for p in written) == ["a.mkv", "b.avi.mkv"]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.mkv", "b.avi.mkv"]
    assert any("c.png" in w and "film" in w for w in warnings)
    assert any("d.mp4" in w for w in warnings)


@pytest.mark.parametrize(
    ("encoder", "pixel_format", "suffix"),
    [
        ("ffv1", "gray10le", "mkv"),
        ("ffv1", "gray16le", "mkv"),
        ("ffv1", "gbrp16le", "mkv"),
        ("prores_ks", "yuv422p10le", "mov"),
    ],
)
def test_deep_gray_and_color_and_half_chroma_are_restored(tmp_path, encoder, pixel_format, suffix):
    pixels = next(film(aged(1)).read())[:, :152]
    kind = {"encoder": encoder, "pixel_format": pixel_format}
    reel = encode(tmp_path / f"a.{suffix}", pixels, count=5, **kind)
    restore_file(item(reel), tmp_path / "out.mkv")
    result = list(open_frames(tmp_path / "out.mkv").read())
    assert len(result) == 5
    assert np.abs(result[2].astype(int) - pixels).mean() < 8
