"""Interpolators by name; nothing heavy is imported before one is made.

A factory takes nothing and returns an
:class:`~tremendo.finish.interpolate.interpolator.Interpolator`. Packages of others bring theirs by
an entry point of the group ``tremendo.interpolators``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tremendo.core.registry import Registry

if TYPE_CHECKING:
    from tremendo.finish.interpolate.interpolator import Interpolator

__all__ = ["INTERPOLATORS"]

_ROOM = "tremendo.finish.interpolate"

INTERPOLATORS: Registry[Interpolator] = Registry("interpolators")
INTERPOLATORS.register("repeat", f"{_ROOM}.repeat:RepeatInterpolator", "whole frames, repeated")
INTERPOLATORS.register(
    "interpolate",
    f"{_ROOM}.optical_flow:FlowInterpolator",
    "frames in between along the optical flow, where it is reliable",
)
INTERPOLATORS.register("rife", f"{_ROOM}.rife:RifeInterpolator", "likewise, by the network RIFE")
