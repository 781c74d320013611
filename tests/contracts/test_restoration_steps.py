"""What every restoration step keeps, whoever wrote it; see ``tremendo.finish.restore.step``."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.finish.restore.scenes import aged, film, grey, pan
from tremendo.errors import UsageError
from tremendo.finish.restore.chain import (
    analyze_shot,
    build_chain,
    halo_of,
    restore_film,
    scale_of,
)
from tremendo.finish.restore.enlarge import LearnedOptions
from tremendo.finish.restore.options import RestoreOptions
from tremendo.finish.restore.picture import Picture, TemporalWindow, windows
from tremendo.finish.restore.registry import CHAIN_ORDER, RESTORATION_STEPS, SWITCHABLE
from tremendo.finish.restore.step import RestorationStep
from tremendo.media.frames import MemoryFrames

NOTHING = RestoreOptions().without(*SWITCHABLE)
OLD = film(aged(24))


class Doubling:
    """A restoration network's stand-in: the picture as it is, twice as large."""

    scale = 2

    def restore(self, frame):
        return frame.repeat(2, axis=0).repeat(2, axis=1)


def options_with(name):
    """Only this step and what it needs before it."""
    usual = RestoreOptions()
    if name in {"motion", "splice"}:
        return replace(NOTHING, mend=True)
    if name == "learned":
        own = LearnedOptions(Path("network.pth"))
        vars(own)["network"] = Doubling()
        return replace(NOTHING, learned=own)
    if name == "upscale":
        return replace(NOTHING, upscale=1.5)
    if name == "grain":
        return replace(NOTHING, denoise=usual.denoise, grain=usual.grain)
    if name in CHAIN_ORDER:
        return replace(NOTHING, **{name: getattr(usual, name)})
    return replace(NOTHING, extra=(name,))


@pytest.fixture(params=RESTORATION_STEPS.names())
def name(request):
    return request.param


@pytest.fixture
def options(name):
    return options_with(name)


def step_of(name, options) -> RestorationStep:
    (step,) = [step for step in build_chain(options) if step.name == name]
    return step


def same(a, b):
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def test_it_has_a_name_a_version_and_a_radius(name, options):
    step = step_of(name, options)
    assert isinstance(step.version, int)
    assert step.version >= 1
    assert isinstance(step.radius, int)
    assert step.radius >= 0
    assert RESTORATION_STEPS.describe()[name]


def test_chunks_are_exactly_the_whole(options):
    analysis = analyze_shot(OLD, options=options)
    whole = list(restore_film(OLD, options=options, analysis=analysis))
    assert len(whole) == len(OLD)
    for size in (1, 7):
        joined = []
        for first in range(0, 24, size):
            part = (first, min(24, first + size))
            joined += restore_film(OLD, part=part, options=options, analysis=analysis)
        assert same(joined, whole)


def test_it_looks_no_farther_than_its_radius(options):
    """What lies beyond the halo may be anything: the frame comes out the same."""
    analysis = analyze_shot(OLD, options=options)
    halo = halo_of(options)
    frames = list(OLD.read())
    noise = np.random.default_rng(3)
    far = [
        frame if abs(number - 12) <= halo else noise.integers(0, 256, frame.shape, dtype=np.uint8)
        for number, frame in enumerate(frames)
    ]
    (alone,) = restore_film(MemoryFrames(far), part=(12, 13), options=options, analysis=analysis)
    (within,) = restore_film(OLD, part=(12, 13), options=options, analysis=analysis)
    assert np.array_equal(alone, within)


def test_no_picture_is_changed_in_place(name, options):
    analysis = analyze_shot(OLD, options=options)
    pictures = [Picture.of(f, n, colored=False) for n, f in enumerate(OLD.read())]
    for step in build_chain(options):
        for picture in pictures:
            for plane in vars(picture).values():
                if isinstance(plane, np.ndarray):
                    plane.flags.writeable = False
        plan = analysis.plans.get(step.name)
        pictures = [step.run(w, plan) for w in windows(pictures, step.radius, analysis.takes)]
    assert len(pictures) == len(OLD)


def test_clean_film_is_not_harmed(name, options):
    clean = [np.clip(plane, 20, 220) for plane in pan(16)]
    out = list(restore_film(film(clean), options=options))
    scale = scale_of(options)
    for before, after in zip(clean, out, strict=True):
        assert after.shape[0] == round(scale * before.shape[0])
        if scale != 1:
            continue
        error = float(((after.astype(float) - grey(before)) ** 2).mean())
        assert 10 * np.log10(255**2 / max(error, 1e-4)) > 38


@pytest.mark.parametrize("count", [1, 2])
def test_the_shortest_shots_keep_their_count(options, count):
    assert len(list(restore_film(OLD, start=3, stop=3 + count, options=options))) == count


def test_gray_stays_gray_and_color_stays_colored(options):
    assert all((f == f[..., :1]).all() for f in restore_film(OLD, stop=6, options=options))
    tint = np.array([1.0, 0.8, 0.5])
    frames = [np.clip(grey(p) * tint, 0, 255).astype(np.uint8) for p in aged(6, grain=2.0)]
    for frame in restore_film(MemoryFrames(frames), options=options):
        red, _, blue = frame.reshape(-1, 3).mean(axis=0)
        assert blue < 0.65 * red


def test_an_additional_step_stands_where_it_wants_to(name):
    chain = [step.name for step in build_chain(replace(RestoreOptions(), extra=(FLIPPED,)))]
    assert chain.index("flipped") == chain.index("tone") + 1
    with pytest.raises(UsageError, match="goes behind"):
        build_chain(replace(NOTHING, extra=(f"{__name__}:Lost",)))


class Flipped:
    """A step without a first pass."""

    name, version, radius, after = "flipped", 1, 0, "tone"

    def run(self, window: TemporalWindow, plan: None) -> Picture:
        return replace(window.center, luma=window.center.luma[:, ::-1])


class Lost(Flipped):
    after = "nowhere"


FLIPPED = f"{__name__}:Flipped"


def test_a_step_by_path_joins_the_chain():
    out = list(restore_film(OLD, stop=3, options=replace(NOTHING, extra=(FLIPPED,))))
    assert same(out, [frame[:, ::-1] for frame in OLD.read(0, 3)])
