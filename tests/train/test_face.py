"""The face renderer learns what geometry gets wrong, the same from the same seed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from tests.finish.animate.material import performed
from tremendo.errors import Interrupted, MediaError, NothingUsableError
from tremendo.finish.animate.face.mesh.mesh import HeadMesh
from tremendo.finish.animate.face.renderer import input as face_input
from tremendo.media import FilmWriter

torch = pytest.importorskip("torch")

from tremendo.train.core.trainer import RunConfig, read_checkpoint  # noqa: E402
from tremendo.train.tasks.face_renderer import pairs, task  # noqa: E402
from tremendo.train.tasks.face_renderer.dataset import (  # noqa: E402
    FaceBatchPlan,
    example,
    make_batch,
)
from tremendo.train.tasks.face_renderer.network import (  # noqa: E402
    FaceLossWeights,
    FaceNet,
    export_face,
    face_loss,
)
from tremendo.train.tasks.face_renderer.task import FaceRecipe, train_face  # noqa: E402

CHANNELS = len(face_input.CHANNELS)


@pytest.fixture(scope="module")
def films(tmp_path_factory, finder, astronaut):
    """Two short films of a face that sings, made by our own engine."""
    folder = tmp_path_factory.mktemp("films")
    for seed in (1, 2):
        frames = performed(
            astronaut[:360, 60:420].copy(),
            finder,
            driver="sing",
            frames=14,
            fps=Fraction(12),
            seed=seed,
            strength=1.0,
            engine="geometry",
        )
        with FilmWriter(folder / f"{seed}.mp4", 360, 360, Fraction(12), "h264") as film:
            for frame in frames:
                film.write(frame)
    return sorted(folder.glob("*.mp4"))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(pairs, "_SOURCES", 2)
    monkeypatch.setattr(pairs, "_TARGETS", 4)
    monkeypatch.setattr(task, "_JUDGED", 16)


@pytest.fixture
def people(films, cache, finder):
    return [pairs.load_pairs(film, cache, finder, lambda _: None) for film in films]


class TestCloseup:
    def test_a_face_stands_upright_in_the_middle(self, finder, astronaut):
        face = finder.find(astronaut)[0]
        mesh = HeadMesh(face, finder.canonical, (512, 512))
        for roll in (-10.0, 0.0, 10.0):
            turn = np.array([0.0, 0, roll])
            place = face_input.placed(mesh, turn, np.zeros(2))
            moved = mesh.moved(turn, np.zeros(2), np.zeros(2), np.zeros((478, 3)))
            back = np.linalg.inv(np.vstack([place, [0, 0, 1]]))[:2]
            inside = moved[:468, :2] @ back[:, :2].T + back[:, 2]
            assert abs(inside[33, 1] - inside[263, 1]) < 1
            assert inside.min() > 5
            assert inside.max() < face_input.SIDE - 5
            drawn = face_input.drawn(mesh, moved, place)
            assert drawn.shape == (len(face_input.MAPS), face_input.SIDE, face_input.SIDE)
            assert 0.2 < (drawn[4] > 127).mean() < 0.6

    def test_nothing_moves_nothing_flows(self, finder, astronaut):
        face = finder.find(astronaut)[0]
        mesh = HeadMesh(face, finder.canonical, (512, 512))
        rest = face_input.placed(mesh, np.zeros(3), np.zeros(2))
        still = np.zeros((mesh.region.height, mesh.region.width, 2), np.float32)
        source = face_input.flow(still, mesh.region, rest, rest)
        y, x = np.mgrid[: face_input.SIDE, : face_input.SIDE]
        np.testing.assert_allclose(source, np.stack([x, y], axis=-1), atol=1e-3)


class TestPairs:
    def test_truth_lies_where_geometry_put_the_face(self, people):
        for made in people:
            assert len(made) > 2
            oval = made.maps[:, 4] > 200
            away = np.abs(made.truth[:, 0].astype(float) - made.frame[:, 0])
            assert away[oval].mean() < 6  # the film was made by the same geometry

    def test_pairs_are_made_once(self, films, cache, finder, people, monkeypatch):
        monkeypatch.setattr(pairs, "_from_film", None)
        again = pairs.load_pairs(films[0], cache, finder, lambda _: None)
        np.testing.assert_array_equal(again.frame, people[0].frame)

    def test_a_film_without_a_face_is_refused(self, tmp_path, finder):
        with FilmWriter(tmp_path / "wall.mp4", 128, 128, Fraction(12), "h264") as film:
            for _ in range(12):
                film.write(np.full((128, 128, 3), 90, np.uint8))
        with pytest.raises(NothingUsableError, match="wall"):
            pairs.load_pairs(tmp_path / "wall.mp4", tmp_path, finder, lambda _: None)

    def test_photographs_give_pairs_whose_truth_is_the_photograph(
        self, tmp_path, finder, astronaut
    ):
        import cv2

        (tmp_path / "photos").mkdir()
        cv2.imwrite(str(tmp_path / "photos" / "a.png"), astronaut[20:260, 100:340, ::-1])
        made = pairs.load_portraits(tmp_path / "photos", tmp_path, finder, lambda _: None)
        assert 1 <= len(made) <= 3
        assert (made.photo[made.source] != made.truth).any()
        (tmp_path / "none").mkdir()
        with pytest.raises(NothingUsableError):
            pairs.load_portraits(tmp_path / "none", tmp_path, finder, lambda _: None)


class TestBatches:
    def test_a_batch_is_a_function_of_seed_and_step(self, people):
        one, same = (make_batch(people, FaceBatchPlan(2, 5), 3) for _ in range(2))
        other = make_batch(people, FaceBatchPlan(2, 5), 4)
        for name, part in vars(one).items():
            np.testing.assert_array_equal(part, getattr(same, name))
        assert (one.maps != other.maps).any()
        assert one.maps.shape == (2, CHANNELS, face_input.SIDE, face_input.SIDE)

    def test_grain_and_scratches_are_not_to_be_learned(self, people):
        same = replace(people[0], truth=people[0].frame)
        for chance in range(4):
            seen, wanted, _, _ = example(same, 0, np.random.default_rng(chance))
            clean, _, _, _ = example(same, 0, None)
            assert np.abs(wanted).max() == 0
            assert (seen != clean).any()

    def test_only_eyes_and_mouth_are_to_be_learned(self, people):
        _, wanted, detail, _ = example(people[0], 0, None)
        assert np.abs(wanted[detail == 0]).max() == 0


class TestNetwork:
    def test_it_begins_as_no_change_and_is_small(self):
        network = FaceNet()
        change, mask = network(torch.rand(2, CHANNELS, 160, 160))
        assert change.shape == mask.shape == (2, 1, 160, 160)
        assert float(change.detach().abs().max()) == 0
        assert 5e5 < sum(p.numel() for p in network.parameters()) < 5e6

    def test_the_truth_costs_least(self):
        torch.manual_seed(0)
        truth = 0.2 * torch.randn(1, 1, 32, 32)
        where = (torch.ones_like(truth), torch.ones_like(truth))
        mask, frame = torch.zeros_like(truth), torch.rand_like(truth)
        exact, none, outside = (
            face_loss(made, mask, frame, truth, counts, FaceLossWeights())["total"]
            for made, counts in (
                (truth, where),
                (torch.zeros_like(truth), where),
                (truth, (torch.zeros_like(truth), torch.zeros_like(truth))),
            )
        )
        assert exact < none
        assert outside > exact  # a change outside the face is never free

    def test_the_file_says_what_the_network_says(self, tmp_path):
        import onnxruntime

        torch.manual_seed(1)
        network = FaceNet().eval()
        torch.nn.init.normal_(network.head.weight, std=0.05)
        export_face(network, tmp_path / "face.onnx", {"name": "face"})
        maps = torch.rand(1, CHANNELS, 160, 160)
        session = onnxruntime.InferenceSession(tmp_path / "face.onnx")
        (change,) = session.run(["change"], {"maps": maps.numpy()})
        np.testing.assert_allclose(change, network(maps)[0].detach().numpy(), atol=5e-3)
        assert (tmp_path / "face.onnx").stat().st_size < 10e6


def _stopping(count):
    """A log that presses Ctrl-C at a checkpoint."""

    def log(line):
        if line.startswith(f"checkpoint: step {count}"):
            raise KeyboardInterrupt

    return log


class TestLoop:
    @pytest.mark.slow
    def test_a_resumed_run_is_the_uninterrupted_one(self, films, cache, people, tmp_path):
        def run(name, **options):
            config = RunConfig(tmp_path / name, steps=4, device="cpu", **options)
            return train_face(films, config, FaceRecipe(batch=2), cache=cache)

        whole = run("whole.onnx")
        with pytest.raises(Interrupted, match="interrupted"):
            run("half.onnx", checkpoint_minutes=0, log=_stopping(2))
        again = run("again.onnx", resume=tmp_path / "half.ckpt")
        one, other = (read_checkpoint(path.with_suffix(".ckpt")) for path in (whole, again))
        for name, weights in one["average"].items():
            assert torch.equal(weights, other["average"][name]), name
        assert float(one["network"]["head.weight"].abs().max()) > 0
        for suffix in (".md", ".curves.png", ".samples.png"):
            assert again.with_suffix(suffix).stat().st_size > 100
        assert set(other["log"][-1]) >= {"face_ratio", "detail_ratio", "total"}

    def test_what_is_no_checkpoint_is_refused(self, films, cache, people, tmp_path):
        (tmp_path / "no.ckpt").write_bytes(b"nothing")
        run = RunConfig(tmp_path / "x.onnx", steps=1, resume=tmp_path / "no.ckpt")
        with pytest.raises(MediaError, match="checkpoint"):
            train_face(films, run, cache=cache)

    def test_one_person_is_not_enough(self, films, cache, people, tmp_path):
        with pytest.raises(NothingUsableError, match="two people"):
            train_face(films[:1], RunConfig(tmp_path / "x.onnx", steps=1), cache=cache)
