from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.archive.material import take
from tremendo.archive.contact_sheet import contact_sheet
from tremendo.archive.types import Clip, FaceBox, Shot
from tremendo.errors import NothingUsableError
from tremendo.media import FilmWriter, read_photo, write_photo


def shot(clip, start, end, **more):
    return Shot(f"{clip}-{start}", clip, "film", start, end, motion=(1.0,) * (end - start), **more)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("sheet") / "$(id) \U0001f600 \u202etake\n1.mkv"
    with FilmWriter(path, 160, 120, Fraction(12)) as writer:
        for frame in [*take(1, 12), *take(2, 12)]:
            writer.write(frame)
    shots = (
        shot("a", 0, 12, key_frame=6, faces=(FaceBox(0.4, 0.2, 0.2, 0.3, 1.0),), peaks=(3,)),
        shot("a", 12, 24, key_frame=18, tags=("wide",) * 20),
    )
    return Clip(
        "a", path, "a" * 64, "film", 160, 120, Fraction(12), Fraction(12), 24,
        crop=(0, 0, 160, 120), tags=("circus",), shots=shots,
    )  # fmt: skip


def test_key_frames_stand_on_the_sheet(film, tmp_path):
    sheet = read_photo(contact_sheet([film], tmp_path / "sheet.png"))
    first, second = sheet[92:342, 36:376], sheet[92:342, 398:738]
    assert first.std() > 20
    assert second.std() > 20
    assert np.abs(first.astype(int) - second).mean() > 20


def test_vanished_file_leaves_a_gap_not_an_error(film, tmp_path):
    gone = replace(film, path=tmp_path / "gone.mkv")
    assert read_photo(contact_sheet([gone], tmp_path / "sheet.png")).shape[1] > 700


def test_many_shots_stay_one_sheet(tmp_path):
    photo = write_photo(tmp_path / "p.png", take(3, 1)[0])
    one = Shot("p-0", "p", "photo", 0, 1)
    clip = Clip(
        "p", photo, "p" * 64, "photo", 160, 120, Fraction(1), Fraction(1), 1, shots=(one,) * 130
    )
    sheet = read_photo(contact_sheet([clip], tmp_path / "sheet.png"))
    assert sheet.shape[0] < 12_000


def test_nothing_to_show(tmp_path):
    with pytest.raises(NothingUsableError):
        contact_sheet([], Path(tmp_path / "sheet.png"))
