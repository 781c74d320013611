from __future__ import annotations

from fractions import Fraction

import pytest

from tests.montage.material import make_archive, make_film, make_photo, make_song
from tremendo.errors import MediaError
from tremendo.montage.suggest import suggest_treatment
from tremendo.montage.treatment import Chapter, Treatment, parse_treatment, read_treatment
from tremendo.music.types import Bar, Beat, Section, Song

FPS = Fraction(24)
SONG = Song(
    duration=40.0,
    tempo=60.0,
    beats=tuple(Beat(float(k), k % 4 + 1) for k in range(40)),
    bars=tuple(Bar(4.0 * k, 4.0 * k + 4, 0.5) for k in range(10)),
    sections=(
        Section(0, 8, "A", 0.2),
        Section(8, 16, "B", 0.9),
        Section(16, 24, "A", 0.2),
        Section(24, 40, "C", 0.5),
    ),
    accents=(),
    confidence=1.0,
)

TEXT = """\
density = 1.5
anticipation = 1
refrain = ["dancers"]

[[chapter]]
name = "crowds"
tags = ["street", "market"]
window = "0%-25%"
mood = "lively"

[[chapter]]
name = "finale"
window = "sections B, C"
density = 2
"""


def _spans(window, **where):
    where = {"fps": FPS, "frames": 960, "song_start": Fraction(0)} | where
    return [
        (w.start, w.end) for w in Treatment((Chapter("x", window=window),)).windows(SONG, **where)
    ]


def test_a_treatment_is_read(tmp_path):
    path = tmp_path / "treatment.toml"
    path.write_text(TEXT)
    treatment = read_treatment(path)
    assert treatment.density == 1.5
    assert treatment.anticipation == 1
    assert treatment.refrain == ("dancers",)
    assert [c.name for c in treatment.chapters] == ["crowds", "finale"]
    assert treatment.chapters[0].tags == ("street", "market")


@pytest.mark.parametrize(
    ("window", "frames"),
    [
        ("25% - 50%", [(240, 480)]),
        ("bars 2-3", [(96, 288)]),
        ("bar 10-10", [(864, 960)]),
        ("0:05-0:10", [(120, 240)]),
        ("1.5s-3s", [(36, 72)]),
        ("sections A", [(0, 192), (384, 576)]),
        ("section A, B", [(0, 576)]),
        ("sections X", []),
        ("bars 90-99", []),
    ],
)
def test_windows(window, frames):
    assert _spans(window) == frames


def test_windows_follow_the_start_in_the_song_and_end_with_the_film():
    assert _spans("sections B", song_start=Fraction(10)) == [(0, 144)]
    assert _spans("bars 1-10", frames=480) == [(0, 480)]
    assert _spans("sections C", frames=480) == []


def test_chapters_without_windows_share_the_film():
    treatment = Treatment((Chapter("a"), Chapter("b", mood="wild"), Chapter("c")))
    windows = treatment.windows(SONG, fps=FPS, frames=900, song_start=Fraction(0))
    assert [(w.start, w.end, w.chapter) for w in windows] == [
        (0, 300, "a"),
        (300, 600, "b"),
        (600, 900, "c"),
    ]
    assert windows[1].density > windows[0].density


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("density = 1.5", "density = 'fast'"), r"line 1, key 'density': 'fast' is not a number"),
        (("density = 1.5", "density = 90"), r"line 1, key 'density': 90 is outside"),
        (("density = 1.5", "dencity = 1.5"), r"line 1, key 'dencity': unknown"),
        (("anticipation = 1", "anticipation = true"), r"line 2, key 'anticipation'"),
        (('["dancers"]', '"dancers"'), r"line 3, key 'refrain': 'dancers' is not a list"),
        (('"0%-25%"', '"50%-25%"'), r"line 8, chapter 1, key 'window': '50%-25%'"),
        (('"0%-25%"', '"early"'), r"line 8, chapter 1, key 'window'"),
        (('mood = "lively"', 'mood = "sad"'), r"line 9, chapter 1, key 'mood': 'sad' is none of"),
        (('name = "finale"', 'name = "crowds"'), r"line 12, chapter 2, key 'name': two chapters"),
        (('name = "finale"', ""), r"chapter 2, key 'name': every chapter needs a name"),
        (("density = 2", "density = false"), r"line 14, chapter 2, key 'density'"),
        (("[[chapter]]", "[chapter]"), r"TOML|chapter"),
        (("density = 1.5", "density = "), r"not valid TOML.*line 1"),
    ],
)
def test_mistakes_are_named_with_line_and_key(change, words):
    with pytest.raises(MediaError, match=words):
        parse_treatment(TEXT.replace(*change, 1))


def test_a_missing_file(tmp_path):
    with pytest.raises(MediaError, match="cannot be read") as caught:
        read_treatment(tmp_path / "none.toml")
    assert caught.value.path == str(tmp_path / "none.toml")


def test_the_machine_sets_lively_subjects_on_energetic_sections():
    clips = make_archive(3, films=0, photos=30)
    treatment = suggest_treatment(make_song(3), clips)
    assert {c.name for c in treatment.chapters} <= {"street", "dance", "river"}
    assert len(treatment.reasons) == len(treatment.chapters) >= 2
    assert treatment.weight < Treatment().weight


def test_the_machine_does_not_make_film_and_photograph_chapters():
    """Folders called films and photos are no subjects."""
    clips = [
        *(type(c)(**{**c.__dict__, "tags": ("films",)}) for c in (make_film(0, [40, 50, 60]),)),
        *(type(c)(**{**c.__dict__, "tags": ("photos",)}) for c in map(make_photo, range(5))),
    ]
    treatment = suggest_treatment(make_song(3), clips)
    assert treatment.chapters == ()
    assert "No chapters" in treatment.reasons[0]
