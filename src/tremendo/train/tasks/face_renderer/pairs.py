"""Films and photographs in, pairs out: a picture driven by our own engine, beside the truth.

*Films*: the engine follows the film's motion as it would any driver's. The true frame is then bent
gently, landmark by landmark, into the pose that the engine reached, so that the two differ in what
the network is to learn (lids, mouth, folds, light) and not in place. Pairs of one film are made
once and kept in a folder named after the film's digest.

*Photographs*, thousands of people: the engine first turns the head, closes the lips, lowers the
lids and shifts the gaze. That picture then serves as the photograph, and the untouched one is the
truth to which it is driven: so the truth is always real, teeth and all.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import NothingUsableError
from tremendo.finish.animate.face.expression import EXPRESSIONS, expression_basis
from tremendo.finish.animate.face.film_driver import motion_of, track_film
from tremendo.finish.animate.face.mesh.engine import MeshEngine
from tremendo.finish.animate.face.mesh.mesh import HeadMesh, with_lids
from tremendo.finish.animate.face.mesh.topology import (
    LASH_EDGE,
    LASHES,
    LOWER_LIP,
    OVAL,
    RINGS,
    UPPER_LIP,
)
from tremendo.finish.animate.face.motion import HeadMotion
from tremendo.finish.animate.face.paint import Region, sample
from tremendo.finish.animate.face.renderer import input as face_input
from tremendo.media import open_frames
from tremendo.media.frames import LUMA, Frame
from tremendo.perception.faces import BLENDSHAPES, Face, FaceFinder
from tremendo.store import digest_file
from tremendo.train.core.pictures import decoded, sorted_members

__all__ = ["Pairs", "load_pairs", "load_portraits"]

_VERSION = 1
_SOURCES, _TARGETS = 10, 70
_LEAST_SCALE = 3.5
"""Pixels per centimeter of the head from which a film is fine enough."""
_FARTHEST = np.array([24.0, 16.0, 20.0])
"""Degrees of yaw, pitch and roll between two frames of a pair."""
_MOST_BENT = 0.2
"""Largest mean distance of true landmarks from the engine's, in distances of the eyes' corners."""
_PHOTO_SIDE = 160
_TIMES = 3
"""Pairs from one face."""
_FARTHEST_YAW, _FIRM = 30, 0.05
_FILES = ("frame", "truth", "flow", "maps", "source", "photo", "still")


@dataclass(frozen=True)
class Pairs:
    """Pairs of one film: N of them from P photographs. S is `face_input.SIDE`.

    Lumas come twice: Rec. 601, and as an emulsion that sees only blue shows it.

    Attributes:
        frame: ``(N, 2, S, S) uint8`` what geometry makes of the photograph.
        truth: ``(N, 2, S, S) uint8`` what was filmed.
        flow: ``(N, S, S, 2) float16``, see `face_input.flow`.
        maps: ``(N, 7, S, S) uint8``, see `face_input.drawn`.
        source: ``(N,)`` which photograph.
        photo: ``(P, 2, S, S) uint8``.
        still: ``(P, 7, S, S) uint8`` the photographs' own meshes.
    """

    frame: NDArray[np.uint8]
    truth: NDArray[np.uint8]
    flow: NDArray[np.float16]
    maps: NDArray[np.uint8]
    source: NDArray[np.int64]
    photo: NDArray[np.uint8]
    still: NDArray[np.uint8]

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.frame)

    def part(self, start: int, stop: int) -> Pairs:
        """Some of them."""
        some = {name: getattr(self, name)[start:stop] for name in _FILES[:5]}
        return replace(self, **some)


def load_pairs(film: Path, cache: Path, finder: FaceFinder, log: Callable[[str], None]) -> Pairs:
    """The pairs of one film of one person, made if the cache does not hold them.

    Args:
        film: a film of one face.
        cache: folder of all pairs.
        finder: finds the face.
        log: receives a line when pairs are made.

    Raises:
        NothingUsableError: no face, or too small a one.
    """
    return _kept(film, cache, lambda: _from_film(film, finder), log)


def load_portraits(
    origin: Path, cache: Path, finder: FaceFinder, log: Callable[[str], None]
) -> Pairs:
    """The pairs of a tar of photographs, made if the cache does not hold them.

    Raises:
        MediaError: no tar of photographs.
        NothingUsableError: no face of some size in it.
    """
    return _kept(origin, cache, lambda: _from_photos(origin, finder), log)


def _kept(
    origin: Path, cache: Path, make: Callable[[], Pairs], log: Callable[[str], None]
) -> Pairs:
    """The pairs of a file, from the cache or made."""
    folder = cache / f"{origin.stem}-{_digest(origin)}-{_VERSION}"
    if not (folder / "done.json").is_file():
        log(f"{origin.name}: making pairs")
        pairs = make()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in _FILES:
            np.save(folder / f"{name}.npy", getattr(pairs, name))
        (folder / "done.json").write_text(json.dumps({"origin": origin.name, "pairs": len(pairs)}))
    arrays: dict[str, Any] = {
        name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _FILES
    }
    return Pairs(**arrays)


def _digest(origin: Path) -> str:
    """Of a file's content, or of the names and sizes in a folder."""
    if origin.is_dir():
        inside = [(str(p.relative_to(origin)), p.stat().st_size) for p in origin.rglob("*.*")]
        return hashlib.sha256(repr(sorted(inside)).encode()).hexdigest()[:16]
    return digest_file(origin)[:16]


