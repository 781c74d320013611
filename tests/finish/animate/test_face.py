"""Every face engine keeps the photograph's size, its background and its grain, and really moves."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest

from tests.finish.animate.material import performed
from tremendo.errors import NothingUsableError, UsageError
from tremendo.finish.animate.face.calibration import turning_gains
from tremendo.finish.animate.face.engine import face_engine
from tremendo.finish.animate.face.expression import EXPRESSIONS, expression_basis
from tremendo.finish.animate.face.film_driver import film_motion, motion_of
from tremendo.finish.animate.face.mesh.mesh import HeadMesh
from tremendo.finish.animate.face.mesh.topology import LEFT_EYE, RIGHT_EYE
from tremendo.finish.animate.face.motion import LIMITS, HeadMotion
from tremendo.finish.animate.face.paint import PhotoTone, Region, grain, soft_polygon
from tremendo.finish.animate.face.performance import usable_faces
from tremendo.finish.animate.face.presets import preset_motion
from tremendo.media.frames import MemoryFrames
from tremendo.perception.face_geometry import rotation

FPS = Fraction(24)


still = HeadMotion.still


@pytest.fixture(scope="module")
def face(finder, astronaut):
    return finder.find(astronaut)[0]


@pytest.fixture(params=["mesh", "geometry"])
def made(request):
    return face_engine(request.param)


@pytest.fixture
def engine(made, finder, astronaut, face):
    return made(astronaut, [face], finder.canonical, seed=0)


class TestEngines:
    def test_no_motion_is_the_photograph(self, engine, astronaut):
        frame = engine.frame([still(1)], 0)
        assert frame.shape == astronaut.shape
        assert frame.dtype == np.uint8
        assert np.abs(frame.astype(int) - astronaut).max() <= 2

    def test_head_turns_as_told(self, engine, finder, face):
        for yaw, pitch, roll in ((10, 0, 0), (-10, 0, 0), (0, 7, 0), (0, -7, 0), (0, 0, 8)):
            told = replace(still(1), turn=np.array([[yaw, pitch, roll]], float))
            seen = finder.track(engine.frame([told], 0), face)
            turned = np.array(seen.angles) - face.angles
            main = int(np.argmax(np.abs((yaw, pitch, roll))))
            wanted = (yaw, pitch, roll)[main]
            assert np.sign(turned[main]) == np.sign(wanted)
            assert 0.5 * abs(wanted) < abs(turned[main]) < 1.3 * abs(wanted)

    def test_eyes_close(self, engine, finder, face, astronaut):
        told = replace(still(1), lids=np.ones((1, 2)))
        shut = finder.track(engine.frame([told], 0), face)
        for eye in (RIGHT_EYE, LEFT_EYE):
            upper, lower = list(eye.upper[1:6]), list(eye.lower[1:6])
            before, after = (
                np.linalg.norm((f.landmarks[lower] - f.landmarks[upper])[:, :2], axis=1).mean()
                for f in (face, shut)
            )
            assert after < 0.45 * before
        assert shut.blendshapes["eyeBlinkLeft"] > face.blendshapes["eyeBlinkLeft"] + 0.2

    def test_mouth_opens(self, engine, finder, face):
        basis = expression_basis(finder.canonical)
        told = replace(still(1), expression=basis[None, EXPRESSIONS.index("jaw open")])
        seen = finder.track(engine.frame([told], 0), face)
        assert seen.blendshapes["jawOpen"] > face.blendshapes["jawOpen"] + 0.15

    def test_background_does_not_change_by_a_bit(self, engine, astronaut, face):
        told = replace(still(1), turn=np.array([[12.0, 6, 6]]), breath=np.ones(1))
        frame = engine.frame([told], 0)
        changed = (frame != astronaut).any(axis=2)
        reach = 1.9 * face.height
        y, x = np.nonzero(changed)
        center_x, center_y = (face.box[0] + face.box[2]) / 2, (face.box[1] + face.box[3]) / 2
        assert changed.any()
        assert np.abs(x - center_x).max() < reach
        assert y.min() > center_y - reach
        assert y.max() < center_y + 3 * face.height
        assert not changed[:, -40:].any()

    def test_same_input_same_frame(self, finder, astronaut, face, engine, made):
        told = replace(still(1), turn=np.array([[5.0, 3, 0]]), lids=np.full((1, 2), 0.6))
        again = made(astronaut, [face], finder.canonical, seed=0)
        np.testing.assert_array_equal(engine.frame([told], 0), again.frame([told], 0))


class TestGains:
    def test_what_is_seen_too_little_is_told_more(self, face):
        class Sluggish:
            """Turns by half of what it is told, as `Seen` reads from the frame's number."""

            def frame(self, motions, number):
                told = motions[0].turn[number]
                return told * np.where(told < 0, (0.5, 0.5, 1.0), (0.8, 0.9, 1.0))

        class Seen:
            def track(self, frame, last):
                return replace(last, turn=rotation(*(np.array(last.angles) + frame)))

        (gains,) = turning_gains(Sluggish(), [face], Seen())
        wanted = [[1.6, 1.6, 1.0], [1 / 0.8, 1 / 0.9, 1.0]]
        np.testing.assert_allclose(gains, wanted, atol=0.01)

    def test_each_way_has_a_gain_of_its_own(self):
        told = replace(still(2), turn=np.array([[-4.0, 2, 1], [4, -2, 1]]))
        turned = told.turning(np.array([[2.0, 3, 1], [1, 1, 5]])).turn
        np.testing.assert_array_equal(turned, [[-8, 2, 5], [4, -6, 5]])

    def test_a_face_that_is_lost_or_turns_the_wrong_way_does_not_answer(self, face):
        class Engine:
            def frame(self, motions, number):
                return motions[0].turn[number]

        class Blind:
            def track(self, frame, last):
                return None

        class Contrary:
            def track(self, frame, last):
                return replace(last, turn=rotation(*(np.array(last.angles) - frame)))

        assert turning_gains(Engine(), [face], Blind()) == [None]
        assert turning_gains(Engine(), [face], Contrary()) == [None]

    def test_a_face_too_small_to_be_measured_moves_as_told(self, face):
        small = replace(face, box=(0.0, 0.0, 40.0, 40.0))
        (gains,) = turning_gains(None, [small], None)
        np.testing.assert_array_equal(gains, np.ones((2, 3)))


