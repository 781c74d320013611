"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_DEFAULT_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real test material, or a skip with the reason."""
    folder = Path(os.environ.get("TREMENDO_DATA", _DEFAULT_DATA))
    if not (folder / "films").is_dir():
        pytest.skip(f"no real material in {folder}: set TREMENDO_DATA to a folder that has it")
    return folder
