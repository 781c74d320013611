"""Declarations for the people in photographs: kept, checked, said in the provenance record."""

from __future__ import annotations

import pytest

from tremendo.cli.consent import settle_consent
from tremendo.consent import UNKNOWN, Consent
from tremendo.errors import ConfigError, UsageError


def test_declared_once_for_all_and_for_one(tmp_path):
    assert Consent.load(tmp_path).of("a.jpg") == UNKNOWN
    Consent.load(tmp_path).declare(tmp_path, "historic").declare(tmp_path, "self", "me.jpg")
    known = Consent.load(tmp_path)
    assert known.of("/somewhere/a.jpg") == "historic"
    assert known.of("me.jpg") == "self"
    said = known.statement(["x/b.jpg", "a.jpg", "me.jpg", "a.jpg"])
    assert said == "historic: a.jpg, b.jpg; self: me.jpg"


def test_unknown_words_are_refused(tmp_path):
    with pytest.raises(UsageError, match="perhaps"):
        Consent().declare(tmp_path, "perhaps")
    assert not (tmp_path / "consent.toml").exists()
    for text in ('"a.jpg" = "maybe"', "a.jpg ="):
        (tmp_path / "consent.toml").write_text(text)
        with pytest.raises(ConfigError, match=r"consent\.toml|maybe"):
            Consent.load(tmp_path)


def test_the_option_is_recorded_and_silence_warns(tmp_path, capsys):
    import numpy as np

    from tremendo.media import write_photo

    photo = tmp_path / "in" / "grandmother.png"
    photo.parent.mkdir()
    write_photo(photo, np.full((80, 80, 3), 120, np.uint8))
    settle_consent(tmp_path, [photo], None, quiet=False)
    assert "--consent" in capsys.readouterr().err
    settle_consent(tmp_path, [photo], "permission", quiet=False)
    assert Consent.load(tmp_path).of(photo) == "permission"
    settle_consent(tmp_path, [photo], None, quiet=False)
    assert capsys.readouterr().err == ""


def test_animate_records_it_in_the_film(tmp_path, finder, astronaut):
    from fractions import Fraction

    from tremendo.deliver.provenance import verify
    from tremendo.finish.animate import MotionOptions
    from tremendo.media import write_photo
    from tremendo.tools.animate import animate_file

    photo = tmp_path / "pilot.png"
    write_photo(photo, astronaut)
    film = tmp_path / "pilot.mp4"
    options = MotionOptions(driver={1: "smile"})
    done = animate_file(photo, film, options, seconds=0.25, fps=Fraction(12), consent="permission")
    assert (done.technique, done.faces, done.performance) == ("face", 1, "smile")
    verdict = verify(film)
    assert verdict.state == "Valid"
    assert any("permission: pilot.png" in str(action) for action in verdict.actions)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["pilot.mp4", "pilot.png"]
