"""Grain given back: the film's own, of the same frame, so that skin does not look like wax."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tremendo.finish.restore.picture import Picture, TemporalWindow

__all__ = ["Grain", "GrainOptions"]


@dataclass(frozen=True)
class GrainOptions:
    """How much grain is given back."""

    share: float = 0.3
    """Share of what the denoise step took away, 0..1."""


class Grain:
    """Adds a share of what the denoise step took away."""

    name = "grain"
    version = 1
    radius = 0

    def __init__(self, options: GrainOptions) -> None:
        self._options = options

    def run(self, window: TemporalWindow, plan: None) -> Picture:  # noqa: ARG002 - the protocol's
        """Give the center its grain back; nothing where the picture was not denoised."""
        picture = window.center
        if picture.grain is None:
            return picture
        return replace(picture, luma=picture.luma + np.float32(self._options.share) * picture.grain)
