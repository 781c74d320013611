"""Photographs that come alive: faces move, everything outside them stands still by the bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import NothingUsableError, UsageError
from tremendo.finish.animate.eyes import EyePainter
from tremendo.finish.animate.gains import turning_gains
from tremendo.finish.animate.mesh import HeadMesh
from tremendo.finish.animate.motion import LIMITS, Motion, soft_clip
from tremendo.finish.animate.mouth import MouthPainter, whiskers
from tremendo.finish.animate.paint import Region, Tone, around, grain, grid, sample
from tremendo.finish.animate.presets import preset_motion
from tremendo.finish.animate.shaping import smoothstep
from tremendo.finish.animate.topology import LEFT_EYE, OVAL, RIGHT_EYE
from tremendo.media.frames import Frame
from tremendo.models.face import Face, FaceFinder
from tremendo.models.face_geometry import CanonicalFace

__all__ = ["ENGINES", "Driver", "Engine", "animate_face", "usable_face", "usable_faces"]

Driver = Motion | str
"""A motion of its own, or a preset's name."""
_MIN_HEIGHT, _MIN_SHARE, _MAX_YAW, _MAX_ROLL = 60, 0.08, 50, 45
_COMPANION_HEIGHT = 44
"""Faces beside a usable one are animated from this height on."""


class Engine(Protocol):
    """Sets the heads of one photograph in motion."""

    def __init__(
        self, photo: Frame, faces: Sequence[Face], canonical: CanonicalFace, *, seed: int
    ) -> None:
        """Fit the photograph once."""

    @property
    def region(self) -> Region:
        """Pixels outside it never change."""

    def frame(self, motions: Sequence[Motion], number: int) -> Frame:
        """Frame ``number``, one motion a face."""

    def flow(self, motions: Sequence[Motion], number: int) -> NDArray[np.float32]:
        """Where the pixels of `region` come from, minus the pixel itself: ``(h, w, 2)``."""


def usable_faces(
    faces: Sequence[Face], size: tuple[int, int], *, least: float | None = None
) -> tuple[list[Face], str]:
    """Which faces of a photograph can bear an animation, and why (not).

    Args:
        faces: as found, in reading order.
        size: width and height of the photograph.
        least: height in pixels from which a face counts; by default one must have 60 pixels and
            8 per cent of the picture, others beside it 44.
    """
    if not faces:
        return [], "no face found"
    fit = [
        face
        for face in faces
        if face.fitted and abs(face.yaw) < _MAX_YAW and abs(face.roll) < _MAX_ROLL
    ]
    if not fit:
        return [], f"no face is clear and turned less than {_MAX_YAW} degrees away"
    needed = max(_MIN_HEIGHT, _MIN_SHARE * min(size)) if least is None else least
    tallest = max(face.height for face in fit)
    if tallest < needed:
        return [], f"the largest face is {tallest:.0f} px high, {needed:.0f} are needed"
    beside = _COMPANION_HEIGHT if least is None else least
    chosen = [face for face in fit if face.height >= beside]
    return chosen, f"{len(chosen)} face(s), the largest {tallest:.0f} px high"


def usable_face(photo: Frame, finder: FaceFinder | None = None) -> tuple[bool, str]:
    """Whether a photograph can bear a face animation, with the reason in words."""
    faces = (finder or FaceFinder()).find(photo)
    chosen, reason = usable_faces(faces, (photo.shape[1], photo.shape[0]))
    return bool(chosen), reason