def _from_film(film: Path, finder: FaceFinder) -> Pairs:
    reader = open_frames(film)
    frames = list(reader.read())
    faces = track_film(reader, finder)
    fine = [n for n, f in enumerate(faces) if f is not None and f.scale >= _LEAST_SCALE]
    if len(fine) < 10:
        raise NothingUsableError(
            f"{film.name} shows a face of some size in only {len(fine)} frames",
            hint="use films in which one face fills a third of the picture",
        )
    rng = np.random.default_rng(0)
    columns = _Columns()
    for source in _varied(faces, fine, _SOURCES):
        face = faces[source]
        assert face is not None
        shown = _Shown(frames[source], face, finder)
        motion = motion_of(faces, finder.canonical, float(reader.fps), neutral=source).scaled(1.0)
        columns.begin(frames[source], shown)
        for target in _targets(faces, fine, source, rng):
            truth = faces[target]
            assert truth is not None
            columns.add(shown.driven(motion, target, frames[target], truth))
    return columns.stacked()


class _Columns:
    """Pairs while they are being gathered."""

    def __init__(self) -> None:
        self._values: dict[str, list[NDArray[Any]]] = {name: [] for name in _FILES}

    def __len__(self) -> int:
        """How many pairs."""
        return len(self._values["frame"])

    def begin(self, photo: Frame, shown: _Shown) -> None:
        """The photograph of the pairs that follow."""
        self._values["photo"].append(_lumas(face_input.cut(photo, shown.rest)))
        self._values["still"].append(shown.still)

    def add(self, pair: dict[str, NDArray[Any]] | None) -> None:
        """A pair, unless it is None."""
        if pair is not None:
            for name, value in pair.items():
                self._values[name].append(value)
            self._values["source"].append(np.array(len(self._values["photo"]) - 1))

    def stacked(self) -> Pairs:
        """All of them."""
        return Pairs(**{name: np.stack(values) for name, values in self._values.items()})


def _varied(faces: Sequence[Face | None], fine: Sequence[int], count: int) -> list[int]:
    """Frames that differ as much as can be: each the farthest from those before it."""
    looks = np.array([_look(faces[n]) for n in fine])
    chosen = [int(np.abs(looks).sum(axis=1).argmin())]
    while len(chosen) < min(count, len(fine)):
        away = np.linalg.norm(looks[:, None] - looks[chosen][None], axis=2).min(axis=1)
        chosen.append(int(away.argmax()))
    return [fine[n] for n in chosen]


