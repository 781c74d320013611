"""Painted areas that move in a loop."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest

from tremendo.errors import NothingUsableError, UsageError
from tremendo.finish.animate.flow.cinemagraph import Cinemagraph


@pytest.fixture(scope="module")
def sea():
    """Waves below a plain sky; the sea is painted."""
    noise = np.random.default_rng(3).normal(0, 1, (200, 300))
    waves = 120 + 60 * cv2.GaussianBlur(noise, (0, 0), 2.5) / 0.12
    picture = np.where(np.arange(200)[:, None] < 80, 200.0, waves)
    photo = np.repeat(np.clip(picture, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    return photo, np.broadcast_to(np.arange(200)[:, None] >= 80, (200, 300))


@pytest.mark.parametrize("way", [(20.0, 0.0), (-5.0, 8.0), "sway"])
def test_a_loop_without_a_seam(sea, way):
    photo, area = sea
    flow = Cinemagraph(photo, area, way, period=2.0)
    np.testing.assert_array_equal(flow.frame(photo, 0.0), photo)
    np.testing.assert_array_equal(flow.frame(photo, 2.0), photo)
    np.testing.assert_array_equal(flow.frame(photo, 0.7), flow.frame(photo, 4.7))
    steps = [flow.frame(photo, t / 12).astype(int) for t in range(25)]
    sizes = [np.abs(b - a).mean() for a, b in itertools.pairwise(steps)]
    assert min(sizes) > 0.2
    assert max(sizes) < 4 * float(np.median(sizes))


@pytest.mark.parametrize("way", [(20.0, 0.0), "sway"])
def test_the_last_frame_leads_into_the_first(sea, way):
    photo, area = sea
    flow = Cinemagraph(photo, area, way, period=2.0)
    frames = [flow.frame(photo, n / 24).astype(int) for n in range(48)]
    steps = [np.abs(b - a).mean() for a, b in itertools.pairwise([*frames, frames[0]])]
    assert steps[-1] <= 1.05 * max(steps[:-1])


def test_gray_paint_moves_less(sea):
    photo, area = sea
    much, little = (
        np.abs(
            Cinemagraph(photo, area * amount, "sway", period=2.0).frame(photo, 0.5)
            - photo.astype(int)
        )
        for amount in (1.0, 0.3)
    )
    assert 0 < little.mean() < 0.7 * much.mean()


def test_only_the_painted_area_moves(sea):
    photo, area = sea
    frame = Cinemagraph(photo, area, (30.0, 0.0), period=1.5).frame(photo, 0.5)
    np.testing.assert_array_equal(frame[~area], photo[~area])
    assert (frame[120:] != photo[120:]).mean() > 0.5


def test_it_moves_the_way_it_is_told(sea):
    photo, area = sea
    flow = Cinemagraph(photo, area, (6.0, 0.0), period=2.0)
    a, b = (flow.frame(photo, t)[110:190, 20:280, 0].astype(np.float64) for t in (0.95, 1.05))
    (right, down), _ = cv2.phaseCorrelate(a, b, cv2.createHanningWindow((260, 80), cv2.CV_64F))
    assert 0.2 < right < 1.0
    assert abs(down) < 0.2


def test_contrast_is_kept_through_the_loop(sea):
    photo, area = sea
    flow = Cinemagraph(photo, area, (15.0, 0.0), period=2.0)
    spread = [flow.frame(photo, t)[120:, 40:260].std() for t in np.linspace(0, 2, 9)]
    assert min(spread) > 0.8 * spread[0]  # a plain mixture would lose to 0.71


def test_what_else_moves_in_the_picture_stays(sea):
    photo, area = sea
    lighter = photo.copy()
    lighter[:60] += 20
    frame = Cinemagraph(photo, area, (15.0, 0.0), period=2.0).frame(lighter, 0.3)
    np.testing.assert_array_equal(frame[:60], lighter[:60])


def test_refusals(sea):
    photo, area = sea
    with pytest.raises(UsageError, match="300x200"):
        Cinemagraph(photo, area[:, :50], "sway", period=1.0)
    with pytest.raises(UsageError, match="length"):
        Cinemagraph(photo, area, "sway", period=0.0)
    with pytest.raises(NothingUsableError, match="empty"):
        Cinemagraph(photo, np.zeros((200, 300)), "sway", period=1.0)
