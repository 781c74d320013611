"""What all tests share."""

from __future__ import annotations

import os

# Two workers on two cores: OpenMP threads would spin, waiting for each other. Before torch comes.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tremendo.errors import ModelMissingError
from tremendo.perception.faces import FaceFinder

_DEFAULT_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real test material, or a skip with the reason."""
    folder = Path(os.environ.get("TREMENDO_DATA", _DEFAULT_DATA))
    if not (folder / "films").is_dir():
        pytest.skip(f"no real material in {folder}: set TREMENDO_DATA to a folder that has it")
    return folder


@pytest.fixture(scope="session")
def finder() -> FaceFinder:
    """The face networks, or a skip with the reason."""
    try:
        return FaceFinder()
    except ModelMissingError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def astronaut() -> NDArray[np.uint8]:
    """A portrait that a dependency carries: 512 x 512 RGB, one smiling face about 110 px wide."""
    from skimage.data import astronaut as portrait

    return np.ascontiguousarray(portrait())
