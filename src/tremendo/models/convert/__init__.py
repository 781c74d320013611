"""Networks of others, from the checkpoints their authors publish to ONNX.

tremendo may not pass these weights on; who has them runs them under the same steady pipeline,
colors (``finish/color/foreign.py``), faces (``finish/animate/face/liveportrait``) and frames in
between (``finish/interpolate/rife.py``). A checkpoint is read without running anything it says.
"""

from tremendo.models.convert.convert import convert
from tremendo.models.convert.liveportrait_bundle import convert_liveportrait
from tremendo.models.convert.rife import convert_rife

__all__ = ["convert", "convert_liveportrait", "convert_rife"]
