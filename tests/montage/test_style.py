from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.montage.material import make_archive, make_cuts, make_song
from tremendo.archive.types import Clip, Shot
from tremendo.errors import NothingUsableError
from tremendo.montage.style import follow, measure_style
from tremendo.montage.treatment import Treatment

FPS = Fraction(24)


def _reference(cuts, frames=1440):
    edges = [0, *cuts, frames]
    shots = tuple(
        Shot(f"r-{k}", "r", "film", a, b, scale="close" if k % 2 else "wide")
        for k, (a, b) in enumerate(pairwise(edges))
    )
    return Clip("r", Path("/ref.mp4"), "r", "film", 64, 48, FPS, FPS, frames, shots=shots)


def test_a_cut_of_our_own_measures_as_such():
    song, clips = make_song(3), make_archive(3, films=12, photos=20)
    options = {"fps": FPS, "size": (64, 48), "frames": 1440, "seed": 0, "width": 32}
    for density in (0.6, 1.0, 1.7):
        cut = make_cuts(song, clips, treatment=Treatment(density=density, devices=()), **options)[0]
        style = measure_style(_reference([s.start for s in cut.slots[1:]]), song)
        assert style.density == pytest.approx(density, rel=0.3)
        assert style.on_beat == 1
        assert follow(style, Treatment(), FPS).anticipation == 0
        assert not follow(style, Treatment(), FPS).half_beats


def test_early_cuts_and_cuts_between_beats_are_heard():
    song = make_song(1)
    beats = np.array([b.time for b in song.beats])
    early = np.round(beats[4:80:2] * 24).astype(int) - 1
    plan = follow(measure_style(_reference(early.tolist()), song), Treatment(), FPS)
    assert plan.anticipation == 1
    assert "before it" in plan.reasons[-1]
    middles = np.round((beats[3:80:3] + beats[4:81:3]) / 2 * 24).astype(int)
    style = measure_style(_reference(middles.tolist()), song)
    assert style.off_beat > 0.9
    assert follow(style, Treatment(), FPS).half_beats
    assert style.scale_changes == 1


def test_without_a_beat_the_length_of_the_shots_is_followed():
    style = measure_style(_reference(list(range(24, 1440, 24))), None)
    assert style.shot_seconds == 1
    assert np.isnan(style.on_beat)
    assert follow(style, Treatment(), FPS).density > 1.5


def test_a_film_that_is_not_cut_teaches_nothing():
    with pytest.raises(NothingUsableError, match="only 2 cuts"):
        measure_style(_reference([100, 200]), None)


def test_more_like_this():
    song, clips = make_song(2), make_archive(2, films=10, photos=40)
    options = {"fps": FPS, "size": (64, 48), "frames": 1000, "seed": 0, "width": 64}
    shots = {s.id: (c, s) for c in clips for s in c.shots}
    liked = next(s for c, s in shots.values() if s.kind == "film" and "dance" in c.tags)

    def alike(cut):
        tags = [shots[s.shot][0].tags == ("dance",) for s in cut.slots]
        films = [s.technique == "film" for s in cut.slots]
        return np.mean(tags) + np.mean(films)

    plain = make_cuts(song, clips, **options)[0]
    more = make_cuts(song, clips, likes=[liked.id], **options)[0]
    assert alike(more) > alike(plain)
    assert all("wish" in s.scores for s in more.slots)


def _cut_of_known_transitions(scales, motions, seconds=2):
    """A made film: its shots have these framings and this much motion, each so many seconds."""
    frames = 24 * seconds
    shots = tuple(
        Shot(f"r-{k}", "r", "film", k * frames, (k + 1) * frames, scale=scale, motion=(motion,) * 3)
        for k, (scale, motion) in enumerate(zip(scales, motions, strict=True))
    )
    total = frames * len(shots)
    return Clip("r", Path("/ref.mp4"), "r", "film", 64, 48, FPS, FPS, total, shots=shots)


def test_the_transitions_of_a_known_film_is_measured():
    film = _cut_of_known_transitions(["close", "wide"] * 15, [1.0, 9.0] * 15)
    transitions = measure_style(film, None).transitions
    close, _, wide = transitions.scales
    assert min(close[2], wide[0]) > 0.9
    assert "close to wide" in str(transitions)
    assert sum(transitions.liveliness[0]) == pytest.approx(1, abs=1e-3)


def _followed(film):
    song, clips = make_song(4), make_archive(4, films=20, photos=0)
    plan = follow(measure_style(film, None), Treatment(devices=()), FPS)
    cut = make_cuts(
        song, clips, treatment=plan, fps=FPS, size=(64, 48), frames=1200, seed=0, width=64
    )[0]  # fmt: skip
    known = {s.id: s for c in clips for s in c.shots}
    return [known[slot.shot] for slot in cut.slots]


def test_framings_change_as_often_as_in_the_reference():
    changing = _followed(_cut_of_known_transitions(["close", "wide"] * 20, [3.0] * 40))
    staying = _followed(_cut_of_known_transitions(["close"] * 20 + ["wide"] * 20, [3.0] * 40))
    shares = [
        np.mean([a.scale != b.scale for a, b in pairwise(shots)]) for shots in (changing, staying)
    ]
    assert shares[0] > 0.8
    assert shares[1] < 0.4


def test_liveliness_alternates_or_stays_as_in_the_reference():
    steps = []
    for motions in ([1.0, 9.0] * 20, [1.0] * 20 + [9.0] * 20):
        shots = _followed(_cut_of_known_transitions(["wide"] * 40, motions))
        values = [float(np.mean(s.motion)) for s in shots]
        steps.append(np.mean(np.abs(np.diff(np.argsort(np.argsort(values))))) / len(values))
    assert steps[0] > 1.3 * steps[1]
