"""Networks in place of LivePortrait's, whose answers are known."""

import cv2
import numpy as np

from tremendo.finish.animate.face.liveportrait.crop import PAINTED
from tremendo.finish.animate.face.liveportrait.networks import Reading
from tremendo.perception.face_geometry import rotation

POINTS = np.random.default_rng(0).uniform(-0.6, 0.6, (21, 3))


class StandIns:
    """Networks that read brightness as expression and paint by shifting the crop."""

    def __init__(self, pose=(0.0, 0.0, 0.0)):
        self.turn = rotation(*pose)
        self.asked: list[tuple[np.ndarray, np.ndarray]] = []
        self.lid_wishes: list[float] = []

    def read(self, crop):
        bright = crop[300:400, 180:330].mean() / 255
        mien = np.full((21, 3), bright)
        return Reading(self.turn, POINTS, mien, np.array([0.02, -0.03]), 1.4)

    def appearance(self, crop):
        return crop.astype(np.float32)

    def stitched(self, source, driving):
        return driving

    def lids(self, source, opening, target):
        self.lid_wishes.append(target / np.mean(opening))
        return np.full((21, 3), 0.25 * self.lid_wishes[-1])

    def picture(self, volume, driving, source):
        self.asked.append((driving, source))
        right, down = (driving - source).mean(axis=0)[:2] * (PAINTED / 2)
        there = np.array([[1, 0, right], [0, 1, down]])
        size = (PAINTED, PAINTED)
        return cv2.warpAffine(volume, there, size, borderMode=cv2.BORDER_REPLICATE)
