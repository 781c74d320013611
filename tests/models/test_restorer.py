"""Users' own restoration networks: what opens, what is refused, tiles."""

import pickle
import sys
import zipfile

import numpy as np
import pytest
from safetensors.numpy import save_file

from tremendo.errors import MediaError, ModelMissingError
from tremendo.models import restorer
from tremendo.models.restorer import Restorer

try:
    import spandrel
except (ImportError, RuntimeError) as error:
    spandrel, WHY = None, f"spandrel does not open: {error}"
else:
    WHY = ""
needs_spandrel = pytest.mark.skipif(spandrel is None, reason=WHY)


def compact(scale=1, noise=0.0, width=8):
    """Weights of a small SRVGG network ("Compact"): its picture plus what its layers add."""
    rng = np.random.default_rng(0)

    def draw(*shape):
        return (noise * rng.standard_normal(shape)).astype(np.float32)

    layers = [(3, width), (width, width), (width, 3 * scale**2)]
    weights = {}
    for number, (seen, made) in enumerate(layers):
        weights[f"body.{2 * number}.weight"] = draw(made, seen, 3, 3)
        weights[f"body.{2 * number}.bias"] = draw(made)
        if number < len(layers) - 1:
            weights[f"body.{2 * number + 1}.weight"] = draw(made) + np.float32(0.1)
    return weights


@pytest.fixture
def checkpoint(tmp_path):
    def write(**more):
        path = tmp_path / "network.safetensors"
        save_file(compact(**more), path)
        return path

    return write


FRAME = np.random.default_rng(1).integers(0, 256, (70, 91, 3), dtype=np.uint8)


@needs_spandrel
@pytest.mark.parametrize("scale", [1, 2, 4])
def test_a_network_that_adds_nothing_gives_the_picture_itself(checkpoint, scale):
    network = Restorer(checkpoint(scale=scale))
    assert network.scale == scale
    assert "compact" in network.name.lower()
    made = network.restore(FRAME)
    assert np.array_equal(made, FRAME.repeat(scale, axis=0).repeat(scale, axis=1))


@needs_spandrel
@pytest.mark.parametrize("scale", [1, 2])
def test_tiles_join_without_a_seam(checkpoint, monkeypatch, scale):
    network = Restorer(checkpoint(scale=scale, noise=0.1))
    whole = network.restore(FRAME).astype(int)
    assert np.abs(whole - FRAME.repeat(scale, axis=0).repeat(scale, axis=1)).mean() > 1
    monkeypatch.setattr(restorer, "_TILE", 32)
    assert np.abs(network.restore(FRAME).astype(int) - whole).max() <= 1


@needs_spandrel
def test_weights_of_no_known_architecture_are_refused(tmp_path):
    save_file({"strange.weight": np.zeros((4, 4), np.float32)}, tmp_path / "a.safetensors")
    with pytest.raises(MediaError, match="no architecture"):
        Restorer(tmp_path / "a.safetensors")


def test_without_the_extra_it_says_what_to_install(checkpoint, monkeypatch):
    monkeypatch.setitem(sys.modules, "spandrel", None)
    with pytest.raises(ModelMissingError) as caught:
        Restorer(checkpoint())
    assert "tremendo[restorers]" in str(caught.value)
    assert caught.value.exit_code == 5


class _Evil:
    def __reduce__(self):
        return (print, ("run",))


@pytest.mark.parametrize("form", ["pickle", "zip"])
def test_a_checkpoint_with_code_in_it_is_refused_and_not_run(tmp_path, capsys, form):
    path = tmp_path / "evil.pth"
    content = pickle.dumps({"a": _Evil()})
    if form == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", content)
    else:
        path.write_bytes(content)
    with pytest.raises(MediaError):
        Restorer(path)
    assert "run" not in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"not safetensors at all"])
def test_broken_safetensors_are_refused(tmp_path, content):
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(MediaError, match="safetensors"):
        Restorer(path)
