"""Networks of others, from the checkpoints their authors publish to ONNX.

tremendo may not pass these weights on; who has them runs them under the same steady pipeline,
colors (``finish/color/foreign.py``) and faces (``finish/animate/liveportrait``). A checkpoint is
read without running anything it says.
"""

from tremendo.train.foreign.convert import convert
from tremendo.train.foreign.liveportrait_bundle import convert_liveportrait

__all__ = ["convert", "convert_liveportrait"]
