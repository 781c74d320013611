"""A face as the neural renderer sees it: upright, always the same size, its mesh drawn as maps.

A close-up is a square of 22 centimeters of the canonical head around the middle of the face. The
close-up of a frame goes with the skull, so that the face stays in its middle however it turns.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.face.mesh.mesh import HeadMesh
from tremendo.finish.animate.face.mesh.topology import (
    LEFT_EYE,
    LOWER_LIP,
    OVAL,
    RIGHT_EYE,
    UPPER_LIP,
    Eye,
)
from tremendo.finish.animate.face.paint import Region

__all__ = [
    "CHANNELS",
    "MAPS",
    "SIDE",
    "cut",
    "drawn",
    "flow",
    "placed",
    "stacked",
    "tones",
    "where",
]

SIDE = 160
"""Pixels of a close-up's side."""
_CENTIMETERS = 22.0
MAPS = ("opening", "lips", "eyes", "lids", "oval", "normal x", "normal y")
"""What `drawn` draws, in this order."""
CHANNELS = (
    "frame", "photograph", "flow x", "flow y", "stretch", *MAPS,
    "normal x change", "normal y change", "photographed opening", "photographed eyes",
)  # fmt: skip
"""What the network sees, in this order."""
_FLOW_UNIT = 16.0
_COARSE = 2
"""Normals are drawn at a half of the size."""


