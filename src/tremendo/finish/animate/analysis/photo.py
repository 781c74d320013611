"""A photograph goes in; whatever is asked about it comes out, and is worked out once.

*Why.* Faces, depth and composition cost seconds and are needed in many places. Nobody else looks
for them: they are properties here, computed when first asked and then kept with the photograph.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import cv2
import numpy as np

from tremendo.errors import ModelMissingError
from tremendo.finish.animate.analysis.appearance import AppearanceMaps
from tremendo.finish.animate.analysis.composition import (
    Composition,
    FaceBox,
    read_composition,
    shrunk,
    tallest,
)
from tremendo.finish.animate.analysis.depth import Depth, estimate_depth
from tremendo.finish.animate.analysis.flow_regions import FlowRegion, find_flow_regions
from tremendo.finish.animate.analysis.people import People, find_people
from tremendo.media.frames import Frame
from tremendo.perception.depiction import Medium, face_media
from tremendo.perception.faces import Face, FaceFinder, face_finder

__all__ = ["PhotoAnalysis"]


class PhotoAnalysis:
    """One photograph and what is known of it.

    Args:
        photo: ``(H, W, 3) uint8 RGB``.
        boxes: faces that are known, as fractions of the picture; None where nobody has looked.
        finder: to be used instead of the process's own.
    """

    def __init__(
        self,
        photo: Frame,
        boxes: Sequence[FaceBox] | None = None,
        finder: FaceFinder | None = None,
    ) -> None:
        self.photo = photo
        self._known = None if boxes is None else tuple(boxes)
        self._finder = finder
        self._close_ups: dict[tuple[int, ...], PhotoAnalysis] = {}

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.photo.shape[1], self.photo.shape[0]

    @property
    def finder(self) -> FaceFinder:
        """What finds faces.

        Raises:
            ModelMissingError: the face model is not on this machine.
        """
        if self._finder is None:
            self._finder = face_finder()
        return self._finder

    @cached_property
    def small(self) -> Frame:
        """The photograph with a long side of at most 400 pixels."""
        return shrunk(self.photo)

    @cached_property
    def faces(self) -> list[Face]:
        """The faces in reading order; none where it is known that there are none."""
        return [] if self._known == () else self.finder.find(self.photo)

    @cached_property
    def boxes(self) -> tuple[FaceBox, ...]:
        """The faces as fractions of the picture."""
        if self._known is not None:
            return self._known
        width, height = self.size
        return tuple(
            (face.box[0] / width, face.box[1] / height, face.width / width, face.height / height)
            for face in self.faces
        )

    def face_at(self, box: tuple[float, float, float, float]) -> list[Face]:
        """The face in a box that a person drew (left, top, right, bottom in pixels), if any."""
        face = self.finder.at(self.photo, box)
        return [] if face is None else [face]

    def depicted(self, faces: Sequence[Face]) -> list[Medium]:
        """What each of the faces is made of."""
        if any(all(face is not one for one in self.faces) for face in faces):
            return face_media(self.photo, [face.box for face in faces])
        return [
            medium
            for face, medium in zip(self.faces, self._media, strict=True)
            if any(face is one for one in faces)
        ]

    @cached_property
    def _media(self) -> list[Medium]:
        return face_media(self.photo, [face.box for face in self.faces])

    @cached_property
    def depiction(self) -> Medium:
        """What the tallest face is made of; a photograph where there is none."""
        if self.faces:
            return self._media[int(np.argmax([face.height for face in self.faces]))]
        if not self.boxes:
            return "photograph"
        width, height = self.size
        left, top, wide, tall = max(self.boxes, key=lambda box: box[3])
        box = (left * width, top * height, (left + wide) * width, (top + tall) * height)
        return face_media(self.photo, [box])[0]

    @property
    def tallest(self) -> float:
        """Height of the tallest face as a share of the picture's; 0 without any."""
        return tallest(self.boxes)

    @cached_property
    def composition(self) -> Composition:
        """The picture inside its rim, where the eye goes, horizon and vanishing point."""
        return read_composition(self.photo, self.small, self.boxes)

    @cached_property
    def appearance(self) -> AppearanceMaps | None:
        """Likely color and texture; None where the color network is not on this machine."""
        try:
            return AppearanceMaps.of(self.small)
        except ModelMissingError:
            return None

    @cached_property
    def people(self) -> People | None:
        """People as the networks see them in the small picture; None without their weights."""
        return find_people(self.photo, self.boxes, (self.small.shape[1], self.small.shape[0]))

    @cached_property
    def depth(self) -> Depth:
        """How far each place lies, and the figures that stand free."""
        return estimate_depth(
            self.small, self.boxes, self.composition, people=self.people, look=self.appearance
        )

    @cached_property
    def flow_regions(self) -> tuple[FlowRegion, ...]:
        """Water and leaves that surely may flow, the surest first."""
        if self.appearance is None:
            return ()
        found = find_flow_regions(self.size, self.boxes, self.appearance, self.depth.matte)
        return tuple(found)

    def close_up(self, part: tuple[int, int, int, int], size: tuple[int, int]) -> PhotoAnalysis:
        """A part of the photograph (left, top, right, bottom) brought to a size (width, height)."""
        key = (*part, *size)
        if key not in self._close_ups:
            left, top, right, bottom = part
            cut = self.photo[max(0, top) : bottom, max(0, left) : right]
            method = cv2.INTER_AREA if cut.shape[1] > size[0] else cv2.INTER_CUBIC
            scaled = cv2.resize(cut, size, interpolation=method)
            still = np.asarray(scaled, dtype=np.uint8)
            self._close_ups[key] = PhotoAnalysis(still, finder=self._finder)
        return self._close_ups[key]
