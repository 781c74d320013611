"""Cutting people and things out of a photograph at their outlines, and knowing when one cannot.

Where people are is believed from the networks (`people`), or guessed from faces, or from what
stands out from the rim of the picture; outlines then follow the picture's edges (`outlines`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.finish.animate.analysis.composition import FaceBox, tallest
from tremendo.finish.animate.analysis.outlines import (
    before_plain,
    grow,
    outline_support,
    parts,
    ring,
    soften,
)
from tremendo.finish.animate.analysis.people import Body, People
from tremendo.media.frames import Frame

__all__ = ["Figure", "find_figures"]

_MOST_FACES = 16
"""In a larger crowd bodies hide each other and outlines cannot be told from faces alone."""
_SUPPORTED = 0.93
"""Least share of an outline that must run along an edge where only faces or contrast tell."""
_SUPPORTED_PEOPLE = 0.6
"""The same where the networks believe in people."""
_BELIEVED, _DOUBTED = 0.42, 0.2
_GIVE = 7
"""How far outlines may move from what is believed, in pixels of the small picture."""
_SEEN, _LIMBS = 0.6, 0.85
"""What counts as a joint that is seen, and the least share of these that an outline must hold."""
_MOST = 0.9
"""Share of the picture from which an outline is none."""
_STANDING = 7.0
"""Height of a standing person in heights of the face box."""


@dataclass(frozen=True)
class Figure:
    """One person or thing that stands free before its background."""

    matte: NDArray[np.float32]
    """``(h, w)`` 0..1; the mattes of people who touch meet within the group."""
    foot: float
    """Row where it touches the ground; may lie below the picture."""
    body: Body | None = None
    """Joints, where the pose is known."""
    person: bool = False
    """Whether it is surely a person, and may stir."""


def find_figures(
    small: Frame, faces: Sequence[FaceBox], people: People | None = None
) -> list[Figure]:
    """Figures whose outlines can be trusted; sometimes none.

    Args:
        small: ``(h, w, 3) uint8 RGB``, some hundred pixels wide.
        faces: boxes as fractions of the picture.
        people: what the networks believe, for the size of ``small``.
    """
    rows, columns = small.shape[:2]
    if min(rows, columns) < 48:
        return []
    if people is not None and (people.bodies or faces):
        return _believed(small, faces, people)
    if len(faces) > _MOST_FACES:
        return []
    seeds = _seeds_of_faces(faces, rows, columns) if faces else _seeds_of_contrast(small)
    if seeds is None:
        return []
    luma = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    figures = []
    for part in parts(grow(small, seeds), lambda share: 0.012 < share < _MOST):
        if (seeds[part] == cv2.GC_FGD).sum() < 8 or _cramped(part, seeds):
            continue
        if outline_support(luma, part) < _SUPPORTED:
            continue
        if not (_whole_body(part, faces) if faces else before_plain(luma, part)):
            continue
        if _background_around(luma, part, seeds):
            figures.append(Figure(soften(part, 0.03), _lowest(part)))
    return figures if _holds_all(figures, faces) else []


def _believed(small: Frame, faces: Sequence[FaceBox], people: People) -> list[Figure]:
    """The people the networks believe in, each with a share of its group's outline."""
    luma = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    figures = []
    grown = grow(small, _seeds_of_belief(people.belief))
    for part in parts(grown, lambda share: 0.003 < share < _MOST):
        if outline_support(luma, part) >= _SUPPORTED_PEOPLE:
            figures += _shared(part, faces, people.bodies)
    return figures


