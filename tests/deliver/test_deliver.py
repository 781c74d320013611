from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from tremendo.deliver.credits import Overlay
from tremendo.deliver.framing import fit_frame
from tremendo.deliver.provenance import Action, Ingredient, sign, signed_path, verify
from tremendo.deliver.render import Finished, RenderOptions, render
from tremendo.errors import MediaError, TremendoError
from tremendo.media import FilmWriter, open_frames, read_audio
from tremendo.montage.timeline import Slot, Timeline

RATE = 44_100


def film(path, levels, fps, size=(64, 48)):
    with FilmWriter(path, *size, Fraction(fps)) as out:
        for level in levels:
            out.write(np.full((size[1], size[0], 3), level, np.uint8))
    return path


@pytest.fixture
def song(tmp_path):
    """A click each half second."""
    import wave

    sound = np.zeros(4 * RATE, np.int16)
    for beat in range(8):
        sound[beat * RATE // 2 : beat * RATE // 2 + 40] = 25_000
    with wave.open(str(tmp_path / "song.wav"), "wb") as out:
        out.setparams((1, 2, RATE, 0, "NONE", ""))
        out.writeframes(sound.tobytes())
    return tmp_path / "song.wav"


@pytest.fixture
def cut(tmp_path, song):
    """Two shots of one second: 16 fps from native frame 10 on, then 24 fps."""
    first = film(tmp_path / "a.mkv", [4 * n for n in range(40)], 16)
    second = film(tmp_path / "b.mkv", [200] * 30, 24)
    slots = (Slot(0, 24, "a", 10, Fraction(16)), Slot(24, 48, "b", 0, Fraction(24)))
    timeline = Timeline(Fraction(24), 64, 48, slots, str(song), Fraction(0), seed=0)
    return timeline, {0: Finished(first, first=2), 1: Finished(second)}


def test_frames_cuts_and_sound_are_exact(tmp_path, cut):
    timeline, finished = cut
    out = render(
        timeline,
        finished,
        tmp_path / "out.mkv",
        RenderOptions(codec="ffv1", credits_position="off"),
    )
    levels = [int(f[0, 0, 0]) for f in open_frames(out).read()]
    assert len(levels) == 48
    # native frame 10 + floor(n * 16 / 24); the finished file starts at native frame 2
    assert levels[:24] == [4 * (10 - 2 + n * 16 // 24) for n in range(24)]
    assert levels[24:33] == [200] * 9
    heard = read_audio(out, None)
    assert len(heard) == 2 * RATE
    assert np.flatnonzero(np.abs(heard) > 0.3)[0] == 0
    assert RATE // 2 in np.flatnonzero(np.abs(heard) > 0.3)


def test_mp4_starts_with_the_first_sample(tmp_path, cut):
    timeline, finished = cut
    out = render(timeline, finished, tmp_path / "out.mp4")
    assert len(open_frames(out)) == 48
    heard = read_audio(out, None)
    click = np.argmax(np.abs(heard[RATE // 4 : 3 * RATE // 4])) + RATE // 4
    assert abs(click - RATE // 2) < 48  # a thousandth of a second


def test_an_excerpt_ends_softly_and_a_short_song_in_silence(tmp_path, cut):
    timeline, finished = cut
    out = render(timeline, finished, tmp_path / "a.mkv", RenderOptions(codec="ffv1"))
    assert np.abs(read_audio(out, None)[-20:]).max() < 0.01
    late = replace(timeline, song_start=Fraction(3))
    heard = read_audio(
        render(late, finished, tmp_path / "b.mkv", RenderOptions(codec="ffv1")), None
    )
    assert len(heard) == 2 * RATE
    assert np.abs(heard[RATE + 100 :]).max() == 0


def test_a_shot_that_is_too_short_is_an_error_and_leaves_no_film(tmp_path, cut):
    timeline, finished = cut
    finished[1] = Finished(film(tmp_path / "short.mkv", [1] * 5, 24))
    with pytest.raises(TremendoError, match="too short"):
        render(timeline, finished, tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize("fit", ["crop", "pillarbox", "surround"])
@pytest.mark.parametrize("shape", [(48, 64), (90, 160), (120, 40), (7, 300)])
def test_no_fit_distorts(fit, shape):
    height, width = shape
    frame = np.zeros((height, width, 3), np.uint8)
    frame[:, : width // 2] = 255
    fitted = fit_frame(frame, 320, 180, fit, focus=(0.5, 0.5))
    assert fitted.shape == (180, 320, 3)
    row = fitted[90, :, 0].astype(int)
    assert abs(int(np.argmin(np.diff(row[100:220]))) + 100 - 160) <= 6 * max(1, 320 // width)
    if fit == "pillarbox" and height > width:
        assert fitted[:, 0].max() == 0


def test_crop_follows_the_focus():
    frame = np.zeros((100, 100, 3), np.uint8)
    frame[10:20] = 255
    assert fit_frame(frame, 320, 100, "crop", focus=(0.5, 0.15)).max() == 255
    assert fit_frame(frame, 320, 100, "crop", focus=(0.5, 0.9)).max() == 0


@pytest.mark.parametrize("position", ["start", "end", "off"])
def test_credits_stand_where_they_should(position):
    overlay = Overlay(640, 360, 240, Fraction(24), position, ["Made with AI", "tremendo"])
    gray = np.full((360, 640, 3), 128, np.uint8)
    changed = [bool((overlay.apply(gray, n) != gray).any()) for n in range(240)]
    assert any(changed[:72]) == (position == "start")
    assert not any(changed[90:150])
    assert any(changed[170:220]) == (position == "end")
    assert overlay.apply(gray, 239).mean() < 30  # the film ends in black
    if position == "end":
        assert overlay.apply(gray, 215)[290:320].max() > 200


def test_provenance_is_valid_until_a_byte_is_changed(tmp_path, cut, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    timeline, finished = cut
    plain = render(timeline, finished, tmp_path / "plain.mp4")
    signed = tmp_path / "signed.mp4"
    sign(
        plain,
        signed,
        "A film",
        [Action("c2pa.color_adjustments", "colored", generated=True)],
        [Ingredient("roundhay.mp4", "ab" * 32)],
    )
    verdict = verify(signed)
    assert verdict.state == "Valid"
    assert any(a.get("description") == "colored" for a in verdict.actions)
    assert verdict.ingredients[0]["title"] == "roundhay.mp4"
    assert len(open_frames(signed)) == 48
    assert verify(plain).state == "Missing"
    content = bytearray(signed.read_bytes())
    content[content.find(b"mdat") + 300] ^= 1
    signed.write_bytes(content)
    assert verify(signed).state == "Invalid"


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_film_is_signed_where_it_can_be_and_a_failure_leaves_nothing(
    tmp_path, cut, monkeypatch, name
):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    timeline, finished = cut
    folder = tmp_path / "out"
    done = [Action("c2pa.edited", "cut")]
    codec = "h264" if name.endswith("mp4") else "ffv1"
    with signed_path(folder / name, "A film", done, [Ingredient("a", "ab")]) as part:
        render(timeline, finished, part, RenderOptions(codec=codec))
        assert not (folder / name).exists()
    assert [p.name for p in folder.iterdir()] == [name]
    assert len(open_frames(folder / name)) == 48
    if name == "a.mp4":
        assert verify(folder / name).state == "Valid"
    before = (folder / name).read_bytes()
    with pytest.raises(MediaError), signed_path(folder / name, "A", done, []) as part:
        verify(part)  # there is none yet
    assert [p.name for p in folder.iterdir()] == [name]
    assert (folder / name).read_bytes() == before


def test_what_cannot_be_verified(tmp_path):
    with pytest.raises(MediaError):
        verify(tmp_path / "absent.mp4")
    (tmp_path / "a.mkv").write_bytes(b"x")
    with pytest.raises(MediaError, match="no provenance"):
        verify(tmp_path / "a.mkv")
