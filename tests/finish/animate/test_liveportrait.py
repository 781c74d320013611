"""The engine for brought weights: its formulas, its crops, and what it does with a photograph.

The networks' place is taken by stand-ins whose answers are known.
"""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from tests.finish.animate.stand_ins import POINTS, StandIns
from tremendo.cli import app
from tremendo.errors import MediaError, ModelMissingError
from tremendo.finish.animate.face.engine import face_engine
from tremendo.finish.animate.face.expression import EXPRESSIONS, expression_basis
from tremendo.finish.animate.face.liveportrait.crop import Crop, Tint
from tremendo.finish.animate.face.liveportrait.driver import with_points
from tremendo.finish.animate.face.liveportrait.engine import LivePortraitEngine
from tremendo.finish.animate.face.liveportrait.networks import Networks
from tremendo.finish.animate.face.liveportrait.template import template_motion
from tremendo.finish.animate.face.motion import HeadMotion
from tremendo.media.frames import MemoryFrames
from tremendo.perception.face_geometry import rotation

still = HeadMotion.still


@pytest.fixture(scope="module")
def face(finder, astronaut):
    return finder.find(astronaut)[0]


@pytest.fixture
def nets():
    return StandIns()


@pytest.fixture
def engine(astronaut, face, finder, nets):
    return LivePortraitEngine(astronaut, [face], finder.canonical, seed=0, networks=nets)


def published_points(kp, pitch, yaw, roll, scale, exp, t):
    """The paper's equation, rows of points times the transposed product of three rotations."""
    x, y, z = np.radians([pitch, yaw, roll])
    about_x = [[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]]
    about_y = [[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]]
    about_z = [[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]]
    turn = (np.array(about_z) @ about_y @ about_x).T
    return scale * (kp @ turn + exp) + [t[0], t[1], 0]


class TestNetworks:
    def archive(self, folder, names=("appearance", "motion", "renderer", "stitching", "eyes")):
        with zipfile.ZipFile(folder / "made.zip", "w") as parts:
            for name in names:
                parts.writestr(f"{name}.onnx", b"")
        return Networks(folder / "made.zip")

    def test_points_are_those_of_the_paper(self, tmp_path):
        chance = np.random.default_rng(1)
        answers = {
            "pitch": [[11.0]], "yaw": [[-23.0]], "roll": [[6.0]], "t": [[0.1, -0.2, 0.7]],
            "exp": chance.normal(0, 0.1, (1, 63)), "scale": [[1.3]],
            "kp": chance.normal(0, 0.4, (1, 63)),
        }  # fmt: skip

        class Motions:
            def run(self, wanted, given):
                assert given["picture"].shape == (1, 3, 256, 256)
                assert given["picture"].max() <= 1
                return [np.array(answers[name]) for name in wanted]

        nets = self.archive(tmp_path)
        nets.__dict__["_motion"] = Motions()
        seen = nets.read(np.full((512, 512, 3), 200, np.uint8)).moved()
        wanted = published_points(
            answers["kp"].reshape(21, 3), 11, -23, 6, 1.3, answers["exp"].reshape(21, 3),
            (0.1, -0.2),
        )  # fmt: skip
        assert np.allclose(seen, wanted)

    def test_corrections_are_asked_and_added_as_published(self, tmp_path):
        class Small:
            def __init__(self, size):
                self.size = size

            def run(self, wanted, given):
                self.wish = given["wish"]
                return [np.arange(self.size, dtype=np.float32)[None]]

        nets = self.archive(tmp_path)
        stitching, eyes = Small(65), Small(63)
        nets.__dict__.update(_stitching=stitching, _eyes=eyes)
        source, driving = POINTS, POINTS + 0.1
        joined = nets.stitched(source, driving)
        assert np.allclose(stitching.wish[0], [*source.ravel(), *driving.ravel()])
        change = np.arange(63.0).reshape(21, 3) + np.array([63, 64, 0])
        assert np.allclose(joined, driving + change)
        assert np.allclose(nets.lids(source, (0.3, 0.2), 0.1).ravel(), np.arange(63))
        assert np.allclose(eyes.wish[0, 63:], [0.3, 0.2, 0.1])

    def test_other_files_are_refused(self, tmp_path):
        (tmp_path / "text.zip").write_text("no archive")
        with pytest.raises(MediaError, match="not LivePortrait's networks"):
            Networks(tmp_path / "text.zip")
        with pytest.raises(MediaError, match=r"lacks eyes.onnx"):
            self.archive(tmp_path, ("appearance", "motion", "renderer", "stitching"))

    def test_without_weights_the_engine_says_whence_they_come(
        self, tmp_path, monkeypatch, astronaut
    ):
        monkeypatch.setenv("TREMENDO_MODELS", str(tmp_path / "none"))
        with pytest.raises(ModelMissingError, match="tremendo models add liveportrait"):
            face_engine("liveportrait")
        photo = tmp_path / "a.png"
        cv2.imwrite(str(photo), astronaut)
        asked = ["animate", str(photo), "-o", str(tmp_path / "a.mp4"), "--engine", "liveportrait"]
        done = CliRunner().invoke(app, asked)
        assert done.exit_code == ModelMissingError.exit_code
        assert not (tmp_path / "a.mp4").exists()