class TestMesh:
    @pytest.mark.parametrize("way", [(1, 1, 1), (-1, 1, -1), (1, -1, -1), (-1, -1, 1)])
    def test_no_tears_at_the_limits(self, finder, astronaut, face, way):
        mesh = HeadMesh(face, finder.canonical, (512, 512))
        basis = expression_basis(finder.canonical)
        smile = 0.7 * basis[EXPRESSIONS.index("smile")]
        moved = mesh.moved(LIMITS * way, np.zeros(2), np.zeros(2), smile)
        field = mesh.field(moved).astype(float)
        dx, dy = np.gradient(field, axis=1), np.gradient(field, axis=0)
        jacobian = (1 + dx[..., 0]) * (1 + dy[..., 1]) - dx[..., 1] * dy[..., 0]
        assert (jacobian > 0).mean() > 0.999

    def test_other_faces_are_not_dragged_along(self, finder, astronaut, face):
        shift = np.array([1.1 * face.width, 0, 0], np.float32)
        left, top, right, bottom = face.box
        box = (left + shift[0], top, right + shift[0], bottom)
        other = replace(face, box=box, landmarks=face.landmarks + shift)
        mesh = HeadMesh(face, finder.canonical, (512, 512), (other,))
        field = mesh.field(mesh.moved(LIMITS, np.zeros(2), np.zeros(2), np.zeros((478, 3))))
        x, y = (int(v) for v in other.landmarks[1, :2])
        nose = field[y - mesh.region.top, x - mesh.region.left]
        assert np.abs(nose).max() < 0.05

    def test_lips_never_pass_through_each_other(self, finder, face):
        mesh = HeadMesh(face, finder.canonical, (512, 512))
        squeeze = np.zeros((478, 3))
        squeeze[[14, 87, 317], 1] = -3.0
        moved = mesh.moved(np.zeros(3), np.zeros(2), np.zeros(2), squeeze)
        assert moved[14, 1] >= moved[13, 1] - 1


