"""Pictures of any shape into the film's frame."""

from __future__ import annotations

import cv2
import numpy as np

from tremendo.archive.types import Shot
from tremendo.media import Frame

__all__ = ["fit_frame", "focus_of", "show_as"]


def fit_frame(
    frame: Frame,
    width: int,
    height: int,
    fit: str = "crop",
    focus: tuple[float, float] = (0.5, 0.42),
) -> Frame:
    """Bring a frame to the film's size without distorting it.

    Args:
        frame: ``(h, w, 3) uint8 RGB``.
        width: of the film.
        height: of the film.
        fit: ``crop`` fills the frame around ``focus``; ``pillarbox`` shows all of it between
            black bars; ``surround`` fills the bars with the picture itself, blurred and dark;
            ``tint`` with one dark shade of its color.
        focus: what must stay in the picture, as fractions of its width and height.
    """
    h, w = frame.shape[:2]
    if (w, h) == (width, height):
        return frame
    if fit == "crop":
        return _scaled(_cropped(frame, width / height, focus), width, height)
    scale = min(width / w, height / h)
    inner_w, inner_h = min(width, round(w * scale)), min(height, round(h * scale))
    inner = _scaled(frame, inner_w, inner_h)
    canvas = np.zeros((height, width, 3), np.uint8)
    if fit == "surround":
        canvas = _surround(frame, width, height)
    elif fit == "tint":
        canvas[:] = _tint(frame)
    top, left = (height - inner_h) // 2, (width - inner_w) // 2
    canvas[top : top + inner_h, left : left + inner_w] = inner
    return canvas


def show_as(frame: Frame, picture: str) -> Frame:
    """A frame of the film as a device wants it: ``mirror`` (the left half and its mirror image),
    ``split`` (its middle third three times side by side), else as it is."""
    width = frame.shape[1]
    if picture == "mirror":
        shown = frame.copy()
        shown[:, width - width // 2 :] = frame[:, : width // 2][:, ::-1]
        return shown
    if picture == "split":
        third = width // 3
        middle = frame[:, (width - third) // 2 : (width - third) // 2 + third]
        return np.pad(np.tile(middle, (1, 3, 1)), ((0, 0), (0, width - 3 * third), (0, 0)), "edge")
    return frame


def _cropped(frame: Frame, shape: float, focus: tuple[float, float]) -> Frame:
    h, w = frame.shape[:2]
    crop_w, crop_h = (
        (w, max(1, round(w / shape))) if w / h < shape else (max(1, round(h * shape)), h)
    )
    left = round(min(max(focus[0] * w - crop_w / 2, 0), w - crop_w))
    top = round(min(max(focus[1] * h - crop_h / 2, 0), h - crop_h))
    return frame[top : top + crop_h, left : left + crop_w]


def _scaled(frame: Frame, width: int, height: int) -> Frame:
    shrinks = width < frame.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(frame, (width, height), interpolation=method), dtype=np.uint8)


def _tint(frame: Frame) -> Frame:
    """A dark shade of a picture's color; of a grey one a warm grey, as of toned paper."""
    mean = frame[::8, ::8].reshape(-1, 3).mean(axis=0)
    if np.ptp(mean) < 4:
        mean = mean.mean() * np.array([1.08, 1.0, 0.88])
    return np.asarray(np.clip(mean * (46 / max(float(mean.max()), 46.0)), 0, 255), np.uint8)


def _surround(frame: Frame, width: int, height: int) -> Frame:
    small = _scaled(
        _cropped(frame, width / height, (0.5, 0.5)), max(2, width // 16), max(2, height // 16)
    )
    soft = cv2.GaussianBlur(small, (0, 0), 3)
    large = cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(large * 0.3, dtype=np.uint8)


def focus_of(shot: Shot) -> tuple[float, float]:
    """What must stay in the picture: the middle of its faces, else a little above the middle."""
    if not shot.faces:
        return (0.5, 0.42)
    weights = [f.width * f.height * f.score for f in shot.faces]
    total = sum(weights) or 1.0
    x = sum(w * (f.x + f.width / 2) for w, f in zip(weights, shot.faces, strict=True)) / total
    y = sum(w * (f.y + f.height / 2) for w, f in zip(weights, shot.faces, strict=True)) / total
    return (x, y + 0.08)
