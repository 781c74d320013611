import zipfile

import pytest

from tremendo import models
from tremendo.errors import MediaError, ModelMissingError, UsageError
from tremendo.models import fetch
from tremendo.models.catalog import sha256_of


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TREMENDO_MODELS", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A stand-in for the package index that hands out a wheel made here."""
    content = {"BeatNet/models/model_1_weights.pt": b"other bytes than the catalog's"}

    def download(command, **_):
        folder = command[command.index("--dest") + 1]
        with zipfile.ZipFile(f"{folder}/BeatNet-1.1.3-py3-none-any.whl", "w") as archive:
            for name, data in content.items():
                archive.writestr(name, data)
        return type("Done", (), {"returncode": 0, "stderr": ""})()

    monkeypatch.setattr(fetch.subprocess, "run", download)
    return content


def test_packaged_color_is_there(empty_cache):
    assert models.path("color").is_file()
    assert models.pull("color") == models.path("color")


def test_absent_model_says_how_to_get_it(empty_cache):
    with pytest.raises(ModelMissingError) as caught:
        models.path("face")
    assert caught.value.hint == "tremendo models pull face"
    assert caught.value.exit_code == 5


def test_what_fails_the_sha256_is_refused_and_not_kept(empty_cache, wheel):
    with pytest.raises(MediaError, match="wrong sha256"):
        models.pull("beatnet-1")
    assert not [p for p in empty_cache.rglob("*") if p.is_file()]


def test_a_wheel_without_the_member(empty_cache, wheel):
    wheel.clear()
    with pytest.raises(ModelMissingError, match="has no BeatNet"):
        models.pull("beatnet-1")


def test_no_connection(empty_cache, monkeypatch):
    failed = type("Done", (), {"returncode": 1, "stderr": "ERROR: no route"})()
    monkeypatch.setattr(fetch.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(ModelMissingError, match="no route") as caught:
        models.pull("face")
    assert "connection" in caught.value.hint


def test_own_weights_are_added_and_verified(empty_cache, tmp_path):
    file = tmp_path / "mine.onnx"
    file.write_bytes(b"weights")
    added = models.add("mine", file, purpose="a test", license_="own")
    assert models.path("mine").read_bytes() == b"weights"
    assert models.catalog()["mine"].sha256 == sha256_of(file) == added.sha256
    models.path("mine").write_bytes(b"changed")
    with pytest.raises(MediaError, match="was changed"):
        models.pull("mine")


@pytest.mark.parametrize("name", ["color", "Bad Name", "../up", ""])
def test_bad_names_for_own_weights(empty_cache, tmp_path, name):
    file = tmp_path / "mine.onnx"
    file.write_bytes(b"weights")
    with pytest.raises(UsageError):
        models.add(name, file, purpose="a test", license_="own")


def test_no_model_of_that_name():
    with pytest.raises(UsageError, match="no model"):
        models.path("unheard-of")


@pytest.mark.parametrize("content", [b"", b"not onnx", b"\x80\x04cposix\nsystem\n"])
def test_hostile_onnx_is_a_typed_error(tmp_path, content):
    file = tmp_path / "x.onnx"
    file.write_bytes(content)
    with pytest.raises(MediaError, match="not a usable ONNX"):
        models.open_onnx(file)


def test_hostile_litert_is_a_typed_error():
    with pytest.raises(MediaError, match="not a usable LiteRT"):
        models.open_litert(b"not a model at all")