class TestAnimate:
    def test_frames_and_first_frame(self, finder, astronaut):
        frames = list(performed(astronaut, finder, driver="smile", frames=6, fps=FPS))
        assert len(frames) == 6
        assert np.abs(frames[0].astype(int) - astronaut).mean() < 0.3
        assert (
            np.abs(frames[5].astype(int) - astronaut).mean()
            > np.abs(frames[0].astype(int) - astronaut).mean()
        )

    def test_seeds_differ_and_repeat(self, finder, astronaut):
        def last(seed):
            made = performed(astronaut, finder, driver="idle", frames=12, fps=FPS, seed=seed)
            return list(made)[-1]

        first = last(1)
        np.testing.assert_array_equal(first, last(1))
        assert (first != last(2)).any()

    def test_a_rendered_film_drives_again(self, finder, astronaut):
        """Closed loop: what the engine renders, the driver reads back."""
        turn = np.zeros((24, 3))
        turn[:, 0] = 10 * np.sin(np.linspace(0, 2 * np.pi, 24))
        told = replace(still(24), turn=turn)
        frames = list(performed(astronaut, finder, driver=told, frames=24, fps=FPS, strength=1.0))
        read = film_motion(MemoryFrames(frames, FPS), finder, neutral="first")
        assert np.corrcoef(read.turn[:, 0], turn[:, 0])[0, 1] > 0.95
        assert 0.6 < np.ptp(read.turn[:, 0]) / np.ptp(turn[:, 0]) < 1.2

    def test_refusals(self, finder, astronaut):
        def run(photo, **more):
            return next(performed(photo, finder, frames=1, fps=FPS, **more))

        with pytest.raises(NothingUsableError, match="no face found"):
            run(np.full((300, 300, 3), 90, np.uint8), driver="idle")
        with pytest.raises(UsageError, match="preset"):
            run(astronaut, driver="moonwalk")
        with pytest.raises(UsageError, match="engine"):
            run(astronaut, driver="idle", engine="clay")
        with pytest.raises(UsageError, match="only 1 face"):
            run(astronaut, driver="idle", face=4)

    def test_usable(self, finder, astronaut, face):
        assert usable_faces(finder.find(astronaut), (512, 512))[0]
        small = cv2.resize(astronaut, (200, 200), interpolation=cv2.INTER_AREA)
        good, reason = usable_faces(finder.find(small), (200, 200))
        assert not good
        assert "px" in reason
        profile = replace(face, turn=np.asarray(face.turn) @ _yaw(70))
        assert usable_faces([profile], (512, 512))[0] == []


def _drawing():
    """A face drawn with a few lines and patches, 400 x 500."""
    paper = np.full((500, 400, 3), 90, np.uint8)
    cv2.ellipse(paper, (200, 250), (120, 165), 0, 0, 360, (225, 190, 165), -1)
    for x in (150, 250):
        cv2.ellipse(paper, (x, 220), (28, 13), 0, 0, 360, (255, 255, 255), -1)
        cv2.circle(paper, (x, 220), 11, (60, 40, 20), -1)
        cv2.ellipse(paper, (x, 190), (34, 8), 0, 180, 360, (60, 40, 20), 6)
    cv2.line(paper, (200, 225), (190, 285), (170, 130, 110), 4)
    cv2.line(paper, (190, 285), (210, 288), (170, 130, 110), 4)
    cv2.ellipse(paper, (200, 335), (45, 12), 0, 0, 180, (170, 60, 60), -1)
    cv2.ellipse(paper, (200, 335), (45, 8), 0, 180, 360, (190, 70, 70), -1)
    cv2.ellipse(paper, (200, 130), (125, 70), 0, 180, 360, (60, 40, 20), -1)
    return paper


def _statue(astronaut, face):
    """The portrait in smooth grey stone, with blind eyes."""
    stone = cv2.bilateralFilter(cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY), 9, 40, 7)
    for eye in (RIGHT_EYE, LEFT_EYE):
        cv2.fillPoly(stone, [np.rint(face.landmarks[eye.ring, :2]).astype(int)], 150)
    return np.repeat(cv2.GaussianBlur(stone, (0, 0), 1)[..., None], 3, axis=2)


