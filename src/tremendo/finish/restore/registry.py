"""Restoration steps by name, in the order of the chain; none is imported before it is made.

A factory takes the step's own options, where it has some, and returns a
:class:`~tremendo.finish.restore.step.RestorationStep`. Packages of others bring theirs by an entry
point of the group ``tremendo.restoration_steps``; their factories take nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tremendo.core.registry import Registry

if TYPE_CHECKING:
    from tremendo.finish.restore.step import RestorationStep

__all__ = ["CHAIN_ORDER", "RESTORATION_STEPS", "SWITCHABLE"]

RESTORATION_STEPS: Registry[RestorationStep] = Registry("restoration steps")

_ROOM = "tremendo.finish.restore"
_OURS = (
    ("deflicker", "deflicker:Deflicker", "brightness that jumps is brought to a smooth course"),
    ("stabilize", "stabilize:Stabilize", "gate weave is taken out, camera moves stay"),
    ("mend", "frame_repair:FrameRepair", "torn frames are rebuilt from their neighbors"),
    ("scratch", "scratch:Scratch", "vertical line scratches are subtracted"),
    ("motion", "motion:MotionEstimation", "optical flow to both neighbors, for later steps"),
    ("splice", "splice:Splice", "marks of a splice are rebuilt from the neighbors"),
    ("dust", "dust:Dust", "dust and blotches are filled from the neighbors"),
    ("denoise", "denoise:Denoise", "grain is averaged along the motion"),
    ("tone", "tone:ToneCorrection", "faded blacks and whites are brought back"),
    ("learned", "enlarge:LearnedRestoration", "a restoration network of the user's"),
    ("upscale", "enlarge:Enlarge", "enlarged by iterative back-projection"),
    ("grain", "grain:Grain", "a share of the grain is given back"),
)
for _name, _factory, _summary in _OURS:
    RESTORATION_STEPS.register(_name, f"{_ROOM}.{_factory}", _summary)

CHAIN_ORDER = tuple(name for name, _, _ in _OURS)
"""The package's own steps, in the order in which they run."""
SWITCHABLE = tuple(n for n in CHAIN_ORDER if n not in {"motion", "splice", "learned", "upscale"})
"""Those that a user may leave out: ``motion`` comes with those that need it, ``splice`` with
``mend``, and the other two only when they are asked for."""