def animate_face(
    photo: Frame,
    *,
    driver: Driver | Mapping[int, Driver],
    frames: int,
    fps: Fraction,
    beats: Sequence[float] = (),
    accents: Sequence[float] = (),
    voice: Sequence[float] = (),
    seed: int = 0,
    face: int | Literal["all"] = "all",
    box: tuple[float, float, float, float] | None = None,
    strength: float = 0.6,
    expression: float | None = None,
    least: float | None = None,
    engine: str = "mesh",
    finder: FaceFinder | None = None,
) -> Iterator[Frame]:
    """A photograph in motion, at its own size; the first frame is very nearly the photograph.

    Args:
        photo: ``(H, W, 3) uint8 RGB``.
        driver: a preset's name, or a `Motion` (see `film_motion`); a motion shorter than
            ``frames`` is played back and forth. A mapping gives each face its own, by its number
            in reading order from 0; faces it does not name stay still.
        frames: how many to make.
        fps: frames a second.
        beats: beats in seconds from the first frame; presets nod on them.
        accents: likewise; presets raise their brows.
        voice: see `preset_motion`; ``sing`` follows it.
        seed: presets: another seed, another performance. Several faces each play their own.
        face: number of the face in reading order from 0, or ``"all"``.
        box: left, top, right, bottom in pixels of a face that is not found by itself.
        strength: 0..1, how far the head moves; expressions weaken only below 2/3.
        expression: 0..1, how far the expression moves; None follows ``strength``.
        least: height in pixels of the smallest face to move, see `usable_faces`.
        engine: one of `ENGINES`.
        finder: to be used instead of a new one.

    Raises:
        NothingUsableError: no face that can bear it.
        UsageError: no such face, preset or engine.
        ModelMissingError: the face model is not on this machine.
    """
    if engine not in ENGINES:
        raise UsageError(f"there is no face engine '{engine}'", hint="one of " + ", ".join(ENGINES))
    finder = finder or FaceFinder()
    found = _found(photo, finder, box)
    drivers = driver if isinstance(driver, Mapping) else dict.fromkeys(range(len(found)), driver)
    if face != "all":
        drivers = {face: drivers.get(face, "idle")}
    for number in drivers:
        if found and not 0 <= number < len(found):
            raise UsageError(f"the photograph has only {len(found)} face(s)")
    usable, reason = usable_faces(found, (photo.shape[1], photo.shape[0]), least=least)
    numbers = [n for n, one in enumerate(found) if n in drivers and any(one is u for u in usable)]
    chosen = [found[number] for number in numbers]
    if not chosen:
        raise NothingUsableError(
            f"no face here can be animated: {reason}", hint="let the camera move instead"
        )
    animator = ENGINES[engine](photo, chosen, finder.canonical, seed=seed)
    canonical = finder.canonical

    def performance(seed: int) -> Callable[[str], Motion]:
        return lambda name: preset_motion(
            name,
            canonical,
            frames=frames,
            fps=fps,
            beats=beats,
            accents=accents,
            voice=voice,
            seed=seed,
        )

    motions = [
        _motion(drivers[number], performance(seed + 1000 * place), frames)
        .scaled(strength, expression)
        .turning(gains)
        for place, (number, gains) in enumerate(
            zip(numbers, turning_gains(animator, chosen, finder), strict=True)
        )
    ]
    for number in range(frames):
        yield animator.frame(motions, number)


def _found(
    photo: Frame, finder: FaceFinder, box: tuple[float, float, float, float] | None
) -> list[Face]:
    """All faces of the photograph, or the one in a box that a person drew."""
    if box is None:
        return finder.find(photo)
    face = finder.at(photo, box)
    return [] if face is None else [face]


def _motion(driver: Driver, perform: Callable[[str], Motion], frames: int) -> Motion:
    if isinstance(driver, str):
        return perform(driver)
    bounce = np.arange(frames) % max(1, 2 * len(driver) - 2)
    order = np.where(bounce < len(driver), bounce, 2 * len(driver) - 2 - bounce)
    return Motion(**{name: values[order] for name, values in vars(driver).items()})


