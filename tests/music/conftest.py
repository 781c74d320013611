"""What the music tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.music.songs import KnownSong, compose
from tremendo import models
from tremendo.errors import ModelMissingError


@pytest.fixture(scope="session")
def weights() -> list[Path]:
    """The beat networks' weights, or a skip with the reason."""
    try:
        return [models.path(f"beatnet-{k}") for k in (1, 2, 3)]
    except ModelMissingError as error:
        pytest.skip(str(error.hint))


@pytest.fixture(scope="session")
def pop(tmp_path_factory) -> KnownSong:
    """4/4 at 128 bpm, A A B A of 8 bars."""
    return compose(tmp_path_factory.mktemp("songs") / "pop.wav", bpm=128, form="AABA")


@pytest.fixture(scope="session")
def waltz(tmp_path_factory) -> KnownSong:
    """3/4 at 90 bpm, A B A of 8 bars."""
    return compose(tmp_path_factory.mktemp("songs") / "waltz.wav", bpm=90, meter=3, form="ABA")


@pytest.fixture(scope="session")
def ballad(tmp_path_factory) -> KnownSong:
    """4/4 at 70 bpm with hats on the eighths, A B of 8 bars."""
    return compose(tmp_path_factory.mktemp("songs") / "ballad.wav", bpm=70, form="AB")
