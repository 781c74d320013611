"""A plan of a photograph's motion goes in; its frames, and what was really done, come out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import repeat

import cv2
import numpy as np

from tremendo.errors import NothingUsableError
from tremendo.finish.animate.analysis.flow_regions import FlowRegion
from tremendo.finish.animate.analysis.photo import PhotoAnalysis
from tremendo.finish.animate.camera.framing import PhotoWindow
from tremendo.finish.animate.camera.parallax import film_photo
from tremendo.finish.animate.face.performance import perform
from tremendo.finish.animate.flow.cinemagraph import Cinemagraph
from tremendo.finish.animate.options import ShotFormat
from tremendo.finish.animate.plan import CameraShot, FacePerformance, MotionPlan
from tremendo.finish.animate.record import MotionRecord
from tremendo.media.frames import Frame

__all__ = ["Rendered", "render"]

_PUSH = 0.06
"""How much closer the camera comes during a close-up."""


@dataclass(frozen=True)
class Rendered:
    """A photograph in motion."""

    frames: Iterator[Frame]
    """``(height, width, 3) uint8 RGB``, as many as the shot has."""
    record: MotionRecord
    """What was really done."""


def render(analysis: PhotoAnalysis, plan: MotionPlan, form: ShotFormat) -> Rendered:
    """Carry out a plan.

    Args:
        analysis: of the photograph that the plan was made for.
        plan: what is to move.
        form: of the frames, as when it was planned.

    Raises:
        NothingUsableError: no face of a performance turns as it is told: plan the shot again.
        MediaError: the photograph is too small to be filmed.
        UsageError: a mask of another size than the photograph's.
    """
    if isinstance(plan, FacePerformance):
        return _performed(analysis, plan, form)
    return _filmed(analysis, plan, form)


def _performed(analysis: PhotoAnalysis, plan: FacePerformance, form: ShotFormat) -> Rendered:
    picture = analysis if plan.window is None else analysis.close_up(plan.window.part, form.size)
    frames, moved = _faces(picture, plan)
    frames = _flowing(picture.photo, plan.flows, plan.bar, form, frames)
    if plan.window is not None:
        frames = _nearing(frames, _focus(analysis, plan.window, form), form)
    record = MotionRecord(
        "face",
        statement="; ".join(["face set in motion", *_loop_in_words(plan.flows)]),
        engine=plan.engine,
        performance=plan.performance,
        faces=moved,
        flows=tuple(region.kind for region in plan.flows),
        reason=plan.reason,
    )
    return Rendered(frames, record)


def _faces(analysis: PhotoAnalysis, plan: FacePerformance) -> tuple[Iterator[Frame], int]:
    return perform(
        analysis.photo,
        plan.faces,
        plan.motions,
        finder=analysis.finder,
        engine=plan.engine,
        seed=plan.seed,
    )


def _filmed(analysis: PhotoAnalysis, plan: CameraShot, form: ShotFormat) -> Rendered:
    living, engine = None, ""
    if plan.faces is not None:
        try:
            living, _ = _faces(analysis, plan.faces)
            engine = plan.faces.engine
        except NothingUsableError:
            living = None
    people = plan.people or living is not None
    if plan.flows or plan.camera is None:
        living = _flowing(analysis.photo, plan.flows, plan.bar, form, living)
    frames = living if plan.camera is None else film_photo(analysis, plan.camera, form, living)
    assert frames is not None
    record = MotionRecord(
        "parallax",
        refused=plan.refused,
        statement=_statement(plan, people=people),
        engine=engine,
        people=people,
        flows=tuple(region.kind for region in plan.flows),
        move="" if plan.camera is None else plan.camera.move,
        reason=plan.move_reason or plan.reason,
    )
    return Rendered(frames, record)


def _statement(plan: CameraShot, *, people: bool) -> str:
    """What is done, in words."""
    said = []
    if plan.camera is None:
        said.append(plan.reason)
    else:
        if plan.reason:
            told = plan.reason == "as told"
            said.append(f"{plan.motion}{', ' if told else ': '}{plan.reason}")
        said.append(f"camera move {plan.camera.move} ({plan.move_reason})")
    if plan.still:
        said.append(f"a {plan.still} keeps still")
    if people:
        said.append("the people in the picture stir")
    if plan.camera is not None:
        said += _loop_in_words(plan.flows)
    if plan.refused:
        said.append(f"no moving face: {plan.refused}")
    return "; ".join(said)


def _loop_in_words(flows: Sequence[FlowRegion]) -> list[str]:
    kinds = " and ".join(region.kind for region in flows)
    return [f"{kinds} in a loop of a bar"] if kinds else []


def _flowing(
    photo: Frame,
    flows: Sequence[FlowRegion],
    bar: float,
    form: ShotFormat,
    living: Iterator[Frame] | None,
) -> Iterator[Frame]:
    """The photograph with its water and leaves in motion, and its faces if they are."""
    moving = [Cinemagraph(photo, flow.area, flow.way, period=bar) for flow in flows]
    frames = repeat(photo, form.frames) if living is None else living
    if not moving:
        return frames
    return (
        reduce(lambda frame, one: one.frame(frame, float(n / form.fps)), moving, seen)
        for n, seen in enumerate(frames)
    )


def _focus(analysis: PhotoAnalysis, window: PhotoWindow, form: ShotFormat) -> tuple[float, float]:
    """Where in a close-up's frame a viewer looks, in pixels."""
    (width, height), (x, y) = analysis.size, analysis.composition.focus
    left, top = window.part[:2]
    return (
        float(np.clip((x * width - left) / window.width, 0.2, 0.8)) * form.width,
        float(np.clip((y * height - top) / window.height, 0.2, 0.8)) * form.height,
    )


def _nearing(
    frames: Iterator[Frame], center: tuple[float, float], form: ShotFormat
) -> Iterator[Frame]:
    """The frames, slowly nearing a point."""
    for number, frame in enumerate(frames):
        along = number / max(1, form.frames - 1)
        zoom = 1 + _PUSH * along * along * (3 - 2 * along)
        shift = np.array(
            [[zoom, 0, (1 - zoom) * center[0]], [0, zoom, (1 - zoom) * center[1]]], np.float64
        )
        flags, border = cv2.INTER_CUBIC, cv2.BORDER_REFLECT
        moved = cv2.warpAffine(frame, shift, form.size, flags=flags, borderMode=border)
        yield np.asarray(moved, dtype=np.uint8)