class TestCrop:
    def test_it_leans_with_the_face_and_goes_back_where_it_was(self, finder, astronaut, face):
        crop = Crop.of(face.landmarks)
        assert 1.8 * face.width < crop.side < 3.2 * face.width
        soft = cv2.GaussianBlur(astronaut, (0, 0), 3)
        region = crop.region((512, 512))
        back = crop.back(crop.cut(soft).astype(np.float32), region)
        x, y = crop.center - (region.left, region.top)
        part = (slice(int(y) - 40, int(y) + 40), slice(int(x) - 40, int(x) + 40))
        assert np.abs(back[part] - soft[region.slices][part]).mean() < 0.6

        lean = cv2.getRotationMatrix2D((250, 110), -25, 1)
        leaning = face.landmarks.copy()
        leaning[:, :2] = leaning[:, :2] @ lean[:, :2].T + lean[:, 2]
        again = Crop.of(leaning)
        assert again.side == pytest.approx(crop.side, rel=1e-3)
        turned = crop.axes.T @ again.axes
        assert np.degrees(np.arctan2(turned[1, 0], turned[0, 0])) == pytest.approx(25, abs=0.1)
        picture = cv2.warpAffine(soft, lean, (512, 512))
        inside = (slice(128, 384), slice(128, 384))
        assert np.abs(again.cut(picture)[inside] - crop.cut(soft)[inside].astype(float)).mean() < 4

    def test_a_sepia_print_stays_sepia_and_colors_stay_colors(self, astronaut):
        gray = cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY).astype(np.float32)[..., None]
        sepia = np.clip(gray * [1.0, 0.9, 0.7] + [10, 5, 0], 0, 255).astype(np.uint8)
        painted = np.full((4, 4, 3), [100, 120, 200], np.float32)
        toned = Tint(sepia)(painted)
        wanted = (toned[0, 0, 0] - 10) * np.array([1.0, 0.9, 0.7]) + [10, 5, 0]
        assert np.allclose(toned[0, 0], wanted, atol=1.5)
        assert np.array_equal(Tint(astronaut)(painted), painted)