class MeshEngine:
    """The default engine: the photograph itself, bent along the mesh of the head."""

    def __init__(
        self, photo: Frame, faces: Sequence[Face], canonical: CanonicalFace, *, seed: int
    ) -> None:
        self._photo = photo
        size = (photo.shape[1], photo.shape[0])
        self._heads = [
            _Head(photo, face, canonical, tuple(f for f in faces if f is not face), seed)
            for face in faces
        ]
        low = np.min([head.reach[:2] for head in self._heads], axis=0)
        high = np.max([head.reach[2:] for head in self._heads], axis=0)
        self.region = around(np.stack([low, high - 1]), 0, size)
        self._grid = grid(self.region).astype(np.float32)

    def frame(self, motions: Sequence[Motion], number: int) -> Frame:
        """One frame."""
        moved = [
            head.move(motion, number) for head, motion in zip(self._heads, motions, strict=True)
        ]
        field = self._field(moved, motions, number)
        warped = sample(self._photo, self._grid + field)
        for head in self._heads:
            inside = self._local(head.mesh.region)
            warped[inside] += _lost_grain(field[inside], head.noise[head.mesh.region.slices])
        out = self._photo.copy()
        out[self.region.slices] = np.clip(np.rint(warped), 0, 255)
        for head, motion, points in zip(self._heads, motions, moved, strict=True):
            head.paint(out, motion, number, points)
        return out

    def flow(self, motions: Sequence[Motion], number: int) -> NDArray[np.float32]:
        """The motion of the skin; eyes and the inside of the mouth are painted over it."""
        moved = [
            head.move(motion, number) for head, motion in zip(self._heads, motions, strict=True)
        ]
        return self._field(moved, motions, number)

    def _field(
        self, moved: Sequence[NDArray[np.float64]], motions: Sequence[Motion], number: int
    ) -> NDArray[np.float32]:
        field = np.zeros_like(self._grid)
        for head, points, motion in zip(self._heads, moved, motions, strict=True):
            field[self._local(head.mesh.region)] += head.mesh.field(points)
            field[self._local(head.chest_region)] += head.chest * np.float32(motion.breath[number])
        return field

    def _local(self, region: Region) -> tuple[slice, slice]:
        rows, columns = region.slices
        top, left = self.region.top, self.region.left
        return (
            slice(rows.start - top, rows.stop - top),
            slice(columns.start - left, columns.stop - left),
        )


def _lost_grain(field: NDArray[np.float32], noise: NDArray[np.float32]) -> NDArray[np.float32]:
    """``(h, w, 1)``: what is missing where the picture was stretched, its grain with it."""
    half = field[::2, ::2]
    dx = np.asarray(cv2.Sobel(half, cv2.CV_32F, 1, 0, scale=1 / 16))
    dy = np.asarray(cv2.Sobel(half, cv2.CV_32F, 0, 1, scale=1 / 16))
    area = (1 + dx[..., 0]) * (1 + dy[..., 1]) - dx[..., 1] * dy[..., 0]
    lost = np.sqrt(np.clip(0.97 - area, 0, 0.8))
    size = (field.shape[1], field.shape[0])
    return (np.asarray(cv2.resize(lost, size)) * noise)[..., None]


def _light(photo: Frame, tone: Tone) -> NDArray[np.float32]:
    """``(H, W)``: 1 on lit skin and above, down to 0.2 in the dark, where grain is not seen."""
    luma = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.float32)
    luma = np.asarray(cv2.GaussianBlur(luma, (0, 0), 2.0))
    dark, lit = (float(color @ (0.299, 0.587, 0.114)) for color in (tone.dark, tone.skin))
    return np.asarray(np.clip((luma - dark) / max(lit - dark, 1.0), 0.2, 1.0), np.float32)


