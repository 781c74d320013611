from __future__ import annotations

import json
import math
from dataclasses import replace
from fractions import Fraction

import pytest

from tests.montage.material import make_archive, make_cuts, make_song
from tremendo.errors import NothingUsableError
from tremendo.evaluate.cutters import every_n_beats, random_per_beat
from tremendo.evaluate.montage import diversity, evaluate_montage, measure
from tremendo.montage.treatment import Chapter, Treatment

FPS = Fraction(24)


@pytest.fixture(scope="module")
def material():
    return make_song(5, tempo=118), make_archive(5, films=20, photos=10)


@pytest.fixture(scope="module")
def cuts(material):
    song, clips = material
    return make_cuts(
        song, clips, fps=FPS, size=(64, 48), frames=1440, seed=0, count=2, width=64
    )  # fmt: skip


def test_our_cut_against_the_peers(material, cuts):
    song, clips = material
    ours = measure(cuts[0], song, clips)
    random = measure(random_per_beat(song, clips, fps=FPS, frames=1440, seed=0), song, clips)
    plain = measure(every_n_beats(song, clips, fps=FPS, frames=1440), song, clips)
    assert ours.on_beat == random.on_beat == plain.on_beat == 1
    assert ours.beat_error_95 <= 0.5 / 24 + 1e-9
    assert ours.on_section >= 0.99
    assert ours.on_downbeat > random.on_downbeat
    assert ours.peaks_on_beat > max(random.peaks_on_beat, plain.peaks_on_beat)
    assert ours.motion_z >= 4
    assert ours.energy_rho >= 0.5 > max(random.energy_rho, plain.energy_rho)
    assert ours.pace_rho < -0.4
    assert ours.repeats == ours.needless_repeats == ours.same_take == 0
    assert random.needless_repeats > 0
    assert plain.duration_entropy < ours.duration_entropy


def test_a_shifted_cut_measures_worse(material, cuts):
    song, clips = material
    late = replace(song, beats=tuple(replace(b, time=b.time - 0.1) for b in song.beats))
    shifted = measure(cuts[0], late, clips)
    assert shifted.on_beat < 0.2
    assert shifted.beat_error_median == pytest.approx(0.1, abs=0.01)


def test_diversity_of_two_and_of_one(cuts):
    assert diversity(cuts) > 0.6
    assert diversity([cuts[0], cuts[0]]) == 0
    assert math.isnan(diversity(cuts[:1]))


def test_peers_need_material_too(material):
    song, _ = material
    with pytest.raises(NothingUsableError):
        random_per_beat(song, (), fps=FPS, frames=1440, seed=0)


def test_the_table_is_json_and_follows_the_start_in_the_song(material):
    song, clips = material
    cut = make_cuts(
        song, clips, fps=FPS, size=(64, 48), frames=480, seed=0, width=32,
        song_start=Fraction(41, 4),
    )[0]  # fmt: skip
    table = evaluate_montage(cut, clips, song)
    assert json.loads(json.dumps(table, allow_nan=False)) == table
    assert all(figures["on_beat"] == 1 for figures in table.values())


def test_chapters_in_their_order(material):
    """The director's chapters are all covered, and no shot of one stands in another."""
    song, clips = material
    plan = Treatment(tuple(Chapter(tag, (tag,)) for tag in ("street", "river", "dance")))
    options = {"fps": FPS, "size": (64, 48), "frames": 1440, "seed": 0, "width": 64}
    ours = make_cuts(song, clips, treatment=plan, **options)[0]
    told = measure(ours, song, clips, treatment=plan)
    assert (told.out_of_order, told.chapters_covered) == (0, 1.0)
    plain = measure(every_n_beats(song, clips, fps=FPS, frames=1440), song, clips, treatment=plan)
    assert plain.out_of_order > 5
    assert told.bar_rho >= 0.5


def test_a_refrain_is_no_repeat(material, cuts):
    song, clips = material
    cut = cuts[0]
    first, *others = cut.slots
    again = replace(others[-1], shot=first.shot, source_in=first.source_in)
    for device, figures in (("", (1, 0)), ("refrain", (0, 1))):
        slots = (first, *others[:-1], replace(again, device=device))
        found = measure(replace(cut, slots=slots), song, clips)
        assert (found.repeats, found.refrains) == figures