class TestEngine:
    def test_no_motion_is_the_photograph_and_grain(self, engine, astronaut, nets):
        frame = engine.frame([still(1)], 0)
        driving, source = nets.asked[-1]
        assert np.allclose(driving, source)
        assert np.abs(frame.astype(int) - astronaut).mean() < 1
        assert engine.flow([still(1)], 0) is None

    def test_what_is_not_the_sitter_does_not_change_by_a_bit(self, engine, astronaut):
        told = replace(still(1), turn=np.array([[12.0, 5, 3]]))
        changed = (engine.frame([told], 0) != astronaut).any(axis=-1)
        region = engine.region
        assert changed[region.slices].any()
        assert not changed[: region.top].any()
        assert not changed[:, : region.left].any()
        assert not changed[:, region.right :].any()
        assert not changed[region.bottom :].any()

    @pytest.mark.parametrize("turn", [(9, 0, 0), (0, -6, 0), (4, 3, 8)])
    def test_the_head_turns_as_told_in_the_crop(self, astronaut, face, finder, turn):
        nets = StandIns(pose=(5, -4, 0))
        engine = LivePortraitEngine(astronaut, [face], finder.canonical, seed=0, networks=nets)
        engine.frame([replace(still(1), turn=np.array([turn], float))], 0)
        driving, source = nets.asked[-1]
        # laid back into the picture's axes, the points have turned about their middle
        upright = np.eye(3)
        upright[:2, :2] = Crop.of(face.landmarks).axes
        before = (source - source.mean(axis=0)) @ upright.T
        after = (driving - driving.mean(axis=0)) @ upright.T
        mien = nets.read(Crop.of(face.landmarks).cut(astronaut)).expression * 1.4
        assert np.ptp(mien) == 0  # a constant: it does not turn, and the mean takes it out
        assert np.allclose(after, before @ rotation(*turn).T, atol=1e-9)

    def test_the_head_swings_about_its_neck(self, engine, nets):
        engine.frame([replace(still(1), turn=np.array([[0.0, 0, 10]]))], 0)
        driving, source = nets.asked[-1]
        assert (driving - source).mean(axis=0)[0] > 0.02  # leaning clockwise: to the right
        engine.frame([replace(still(1), shift=np.array([[0.0, 1.0]]))], 0)
        driving, source = nets.asked[-1]
        down = driving - source
        assert np.allclose(down, down[0])
        assert down[0, 1] == pytest.approx(2 / 37, rel=0.25)  # a centimeter of about 37

    def test_the_sitter_plays_presets_for_the_network_to_read(self, engine, nets, finder):
        basis = expression_basis(finder.canonical)
        told = replace(still(1), expression=basis[None, EXPRESSIONS.index("jaw open")])
        engine.frame([told], 0)
        driving, source = nets.asked[-1]
        change = driving - source
        assert np.allclose(change, change[0, 0])
        assert abs(change[0, 0]) > 0.002  # an open mouth is darker, or shows teeth

    def test_what_was_read_in_a_driver_comes_first(self, engine, nets):
        read = np.random.default_rng(2).normal(0, 0.05, (1, 21, 3)).astype(np.float32)
        told = replace(still(1), points=read, lids=np.ones((1, 2)), gaze=np.ones((1, 2)))
        engine.frame([told], 0)
        driving, source = nets.asked[-1]
        assert np.allclose(driving - source, 1.4 * read[0], atol=1e-6)
        assert not nets.lid_wishes
        weak = told.scaled(1.0, 0.5)
        assert np.allclose(weak.points, 0.5 * read)
        assert np.allclose(told.at(np.array([0, 0])).points, read[[0, 0]])

    def test_lids_are_closed_by_the_network_made_for_it(self, engine, nets):
        engine.frame([replace(still(1), lids=np.full((1, 2), 0.8))], 0)
        driving, source = nets.asked[-1]
        assert nets.lid_wishes == pytest.approx([0.2, 1.0])
        assert np.allclose(driving - source, 0.25 * (0.2 - 1.0))

    def test_another_face_in_the_crop_is_left_alone(self, astronaut, face, finder, nets):
        photo = np.concatenate([astronaut[:, 120:360], astronaut[:, 120:360]], axis=1)
        faces = [replace(face, landmarks=face.landmarks - [[x, 0, 0]]) for x in (120, -120)]
        faces = [
            replace(f, box=(*f.landmarks[:, :2].min(0), *f.landmarks[:, :2].max(0))) for f in faces
        ]
        engine = LivePortraitEngine(photo, faces, finder.canonical, seed=0, networks=nets)
        shifted = replace(still(1), shift=np.array([[0.0, -1.5]]))
        rest = engine.frame([still(1), still(1)], 0).astype(int)
        moved = np.abs(engine.frame([shifted, still(1)], 0) - rest).mean(axis=-1)
        left, top, right, bottom = map(int, faces[1].box)
        assert moved[top:bottom, left:right].mean() < 0.5
        left, top, right, bottom = map(int, faces[0].box)
        assert moved[top:bottom, left:right].mean() > 5


