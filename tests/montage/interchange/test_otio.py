from __future__ import annotations

import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from tests.montage.interchange import hand
from tests.montage.material import make_archive, make_cuts, make_song
from tremendo.errors import MediaError, ResourceError, UsageError
from tremendo.montage.interchange.events import Media
from tremendo.montage.interchange.otio import read_otio, write_otio

FPS = Fraction(24)


@pytest.fixture(scope="module")
def cut():
    song, clips = make_song(1), make_archive(1, films=5, photos=20)
    options = {"fps": FPS, "size": (640, 480), "frames": 1000, "seed": 0, "width": 64}
    made = make_cuts(song, clips, song_path="song.ogg", song_start=Fraction(1, 3), **options)
    return made[0], clips, song


def test_round_trip_is_exact(cut, tmp_path):
    timeline, clips, song = cut
    path = write_otio(timeline, clips, Path("song.ogg"), tmp_path / "cut.otio", music=song)
    assert read_otio(path) == timeline


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(24000, 1001)])
def test_round_trip_at_other_rates(fps, tmp_path):
    song, clips = make_song(2), make_archive(2, films=3, photos=20)
    made = make_cuts(song, clips, fps=fps, size=(64, 48), frames=1400, seed=3, width=32)[0]
    assert read_otio(write_otio(made, clips, Path("s.ogg"), tmp_path / "c.otio")) == made


def test_other_programs_find_tracks_ranges_and_markers(cut, tmp_path):
    timeline, clips, song = cut
    path = write_otio(timeline, clips, Path("song.ogg"), tmp_path / "cut.otio", music=song)
    read = otio.adapters.read_from_file(str(path))
    assert otio.opentime.to_timecode(read.global_start_time) == "01:00:00:00"
    assert read.duration() == otio.opentime.RationalTime(1000, 24)
    picture, sound = read.video_tracks()[0], read.audio_tracks()[0]
    assert len(picture) == len(timeline.slots)
    assert sound[0].source_range.start_time.to_seconds() == pytest.approx(1 / 3)
    for clip, slot in zip(picture, timeline.slots, strict=True):
        if slot.technique == "film":
            assert clip.source_range.start_time.rate == 16
            assert clip.source_range.start_time.value == slot.source_in
            end = clip.source_range.end_time_exclusive().value
            assert end <= clip.media_reference.available_range.duration.value + 1
        assert clip.media_reference.target_url.startswith("file:///archive/")
    kinds = [m.metadata["tremendo"]["kind"] for m in read.tracks.markers]
    heard = [b for b in song.beats if 0 <= round((b.time - 1 / 3) * 24) < 1000]
    assert kinds.count("beat") + kinds.count("downbeat") == len(heard)
    assert "section" in kinds


def test_doubled_frames_and_wrong_speed(cut, tmp_path):
    """Doubled frames keep the file's speed; a film carried too fast gets a time warp."""
    timeline, clips, _ = cut
    film = next(s.shot.split("-")[0] for s in timeline.slots if s.technique == "film")
    index, clip = next((k, c) for k, c in enumerate(clips) if c.id == film)
    doubled = replace(
        clip, container_fps=Fraction(32), frame_map=tuple(range(0, 2 * clip.frames, 2))
    )
    fast = replace(clip, container_fps=Fraction(24))
    for changed, speed in ((doubled, None), (fast, 2 / 3)):
        archive = (*clips[:index], changed, *clips[index + 1 :])
        path = write_otio(timeline, archive, Path("song.ogg"), tmp_path / "cut.otio")
        read = otio.adapters.read_from_file(str(path)).video_tracks()[0]
        slot, shown = next(
            (s, c) for s, c in zip(timeline.slots, read, strict=True) if s.shot.startswith(film)
        )
        warps = [e.time_scalar for e in shown.effects]
        assert warps == ([] if speed is None else [pytest.approx(speed)])
        factor = 2 if changed is doubled else 1
        assert shown.source_range.start_time.value == factor * slot.source_in
        assert read.range_of_child(shown).duration.to_seconds() == pytest.approx(slot.duration / 24)


def test_finished_media(cut, tmp_path):
    """The finished file begins eight frames before the slot, at the film's own speed."""
    timeline, clips, _ = cut
    files = [
        Media(tmp_path / f"{k:03}.mkv", s.source_in - 8, 80 + s.duration, s.fps, (640, 480))
        for k, s in enumerate(timeline.slots)
    ]
    path = write_otio(timeline, clips, Path("song.ogg"), tmp_path / "cut.otio", media=files)
    first = otio.adapters.read_from_file(str(path)).video_tracks()[0][0]
    assert first.source_range.start_time == otio.opentime.RationalTime(8, 16)
    assert not first.effects
    assert first.available_range().duration.value == 80 + timeline.slots[0].duration
    assert read_otio(path) == timeline
    with pytest.raises(UsageError):
        write_otio(timeline, clips, Path("s"), tmp_path / "x.otio", media=files[:-1])


def test_a_missing_shot_writes_nothing(cut, tmp_path):
    timeline, _, _ = cut
    with pytest.raises(UsageError, match="not in the archive"):
        write_otio(timeline, (), Path("song.ogg"), tmp_path / "cut.otio")
    assert list(tmp_path.iterdir()) == []


def test_a_place_without_room(cut, tmp_path):
    timeline, clips, _ = cut
    (tmp_path / "file").write_text("")
    with pytest.raises((ResourceError, OSError)):
        write_otio(timeline, clips, Path("song.ogg"), tmp_path / "file" / "cut.otio")


def test_foreign_damaged_and_moved_files(cut, tmp_path):
    timeline, clips, _ = cut
    path = write_otio(timeline, clips, Path("song.ogg"), tmp_path / "cut.otio")
    moved = otio.adapters.read_from_file(str(path))
    del moved.video_tracks()[0][3]
    otio.adapters.write_to_file(moved, str(tmp_path / "moved.otio"))
    foreign = otio.schema.Timeline("other")
    otio.adapters.write_to_file(foreign, str(tmp_path / "foreign.otio"))
    (tmp_path / "text.otio").write_text("no timeline")
    for name, words in (
        ("moved", "moved by another"),
        ("foreign", "not written by tremendo"),
        ("text", "no readable"),
        ("absent", "no readable"),
    ):
        with pytest.raises(MediaError, match=words):
            read_otio(tmp_path / f"{name}.otio")


def test_a_bundle_carries_its_media(tmp_path):
    clips = tuple(replace(c, path=tmp_path / c.path.name.replace(" ", "-")) for c in hand.CLIPS)
    for clip in clips:
        clip.path.write_bytes(b"media of " + clip.id.encode())
    song = tmp_path / "song.ogg"
    song.write_bytes(b"music")
    path = write_otio(hand.TIMELINE, clips, song, tmp_path / "cut.otioz", music=hand.SONG)
    with zipfile.ZipFile(path) as bundle:
        assert bundle.read("media/native-reel.mkv") == b"media of native"
    assert read_otio(path) == hand.TIMELINE
    clips[0].path.unlink()
    with pytest.raises(MediaError, match="bundled"):
        write_otio(hand.TIMELINE, clips, song, tmp_path / "other.otioz")
    assert not (tmp_path / "other.otioz").exists()
