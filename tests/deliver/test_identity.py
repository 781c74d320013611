"""The signing identity: found damaged before the rendering, with the way to a new one."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from tremendo.deliver import identity
from tremendo.deliver.identity import signing_identity
from tremendo.deliver.provenance import signed_path
from tremendo.errors import ConfigError, MediaError, ResourceError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "tremendo" / "identity"


def test_it_is_made_once_and_the_key_is_the_user_s_alone(folder):
    first = signing_identity()
    assert signing_identity() == first
    assert stat.S_IMODE((folder / "private.pem").stat().st_mode) == 0o600
    assert sorted(path.name for path in folder.parent.iterdir()) == ["identity"]


def test_many_at_once_make_one(folder):
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: signing_identity(), range(8)))
    assert len(made) == 1
    assert sorted(path.name for path in folder.parent.iterdir()) == ["identity"]


def cut(file):
    file.write_bytes(file.read_bytes()[:100])


DAMAGES = {
    "the key is cut off": lambda folder: cut(folder / "private.pem"),
    "the certificate is cut off": lambda folder: cut(folder / "chain.pem"),
    "the key is empty": lambda folder: (folder / "private.pem").write_bytes(b""),
    "the key is missing": lambda folder: (folder / "private.pem").unlink(),
    "the certificate is missing": lambda folder: (folder / "chain.pem").unlink(),
    "it is no text": lambda folder: (folder / "chain.pem").write_bytes(b"\xff\xfe\x00"),
    "the root is missing": lambda folder: (folder / "chain.pem").write_text(
        (folder / "chain.pem").read_text().split("-----END CERTIFICATE-----")[0]
        + "-----END CERTIFICATE-----\n"
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_identity_is_found_before_anything_is_written(folder, tmp_path, damage):
    signing_identity()
    DAMAGES[damage](folder)
    out = tmp_path / "out" / "film.mp4"
    with pytest.raises(ConfigError) as caught, signed_path(out, "A film", [], []):
        pytest.fail("the rendering has begun")
    error = caught.value
    assert error.exit_code == 3
    assert error.path == str(folder)
    assert "film" not in str(error).replace("signing", "")
    assert "mv " in error.hint
    assert not out.parent.exists()
    folder.rename(folder.with_name("identity.old"))  # as the hint says
    signing_identity()


def test_a_key_of_another_certificate_is_refused(folder, monkeypatch, tmp_path):
    signing_identity()
    key = (folder / "private.pem").read_text()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "other"))
    signing_identity()
    (tmp_path / "other/tremendo/identity/private.pem").write_text(key)
    with pytest.raises(ConfigError, match="not that of the certificate"):
        signing_identity()


def test_an_expired_one_is_refused(folder, monkeypatch):
    monkeypatch.setattr(identity, "_YEARS", 0)
    signing_identity_made = identity._new_identity()
    folder.mkdir(parents=True)
    (folder / "chain.pem").write_text(signing_identity_made.chain)
    (folder / "private.pem").write_text(signing_identity_made.private)
    with pytest.raises(ConfigError, match="expired"):
        signing_identity()


def test_where_it_cannot_be_written_is_said(tmp_path, monkeypatch):
    (tmp_path / "config").write_text("a file where the folder belongs")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with pytest.raises(ResourceError) as caught:
        signing_identity()
    assert caught.value.exit_code == 4
    assert caught.value.path.startswith(str(tmp_path / "config"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_without_permission_is_said(tmp_path, monkeypatch):
    (tmp_path / "config").mkdir(mode=0o500)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with pytest.raises(ResourceError, match="permission"):
        signing_identity()


def test_a_film_is_not_begun_with_a_damaged_identity(folder, project_stub):
    from tremendo.pipeline import make

    signing_identity()
    cut(folder / "private.pem")
    with pytest.raises(ConfigError, match="identity"):
        make(project_stub, project_stub.folder / "film.mp4")
    assert not (project_stub.folder / "store").exists()
    with pytest.raises(MediaError, match="no such song"):  # a film that is not signed is begun
        make(project_stub, project_stub.folder / "film.mkv")


@pytest.fixture
def project_stub(tmp_path):
    from tremendo.project import Project

    (tmp_path / "in").mkdir()
    return Project(tmp_path / "p", (tmp_path / "in",), tmp_path / "none.wav")