def _targets(
    faces: Sequence[Face | None], fine: Sequence[int], source: int, rng: np.random.Generator
) -> list[int]:
    """Frames to drive to: half by chance, half those whose expression is farthest."""
    here = faces[source]
    assert here is not None
    near = []
    for number in fine:
        face = faces[number]
        assert face is not None
        if (np.abs(np.array(face.angles) - here.angles) < _FARTHEST).all():
            near.append(number)
    looks = np.array([_look(faces[n])[3:] for n in near])
    away = np.linalg.norm(looks - _look(here)[3:], axis=1)
    weights = away / max(float(away.sum()), 1e-9) + 1 / len(near)
    count = min(_TARGETS, len(near))
    return sorted(map(int, rng.choice(near, count, replace=False, p=weights / weights.sum())))


def _look(face: Face | None) -> NDArray[np.float64]:
    """Pose and expression on one scale; jaw and blinks count most."""
    assert face is not None
    counts = np.ones(52)
    counts[0] = 0
    for number, name in enumerate(BLENDSHAPES):
        if name.startswith(("jawOpen", "eyeBlink")):
            counts[number] = 2.5
        elif "eyeLook" in name:
            counts[number] = 0.3
    return np.concatenate([np.array(face.angles) / 15, face.expression * counts])


class _Shown:
    """A frame that serves as the photograph.

    Args:
        photo: the frame.
        face: its face.
        finder: gives the canonical face.
    """

    def __init__(self, photo: Frame, face: Face, finder: FaceFinder) -> None:
        self._engine = MeshEngine(photo, [face], finder.canonical, seed=0)
        self._mesh: HeadMesh = self._engine.heads[0].mesh
        self.rest = face_input.placed(self._mesh, np.zeros(3), np.zeros(2))
        self.still = face_input.drawn(self._mesh, self._mesh.rest, self.rest)
        self._size = (photo.shape[1], photo.shape[0])

    def driven(
        self, motion: HeadMotion, number: int, film: Frame, truth: Face
    ) -> dict[str, NDArray[Any]] | None:
        """The pair with a frame of the film; None where the engine comes nowhere near it."""
        made = self._engine.rendered([motion], number)
        moved = made.moved[0]
        true = _true_vertices(truth, moved)
        bent = np.linalg.norm((true - moved[:, :2])[:468], axis=1).mean()
        if bent > _MOST_BENT * np.linalg.norm((moved[263] - moved[33])[:2]):
            return None
        head = self._engine.heads[0]
        now = face_input.placed(self._mesh, head.turn(motion, number), motion.shift[number])
        maps = face_input.drawn(self._mesh, moved, now)
        region: Region = self._mesh.region
        back = np.zeros((self._size[1], self._size[0], 2), np.float32)
        back[region.slices] = self._mesh.field(moved, true)
        y, x = np.mgrid[: self._size[1], : self._size[0]]
        seen = np.clip(sample(film, np.stack([x, y], axis=-1) + back), 0, 255)
        frame = _lumas(face_input.cut(made.picture, now))
        return {
            "frame": frame,
            "truth": _lit_alike(_lumas(face_input.cut(seen, now)), frame, maps),
            "flow": face_input.flow(made.field, self._engine.region, now, self.rest).astype(
                np.float16
            ),
            "maps": maps,
        }


