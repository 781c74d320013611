"""Libraries that every worker needs, loaded once before workers are forked."""

import av  # noqa: F401
import cv2
import numpy as np  # noqa: F401
import scipy.ndimage  # noqa: F401

cv2.setNumThreads(1)