class TestWhatIsNoPortrait:
    """Never a distorted face: a picture is moved without tearing, or not at all."""

    def _refused(self, finder, picture, match):
        with pytest.raises(NothingUsableError, match=match) as refusal:
            next(performed(picture, finder, driver="idle", frames=2, fps=FPS))
        assert "camera" in refusal.value.hint

    def test_an_animal_and_a_smiley_are_refused(self, finder):
        from skimage.data import chelsea

        smiley = np.full((400, 400, 3), 230, np.uint8)
        cv2.circle(smiley, (200, 200), 150, (250, 220, 60), -1)
        for x in (145, 255):
            cv2.circle(smiley, (x, 160), 20, (0, 0, 0), -1)
        cv2.ellipse(smiley, (200, 230), (80, 60), 0, 10, 170, (0, 0, 0), 8)
        for picture in (chelsea(), smiley):
            self._refused(finder, picture, "no face")

    @pytest.mark.parametrize("kind", ["drawing", "stylized", "statue"])
    def test_pictures_that_the_mesh_fits_move_without_tearing(
        self, finder, astronaut, face, kind, made
    ):
        if kind == "drawing":
            picture = _drawing()
        elif kind == "statue":
            picture = _statue(astronaut, face)
        else:
            picture = np.ascontiguousarray(cv2.stylization(astronaut, sigma_s=60, sigma_r=0.6))
        faces, _ = usable_faces(finder.find(picture), picture.shape[1::-1])
        assert len(faces) == 1
        engine = made(picture, faces, finder.canonical, seed=0)
        score = {"frames": 24, "fps": Fraction(12), "seed": 3}
        sung = preset_motion("sing", finder.canonical, **score).scaled(1.0)
        for number in (6, 12, 18, 23):
            flow = engine.flow([sung], number)
            dx, dy = np.gradient(flow, axis=1), np.gradient(flow, axis=0)
            area = (1 + dx[..., 0]) * (1 + dy[..., 1]) - dx[..., 1] * dy[..., 0]
            assert (area > 0).mean() > 0.998
            seen = finder.track(engine.frame([sung], number), faces[0])
            assert seen is not None
            assert seen.score > 0.9

    def test_a_mesh_that_does_not_hold_is_refused(self, finder, astronaut, face, monkeypatch):
        loose = replace(face, wobble=0.1)
        assert usable_faces([loose], (512, 512))[0] == []
        monkeypatch.setattr(finder, "find", lambda _: [loose])
        self._refused(finder, astronaut, "firmly")

    def test_a_face_that_does_not_answer_is_refused(self, finder, astronaut, monkeypatch):
        from tremendo.finish.animate.face import performance as module

        monkeypatch.setattr(module, "turning_gains", lambda *_: [None])
        self._refused(finder, astronaut, "does not turn")


def _yaw(degrees):
    from tremendo.perception.face_geometry import rotation

    return rotation(degrees, 0, 0)


