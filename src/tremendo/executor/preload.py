"""Libraries that every worker needs, loaded once before workers are forked.

Each worker is one thread: tasks run side by side, and small solves are many times slower when the
threads of several libraries contend.
"""

import os

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import cv2  # noqa: E402
import numpy as np  # noqa: E402, F401
import scipy.ndimage  # noqa: E402, F401

import tremendo.executor.worker  # noqa: E402
import tremendo.media  # noqa: E402, F401

cv2.setNumThreads(1)
