import numpy as np
import pytest

from tests.archive.material import take
from tests.archive.reedit import reedit, score
from tremendo.archive.cuts import CutFinder
from tremendo.archive.pictures import luma_of


def found(frames):
    finder = CutFinder()
    for frame in frames:
        finder.add(luma_of(frame))
    return finder.result()


@pytest.fixture(scope="module")
def takes():
    speeds = (2, 1, 4, 3, 5, 2, 6, 1)
    pans = (0, 0.4, 1, 0.2, 2, 0, 0.5, 3)
    return [take(s, 50, speed=v, pan=p) for s, (v, p) in enumerate(zip(speeds, pans, strict=True))]


@pytest.mark.parametrize(("hard", "least"), [(False, 0.95), (True, 0.9)])
def test_random_reedits(takes, hard, least):
    truth, starts = [], []
    for seed in (1, 2):
        film = reedit(takes, joins=12, seed=seed, hard=hard)
        truth += [seed * 10_000 + cut for cut in film.cuts]
        starts += [seed * 10_000 + start for start, _ in found(film.frames).shots[1:]]
    assert score(starts, truth)[2] >= least


def test_one_take_is_one_shot_however_it_flickers():
    rng = np.random.default_rng(0)
    film = [np.clip(f * rng.uniform(0.6, 1.3), 0, 255).astype(np.uint8) for f in take(1, 80)]
    assert found(film).shots == ((0, 80),)


def test_flash_frames_are_no_cuts():
    film = take(2, 60)
    film[20][:] = 255
    film[40][:] = 250
    film[41][:] = 250
    assert found(film).shots == ((0, 60),)


def test_flare_at_the_end_is_left_out():
    film = take(3, 40)
    for step in range(5):
        white = (step + 1) / 5
        film[35 + step] = (film[35 + step] * (1 - white) + 255 * white).astype(np.uint8)
    (first, second) = found([*film, *take(4, 40)]).shots
    assert second == (40, 80)
    assert 34 <= first[1] <= 38


def test_fade_through_black_separates_and_is_left_out():
    before, after = take(5, 40), take(6, 40)
    fading = [(f * max(0, 1 - i / 10)).astype(np.uint8) for i, f in enumerate(before[30:])]
    rising = [(f * (i / 10)).astype(np.uint8) for i, f in enumerate(after[:10])]
    film = [*before[:30], *fading, *[np.zeros_like(fading[0])] * 4, *rising, *after[10:]]
    (first, second) = found(film).shots
    assert 36 <= first[1] <= 41
    assert 43 <= second[0] <= 48


def test_dissolve_separates():
    before, after = take(5, 50, speed=1), take(6, 50, speed=1)
    mixed = [
        (a * (1 - w) + b * w).astype(np.uint8)
        for a, b, w in zip(before[-20:], after[:20], np.linspace(0, 1, 20), strict=True)
    ]
    shots = found([*before[:-20], *mixed, *after[20:]]).shots
    assert len(shots) == 2
    assert abs(shots[1][0] - 40) <= 4


def test_splice_within_a_take_is_a_join():
    film = take(7, 80, pan=0, speed=2)
    cuts = found([*film[:30], *film[50:]])
    assert cuts.shots == ((0, 60),)
    assert cuts.joins == (30,)


def test_blank_film_has_no_shots():
    assert found([np.zeros((60, 80, 3), np.uint8)] * 20).shots == ()
    assert found([np.full((60, 80, 3), 255, np.uint8)]).shots == ()


def test_one_frame_is_a_shot():
    assert found(take(1, 1)).shots == ((0, 1),)


def test_chunks_do_not_matter(takes, monkeypatch):
    film = reedit(takes, joins=3, seed=5).frames
    whole = found(film)
    monkeypatch.setattr("tremendo.archive.cuts._CHUNK", 7)
    assert found(film) == whole


@pytest.mark.parametrize(
    ("name", "cuts"),
    [
        ("newsreel-1950s.mp4", [44, 134, 299]),
        ("chaplin-1910s.mp4", []),
        ("roundhay-1888.mp4", []),
        ("scratched-street.mkv", []),
    ],
)
def test_real_films(data, name, cuts):
    from tremendo.media import open_frames

    shots = found(open_frames(data / "films" / name).read()).shots
    assert [start for start, _ in shots[1:]] == cuts
