"""Face engines by name; nothing heavy is imported before one is asked for.

A factory is a class of :class:`~tremendo.finish.animate.face.engine.FaceEngine`. Packages of others
bring theirs by an entry point of the group ``tremendo.face_engines``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tremendo.core.registry import Registry

if TYPE_CHECKING:
    from tremendo.finish.animate.face.engine import FaceEngine

__all__ = ["FACE_ENGINES"]

_ROOM = "tremendo.finish.animate.face"

FACE_ENGINES: Registry[FaceEngine] = Registry("face engines")
FACE_ENGINES.register(
    "mesh",
    f"{_ROOM}.renderer.engine:RetouchedEngine",
    "the photograph bent along a mesh, its eyelids retouched by tremendo's own network",
)
FACE_ENGINES.register("geometry", f"{_ROOM}.mesh.engine:MeshEngine", "the same without the network")
FACE_ENGINES.register(
    "liveportrait",
    f"{_ROOM}.liveportrait.engine:LivePortraitEngine",
    "painted by LivePortrait's networks, if you have added its weights; slow",
)
