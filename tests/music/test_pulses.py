import numpy as np
import pytest

from tests.music.songs import compose
from tremendo.music.features import sound_features
from tremendo.music.meters import METERS, describe_beats, describe_meters
from tremendo.music.onsets import STEP, onset_curve
from tremendo.music.pulses import Evidence, describe_pulses, possible_pulses
from tremendo.music.ranker import choose_meter, choose_pulse, downbeat_odds
from tremendo.music.types import Song
from tremendo.train.tasks.pulse.fit import fit_ranker

RATE = 22050
PERIOD = 0.5


@pytest.fixture(scope="module")
def clicks():
    """Forty seconds of 120 a minute in four, heard by a network that is sure."""
    rng = np.random.default_rng(0)
    samples = rng.normal(0, 1e-3, 40 * RATE)
    beats = np.arange(0.3, 39, PERIOD)
    for n, beat in enumerate(beats):
        start = round(beat * RATE)
        tone = np.exp(-np.arange(2000) / 400) * np.sin(np.arange(2000) * (0.02 if n % 2 else 0.3))
        samples[start : start + 2000] += tone * (1.0 if n % 4 == 0 else 0.6)
    activations = np.full((40 * 50, 2), 0.01, np.float32)
    frames = np.round(beats * 50).astype(int)
    activations[frames, np.where(np.arange(len(beats)) % 4 == 0, 1, 0)] = 0.9
    sound = samples.astype(np.float32)
    curve, low = onset_curve(sound), onset_curve(sound, highest=400.0)
    return beats, Evidence(activations, curve, low, sound_features(sound))


def test_the_beat_its_half_and_its_off_beats_are_among_the_pulses(clicks):
    beats, evidence = clicks
    pulses = possible_pulses(evidence)
    tempi = {round(pulse.tempo) for pulse in pulses}
    assert {60, 120} <= tempi
    off = [pulse for pulse in pulses if round(pulse.tempo) == 120 and pulse.shift == 0.5]
    away = np.abs(off[0].times[:, None] - beats).min(axis=1)
    assert np.median(away) == pytest.approx(PERIOD / 2, abs=0.02)


def test_no_two_steady_pulses_have_the_same_tempo_and_phase(clicks):
    pulses = [pulse for pulse in possible_pulses(clicks[1]) if not pulse.free]
    keys = [(round(np.log(pulse.tempo) / 0.03), pulse.shift) for pulse in pulses]
    assert len(keys) == len(set(keys))


def test_descriptions_are_finite_and_of_one_length(clicks):
    beats, evidence = clicks
    pulses = possible_pulses(evidence)
    table = describe_pulses(pulses, evidence)
    assert table.shape[0] == len(pulses)
    assert np.isfinite(table).all()
    assert describe_beats(beats, evidence).shape[0] == len(beats)
    meters = describe_meters(beats, evidence, np.zeros(len(beats)))
    assert meters.shape[0] == len(METERS)
    assert np.isfinite(meters).all()


def test_a_time_on_a_beat_sounds_more_than_one_beside_it(clicks):
    beats, evidence = clicks
    assert (evidence.at(beats).mean(axis=0) > 5 * evidence.at(beats + 0.17).mean(axis=0)).all()
    assert len(evidence.at(np.array([-1.0, STEP, 1e6]))) == 3


def test_no_pulses_are_made_up_for_a_moment_of_sound():
    sound = np.zeros(RATE, np.float32)
    evidence = Evidence(
        np.full((50, 2), 0.01, np.float32), onset_curve(sound), onset_curve(sound),
        sound_features(sound),
    )  # fmt: skip
    assert possible_pulses(evidence) == []


@pytest.mark.parametrize(("bpm", "meter"), [(100, 4), (140, 3)])
def test_the_beat_is_chosen_and_said_to_be_sure(tmp_path, weights, bpm, meter):
    from tremendo.music import listen

    song = compose(tmp_path / "song.wav", bpm=bpm, meter=meter, form="AAB", bars=6)
    heard = listen(song.path)
    assert heard.tempo == pytest.approx(bpm, rel=0.02)
    assert heard.meter == meter
    assert 0.5 < heard.confidence <= 1
    corrected = listen(song.path, tempo="half")
    assert corrected.tempo == pytest.approx(bpm / 2, rel=0.02)
    assert corrected.alternative is None


def test_the_choice_is_a_pulse_of_the_list_and_its_confidence_a_probability(clicks):
    evidence = clicks[1]
    pulses = possible_pulses(evidence)
    choice = choose_pulse(pulses, evidence)
    assert choice.pulse in pulses
    assert 0 < choice.confidence <= 1
    odds = downbeat_odds(choice.pulse.times, evidence)
    assert odds.mean() == pytest.approx(0, abs=1e-9)
    assert choose_meter(choice.pulse.times, evidence, odds) in METERS


@pytest.mark.parametrize(
    ("other", "said"), [(60.0, "or half: 60"), (240.0, "or double: 240"), (80.0, "or 80")]
)
def test_another_tempo_is_said_with_the_word_that_takes_it(other, said):
    assert Song(1.0, 120.0, (), (), (), (), 0.6, alternative=other).other_tempo == said
    assert Song(1.0, 120.0, (), (), (), (), 0.6).other_tempo == ""


@pytest.mark.parametrize("units", [0, 4])
def test_a_ranker_learns_which_of_a_group_is_right(units):
    rng = np.random.default_rng(1)
    groups = [rng.normal(0, 1, (int(rng.integers(3, 9)), 5)) for _ in range(200)]
    right = [group[:, 1] == group[:, 1].max() for group in groups]
    ranker = fit_ranker(groups[:150], right[:150], units=units, decay=1.0)
    found = [ranker.probabilities(group).argmax() for group in groups[150:]]
    assert np.mean([mark[k] for mark, k in zip(right[150:], found, strict=True)]) > 0.9
    assert ranker.probabilities(groups[0]).sum() == pytest.approx(1)
