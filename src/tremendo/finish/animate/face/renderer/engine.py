"""The default engine: the mesh engine's frames, retouched by tremendo's own network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tremendo.finish.animate.face.mesh.engine import MeshEngine
from tremendo.finish.animate.face.motion import HeadMotion
from tremendo.finish.animate.face.renderer.network import Retouch, renderer
from tremendo.media.frames import Frame
from tremendo.perception.face_geometry import CanonicalFace
from tremendo.perception.faces import Face

__all__ = ["RetouchedEngine"]


class RetouchedEngine(MeshEngine):
    """The photograph bent along meshes, its eyelids retouched; without the network just bent.

    Args:
        photo: the photograph.
        faces: which of its faces move.
        canonical: the face model's mean face.
        seed: of the grain.
        network: an ``onnxruntime.InferenceSession`` to be used instead of the packaged one.
    """

    def __init__(
        self,
        photo: Frame,
        faces: Sequence[Face],
        canonical: CanonicalFace,
        *,
        seed: int,
        network: Any = None,  # noqa: ANN401 - onnxruntime has no types
    ) -> None:
        super().__init__(photo, faces, canonical, seed=seed)
        network = network or renderer()
        self._retouches = (
            [] if network is None else [Retouch(photo, head, network) for head in self.heads]
        )

    def frame(self, motions: Sequence[HeadMotion], number: int) -> Frame:
        """One frame."""
        made = self.rendered(motions, number)
        for retouch, motion, points in zip(self._retouches, motions, made.moved, strict=False):
            retouch.paint(made.picture, motion, number, points, (made.field, self.region))
        return made.picture
