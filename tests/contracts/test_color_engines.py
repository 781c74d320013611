"""What every color engine keeps, whoever wrote it; see ``tremendo.finish.color.engine``."""

import numpy as np
import pytest

from tests.finish.color.scenes import film, landscape
from tests.finish.color.stand_ins import model
from tremendo.errors import MediaError, UsageError
from tremendo.finish.color.decoding import decoding_params
from tremendo.finish.color.engine import ColorEngine
from tremendo.finish.color.film import colorize_film
from tremendo.finish.color.lab import frame_lightness
from tremendo.finish.color.photo import colorize_photo
from tremendo.finish.color.registry import COLOR_ENGINES

STAND_INS = {"ddcolor": {"outputs": 2, "scale": 30.0}, "deoldify": {"outputs": 3, "scale": 0.3}}
"""Small networks in place of those that only users have."""
HOSTILE = b"\x80\x04cposix\nsystem\n(S'touch %s'\ntR."
"""A pickle that makes a file when it is run."""


@pytest.fixture(scope="module", params=COLOR_ENGINES.names())
def engine(request, tmp_path_factory):
    if request.param not in STAND_INS:
        return COLOR_ENGINES.create(request.param, None)
    pytest.importorskip("onnx", reason="the small networks are built with onnx")
    path = tmp_path_factory.mktemp("networks") / f"{request.param}.onnx"
    return COLOR_ENGINES.create(request.param, model(path, **STAND_INS[request.param]))


def lightness(height=90, width=130):
    return frame_lightness(landscape(max(2, height), width)[:height])


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (33, 5), (90, 130), (16, 600)])
def test_a_prediction_has_the_promised_shapes_for_any_size(engine, size):
    assert isinstance(engine, ColorEngine)
    seen = engine.predict(lightness(*size))
    height, width = seen.confidence.shape
    assert seen.ab.shape == (height, width, 2)
    assert seen.lightness.shape == (height, width)
    assert seen.features.ndim == 3
    assert seen.embedding.ndim == 1
    for plane in vars(seen).values():
        assert np.isfinite(plane).all()
    assert seen.confidence.min() >= 0
    assert seen.confidence.max() <= 1
    assert np.abs(seen.ab).max() < 150


def test_the_same_picture_is_always_colored_alike_and_left_alone(engine):
    picture = lightness()
    picture.flags.writeable = False
    first, second = engine.predict(picture), engine.predict(picture.copy())
    for name, plane in vars(first).items():
        assert np.array_equal(plane, getattr(second, name)), name


def test_it_sees_at_the_size_that_is_asked_and_as_vividly(engine):
    picture = lightness()
    muted, bold = (
        engine.predict(picture, short_side=128, params=decoding_params(vividness)).ab
        for vividness in (0.0, 1.0)
    )
    assert np.linalg.norm(bold, axis=-1).mean() > np.linalg.norm(muted, axis=-1).mean()


def test_lightness_is_kept_on_photographs_and_film(engine):
    photo = landscape()
    assert (
        np.abs(frame_lightness(colorize_photo(photo, engine=engine)) - frame_lightness(photo)).max()
        < 0.4
    )
    source = film(6)
    for before, after in zip(source.read(), colorize_film(source, engine=engine), strict=True):
        assert np.abs(frame_lightness(after) - frame_lightness(before)).max() < 0.4


def test_a_part_of_a_shot_is_colored_as_within_the_whole(engine):
    source = film(44, flicker=0.05, height=40, width=56)
    whole = list(colorize_film(source, engine=engine))
    for part in ((0, 5), (17, 26), (39, 44)):
        piece = list(colorize_film(source, part=part, engine=engine))
        assert all(np.array_equal(a, b) for a, b in zip(piece, whole[slice(*part)], strict=True))


@pytest.mark.parametrize("dot", [(1, 1), (2, 9)])
def test_the_smallest_pictures_are_colored(engine, dot):
    frame = np.full((*dot, 3), 90, np.uint8)
    assert colorize_photo(frame, engine=engine).shape == frame.shape


@pytest.mark.parametrize("name", COLOR_ENGINES.names())
def test_a_broken_or_hostile_file_of_weights_is_refused_and_never_run(name, tmp_path):
    for suffix in (".onnx", ".pth"):
        path = tmp_path / f"weights{suffix}"
        path.write_bytes(HOSTILE.replace(b"%s", str(tmp_path / "ran").encode()))
        with pytest.raises((MediaError, UsageError)):
            COLOR_ENGINES.create(name, path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", COLOR_ENGINES.names())
def test_a_line_says_what_it_is(name):
    assert COLOR_ENGINES.describe()[name]
