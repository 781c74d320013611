"""What each step takes out, and what it must leave."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.finish.restore.scenes import HEIGHT, WIDTH, aged, film, grey, pan, still, view, world
from tremendo.finish.restore.chain import analyze_shot, restore_film, restore_pictures
from tremendo.finish.restore.deflicker import DeflickerOptions
from tremendo.finish.restore.denoise import DenoiseOptions
from tremendo.finish.restore.dust import DustOptions
from tremendo.finish.restore.grain import GrainOptions
from tremendo.finish.restore.options import PRESETS, RestoreOptions
from tremendo.finish.restore.scratch import ScratchOptions
from tremendo.finish.restore.stabilize import StabilizeOptions
from tremendo.finish.restore.tone import ToneOptions
from tremendo.media.frames import MemoryFrames

OFF = RestoreOptions().without(
    "deflicker", "stabilize", "mend", "scratch", "dust", "denoise", "tone", "grain"
)


def run(planes, **steps):
    """Restored luma planes with only the given steps."""
    options = replace(OFF, **steps)
    return [p.luma for p in restore_pictures(film(planes), options=options)]


def flicker(planes):
    return float(np.diff([p.mean() for p in planes]).std())


class TestDeflicker:
    def test_takes_out_flicker_that_differs_over_the_picture(self):
        rng = np.random.default_rng(0)
        tilt = np.linspace(-1, 1, WIDTH)[None, :]
        planes = [p * (1 + rng.normal(0, 0.1) + rng.normal(0, 0.05) * tilt) for p in pan(24)]
        result = run(planes, deflicker=DeflickerOptions())
        assert flicker(planes) > 8
        assert flicker(result) < 0.6
        sides = [
            np.diff([p[:, s].mean() for p in result]).std() for s in (slice(40), slice(-40, None))
        ]
        assert max(sides) < 1.5

    def test_keeps_a_fade(self):
        planes = [p * (1 - 0.02 * t) for t, p in enumerate(still(24))]
        result = run(planes, deflicker=DeflickerOptions())
        assert result[2].mean() - result[21].mean() > 0.85 * (planes[2].mean() - planes[21].mean())

    def test_a_change_of_light_goes_on_to_the_ends_of_the_shot(self):
        rng = np.random.default_rng(2)
        planes = [p * (0.6 + 0.02 * t) * rng.normal(1, 0.04) for t, p in enumerate(still(20))]
        result = run(planes, deflicker=DeflickerOptions())
        base = still(1)[0].mean()
        for t in (0, 19):
            assert result[t].mean() == pytest.approx(base * (0.6 + 0.02 * t), rel=0.13)
        assert flicker(result) < 0.4 * flicker(planes)

    def test_what_is_drawn_in_the_whites_of_a_dark_frame_stays(self):
        base = np.clip(view(20.0) * 0.6, 0, 255)
        base[30:90, 20:120] = 236 + 10 * np.sin(np.arange(100) / 3)  # 226 to 246
        planes = [base * (1.0 if t % 2 else 0.82) for t in range(18)]
        planes[8] = np.where(base > 220, base, base * 0.7)  # here the whites are as bright as ever
        result = run(planes, deflicker=DeflickerOptions())
        for seen in (result[4], result[8]):
            assert seen[40:80, 30:110].mean(axis=0).std() > 3.0
            assert (seen > 254.5).mean() < 0.02

    def test_maps_that_do_not_add_up_are_not_made_worse(self):
        rng = np.random.default_rng(4)
        base = np.where(world() > 140, 245.0, 8.0)[:HEIGHT, :WIDTH]
        planes = []
        for _ in range(20):  # hard prints: each frame has tones of its own
            knee = rng.uniform(40, 200)
            soft = np.clip(base + rng.normal(0, 60, base.shape), 0, 255)
            planes.append(np.where(cv2.blur(soft, (9, 9)) > knee, 250.0, 5.0))
        result = run(planes, deflicker=DeflickerOptions())
        assert flicker(result) < 1.1 * flicker(planes)

    def test_does_not_grey_the_whites_of_an_overexposed_frame(self):
        base = np.where(world_mask(), 255.0, view(20.0))
        planes = [base.copy() for _ in range(17)]
        planes[8] = np.clip(base * 1.4, 0, 255)
        result = run(planes, deflicker=DeflickerOptions())
        assert result[8][world_mask()].mean() > 240
        assert abs(result[8][~world_mask()].mean() - base[~world_mask()].mean()) < 8

    def test_someone_walking_through_moves_no_brightness(self):
        rng = np.random.default_rng(3)
        planes = []
        for t, plane in enumerate(still(24)):
            lit = plane * (1 + rng.normal(0, 0.08))
            lit[30:, 6 * t : 6 * t + 30] = 15
            planes.append(lit)
        result = run(planes, deflicker=DeflickerOptions())
        corner = [p[:20, :40].mean() for p in result]
        assert np.diff(corner).std() < 1.0


def world_mask():
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[:40] = True
    return mask


class TestStabilize:
    def weave(self, count=24, speed=0.0, scratch=False):
        rng = np.random.default_rng(2)
        moves = rng.normal(0, 1.2, (count, 2))
        planes = [view(40 + speed * t + dx, 20 + dy) for t, (dx, dy) in enumerate(moves)]
        if scratch:
            for plane in planes:
                plane[:, 60:63] = 250
        return planes, moves

    @pytest.mark.parametrize("scratch", [False, True])
    def test_takes_out_weave_even_beside_a_fixed_scratch(self, scratch):
        planes, moves = self.weave(scratch=scratch)
        analysis = analyze_shot(
            film(planes), options=replace(OFF, stabilize=StabilizeOptions(limit=0.1))
        )
        left = moves - analysis.plans["stabilize"].shifts
        bends = np.sqrt((np.diff(left, n=2, axis=0) ** 2).mean())
        assert np.sqrt((np.diff(moves, n=2, axis=0) ** 2).mean()) > 2.5
        assert bends < 0.25

    def test_keeps_a_pan_that_eases_in_and_out(self):
        eased = 40 + 60 * (1 - np.cos(np.linspace(0, np.pi, 30))) / 2
        frames = film([view(x) for x in eased])
        result = list(restore_film(frames, options=replace(OFF, stabilize=StabilizeOptions())))
        assert all(np.array_equal(a, b) for a, b in zip(result, frames.read(), strict=True))

    def test_crop_leaves_no_mirrored_edge(self):
        planes, _ = self.weave()
        options = replace(OFF, stabilize=StabilizeOptions(limit=0.03, borders="crop"))
        plan = analyze_shot(film(planes), options=options).plans["stabilize"]
        reach = np.abs(plan.shifts).max()
        assert plan.zoom >= 1 + 2 * reach / max(WIDTH, HEIGHT)


class TestMend:
    def test_a_burnt_frame_is_rebuilt_from_its_neighbours(self):
        planes = pan(11)
        rng = np.random.default_rng(4)
        true = planes[5]
        planes[5] = rng.uniform(150, 255, true.shape).astype(np.float32)
        pictures = list(restore_pictures(film(planes), options=replace(OFF, mend=True)))
        assert [p.index for p in pictures if p.torn] == [5]
        assert np.abs(pictures[5].luma - true)[8:-8, 8:-8].mean() < 3

    @pytest.mark.parametrize("level", [0.0, 12.0, 255.0])
    def test_leader_in_place_of_a_frame_is_rebuilt_and_shifts_nothing(self, level):
        planes = pan(15)
        true = planes[7]
        planes[7] = np.full_like(true, level)
        options = replace(OFF, mend=True, deflicker=DeflickerOptions())
        options = replace(options, stabilize=StabilizeOptions())
        pictures = list(restore_pictures(film(planes), options=options))
        assert [p.index for p in pictures if p.torn] == [7]
        assert np.abs(pictures[7].luma - true)[8:-8, 8:-8].mean() < 3
        assert max(np.abs(p.matrix[:, 2]).max() for p in pictures) < 0.6

    def test_a_hidden_cut_is_no_torn_frame_and_nothing_crosses_it(self):
        planes = still(8) + still(8, seed=9)
        analysis = analyze_shot(film(planes))
        assert analysis.takes == (8,)
        assert analysis.plans["mend"] == ()
        result = list(restore_film(film(planes)))
        assert np.abs(result[7].astype(int) - grey(planes[7])).mean() < 1
        assert np.abs(result[8].astype(int) - grey(planes[8])).mean() < 1


class TestSplice:
    def mended(self, planes):
        pictures = list(restore_pictures(film(planes), options=replace(OFF, mend=True)))
        return {p.index for p in pictures if p.mended is not None}, pictures

    @pytest.mark.parametrize("rows", [slice(-9, None), slice(0, 12), slice(70, None)])
    @pytest.mark.parametrize("level", [240.0, 8.0])
    def test_a_bar_or_a_torn_part_of_one_frame_is_rebuilt(self, rows, level):
        rng = np.random.default_rng(5)
        planes = [p + rng.normal(0, 3, p.shape).astype(np.float32) for p in pan(11)]
        true = planes[5].copy()
        planes[5][rows] = level
        found, pictures = self.mended(planes)
        assert found == {5}
        assert np.abs(pictures[5].luma - true)[rows, 8:-8].mean() < 8
        assert not pictures[5].mended[40:60].any()

    def test_what_stays_or_passes_is_no_splice(self):
        planes = pan(12)
        for t, plane in enumerate(planes):
            plane[-10:] = 20  # a fence in front
            plane[:, 12 * t : 12 * t + 30] = 235  # someone who walks by, as high as the picture
        assert self.mended(planes)[0] == set()

    def test_light_is_evened_as_if_the_frame_were_whole(self):
        rng = np.random.default_rng(6)
        planes = [p * rng.normal(1, 0.06) for p in pan(16)]
        planes[8][60:] = 245
        options = replace(OFF, deflicker=DeflickerOptions())
        levels = [p.luma[:50].mean() for p in restore_pictures(film(planes), options=options)]
        assert np.diff(levels).std() < 1.5


class TestScratch:
    def test_a_wandering_scratch_goes_and_the_picture_under_it_stays(self):
        rng = np.random.default_rng(6)
        clean = [p + rng.normal(0, 3, p.shape).astype(np.float32) for p in pan(12)]
        scratched = [p.copy() for p in clean]
        for t, plane in enumerate(scratched):
            x = 70 + round(2 * np.sin(t))
            plane[:, x : x + 2] -= 55
        result = run(scratched, scratch=ScratchOptions())
        before = np.mean(
            [np.abs(a - b)[:, 66:76].mean() for a, b in zip(scratched, clean, strict=True)]
        )
        after = np.mean(
            [np.abs(a - b)[:, 66:76].mean() for a, b in zip(result, clean, strict=True)]
        )
        assert after < 0.4 * before

    def test_an_edge_and_a_post_that_ends_stay(self):
        planes = still(12)
        for plane in planes:
            plane[:, :50] = np.minimum(plane[:, :50], 60)
            plane[: HEIGHT * 3 // 4, 100:103] = 240
        options = replace(OFF, scratch=ScratchOptions())
        assert not any(analyze_shot(film(planes), options=options).plans["scratch"])

    def test_a_line_that_goes_with_the_scene_stays(self):
        planes = pan(16, speed=2.0)
        for t, plane in enumerate(planes):
            x = 130 - 2 * t
            plane[:, x : x + 2] = 250
        kept = analyze_shot(film(planes), options=replace(OFF, scratch=ScratchOptions()))
        assert not any(kept.plans["scratch"])


class TestDust:
    def test_specks_go_on_a_moving_picture_also_at_the_ends(self):
        rng = np.random.default_rng(7)
        clean = [p + rng.normal(0, 3, p.shape).astype(np.float32) for p in pan(9)]
        dirty = [p.copy() for p in clean]
        for t, plane in enumerate(dirty):
            cv2.circle(plane, (30 + 11 * t, 40 + 5 * (t % 3)), 3, 5.0 if t % 2 else 250.0, -1)
        result = run(dirty, dust=DustOptions(largest=0.01))
        for t, (seen, true) in enumerate(zip(result, clean, strict=True)):
            spot = np.s_[34:58, 24 + 11 * t : 37 + 11 * t]
            assert np.abs(seen - true)[spot].max() < 45, t

    def test_a_thrown_ball_is_not_dust(self):
        planes = still(12)
        for t, plane in enumerate(planes):
            cv2.circle(plane, (15 + 11 * t, 100 - 16 * t + int(1.4 * t * t)), 4, 245.0, -1)
        result = run(planes, dust=DustOptions())
        changed = sum(int((np.abs(a - b) > 20).sum()) for a, b in zip(result, planes, strict=True))
        assert changed < 15

    def test_clean_film_is_not_touched(self):
        planes = pan(10)
        pictures = restore_pictures(film(planes), options=replace(OFF, dust=DustOptions()))
        assert sum(0 if p.dusty is None else int(p.dusty.sum()) for p in pictures) == 0


class TestDenoiseAndGrain:
    def test_grain_is_calmed_and_detail_kept(self):
        rng = np.random.default_rng(8)
        clean = pan(9)
        noisy = [p + rng.normal(0, 9, p.shape).astype(np.float32) for p in clean]
        result = run(noisy, denoise=DenoiseOptions())
        error = np.std(result[4] - clean[4])
        assert error < 4
        assert np.std(cv2.Laplacian(result[4], cv2.CV_32F)) > 0.9 * np.std(
            cv2.Laplacian(cv2.GaussianBlur(clean[4], (0, 0), 1), cv2.CV_32F)
        )

    def test_clean_film_is_left_alone(self):
        planes = pan(8)
        result = run(planes, denoise=DenoiseOptions())
        assert all(np.array_equal(a, grey(b)[..., 0]) for a, b in zip(result, planes, strict=True))

    def test_the_share_of_grain_comes_back(self):
        noisy = aged(8, grain=9.0)
        none = run(noisy, denoise=DenoiseOptions())[4]
        some = run(noisy, denoise=DenoiseOptions(), grain=GrainOptions(0.5))[4]
        every = run(noisy, denoise=DenoiseOptions(), grain=GrainOptions(1.0))[4]
        assert np.abs(every - grey(noisy[4])[..., 0]).max() < 1e-3
        assert np.allclose(some, (none + every) / 2, atol=1e-3)


class TestTone:
    def test_faded_tones_are_spread_by_one_curve_for_all_frames(self):
        faded = [90 + 0.4 * p for p in pan(8)]
        result = run(faded, tone=ToneOptions(blacks=20.0, whites=225.0, strength=1.0))
        assert np.std(result[3]) > 1.25 * np.std(faded[3])
        slopes = [np.polyfit(a.ravel(), b.ravel(), 1) for a, b in zip(faded, result, strict=True)]
        assert np.ptp(slopes, axis=0).max() < 1

    def test_good_tones_stay(self):
        planes = [np.clip((p - 125) * 1.35 + 125, 5, 250) for p in still(4)]
        assert np.array_equal(run(planes, tone=ToneOptions())[0], grey(planes[0])[..., 0])


def test_clean_film_passes_gentle_almost_unchanged():
    frames = [grey(p) for p in pan(16)]
    result = list(restore_film(MemoryFrames(frames), options=PRESETS["gentle"]))
    change = np.abs(np.stack(result).astype(int) - np.stack(frames))
    assert change.mean() < 0.5
    assert 10 * np.log10(255**2 / max((change**2).mean(), 1e-6)) > 42
