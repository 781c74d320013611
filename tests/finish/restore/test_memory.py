"""Memory does not grow with the length of a shot."""

import subprocess
import sys

import pytest

_RUN = """
import resource, sys
import cv2, numpy as np
from tests.finish.restore.scenes import grey, world
from tremendo.finish.restore.chain import restore_film

cv2.setNumThreads(1)

class Endless:
    width, height, fps = 160, 128, 16

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def read(self, start=0, stop=None):
        for number in range(start, self.count if stop is None else stop):
            rng = np.random.default_rng(number)
            x = 40 + 30 * np.sin(number / 40)
            move = np.array([[1, 0, -x + rng.normal(0, 1)], [0, 1, -20.0]], np.float32)
            plane = cv2.warpAffine(world(), move, (160, 128)) * rng.normal(1, 0.05)
            yield grey(plane + rng.normal(0, 5, plane.shape))

    def close(self):
        pass

assert sum(1 for _ in restore_film(Endless(int(sys.argv[1])))) == int(sys.argv[1])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def peak(frames):
    """Peak memory of a process that restores so many frames, megabytes."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(frames)], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


@pytest.mark.slow
def test_three_thousand_frames_take_little_more_memory_than_two_hundred():
    short, long = peak(200), peak(3000)
    assert long - short < 12  # the analysis keeps about a kilobyte a frame
