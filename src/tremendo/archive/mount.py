"""A scanned print goes in, and where the print lies on its mount comes out.

*Why.* Cartes de visite and stereo cards are neutral or toned prints on yellow, maroon or green
card. Judged with their mount they count as color photographs and are left as they are.
"""

from __future__ import annotations

import cv2
import numpy as np

from tremendo.archive.exposure import chroma_beyond_tint
from tremendo.media.frames import Frame

__all__ = ["print_box", "print_chroma"]

_SIDE = 160
_NEAR = 14.0
"""CIELAB distance from the color of the card within which a place is card (grain, shading)."""
_EVEN = 0.7
"""Least share of the outermost ring that has the color of the card."""
_LEAST, _MOST = 0.12, 0.9
"""Shares of the picture that a print on a mount can take."""


def print_box(frame: Frame) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the print on its mount; the whole picture without a mount.

    A mount is one even color all around that reaches in from the edges.

    Args:
        frame: ``(H, W, 3) uint8 RGB``.
    """
    height, width = frame.shape[:2]
    whole = 0, 0, width, height
    scale = min(1.0, _SIDE / max(height, width))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    lab = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2LAB), dtype=np.float32)
    ring = np.ones(lab.shape[:2], bool)
    ring[2:-2, 2:-2] = False
    card = np.linalg.norm(lab - np.median(lab[ring], axis=0), axis=2) < _NEAR
    if card[ring].mean() < _EVEN:
        return whole
    rest = cv2.morphologyEx((~card).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    rows, columns = (np.flatnonzero(rest.mean(axis=axis) > 0.1) for axis in (1, 0))
    if not len(rows) or not len(columns):
        return whole
    shares = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]) / np.tile(size, 2)
    left, top, right, bottom = np.round(shares * np.tile([width, height], 2)).astype(int)
    covered = (right - left) * (bottom - top) / (width * height)
    return (int(left), int(top), int(right), int(bottom)) if _LEAST < covered < _MOST else whole


def print_chroma(frame: Frame) -> float:
    """Chroma that no tint explains (CIELAB units), of a photograph apart from its mount."""
    left, top, right, bottom = print_box(frame)
    return chroma_beyond_tint(np.ascontiguousarray(frame[top:bottom, left:right]))