class TestDriver:
    def _film(self, finder, face, turns):
        from tremendo.perception.face_geometry import rotation

        center = face.landmarks.mean(axis=0)
        return [
            replace(
                face,
                landmarks=((face.landmarks - center) @ rotation(*turn).T + center).astype("f4"),
            )
            for turn in turns
        ]

    def test_pose_is_recovered_and_gaps_are_filled(self, finder, face):
        turns = [(12 * np.sin(t / 5), 4 * np.cos(t / 7) - 4, 0) for t in range(30)]
        faces = self._film(finder, face, turns)
        faces[10] = faces[11] = None
        motion = motion_of(faces, finder.canonical, 24.0, neutral="first")
        assert len(motion) == 30
        np.testing.assert_allclose(motion.turn[:, 0], [t[0] for t in turns], atol=1.0)
        assert np.abs(motion.expression).max() < 0.2
        assert np.abs(motion.lids).max() < 0.15

    def test_neutral_frame_is_exactly_at_rest(self, finder, face):
        faces = self._film(finder, face, [(t, 0, 0) for t in range(-9, 10)])
        motion = motion_of(faces, finder.canonical, 24.0, neutral=4)
        assert np.abs(motion.turn[4]).max() == 0
        assert np.abs(motion.expression[4]).max() == 0

    def _talking(self, finder, face, opening):
        """The face with its jaw down by a share, frame by frame."""
        jaw = expression_basis(finder.canonical)[EXPRESSIONS.index("jaw open")]
        down = jaw @ face.turn.T * face.scale
        return [
            replace(face, landmarks=(face.landmarks + share * down).astype("f4"))
            for share in opening
        ]

    def test_a_resting_mouth_is_closed_whatever_the_expression_channels_say(self, finder, face):
        faces = self._talking(finder, face, [0.9, 0.8, 0.02, 0.7, 0.9])
        misled = [0.0, 0.1, 0.5, 0.2, 0.1]  # as if the network found the open mouth calm
        faces = [
            replace(f, expression=np.full(52, m / 52, "f4"))
            for f, m in zip(faces, misled, strict=True)
        ]
        motion = motion_of(faces, finder.canonical, 24.0)
        assert np.abs(motion.expression[2]).max() == 0

    def test_syllables_keep_their_size_and_a_resting_face_does_not_shake(self, finder, face):
        beats = np.where(np.arange(60) % 8 < 4, 0.0, 0.8)
        talk = motion_of(self._talking(finder, face, beats), finder.canonical, 30.0, neutral=0)
        held = self._talking(finder, face, [0.0] * 30 + [0.8] * 30)
        wide = motion_of(held, finder.canonical, 30.0, neutral=0).expression[50, 17, 1]
        assert np.ptp(talk.expression[10:50, 17, 1]) > 0.9 * wide > 0.5
        rng = np.random.default_rng(0)
        noisy = [
            replace(face, landmarks=(face.landmarks + rng.normal(0, 0.1, (478, 3))).astype("f4"))
            for _ in range(60)
        ]
        calm = motion_of(noisy, finder.canonical, 30.0, neutral=0).expression[:, 17]
        raw = np.array([f.landmarks[17] for f in noisy]) / face.scale
        assert (
            np.abs(np.diff(calm, 2, axis=0)).mean() < 0.35 * np.abs(np.diff(raw, 2, axis=0)).mean()
        )

    def test_too_few_faces(self, finder, face):
        with pytest.raises(NothingUsableError, match="1 of 4"):
            motion_of([face, None, None, None], finder.canonical, 24.0)
        with pytest.raises(UsageError, match="frame 9"):
            motion_of([face] * 4, finder.canonical, 24.0, neutral=9)


class TestMotion:
    def test_strength_scales_the_head_and_keeps_within_limits(self):
        wild = replace(still(2), turn=np.array([[90.0, -90, 90], [3, 2, 1]]))
        tame = wild.scaled(0.6)
        assert (np.abs(tame.turn) <= 0.6 * LIMITS + 1e-9).all()
        np.testing.assert_allclose(tame.turn[1], [1.8, 1.2, 0.6])

    def test_blinks_close_at_any_strength(self):
        shut = replace(still(1), lids=np.ones((1, 2)))
        assert (shut.scaled(0.2).lids == 1).all()


class TestPaint:
    def test_soft_polygon_has_the_right_area_and_place(self):
        square = np.array([[10.25, 10.25], [20.25, 10.25], [20.25, 20.25], [10.25, 20.25]])
        mask = soft_polygon(square, Region(5, 5, 30, 30))
        assert mask.sum() == pytest.approx(100, rel=0.08)
        y, x = np.mgrid[5:30, 5:30]
        assert (mask * x).sum() / mask.sum() == pytest.approx(15.25, abs=0.15)
        assert (mask * y).sum() / mask.sum() == pytest.approx(15.25, abs=0.15)

    def test_grain_is_measured_and_made(self):
        rng = np.random.default_rng(0)
        noise = cv2.GaussianBlur(rng.normal(0, 30, (200, 200)), (0, 0), 0.8)
        photo = np.clip(128 + noise[..., None].repeat(3, 2), 0, 255).astype(np.uint8)
        oval = np.array([[20, 20], [180, 20], [180, 180], [20, 180]], float)
        tone = PhotoTone.of(photo, Region(0, 0, 200, 200), oval)
        made = grain((200, 200), tone, 0)
        assert made.std() == pytest.approx(noise.std(), rel=0.35)
