"""Faces are found where they are, with the pose they have, and nowhere else."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest

from tremendo import models
from tremendo.errors import ModelMissingError
from tremendo.finish.animate.analysis.photo import PhotoAnalysis
from tremendo.perception.face_cascade import NAMES
from tremendo.perception.face_detector import _merge, _tiles, overlap
from tremendo.perception.face_geometry import CanonicalFace, angles, rotation
from tremendo.perception.faces import BLENDSHAPES, FaceFinder, face_finder


def _on_canvas(picture, scale, at, size=(900, 700), shade=90):
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas = np.full((size[1], size[0], 3), shade, np.uint8)
    canvas[at[1] : at[1] + small.shape[0], at[0] : at[0] + small.shape[1]] = small
    return canvas


class TestGeometry:
    def test_rotation_and_angles_are_inverse(self):
        for wanted in ((20.0, -7.0, 3.0), (-45.0, 30.0, -20.0)):
            assert angles(rotation(*wanted)) == pytest.approx(wanted, abs=1e-9)

    def test_signs_are_those_of_the_picture(self):
        nose, crown = np.array([0.0, 0.0, -1.0]), np.array([0.0, -1.0, 0.0])
        assert (rotation(20, 0, 0) @ nose)[0] > 0  # to the right
        assert (rotation(0, 20, 0) @ nose)[1] < 0  # up
        assert (rotation(0, 0, 20) @ crown)[0] > 0  # clockwise

    def test_fit_recovers_a_similarity(self):
        rng = np.random.default_rng(5)
        vertices = rng.normal(size=(468, 3))
        face = CanonicalFace(vertices, np.zeros((0, 3), np.int32), np.full(468, 1 / 468))
        turn, shift = rotation(-25, 10, 8), np.array([300.0, 200.0, -40.0])
        scale, found, origin = face.fit(7.5 * vertices @ turn.T + shift)
        assert scale == pytest.approx(7.5)
        np.testing.assert_allclose(found, turn, atol=1e-9)
        np.testing.assert_allclose(origin, shift, atol=1e-9)

    def test_reads_the_protocol_buffer_by_hand(self):
        def field(number, wire, payload):
            return bytes([number << 3 | wire]) + payload

        vertices = struct.pack("<15f", *range(15))
        mesh = field(3, 2, bytes([60]) + vertices)
        mesh += b"".join(field(4, 0, bytes([index])) for index in (0, 1, 2))
        data = field(1, 2, bytes([len(mesh)]) + mesh)
        data += field(2, 2, bytes([7]) + field(1, 0, b"\x02") + field(2, 5, struct.pack("<f", 3)))
        face = CanonicalFace.read(data)
        np.testing.assert_array_equal(face.vertices[1], [5, -6, -7])
        np.testing.assert_array_equal(face.triangles, [[0, 1, 2]])
        np.testing.assert_array_equal(face.weights, [0, 0, 1])


class TestTiles:
    @pytest.mark.parametrize("size", [(640, 480), (1400, 1167), (300, 900)])
    def test_every_small_square_lies_inside_some_tile(self, size):
        tiles = list(_tiles(*size, 24, None))
        rng = np.random.default_rng(1)
        for _ in range(200):
            x, y = rng.uniform(0, size[0] - 40), rng.uniform(0, size[1] - 40)
            assert any(
                left <= x
                and top <= y
                and x + 40 <= left + side
                and y + 40 <= top + side
                and side <= 40 / 0.14 * 2
                for left, top, side in tiles
            )

    def test_fast_looks_at_two_levels_only(self):
        sides = {side for _, _, side in _tiles(1000, 800, 24, 2)}
        assert sides == {1000, 500}

    def test_overlap_and_merging(self):
        boxes = np.zeros((3, 17), np.float32)
        boxes[:, :4] = [[0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60]]
        boxes[:, 16] = [0.9, 0.6, 0.7]
        assert overlap(boxes[0], boxes[2]) == 0
        merged = _merge(boxes)
        assert len(merged) == 2
        assert merged[0, 0] == pytest.approx(0.4)


class TestFinder:
    def test_missing_model_is_named(self, monkeypatch, tmp_path):
        monkeypatch.setenv("TREMENDO_MODELS", str(tmp_path))
        with pytest.raises(ModelMissingError, match="face"):
            FaceFinder()

    def test_one_smiling_frontal_face(self, finder, astronaut):
        (face,) = finder.find(astronaut)
        left, top, right, bottom = face.box
        assert 160 < left < 190
        assert 55 < top < 90
        assert 250 < right < 285
        assert 165 < bottom < 195
        assert face.landmarks.shape == (478, 3)
        assert abs(face.yaw) < 20
        assert face.blendshapes["mouthSmileLeft"] > 0.4
        assert face.blendshapes["jawOpen"] < 0.3
        assert len(face.expression) == len(BLENDSHAPES) == 52
        assert face.score > 0.99

    def test_mirror_turns_yaw_and_roll_around(self, finder, astronaut):
        (face,) = finder.find(astronaut)
        (mirrored,) = finder.find(np.ascontiguousarray(astronaut[:, ::-1]))
        assert mirrored.yaw == pytest.approx(-face.yaw, abs=3)
        assert mirrored.roll == pytest.approx(-face.roll, abs=3)
        assert mirrored.pitch == pytest.approx(face.pitch, abs=3)

    def test_roll_follows_a_turned_picture(self, finder, astronaut):
        (face,) = finder.find(astronaut)
        matrix = cv2.getRotationMatrix2D((225, 130), -20, 1)  # clockwise
        (leaning,) = finder.find(cv2.warpAffine(astronaut, matrix, (512, 512)))
        assert leaning.roll - face.roll == pytest.approx(20, abs=2)
        where = matrix[:, :2] @ face.landmarks[:, :2].T + matrix[:, 2:]
        assert np.abs(leaning.landmarks[:, :2] - where.T).mean() < 3

    def test_a_small_face_is_found_by_tiles_and_not_fast(self, finder, astronaut):
        scene = _on_canvas(astronaut, 0.32, (610, 420))
        (face,) = finder.find(scene)
        assert 24 < face.width < 40
        assert 660 < face.box[0] < 680
        assert finder.find(scene, fast=True) == []

    def test_fast_finds_a_large_face(self, finder, astronaut):
        assert len(finder.find(astronaut, fast=True)) == 1

    def test_what_is_asked_twice_is_looked_for_once(self, finder, astronaut, monkeypatch):
        analysis = PhotoAnalysis(astronaut, finder=finder)
        first = analysis.faces
        monkeypatch.setattr(finder, "_detector", None)  # nothing can be found any more
        again = analysis.faces
        assert all(a is b for a, b in zip(first, again, strict=True))
        with pytest.raises(AttributeError):
            finder.find(astronaut[::-1])

    def test_the_process_has_one_finder(self):
        assert face_finder() is face_finder()

    def test_a_clear_face_lies_firmly_and_a_smeared_one_does_not(self, finder, astronaut):
        (face,) = finder.find(astronaut)
        assert face.wobble < 0.04
        smeared = cv2.GaussianBlur(astronaut, (0, 0), 9)
        assert all(f.wobble > face.wobble or not f.fitted for f in finder.find(smeared))

    def test_reading_order(self, finder, astronaut):
        head = astronaut[20:260, 100:350]
        scene = np.full((560, 800, 3), 120, np.uint8)
        for x, y in ((500, 20), (20, 60), (300, 310)):
            scene[y : y + 240, x : x + 250] = head
        boxes = [face.box for face in finder.find(scene)]
        assert [round(box[0] / 100) for box in boxes] == [1, 6, 4]

    def test_no_face_in_noise_and_in_a_plain_picture(self, finder):
        noise = np.random.default_rng(0).integers(0, 255, (300, 400, 3), np.uint8)
        assert finder.find(noise) == []
        assert finder.find(np.full((200, 200, 3), 128, np.uint8)) == []
        assert finder.find(np.zeros((2, 3, 3), np.uint8)) == []

    def test_tracking_keeps_the_face_and_gives_up_when_it_leaves(self, finder, astronaut):
        (face,) = finder.find(astronaut)
        moved = np.roll(astronaut, (6, -9), axis=(0, 1))
        again = finder.track(moved, face)
        assert again is not None
        shift = (again.landmarks - face.landmarks)[:, :2].mean(axis=0)
        np.testing.assert_allclose(shift, [-9, 6], atol=1)
        assert finder.track(np.zeros_like(astronaut), face) is None

    def test_the_model_is_pinned(self):
        assert models.find("face").sha256.startswith("64184e22")


@pytest.mark.parametrize(
    ("name", "count"),
    [("inuitwoman1903", 1), ("marktwain", 1), ("1895bikemaidens", 3)],
)
def test_period_portraits(finder, data, name, count):
    from tremendo.media import read_photo

    faces = finder.find(read_photo(data / "photos" / f"{name}.jpg"))
    assert len(faces) == count


@pytest.mark.parametrize(
    ("name", "count"),
    [("1890smedstudents", 5), ("1910racket", 7), ("greekimmigrants1905", 20)],
)
def test_small_faces_of_groups(finder, data, name, count):
    """As many as a person sees, but for the one profile among the students."""
    if not all(models.find(part).present for part in NAMES):
        pytest.skip("tremendo models pull faces-1 faces-2 faces-3")
    from tremendo.media import read_photo

    assert len(finder.find(read_photo(data / "photos" / f"{name}.jpg"))) == count


@pytest.mark.parametrize("name", ["accordiankid1900paris", "zebracarriagelondon1900", "1890surfer"])
def test_profiles_animals_and_figures_are_not_animated(finder, data, name):
    from tremendo.finish.animate.face.performance import usable_faces
    from tremendo.media import read_photo

    photo = read_photo(data / "photos" / f"{name}.jpg")
    good, reason = usable_faces(finder.find(photo), (photo.shape[1], photo.shape[0]))
    assert not good
    assert reason
