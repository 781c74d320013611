from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from tremendo.errors import ConfigError
from tremendo.project import BeatCorrections, Film, Project


def test_likes_devices_and_corrections_are_kept(tmp_path):
    hearing = BeatCorrections(nudge_ms=-15, meter=6, taps="1.0 1.5 2.0 2.5")
    project = Project(tmp_path, (Path("a"),), Path("s"), film=Film(fps=Fraction(25)), music=hearing)
    project.save()
    assert Project.load(tmp_path).music == hearing
    assert project.decisions().devices is None
    (tmp_path / "decisions.json").write_text(json.dumps({"likes": ["x-1"], "devices": []}))
    assert project.decisions().likes == ("x-1",)
    assert project.decisions().devices == ()
    (tmp_path / "decisions.json").write_text('{"devices": 3}')
    with pytest.raises(ConfigError, match="devices"):
        project.decisions()