class TestDriver:
    def test_expressions_are_relative_to_the_neutral_frame_and_gaps_are_filled(
        self, astronaut, face, nets
    ):
        frames = [np.clip(astronaut.astype(int) + 4 * n, 0, 255).astype(np.uint8) for n in range(9)]
        faces = [face] * 9
        faces[4] = None
        motion = with_points(still(9), MemoryFrames(frames, Fraction(5)), faces, 2, nets)
        assert motion.points.shape == (9, 21, 3)
        assert np.abs(motion.points[2]).max() == 0
        steps = np.diff(motion.points[:, 0, 0])
        assert (steps > 0).all()
        assert steps[3] == pytest.approx(steps[4], rel=1e-3)


def template(frames=6):
    chance = np.random.default_rng(3)
    poses = [rotation(2.0 * n, -n, 0.5 * n) @ rotation(10, 5, 0) for n in range(frames)]
    return {
        "n_frames": frames,
        "output_fps": 30,
        "motion": [
            {
                "scale": np.full((1, 1), 1.2, np.float32),
                "R": pose.T[None].astype(np.float32),
                "exp": chance.normal(0, 0.05, (1, 21, 3)).astype(np.float32),
                "t": np.array([[0.01 * n, 0.0, 0.3]], np.float32),
            }
            for n, pose in enumerate(poses)
        ],
        "c_eyes_lst": [np.array([[0.3, 0.3]], np.float32)] * frames,
        "c_lip_lst": [np.float32(0.1)] * frames,
    }


def as_lists(content):
    if isinstance(content, dict):
        return {key: as_lists(value) for key, value in content.items()}
    if isinstance(content, list):
        return [as_lists(value) for value in content]
    return content.tolist() if isinstance(content, np.ndarray | np.generic) else content


