"""Networks of others, here small ones with random weights, under the same pipeline."""

from pathlib import Path

import numpy as np
import pytest

from tests.finish.color.scenes import film, landscape
from tests.finish.color.stand_ins import model
from tremendo.errors import MediaError, ModelMissingError, UsageError
from tremendo.finish.color.engine import open_engine
from tremendo.finish.color.film import colorize_film
from tremendo.finish.color.options import ColorOptions
from tremendo.finish.color.photo import colorize_photo

pytest.importorskip("onnx", reason="the small networks are built with onnx")


@pytest.mark.parametrize("size", ["side", 256])
@pytest.mark.parametrize(("name", "outputs", "scale"), [("ddcolor", 2, 30), ("deoldify", 3, 0.3)])
def test_they_color_photographs_and_films(
    tmp_path: Path, name: str, outputs: int, scale: float, size: int | str
) -> None:
    engine = open_engine(name, model(tmp_path / "m.onnx", outputs=outputs, size=size, scale=scale))
    photo = colorize_photo(landscape(), engine=engine)
    assert np.ptp(photo.astype(int), axis=2).mean() > 2
    frames = list(colorize_film(film(6), engine=engine))
    assert [frame.shape for frame in frames] == [(120, 160, 3)] * 6
    dot = colorize_photo(np.full((1, 1, 3), 90, np.uint8), engine=engine)
    assert dot.shape == (1, 1, 3)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("ddcolor", {"outputs": 3}),
        ("deoldify", {"outputs": 2}),
        ("ddcolor", {"outputs": 2, "inputs": 1}),
        ("ddcolor", {"outputs": 2, "scale": np.inf}),
        ("ddcolor", {"outputs": 2, "size": 4096}),
    ],
)
def test_networks_of_another_shape_are_refused(
    tmp_path: Path, name: str, options: dict[str, float]
) -> None:
    path = model(tmp_path / "m.onnx", **options)  # type: ignore[arg-type]
    with pytest.raises(MediaError, match="network"):
        open_engine(name, path)


def test_a_pickle_is_never_run(tmp_path: Path) -> None:
    path = tmp_path / "ColorizeArtistic_gen.pth"
    path.write_bytes(b"\x80\x04cos\nsystem\n(S'touch hacked'\ntR.")
    with pytest.raises(MediaError):
        open_engine("deoldify", path)


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(UsageError, match="embedded"):
        open_engine("magic")
    with pytest.raises((UsageError, ModelMissingError)):
        open_engine("ddcolor")


def test_they_have_no_variants(tmp_path: Path) -> None:
    engine = open_engine("ddcolor", model(tmp_path / "m.onnx", outputs=2))
    with pytest.raises(UsageError, match="one coloring"):
        colorize_photo(landscape(), ColorOptions(variant=1), engine=engine)