def _true_vertices(truth: Face, moved: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the mesh's vertices are in the true frame, ``(n, 2)``: rings go with the oval."""
    landmarks = with_lids(truth.landmarks[:, :2])
    true = moved[:, :2].copy()
    true[:LASHES] = landmarks
    true[LASHES:RINGS] += (landmarks - moved[:LASHES, :2])[LASH_EDGE]
    similar, _ = cv2.estimateAffinePartial2D(moved[OVAL, :2], landmarks[OVAL], method=cv2.LMEDS)
    if similar is not None:
        true[RINGS:] = moved[RINGS:, :2] @ similar[:, :2].T + similar[:, 2]
    return true


def _lumas(rgb: NDArray[np.float32]) -> NDArray[np.uint8]:
    luma = rgb @ LUMA
    return np.clip(np.rint(np.stack([luma, rgb[..., 2]])), 0, 255).astype(np.uint8)


def _lit_alike(
    truth: NDArray[np.uint8], frame: NDArray[np.uint8], maps: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """The truth with the frame's exposure: cameras of telephones adapt, photographs do not."""
    skin = (maps[4] > 200) & (maps[:4].max(axis=0) < 50)
    mine, seen = (np.median(image[:, skin], axis=1) for image in (frame, truth))
    gain = np.clip(mine / np.maximum(seen, 1.0), 0.8, 1.25)
    return np.asarray(np.clip(np.rint(truth * gain[:, None, None]), 0, 255), np.uint8)


def _from_photos(origin: Path, finder: FaceFinder) -> Pairs:
    basis = expression_basis(finder.canonical)
    columns = _Columns()
    for number, (_, encoded) in enumerate(sorted_members(origin)):
        photo = decoded(encoded, _PHOTO_SIDE)
        if photo is None:
            continue
        for face in finder.find(photo, fast=True):
            fine = face.scale >= _LEAST_SCALE and face.wobble < _FIRM
            if fine and abs(face.yaw) < _FARTHEST_YAW:
                rng = np.random.default_rng(number)
                for _ in range(_TIMES):
                    _add_portrait(columns, photo, face, finder, _away(face, basis, rng))
    if len(columns) == 0:
        raise NothingUsableError(f"{origin.name} shows no face of some size")
    return columns.stacked()


def _add_portrait(
    columns: _Columns, photo: Frame, face: Face, finder: FaceFinder, away: HeadMotion
) -> None:
    engine = MeshEngine(photo, [face], finder.canonical, seed=0)
    moved = engine.frame([away], 0)
    seen = finder.track(moved, face)
    if seen is None or seen.score < 0.9:
        return
    back = motion_of([seen, face], finder.canonical, 24.0, neutral=0).scaled(1.0)
    shown = _Shown(moved, seen, finder)
    pair = shown.driven(back, 1, photo, face)
    if pair is not None:
        columns.begin(moved, shown)
        columns.add(pair)


def _away(face: Face, basis: NDArray[np.float32], rng: np.random.Generator) -> HeadMotion:
    """One frame of motion: lips closed if they are apart, the rest by chance."""
    weights = np.zeros(len(EXPRESSIONS))
    for name, reach in (("smile", 0.4), ("pucker", 0.4), ("stretch", 0.3), ("brows up", 0.4)):
        weights[EXPRESSIONS.index(name)] = rng.uniform(-reach, reach)
    jaw = EXPRESSIONS.index("jaw open")
    lips = face.landmarks[LOWER_LIP[-1, 4:7]] - face.landmarks[UPPER_LIP[-1, 4:7]]
    apart = float(np.linalg.norm(lips.mean(axis=0))) / face.scale
    full = float((basis[jaw, LOWER_LIP[-1, 5]] - basis[jaw, UPPER_LIP[-1, 5]])[1])
    weights[jaw] = -rng.uniform(0.3, 1.2) * apart / full
    still = HeadMotion.still(1)
    return HeadMotion(
        turn=rng.normal(0, (6.0, 4.0, 3.0), (1, 3)),
        shift=still.shift,
        lids=np.repeat(rng.uniform(-0.15, 0.4, (1, 1)), 2, axis=1),
        gaze=rng.normal(0, (0.06, 0.03), (1, 2)),
        expression=np.tensordot(weights.astype(np.float32), basis, axes=1)[None],
        breath=still.breath,
    )
