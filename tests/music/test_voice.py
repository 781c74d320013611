import numpy as np
import pytest

from tests.music.songs import compose
from tremendo.media import read_audio
from tremendo.music.types import Bar, Song, VocalSpan
from tremendo.music.voice import RATE, find_vocal_spans, glide_curve

BARS = tuple(Bar(2.0 * k, 2.0 * k + 2, 0.5) for k in range(8))
NOTES = np.array([0, 2, 4, 5, 7, 5, 4, 2]) + 57


def sing(seconds: float, *, bend: float, seed: int = 0) -> np.ndarray:
    """Vowels on a melody of half seconds: harmonics under formants, scooped and trembling by
    ``bend`` semitones (0: an organ)."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * RATE)) / RATE
    note = (time // 0.5).astype(int)
    within = time % 0.5
    pitch = NOTES[note % len(NOTES)] + bend * (
        np.sin(2 * np.pi * 5.5 * time) * np.clip(within / 0.2, 0, 1) - 1.5 * np.exp(-within / 0.06)
    )
    phase = 2 * np.pi * np.cumsum(440 * 2 ** ((pitch - 69) / 12)) / RATE
    first = np.array([700, 400, 300, 500])[note % 4]
    second = np.array([1200, 2000, 900, 1700])[note % 4]
    out = np.zeros(len(time))
    for k in range(1, 16):
        hertz = k * 220.0
        loud = np.exp(-(((hertz - first) / 200) ** 2)) + 0.6 * np.exp(
            -(((hertz - second) / 300) ** 2)
        )
        out += (loud + 0.03) * np.sin(k * phase)
    return out * np.clip(within / 0.03, 0, 1) * 0.1 + rng.normal(0, 1e-4, len(time))


@pytest.fixture(scope="module")
def band(tmp_path_factory):
    song = compose(tmp_path_factory.mktemp("voice") / "band.wav", bpm=120, form="AA", bars=4)
    return read_audio(song.path, RATE)[: 16 * RATE]


def _mix(band: np.ndarray, lead: np.ndarray) -> np.ndarray:
    lead = np.pad(lead, (0, len(band) - len(lead)))
    return (band + lead * 1.2 * band.std() / lead[lead != 0].std()).astype(np.float32)


def test_a_voice_over_a_band_is_heard_where_it_is(band):
    found = find_vocal_spans(_mix(band, sing(8.0, bend=0.5)), BARS)
    assert [part.sung for part in found] == [True, False]
    assert abs(found[0].end - 8.0) <= 2.0
    assert found[0].confidence > 0.5


def test_the_same_notes_held_straight_are_no_voice(band):
    found = find_vocal_spans(_mix(band, sing(8.0, bend=0.0)), BARS)
    assert not any(part.sung for part in found)


def test_a_wider_bend_moves_more(band):
    amounts = []
    for bend in (0.0, 0.2, 0.5):
        moved, power = glide_curve(sing(4.0, bend=bend).astype(np.float32))
        amounts.append(moved.sum() / power.sum())
    assert amounts[0] < amounts[1] < amounts[2]


def test_silence_and_a_click_are_told_without_a_crash():
    silence = np.zeros(4 * RATE, np.float32)
    silence[RATE] = 1.0
    assert not any(part.sung for part in find_vocal_spans(silence, BARS[:2]))


def test_only_a_sure_word_shuts_the_mouth():
    song = Song(
        30.0, 120.0, (), (), (), (), 1.0,
        sung=(
            VocalSpan(0, 10, False, 0.9),
            VocalSpan(10, 20, False, 0.3),
            VocalSpan(20, 30, True, 0.2),
        ),
    )  # fmt: skip
    assert not song.may_be_sung(1, 9)
    assert song.may_be_sung(9, 11)
    assert song.may_be_sung(12, 13)
    assert Song(30.0, 120.0, (), (), (), (), 1.0).may_be_sung(0, 1)
