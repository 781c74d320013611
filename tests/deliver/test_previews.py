from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.pipeline.conftest import write_reel, write_song
from tremendo.archive import Clip, Shot
from tremendo.deliver.previews import storyboard, write_preview
from tremendo.media import open_frames, read_audio, read_photo, write_photo
from tremendo.montage import RetimeSegment, Slot, Timeline
from tremendo.music import Beat, Section, Song

FPS = Fraction(24)


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    """A film, a red photograph, the film backward, black; 16 s in all."""
    folder = tmp_path_factory.mktemp("boards")
    write_reel(folder / "reel.mkv", 1, frames=120)
    write_photo(folder / "red.png", np.full((200, 300, 3), (220, 20, 20), np.uint8))
    write_song(folder / "song.wav", seconds=16.0)
    film = Shot("f-0", "f", "film", 0, 120)
    photo = Shot("p-0", "p", "photo", 0, 1)
    clips = [
        Clip("f", folder / "reel.mkv", "f", "film", 192, 144, Fraction(16), Fraction(16), 120,
             crop=(0, 0, 192, 144), shots=(film,)),
        Clip("p", folder / "red.png", "p", "photo", 300, 200, Fraction(1), Fraction(1), 1,
             crop=(0, 0, 300, 200), shots=(photo,)),
    ]  # fmt: skip
    back = (RetimeSegment(48, 70, Fraction(-16)), RetimeSegment(48, 40, Fraction(16), "black"))
    slots = (
        Slot(0, 96, "f-0", 0, Fraction(16)),
        Slot(96, 192, "p-0", 0, FPS, "parallax"),
        Slot(192, 288, "f-0", 70, Fraction(16), device="reverse", segments=back),
        Slot(288, 384, "p-0", 0, FPS, "parallax"),
    )
    timeline = Timeline(FPS, 320, 180, slots, str(folder / "song.wav"), Fraction(0), 0)
    beats = tuple(Beat(k / 2, k % 4 + 1) for k in range(32))
    sections = (Section(0, 6, "A", 0.2), Section(6, 16, "B", 0.9))
    return timeline, Song(16.0, 120.0, beats, (), sections, (), 0.9), clips, folder


def test_the_storyboard_stands_in_time(cut):
    timeline, song, clips, folder = cut
    board = read_photo(storyboard(timeline, song, clips, folder / "board.png", title="One"))
    assert board.shape[1] == 1800
    reds = board[(board[..., 0] > 180) & (board[..., 1] < 60)]
    assert len(reds) > 50_000  # two red photographs
    red = (board[:220, :, 0].astype(int) - board[:220, :, 1] > 120).mean(axis=0) > 0.3
    assert red[1334]  # the middle of the second shot
    assert not red[:880].any()


def test_a_shot_that_is_gone_leaves_its_place_empty(cut):
    timeline, song, clips, folder = cut
    gone = [clips[0], type(clips[1])(**{**clips[1].__dict__, "path": Path("/gone.png")})]
    board = read_photo(storyboard(timeline, song, gone, folder / "empty.png", title="One"))
    assert not ((board[..., 0] > 180) & (board[..., 1] < 60)).any()


def test_the_preview_lasts_ten_seconds_around_the_change(cut):
    timeline, song, clips, folder = cut
    film = write_preview(timeline, song, clips, folder / "preview.mp4")
    with open_frames(film) as shown:
        assert (len(shown), shown.fps, shown.height) == (240, 24, 180)
        frames = np.stack(list(shown.read())).astype(int)
    first = 144 - 80  # a third of the preview lies before second 6
    red = frames[..., 0].mean(axis=(1, 2)) - frames[..., 1].mean(axis=(1, 2)) > 80
    assert red[100 - first : 190 - first].all()
    assert not red[: 94 - first].any()
    assert frames[242 - first : 286 - first].mean() < 20
    assert len(read_audio(film, 22_050)) >= 9.9 * 22_050