class _Head:
    """One head of the mesh engine: mesh, eyes, mouth and chest."""

    def __init__(
        self,
        photo: Frame,
        face: Face,
        canonical: CanonicalFace,
        others: tuple[Face, ...],
        seed: int,
    ) -> None:
        size = (photo.shape[1], photo.shape[0])
        self.mesh = HeadMesh(face, canonical, size, others)
        tone = Tone.of(photo, self.mesh.region, self.mesh.rest[OVAL])
        self._whiskers = whiskers(photo, self.mesh, tone)
        self._freedom = 1 - 0.7 * self._whiskers * smoothstep(1.5, 3.5, self.mesh.head[:, 1:2])
        self.noise = grain((size[1], size[0]), tone, seed) * _light(photo, tone)
        self._eyes = [EyePainter(photo, self.mesh, eye) for eye in (RIGHT_EYE, LEFT_EYE)]
        self._mouth = MouthPainter(photo, self.mesh, tone, self.noise)
        self._room = _bearable(self.mesh)
        self.chest_region, self.chest = _chest(self.mesh, size)
        region = self.mesh.region
        self.reach = (
            min(region.left, self.chest_region.left),
            min(region.top, self.chest_region.top),
            max(region.right, self.chest_region.right),
            max(region.bottom, self.chest_region.bottom),
        )

    def move(self, motion: Motion, number: int) -> NDArray[np.float64]:
        """Where the mesh's vertices are in a frame."""
        return self.mesh.moved(
            self._turn(motion, number),
            motion.shift[number],
            motion.lids[number],
            motion.expression[number] * self._freedom,
        )

    def _turn(self, motion: Motion, number: int) -> NDArray[np.float64]:
        turn = motion.turn[number]
        room = np.where(turn < 0, *self._room)
        return np.asarray(room * soft_clip(turn / room))

    def paint(self, out: Frame, motion: Motion, number: int, moved: NDArray[np.float64]) -> None:
        """Eyes and mouth over the moved skin."""
        turn, shift = self._turn(motion, number), motion.shift[number]
        for side, eye in enumerate(self._eyes):
            closing = float(motion.lids[number, side])
            eye.paint(out, moved, turn, shift, closing, motion.gaze[number])
        self._mouth.paint(out, moved, turn, shift, 1 - self._whiskers)


def _bearable(mesh: HeadMesh) -> NDArray[np.float64]:
    """Largest yaw, pitch and roll each way, ``(2, 3)`` degrees, at which nothing turns over.

    A head that already looks to one side can turn back farther than it can turn away.
    """
    room = np.array([LIMITS, LIMITS])
    for axis, other in ((0, 1), (1, 0)):
        for side, sign in enumerate((-1, 1)):
            turn = np.zeros(3)
            turn[axis], turn[2] = sign, 0.5
            leaning = [turn + lean * np.eye(3)[other] for lean in (-0.5, 0.5)]
            room[side, axis] *= _share(mesh, np.array(leaning) * LIMITS)
    corners = [(room[a, 0], room[b, 1], room[1, 2] / 2) for a in (0, 1) for b in (0, 1)]
    signs = [((-1, 1)[a], (-1, 1)[b], 1) for a in (0, 1) for b in (0, 1)]
    return np.asarray(room * _share(mesh, np.array(corners) * signs))


def _share(mesh: HeadMesh, turns: NDArray[np.float64]) -> float:
    """Share of the given turns at which no visible triangle turns over."""
    nowhere, still = np.zeros(2), np.zeros((478, 3))
    for share in (1.0, 0.85, 0.7, 0.55, 0.4, 0.3):
        stretches = (
            mesh.stretch(mesh.moved(turn * share, nowhere, nowhere, still)) for turn in turns
        )
        if min(np.quantile(stretch, 0.003) for stretch in stretches) > 0.05:
            return share
    return 0.2


def _chest(mesh: HeadMesh, size: tuple[int, int]) -> tuple[Region, NDArray[np.float32]]:
    """Where and how far breathing lifts the shoulders: region and ``(h, w, 2)`` field."""
    head = mesh.rest[:478]
    chin, top = head[152, :2], head[10, :2]
    height = float(np.linalg.norm(chin - top))
    center = chin + np.array([0.0, 1.15 * height])
    radii = np.array([1.7, 1.05]) * height
    region = around(np.stack([center - radii, center + radii]), 0, size)
    away = np.linalg.norm((grid(region) - center) / radii, axis=-1)
    lift = (1 - smoothstep(0.35, 1.0, away)) * 0.005 * height
    return region, np.stack([np.zeros_like(lift), lift], axis=-1).astype(np.float32)


ENGINES: dict[str, type[Engine]] = {"mesh": MeshEngine}
"""Animation engines by name."""
