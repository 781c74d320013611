"""What moves is found again near its place; dust is not."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.finish.restore.scenes import film, still, view
from tests.finish.restore.test_steps import OFF
from tremendo.finish.restore.blotch_tracks import BlotchPatch, BlotchTracker
from tremendo.finish.restore.chain import restore_pictures
from tremendo.finish.restore.dust import DustOptions
from tremendo.finish.restore.picture import soften

DARK = 20.0


def with_limb(plane, x, y, angle=0.0):
    """A dark bar of 8 by 18 pixels on a plane."""
    corners = cv2.boxPoints(((float(x), float(y)), (8.0, 18.0), float(angle)))
    drawn = plane.copy()
    cv2.fillConvexPoly(drawn, np.round(corners * 16).astype(np.int32), DARK, cv2.LINE_AA, 4)
    return drawn


def search(here, before, after, drift=(0.0, 0.0)):
    """The trace of a bar at (80, 60)."""
    flow = np.broadcast_to(np.float32(drift), (64, 80, 2)).copy()
    traces = BlotchTracker(soften(here), [(soften(before), flow), (soften(after), flow)])
    mask = np.ones((9, 4), np.float32)
    return traces.track(
        BlotchPatch(y=26, x=38, mask=mask, frame=mask, area=36, sign=-1, level=DARK, gap=100)
    )


@pytest.mark.parametrize(("dx", "dy"), [(12, 0), (-8, 14), (0, -20)])
def test_what_stands_elsewhere_is_found_and_gone(dx, dy):
    ground = 120 + 0.3 * (view(20.0) - 120)
    trace = search(
        with_limb(ground, 80, 60),
        with_limb(ground, 80 - dx, 60 - dy),
        with_limb(ground, 80 + dx, 60 + dy),
    )
    assert trace.alike < 0.15
    assert trace.gone > 0.5


def test_dust_is_nowhere():
    ground = np.full((128, 160), 120.0, np.float32)
    trace = search(with_limb(ground, 80, 60), ground, ground)
    assert trace.alike > 0.7
    assert trace.framed > 0.7
    assert trace.gone == 0


def test_one_neighbor_is_enough_to_be_found_but_not_to_be_gone():
    ground = np.full((128, 160), 120.0, np.float32)
    trace = search(with_limb(ground, 80, 60), with_limb(ground, 70, 60), ground)
    assert trace.alike < 0.15
    assert trace.gone == 0


def test_the_search_goes_along_with_the_surroundings():
    ground = np.full((128, 160), 120.0, np.float32)
    far = search(with_limb(ground, 80, 60), with_limb(ground, 25, 60), ground)
    along = search(with_limb(ground, 80, 60), with_limb(ground, 25, 60), ground, drift=(-48, 0))
    assert far.alike > 0.7
    assert along.alike < 0.15


def test_at_the_edge_the_search_stays_inside():
    ground = np.full((128, 160), 120.0, np.float32)
    mask = np.ones((9, 4), np.float32)
    bright = np.full((128, 160), 250.0, np.float32)
    traces = BlotchTracker(bright, [(ground, np.full((64, 80, 2), 90.0, np.float32))] * 2)
    for y, x in ((0, 0), (55, 76), (-1, 76)):
        trace = traces.track(BlotchPatch(y, x, mask, mask, area=2000, sign=1, level=250.0, gap=130))
        assert trace.alike == pytest.approx(1.0, abs=0.01)


def test_a_swinging_limb_stays_and_specks_beside_it_go():
    angles = [0, 35, 80, 120, 155, 190, 230, 265, 300]
    clean = []
    for t, plane in enumerate(still(len(angles))):
        turn = np.deg2rad(angles[t])
        clean.append(with_limb(plane, 80 + 14 * np.sin(turn), 64 - 14 * np.cos(turn), angles[t]))
    dirty = [p.copy() for p in clean]
    for t, plane in enumerate(dirty):
        cv2.circle(plane, (20 + 13 * t, 24 + 80 * (t % 2)), 3, 250.0, -1)
    options = replace(OFF, dust=DustOptions(largest=0.02))
    pictures = list(restore_pictures(film(dirty), options=options))
    eaten = whole = 0
    for picture, plane, ground in zip(pictures, clean, still(len(angles)), strict=True):
        limb = cv2.dilate((np.abs(plane - ground) > 30).view(np.uint8), np.ones((3, 3))) > 0
        whole += int(limb.sum())
        eaten += 0 if picture.dusty is None else int((picture.dusty & limb).sum())
    assert eaten < 0.02 * whole
    for t, (picture, plane) in enumerate(zip(pictures, clean, strict=True)):
        y, x = 24 + 80 * (t % 2), 20 + 13 * t
        blotch = np.s_[y - 3 : y + 4, x - 3 : x + 4]
        assert np.abs(picture.luma - plane)[blotch].max() < 40, t
