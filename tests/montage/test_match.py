from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from tests.montage.material import make_archive, make_film, make_photo
from tremendo.montage.cells import Cell
from tremendo.montage.match import fit
from tremendo.montage.neighbors import pair_terms
from tremendo.montage.takes import divide, frames_needed, placeable, usable_takes
from tremendo.montage.timeline import Slot
from tremendo.montage.treatment import Treatment

FPS = Fraction(24)


def _cell(start=0, duration=48, accent=24, energy=0.5):
    return Cell(start, start + duration, energy, accent, (start, start + accent))


def _film(length, peaks, fps=Fraction(16)):
    clip = make_film(0, [length], fps=fps)
    motion = np.ones(length)
    motion[list(peaks)] = 9
    shot = replace(clip.shots[0], peaks=tuple(peaks), motion=tuple(motion.tolist()))
    return replace(clip, shots=(shot,))


@pytest.mark.parametrize("fps", [Fraction(12), Fraction(16), Fraction(24), Fraction(25)])
@pytest.mark.parametrize("accent", [12, 17, 30])
def test_the_gesture_lands_on_the_strongest_beat(fps, accent):
    clips = [_film(120, [60], fps)]
    cell = _cell(accent=accent)
    found = fit(usable_takes(clips, fps=FPS), [cell], fps=FPS, treatment=Treatment())
    slot = Slot(0, 48, "x", int(found.source_in[0, 0]), fps)
    landing = next(f for f in range(48) if slot.source_frame(f, FPS) >= 60)
    assert abs(landing - accent) <= 1
    assert found.terms["sync"][0, 0] == 1


def test_a_gesture_that_cannot_reach_the_beat_scores_low():
    clips = [_film(34, [2])]
    found = fit(usable_takes(clips, fps=FPS), [_cell()], fps=FPS, treatment=Treatment())
    assert found.terms["sync"][0, 0] == 0


def test_in_points_keep_inside_the_shot():
    clips = make_archive(0, films=6, photos=3)
    takes = usable_takes(clips, fps=FPS)
    cells = [_cell(duration=d, accent=d // 2) for d in (12, 30, 70, 150)]
    found = fit(takes, cells, fps=FPS, treatment=Treatment())
    for row, take in enumerate(takes):
        for column, cell in enumerate(cells):
            if take.is_film and found.allowed[row, column]:
                first = found.source_in[row, column]
                last = first + frames_needed(cell.duration, take.clip.fps, FPS)
                assert take.start <= first
                assert last <= take.end


def test_windows_avoid_a_splice():
    clip = _film(200, [50, 150])
    spliced = replace(clip, shots=(replace(clip.shots[0], joins=(52,)),))
    takes = usable_takes([spliced], fps=FPS)
    first = fit(takes, [_cell()], fps=FPS, treatment=Treatment()).source_in[0, 0]
    assert not first < 52 < first + frames_needed(48, Fraction(16), FPS)


def test_lively_film_for_energetic_music_and_faces_for_calm():
    clips = (
        *make_archive(1, films=5, photos=0),
        make_photo(0, face=True),
        make_photo(1, face=False),
    )
    takes = usable_takes(clips, fps=FPS)
    cells = [_cell(energy=0.05), _cell(energy=0.95)]
    terms = fit(takes, cells, fps=FPS, treatment=Treatment()).terms
    films = [k for k, t in enumerate(takes) if t.is_film]
    liveliest = max(films, key=lambda k: np.mean(takes[k].shot.motion))
    assert terms["energy"][liveliest, 1] > terms["energy"][liveliest, 0] + 0.5
    face = next(k for k, t in enumerate(takes) if t.technique == "face")
    assert terms["faces"][face, 0] > terms["faces"][face, 1]


def test_all_terms_are_shares():
    takes = usable_takes(make_archive(2, films=6, photos=9), fps=FPS)
    cells = [_cell(duration=d, energy=e) for d in (12, 48, 200) for e in (0.0, 0.5, 1.0)]
    tables = [
        fit(takes, cells, fps=FPS, treatment=Treatment()).terms,
        pair_terms(takes),
        pair_terms(takes, contrast=True),
    ]
    for table in tables:
        for name, values in table.items():
            assert np.isfinite(values).all(), name
            assert values.min() >= -1e-9, name
            assert values.max() <= 1 + 1e-9, name


def test_shots_without_measures_are_neutral():
    """An archive described by hand (no motion, no embedding) can be cut too."""
    clip = make_film(0, [60, 70])
    bare = tuple(replace(s, motion=(), peaks=(), embedding=(), direction=None) for s in clip.shots)
    takes = usable_takes([replace(clip, shots=bare)], fps=FPS)
    assert np.isfinite(pair_terms(takes)["look"]).all()
    terms = fit(takes, [_cell()], fps=FPS, treatment=Treatment()).terms
    assert all(np.isfinite(v).all() for v in terms.values())


def test_long_shots_are_divided_only_as_far_as_slots_allow():
    takes = usable_takes([make_film(0, [160, 40]), make_photo(0)], fps=FPS)
    parts = divide(takes, wanted=6, durations=[48] * 6, fps=FPS)
    assert [t.frames for t in parts if t.is_film] == [40] * 5
    spans = sorted((t.start, t.end) for t in parts if t.shot.id == takes[0].shot.id)
    assert all(a[1] == b[0] for a, b in pairwise(spans))
    assert all(t.longest >= 48 for t in parts if t.shot.id == takes[0].shot.id)
    long = divide(takes, wanted=6, durations=[200, 200, 48, 48, 48, 48], fps=FPS)
    assert max(t.longest for t in long if t.is_film) == 240


def test_placeable_counts_short_takes_against_short_cells():
    assert placeable([10, 12, 99], [11, 40, 12]) == [False, True, True]
    assert placeable([10], []) == [False]
