"""The chain as a whole: counts, parts, determinism, bounds."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.finish.restore.scenes import aged, film, grey
from tremendo.errors import MediaError, UsageError
from tremendo.finish.restore.chain import (
    analyze_shot,
    build_chain,
    halo_of,
    restore_film,
    restore_pictures,
    step_versions,
)
from tremendo.finish.restore.options import PRESETS, preset_options
from tremendo.media.frames import MemoryFrames

OLD = film(aged(40))
LONG = film(aged(70))


@pytest.fixture(scope="module")
def whole():
    return list(restore_film(OLD))


def same(a, b):
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def test_parts_of_7_and_64_join_to_the_whole_bit_for_bit():
    analysis = analyze_shot(LONG)
    whole = list(restore_film(LONG, analysis=analysis))
    for size in (7, 64):
        joined = []
        for first in range(0, 70, size):
            joined += restore_film(LONG, part=(first, min(70, first + size)), analysis=analysis)
        assert same(joined, whole)


def test_a_part_alone_makes_its_own_survey_and_is_the_same(whole):
    assert same(list(restore_film(OLD, part=(11, 18))), whole[11:18])


def test_threads_do_not_change_the_result(whole):
    before = cv2.getNumThreads()
    try:
        for threads in (1, 3):
            cv2.setNumThreads(threads)
            assert same(list(restore_film(OLD, part=(0, 12))), whole[:12])
    finally:
        cv2.setNumThreads(before)


def test_the_source_is_not_changed_and_grey_stays_grey(whole):
    planes = aged(40)
    assert all(np.array_equal(f, grey(p)) for f, p in zip(OLD.read(), planes, strict=True))
    assert all((f == f[..., :1]).all() and f.dtype == np.uint8 for f in whole)


def test_nothing_outside_the_shot_is_looked_at():
    frames = list(OLD.read())
    rng = np.random.default_rng(5)
    noise = [rng.integers(0, 255, frames[0].shape, dtype=np.uint8) for _ in range(6)]
    among = MemoryFrames([*noise, *frames[8:24], *noise])
    alone = list(restore_film(OLD, start=8, stop=24))
    assert same(list(restore_film(among, start=6, stop=22)), alone)


def test_reading_runs_ahead_by_no_more_than_the_halo():
    class Counting(MemoryFrames):
        last = 0

        def read(self, start=0, stop=None):
            for number, frame in enumerate(super().read(start, stop), start):
                self.last = number
                yield frame

    frames = Counting(list(OLD.read()))
    analysis = analyze_shot(frames)
    halo = halo_of(PRESETS["gentle"])
    ahead = [frames.last - i for i, _ in enumerate(restore_film(frames, analysis=analysis))]
    assert max(ahead) <= halo <= 10


@pytest.mark.parametrize("count", [1, 2, 3, 5])
@pytest.mark.parametrize("preset", list(PRESETS))
def test_short_shots_keep_their_count(count, preset):
    assert len(list(restore_film(OLD, start=4, stop=4 + count, preset=preset))) == count


def test_odd_sizes_are_kept():
    odd = MemoryFrames([grey(p[:101, :133]) for p in aged(6)])
    assert {f.shape for f in restore_film(odd)} == {(101, 133, 3)}


def test_colored_film_keeps_its_color():
    tint = np.array([1.0, 0.8, 0.5])
    frames = [np.clip(grey(p) * tint, 0, 255).astype(np.uint8) for p in aged(8, grain=2.0)]
    result = list(restore_film(MemoryFrames(frames)))
    seen = np.stack(result).reshape(-1, 3).mean(0)
    known = np.stack(frames).reshape(-1, 3).mean(0)
    assert np.abs(seen / seen[0] - known / known[0]).max() < 0.03


def test_a_step_can_be_switched_off():
    bare = replace(
        PRESETS["gentle"],
        deflicker=None,
        stabilize=None,
        mend=False,
        scratch=None,
        dust=None,
        denoise=None,
        tone=None,
        grain=None,
    )
    assert build_chain(bare) == []
    assert same(list(restore_film(OLD, options=bare)), list(OLD.read()))
    names = step_versions(build_chain(replace(PRESETS["gentle"], dust=None)))
    assert "dust" not in names
    assert names["denoise"] >= 1


def test_repaired_pixels_are_marked():
    pictures = list(restore_pictures(OLD, stop=12))
    assert any(p.dusty is not None and p.dusty.any() for p in pictures)
    assert any(p.scratched is not None and p.scratched[:, 80:100].any() for p in pictures)


def test_wrong_calls_are_named():
    with pytest.raises(UsageError, match="preset"):
        preset_options("brutal")
    with pytest.raises(UsageError, match="film of 40"):
        restore_film(OLD, start=30, stop=50)
    with pytest.raises(UsageError, match="part"):
        restore_film(OLD, start=3, stop=9, part=(0, 4))
    with pytest.raises(UsageError, match="analysis"):
        restore_film(OLD, analysis=analyze_shot(OLD, stop=10))
    with pytest.raises(MediaError, match="too small"):
        restore_film(MemoryFrames([np.zeros((40, 90, 3), np.uint8)]))