def placed(
    mesh: HeadMesh, turn: NDArray[np.float64], shift: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The close-up of a turned and shifted head: ``(2, 3)``, from its pixels to the picture's."""
    corners = mesh.rest[[RIGHT_EYE.corners[0], LEFT_EYE.corners[1]]]
    points = np.concatenate([mesh.middle[None], corners])
    center, right, left = mesh.rigid(points, turn, shift)[:, :2]
    along = (left - right) / max(float(np.linalg.norm(left - right)), 1e-6)
    along = along * (_CENTIMETERS * mesh.scale / SIDE)
    matrix = np.array([[along[0], -along[1], 0.0], [along[1], along[0], 0.0]])
    matrix[:, 2] = center - matrix[:, :2] @ np.full(2, (SIDE - 1) / 2)
    return matrix


def cut(picture: NDArray[np.generic], matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    """A close-up of a picture ``(H, W)`` or ``(H, W, C)``, averaged where it is made smaller."""
    finer = max(1, int(np.ceil(np.hypot(matrix[0, 0], matrix[1, 0]) - 0.2)))
    dense = matrix.copy()
    dense[:, :2] /= finer
    dense[:, 2] -= matrix[:, :2] @ np.full(2, 0.5 - 0.5 / finer)
    side = SIDE * finer
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(
        picture, dense, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    if finer > 1:
        crop = cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(crop, np.float32)


def drawn(
    mesh: HeadMesh, points: NDArray[np.float64], matrix: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """A mesh at ``points (n, 3)`` drawn into a close-up: ``(7, SIDE, SIDE)``, see `MAPS`.

    Openings and regions are coverages 0..255, normals components of the unit vector times 127
    about 128 inside the oval and 128 outside.
    """
    inverse = cv2.invertAffineTransform(matrix)
    local = points[:, :2] @ inverse[:, :2].T + inverse[:, 2]
    mouth = np.concatenate([UPPER_LIP[-1], LOWER_LIP[-1, -2:0:-1]])
    outer = np.concatenate([UPPER_LIP[0], LOWER_LIP[0, -2:0:-1]])
    opening = _filled(local, [mouth])
    eyes = _filled(local, [RIGHT_EYE.ring, LEFT_EYE.ring])
    lids = _filled(local, [_lid(RIGHT_EYE), _lid(LEFT_EYE)])
    oval = _filled(local, [OVAL])
    lips = np.maximum(_filled(local, [outer]), opening) - opening
    normals = _normals(mesh, points, local, inverse)
    inside = oval.astype(np.float32)[None] / 255
    shaded = np.rint(128 + 127 * normals * inside).astype(np.uint8)
    return np.concatenate([np.stack([opening, lips, eyes, lids, oval]), shaded])


def flow(
    field: NDArray[np.float32],
    region: Region,
    now: NDArray[np.float64],
    rest: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Where the pixels of a frame's close-up lie in the photograph's: ``(SIDE, SIDE, 2)``.

    Args:
        field: the warp, see `HeadMesh.field`.
        region: where the warp is defined; it is zero elsewhere.
        now: the close-up of the frame.
        rest: the close-up of the photograph.
    """
    y, x = np.mgrid[:SIDE, :SIDE]
    at = np.stack([x, y], axis=-1) @ now[:, :2].T + now[:, 2]
    local = (at - (region.left, region.top)).astype(np.float32)
    moved = at + cv2.remap(field, local, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    inverse = cv2.invertAffineTransform(rest)
    return np.asarray(moved @ inverse[:, :2].T + inverse[:, 2], np.float32)


def tones(photo: NDArray[np.float32], oval: NDArray[np.uint8]) -> tuple[float, float]:
    """The dark and the range of a face's luma in the photograph's close-up."""
    inside = photo[oval > 127]
    low, high = np.percentile(inside if inside.size else photo, (3, 97))
    return float(low), max(float(high - low), 12.0)


def stacked(
    frame: NDArray[np.float32],
    photo: NDArray[np.float32],
    source: NDArray[np.float32],
    maps: NDArray[np.uint8],
    still: NDArray[np.uint8],
    scale: tuple[float, float],
) -> NDArray[np.float32]:
    """What the network sees: ``(16, SIDE, SIDE) float32``, see `CHANNELS`.

    Args:
        frame: luma ``(SIDE, SIDE)`` of the frame that geometry made.
        photo: luma of the photograph's close-up.
        source: see `flow`.
        maps: the frame's mesh, see `drawn`.
        still: the photograph's mesh likewise.
        scale: see `tones`.
    """
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    across = np.gradient(source[..., 0], axis=1) * np.gradient(source[..., 1], axis=0)
    area = across - np.gradient(source[..., 0], axis=0) * np.gradient(source[..., 1], axis=1)
    coverage = maps[:5].astype(np.float32) / 255
    normals = (maps[5:7].astype(np.float32) - 128) / 127
    change = normals - (still[5:7].astype(np.float32) - 128) / 127
    dark, span = scale
    return np.concatenate(
        [
            np.stack(
                [
                    (frame - dark) / span,
                    (photo - dark) / span,
                    (source[..., 0] - x) / _FLOW_UNIT,
                    (source[..., 1] - y) / _FLOW_UNIT,
                    np.clip(area, 0, 3) - 1,
                ]
            ),
            coverage,
            normals,
            2 * change,
            still[[0, 2]].astype(np.float32) / 255,
        ]
    ).astype(np.float32)


def where(
    maps: NDArray[np.uint8], *, eyes: tuple[float, float] = (1.0, 1.0), mouth: float = 1.0
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where details count (eyes, mouth), and where the face is: soft, 0..1, ``(S, S)``.

    Args:
        maps: see `drawn`.
        eyes: how much the picture's left and right eye count.
        mouth: how much the mouth counts.
    """
    shares = np.where(np.arange(SIDE) < SIDE // 2, *eyes).astype(np.float32)
    fine = np.maximum(maps[:2].max(axis=0) * np.float32(mouth), maps[2:4].max(axis=0) * shares)
    fine = cv2.dilate(fine / np.float32(255), np.ones((7, 7), np.uint8))
    face = cv2.dilate(np.asarray(maps[4], np.float32) / 255, np.ones((9, 9), np.uint8))
    return (
        np.asarray(cv2.GaussianBlur(fine, (0, 0), 2.0)),
        np.asarray(cv2.GaussianBlur(face, (0, 0), 3.0)),
    )


def _lid(eye: Eye) -> NDArray[np.intp]:
    return np.array([*eye.upper, *reversed(eye.crease)], np.intp)


def _filled(local: NDArray[np.float64], rings: list[NDArray[np.intp]]) -> NDArray[np.uint8]:
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    for ring in rings:
        cv2.fillPoly(canvas, [np.rint(local[ring] * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return canvas


def _normals(
    mesh: HeadMesh,
    points: NDArray[np.float64],
    local: NDArray[np.float64],
    inverse: NDArray[np.float64],
) -> NDArray[np.float32]:
    """x and y of the unit normals in the close-up's axes, ``(2, SIDE, SIDE)``."""
    triangles = mesh.triangles
    upright = np.eye(3)
    upright[:2, :2] = inverse[:, :2] / np.hypot(inverse[0, 0], inverse[0, 1])
    corners = (points @ upright.T)[triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    normal *= -np.sign(normal[:, 2:] + 1e-12)
    side = SIDE // _COARSE
    which = np.full((side, side), len(triangles), np.int32)
    at = np.rint(((local + 0.5) / _COARSE - 0.5)[triangles] * 256).astype(np.int32)
    for number, corner in enumerate(at):
        cv2.fillConvexPoly(which, corner, number, lineType=cv2.LINE_8, shift=8)
    values = np.concatenate([normal[:, :2], np.zeros((1, 2))]).astype(np.float32)[which]
    values = np.asarray(cv2.GaussianBlur(values, (0, 0), 1.0))
    return np.asarray(cv2.resize(values, (SIDE, SIDE)).transpose(2, 0, 1))