def _holds_limbs(part: NDArray[np.bool_], body: Body) -> bool:
    """Whether the arms and legs that are seen lie in the outline: otherwise they are misread."""
    rows, columns = part.shape
    grown = cv2.dilate(part.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    x, y = body.joints[11:29].T
    seen = (body.seen[11:29] > _SEEN) & (x >= 0) & (y >= 0) & (x < columns) & (y < rows)
    inside = grown[y[seen].astype(int), x[seen].astype(int)]
    return len(inside) == 0 or float(inside.mean()) >= _LIMBS


def _seeds_of_belief(belief: NDArray[np.float32]) -> NDArray[np.uint8]:
    near = cv2.dilate((belief > _DOUBTED).astype(np.uint8), np.ones((2 * _GIVE + 1,) * 2, np.uint8))
    core = cv2.erode((belief > 0.75).astype(np.uint8), np.ones((5, 5), np.uint8))
    seeds = np.full(belief.shape, cv2.GC_BGD, np.uint8)
    seeds[near > 0] = cv2.GC_PR_BGD
    seeds[belief > _BELIEVED] = cv2.GC_PR_FGD
    seeds[core > 0] = cv2.GC_FGD
    return seeds


def _shared(
    part: NDArray[np.bool_], faces: Sequence[FaceBox], bodies: Sequence[Body]
) -> list[Figure]:
    """The people of a group: every pixel goes to the body it most likely belongs to."""
    claims: list[Figure] = []
    free = list(faces)
    for body in bodies:
        if body.matte[part].sum() < 0.5 * body.matte.sum() or not _holds_limbs(part, body):
            continue
        own = next((face for face in free if _is_head(body, face, part.shape)), None)
        if own is not None:
            free.remove(own)
        claims.append(Figure(body.matte, _foot(part, own, body), body, body.sure))
    claims += [
        Figure(_trunk(face, part.shape), _foot(part, face, None), person=True)
        for face in free
        if part[_row_column(face, part.shape)]
    ]
    if not claims:
        return [Figure(soften(part), _lowest(part))]
    owner = _owners([claim.matte for claim in claims])
    matte = soften(part)
    return [
        replace(claim, matte=np.where(owner == n, matte, 0).astype(np.float32))
        for n, claim in enumerate(claims)
        if (part & (owner == n)).any()
    ]


def _owners(claims: Sequence[NDArray[np.float32]]) -> NDArray[np.intp]:
    """``(h, w)`` number of the claim that is strongest, or nearest where none is."""
    side = max(claims[0].shape)
    strength = [cv2.GaussianBlur(claim, (0, 0), 0.01 * side) for claim in claims]
    away = [
        cv2.distanceTransform((claim < 0.5).astype(np.uint8), cv2.DIST_L2, 5) for claim in claims
    ]
    return np.asarray((np.stack(strength) - np.stack(away) / side).argmax(axis=0))


def _is_head(body: Body, face: FaceBox, shape: tuple[int, ...]) -> bool:
    x, y = body.joints[:11].mean(axis=0) / (shape[1], shape[0])
    return bool(
        -0.2 * face[2] < x - face[0] < 1.2 * face[2]
        and -0.2 * face[3] < y - face[1] < 1.2 * face[3]
    )


def _trunk(face: FaceBox, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Where the body of a face without a pose may be."""
    claim = np.zeros(shape[:2], np.float32)
    left, top, width, height = face
    x, y = (left + width / 2) * shape[1], (top + height / 2) * shape[0]
    high = height * shape[0]
    cv2.ellipse(
        claim, (round(x), round(y)), (round(0.6 * high), round(0.8 * high)), 0, 0, 360, 1.0, -1
    )
    center, axes = (round(x), round(y + 2.6 * high)), (round(high), round(2.2 * high))
    cv2.ellipse(claim, center, axes, 0, 0, 360, 0.8, -1)
    return claim


def _foot(part: NDArray[np.bool_], face: FaceBox | None, body: Body | None) -> float:
    """Row on which a person stands: seen, or told by the size of the face or of the trunk."""
    rows = len(part)
    lowest = _lowest(part)
    if body is not None and body.seen[27:29].max() > 0.6 and body.joints[27:29, 1].max() < rows:
        return float(body.joints[27:33, 1].max())
    if face is not None:
        return max(min(lowest, rows - 3.0), float((face[1] + _STANDING * face[3]) * rows))
    if body is not None:
        hips, shoulders = body.joints[23:25, 1].mean(), body.joints[11:13, 1].mean()
        return float(hips + 1.6 * abs(hips - shoulders))
    return lowest


def _lowest(part: NDArray[np.bool_]) -> float:
    return float(np.percentile(np.flatnonzero(part.any(axis=1)), 98))


def _row_column(face: FaceBox, shape: tuple[int, ...]) -> tuple[int, int]:
    """Pixel in the middle of a face."""
    row, column = (face[1] + face[3] / 2) * shape[0], (face[0] + face[2] / 2) * shape[1]
    return min(max(int(row), 0), shape[0] - 1), min(max(int(column), 0), shape[1] - 1)


def _holds_all(figures: Sequence[Figure], faces: Sequence[FaceBox]) -> bool:
    """Whether every face belongs to a figure: of a group all are cut out, or none."""
    if not figures:
        return False
    together = np.max([figure.matte for figure in figures], axis=0)
    return all(_head(together, face).mean() > 0.9 for face in faces)


def _head(values: NDArray[np.float32], face: FaceBox) -> NDArray[np.float32]:
    """The part of a map that a face box and the hair above it cover."""
    rows, columns = values.shape
    left, right = face[0] * columns, (face[0] + face[2]) * columns
    top, bottom = (face[1] - 0.1 * face[3]) * rows, (face[1] + 1.1 * face[3]) * rows
    part = values[max(0, int(top)) : int(bottom) + 1, max(0, int(left)) : int(right) + 1]
    return part if part.size else np.zeros((1, 1), np.float32)


def _seeds_of_faces(faces: Sequence[FaceBox], rows: int, columns: int) -> NDArray[np.uint8]:
    """Sure and likely figure below each face, sure background away from all bodies."""
    seeds = np.full((rows, columns), cv2.GC_BGD, np.uint8)
    boxes = [(x * columns, y * rows, w * columns, h * rows) for x, y, w, h in faces]
    for x, y, w, h in boxes:
        _fill(seeds, (x - 2.6 * w, y - 1.4 * h, x + 3.6 * w, y + 10 * h), cv2.GC_PR_BGD)
    for x, y, w, h in boxes:
        _fill(seeds, (x - 0.75 * w, y + 1.2 * h, x + 1.75 * w, y + 4.2 * h), cv2.GC_PR_FGD)
        _fill(seeds, (x - 0.4 * w, y + 4.2 * h, x + 1.4 * w, y + 7.5 * h), cv2.GC_PR_FGD)
        _fill(seeds, (x - 0.1 * w, y - 0.35 * h, x + 1.1 * w, y + h), cv2.GC_PR_FGD)
    for x, y, w, h in boxes:
        center = (round(x + w / 2), round(y + h / 2))
        axes = (max(1, round(w * 0.42)), max(1, round(h * 0.5)))
        cv2.ellipse(seeds, center, axes, 0, 0, 360, cv2.GC_FGD, -1)
        _fill(seeds, (x + 0.1 * w, y + 1.5 * h, x + 0.9 * w, y + 3.0 * h), cv2.GC_FGD)
    return seeds


def _fill(seeds: NDArray[np.uint8], box: tuple[float, float, float, float], value: int) -> None:
    left, top, right, bottom = (max(0, round(edge)) for edge in box)
    seeds[top:bottom, left:right] = value


def _seeds_of_contrast(small: Frame) -> NDArray[np.uint8] | None:
    """What differs in tone from the rim of the picture; None when nothing stands out."""
    luma = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    rows, columns = luma.shape
    smooth = cv2.GaussianBlur(luma, (0, 0), 2.0)
    # every row is compared with its own two ends: sky, sea and ground differ from each other
    rim = max(3, columns // 12)
    ends = np.concatenate([smooth[:, :rim], smooth[:, -rim:]], axis=1)
    middle = cv2.GaussianBlur(np.median(ends, axis=1)[:, None], (1, 0), 1, sigmaY=8.0)
    width = cv2.GaussianBlur(np.std(ends, axis=1).astype(np.float32)[:, None], (1, 0), 1, sigmaY=8)
    apart = np.abs(smooth - middle) / (width + 8.0)
    x = np.linspace(-1, 1, columns)[None]
    apart = apart * np.exp(-((x / 0.65) ** 4))
    sure, likely = apart > 4.0, apart > 2.4
    if not 0.01 < sure.mean() < 0.5:
        return None
    seeds = np.full((rows, columns), cv2.GC_PR_BGD, np.uint8)
    seeds[likely] = cv2.GC_PR_FGD
    seeds[cv2.erode(sure.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = cv2.GC_FGD
    seeds[:, : rim // 2] = seeds[:, columns - rim // 2 :] = cv2.GC_BGD
    return seeds


def _cramped(part: NDArray[np.bool_], seeds: NDArray[np.uint8]) -> bool:
    """Whether the figure runs along the limit it was given: it would have grown on."""
    edge = cv2.morphologyEx(part.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    limit = cv2.dilate((seeds == cv2.GC_BGD).astype(np.uint8), np.ones((5, 5), np.uint8))
    return float((limit[edge > 0] > 0).mean()) > 0.05


def _whole_body(part: NDArray[np.bool_], faces: Sequence[FaceBox]) -> bool:
    """Whether a person is cut out down to the feet or to the picture's lower edge."""
    highest = tallest([face for face in faces if part[_row_column(face, part.shape)]])
    rows = np.flatnonzero(part.any(axis=1))
    at_edge = bool(part[-3:].any()) and part[-3:].any(axis=0).mean() > 0.15
    return at_edge or len(rows) > 6.5 * highest * len(part) > 0


def _background_around(
    luma: NDArray[np.uint8], part: NDArray[np.bool_], seeds: NDArray[np.uint8]
) -> bool:
    """Whether what lies next to the outline has tones that the background far away has too.

    Where it has not, a piece of the figure was left behind.
    """
    far = luma[(seeds == cv2.GC_BGD) & ~part]
    around = luma[ring(part, 4, 10)]
    if far.size < 50 or around.size == 0:
        return True
    low, high = np.percentile(far, [6, 94])
    return float(((around >= low - 12) & (around <= high + 12)).mean()) > 0.8
