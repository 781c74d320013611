import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from tests.archive.material import take
from tremendo.archive.ingest import clip_frames, describe_clip
from tremendo.archive.types import Clip
from tremendo.errors import MediaError, ModelMissingError
from tremendo.media import FilmWriter, read_photo, write_photo
from tremendo.serialization import from_plain, to_plain


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Two shots at 16 pictures a second carried in 24, between black bars."""
    path = tmp_path_factory.mktemp("film") / "two shots.mkv"
    native = [*take(1, 30, speed=3), *take(2, 30, speed=2)]
    with FilmWriter(path, 200, 120, Fraction(24)) as writer:
        for place in range(90):
            writer.write(np.pad(native[place * 16 // 24], ((0, 0), (20, 20), (0, 0))))
    return path


@pytest.fixture(scope="module")
def clip(film):
    return describe_clip(film, "film", ("acrobats",))


def test_film_is_understood(clip, film):
    assert (clip.fps, clip.container_fps, clip.frames) == (16, 24, 60)
    assert clip.tags == ("acrobats",)
    assert clip.path == film
    assert clip.digest.startswith(clip.id)
    assert not clip.colored
    left, top, right, bottom = clip.crop
    assert 20 <= left <= 22
    assert 178 <= right <= 180
    assert (top, bottom) == (0, 120)
    assert [(s.start, s.end) for s in clip.shots] == [(0, 30), (30, 60)]


def test_shots_are_described(clip):
    for shot in clip.shots:
        assert shot.clip == clip.id
        assert len(shot.motion) == shot.end - shot.start
        assert max(shot.motion) > 0.1
        assert all(0 <= peak < len(shot.motion) for peak in shot.peaks)
        assert shot.start <= shot.key_frame < shot.end
        assert 0.2 < shot.light < 0.8
        assert 0 < shot.sharpness <= 1
        assert np.linalg.norm(shot.embedding) == pytest.approx(1, abs=1e-3)
    assert len({shot.id for shot in clip.shots}) == 2


def test_clip_survives_json(clip):
    assert from_plain(Clip, json.loads(json.dumps(to_plain(clip)))) == clip


def test_native_frames_are_cropped_and_in_step(clip):
    native = clip_frames(clip)
    frames = list(native.read(0, 3))
    assert len(native) == 60
    assert native.fps == 16
    expected = np.pad(take(1, 30, speed=3)[2], ((0, 0), (20, 20), (0, 0)))
    left, _, right, _ = clip.crop
    assert np.abs(frames[2].astype(int) - expected[:, left:right]).mean() < 2


def test_same_content_gives_the_same_description(clip, film, tmp_path):
    copy = tmp_path / "other name.mkv"
    copy.write_bytes(film.read_bytes())
    assert describe_clip(copy, "film", ()) == replace(clip, path=copy, tags=())


def test_photograph(tmp_path):
    path = write_photo(tmp_path / "portrait.png", take(3, 1)[0])
    clip = describe_clip(path, "photo", ("family",))
    (shot,) = clip.shots
    assert (clip.kind, clip.frames, clip.width, clip.height) == ("photo", 1, 160, 120)
    assert (shot.kind, shot.start, shot.end) == ("photo", 0, 1)
    with pytest.raises(MediaError):
        clip_frames(clip)


def test_image_sequence_is_a_film(tmp_path):
    for number, frame in enumerate(take(4, 12)):
        write_photo(tmp_path / f"take_{number:04d}.png", frame)
    clip = describe_clip(tmp_path, "film", ())
    assert clip.kind == "film"
    assert clip.frames == 12
    assert [(s.start, s.end) for s in clip.shots] == [(0, 12)]


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (20, 200), (63, 63)])
def test_tiny_picture_is_refused(tmp_path, size):
    path = write_photo(tmp_path / "tiny.png", np.zeros((size[1], size[0], 3), np.uint8))
    with pytest.raises(MediaError) as error:
        describe_clip(path, "photo", ())
    assert error.value.hint
    assert error.value.path == str(path)


def test_blank_film_has_no_shots_and_says_so(tmp_path):
    path = tmp_path / "leader.mkv"
    with FilmWriter(path, 96, 64, Fraction(24)) as writer:
        for _ in range(30):
            writer.write(np.zeros((64, 96, 3), np.uint8))
    clip = describe_clip(path, "film", ())
    assert clip.shots == ()
    assert "blank" in clip.warnings[-1]


def test_missing_face_model_is_a_warning(tmp_path, monkeypatch):
    def missing(*_args, **_kwargs):
        raise ModelMissingError("the model is not here")

    monkeypatch.setattr("tremendo.archive.ingest.faces_in", missing)
    clip = describe_clip(write_photo(tmp_path / "a.png", take(5, 1)[0]), "photo", ())
    assert "models pull face" in clip.warnings[0]


def test_missing_file_is_a_media_error(tmp_path):
    with pytest.raises(MediaError):
        describe_clip(tmp_path / "gone.mkv", "film", ())


def test_portraits_have_faces(data):
    clip = describe_clip(data / "photos" / "marktwain.jpg", "photo", ())
    (shot,) = clip.shots
    if any("models pull face" in w for w in clip.warnings):
        pytest.skip("the face model is not on this machine")
    assert len(shot.faces) == 1
    assert shot.scale == "close"
    assert {"portrait", "close-up"} <= set(shot.tags)
    face = shot.faces[0]
    assert face.x < 0.47 < face.x + face.width
    assert face.y < 0.5 < face.y + face.height


def test_sepia_print_is_not_colored(data):
    photo = read_photo(data / "photos" / "kabuki1870s.jpg")
    assert photo.ndim == 3
    assert not describe_clip(data / "photos" / "kabuki1870s.jpg", "photo", ()).colored


@pytest.mark.slow
def test_newsreel(data):
    clip = describe_clip(data / "films" / "newsreel-1950s.mp4", "film", ())
    assert [clip.frame_map[shot.start] for shot in clip.shots] == [0, 44, 134, 299]
    driver, sign, trucks, soldiers = clip.shots
    assert "still" in sign.tags
    assert "moves-left" in trucks.tags
    assert max(sign.motion) < min(np.mean(trucks.motion), np.mean(soldiers.motion))
    assert driver.damage > sign.damage