class Bad:
    """Asks for a file to be made when it is unpickled."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self):
        return (Path.touch, (self.place,))


class TestTemplates:
    @pytest.mark.parametrize("protocol", [0, 2, 4, 5])
    def test_a_template_becomes_a_motion(self, tmp_path, finder, protocol):
        content = template()
        file = tmp_path / "t.pkl"
        file.write_bytes(pickle.dumps(content, protocol=protocol))
        motion, rate = template_motion(file, finder.canonical)
        assert rate == 30
        assert np.allclose(motion.turn[:, 0], 2.0 * np.arange(6), atol=0.01)
        assert np.allclose(motion.turn[:, 1], -np.arange(6), atol=0.01)
        wanted = [item["exp"][0] - content["motion"][0]["exp"][0] for item in content["motion"]]
        assert np.allclose(motion.points, wanted, atol=1e-6)
        assert np.allclose(motion.shift[0], 0, atol=1e-5)
        (tmp_path / "t.json").write_text(json.dumps(as_lists(content)))
        again, _ = template_motion(tmp_path / "t.json", finder.canonical)
        assert np.allclose(again.points, motion.points)
        assert np.allclose(again.shift, motion.shift)

    def test_its_shifts_arrive_where_they_were_seen(self, tmp_path, astronaut, face, finder, nets):
        content = template(2)
        content["motion"][1]["R"] = content["motion"][0]["R"]
        content["motion"][1]["t"] = np.array([[0.1, -0.05, 0]], np.float32)
        (tmp_path / "t.pkl").write_bytes(pickle.dumps(content))
        motion, _ = template_motion(tmp_path / "t.pkl", finder.canonical)
        engine = LivePortraitEngine(astronaut, [face], finder.canonical, seed=0, networks=nets)
        engine.frame([replace(motion, points=0 * motion.points)], 1)
        driving, source = nets.asked[-1]
        assert np.allclose((driving - source)[:, :2], [0.1, -0.05], atol=0.03)

    def test_code_is_refused_before_it_runs(self, tmp_path, finder):
        place = tmp_path / "made by a pickle"
        for content in (Bad(place), {**template(), "more": Bad(place)}):
            (tmp_path / "t.pkl").write_bytes(pickle.dumps(content))
            with pytest.raises(MediaError, match="asks to run"):
                template_motion(tmp_path / "t.pkl", finder.canonical)
        assert not place.exists()

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda c: c.pop("motion"), "no list of motion"),
            (lambda c: c.update(motion=[]), "0 frames"),
            (lambda c: c.update(output_fps=1e9), "frames a second"),
            (lambda c: c["motion"][3].pop("exp"), "lacks exp"),
            (lambda c: c["motion"][3].update(exp=np.zeros((1, 20, 3))), "reshape"),
            (lambda c: c["motion"][3].update(exp=np.full((1, 21, 3), np.nan)), "not finite"),
            (lambda c: c["motion"][3].update(R=np.ones((1, 3, 3))), "rotations"),
            (lambda c: c["motion"][3].update(exp=np.array([None] * 63)), "O8"),
        ],
    )
    def test_other_content_is_refused(self, tmp_path, finder, change, words):
        content = template()
        change(content)
        (tmp_path / "t.pkl").write_bytes(pickle.dumps(content))
        with pytest.raises(MediaError, match=words):
            template_motion(tmp_path / "t.pkl", finder.canonical)

    def test_broken_files_are_refused(self, tmp_path, finder):
        whole = pickle.dumps(template())
        for number, data in enumerate((b"", whole[: len(whole) // 2], b"\x80\x04K", b"\x00" * 50)):
            (tmp_path / f"{number}.pkl").write_bytes(data)
            with pytest.raises(MediaError, match="not a motion template"):
                template_motion(tmp_path / f"{number}.pkl", finder.canonical)
        (tmp_path / "t.json").write_text("{")
        with pytest.raises(MediaError, match="not a motion template"):
            template_motion(tmp_path / "t.json", finder.canonical)
        with pytest.raises(MediaError):
            template_motion(tmp_path / "missing.pkl", finder.canonical)

    def test_arrays_longer_than_their_bytes_are_refused(self, tmp_path, finder):
        from numpy._core.multiarray import _reconstruct  # what NumPy's own pickles name

        class Long:
            def __reduce__(self):
                state = (1, (1000, 1000), np.dtype("f4"), False, b"\x00" * 12)
                return (_reconstruct, (np.ndarray, (0,), b"b"), state)

        stream = io.BytesIO()
        pickle.dump({"motion": [Long()]}, stream)
        (tmp_path / "t.pkl").write_bytes(stream.getvalue())
        with pytest.raises(MediaError, match="not as long as it says"):
            template_motion(tmp_path / "t.pkl", finder.canonical)

    def test_the_mesh_engine_does_not_take_them(self, tmp_path, astronaut):
        (tmp_path / "t.pkl").write_bytes(pickle.dumps(template()))
        cv2.imwrite(str(tmp_path / "a.png"), astronaut)
        asked = ["animate", str(tmp_path / "a.png"), "-o", str(tmp_path / "a.mp4")]
        done = CliRunner().invoke(app, [*asked, "--driver", str(tmp_path / "t.pkl")])
        assert done.exit_code == 2
        assert "--engine liveportrait" in done.output
