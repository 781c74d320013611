"""Color networks of others, from the checkpoints their authors publish to ONNX.

tremendo may not pass these weights on; who has them runs them under the same steady pipeline
(``finish/color/foreign.py``). A checkpoint is read without running anything it says.
"""

from tremendo.train.foreign.convert import convert

__all__ = ["convert"]
