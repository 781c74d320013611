"""Color engines by name; nothing heavy is imported before one is opened.

A factory takes the engine's weights (a file, an entry of the catalog, or None for its own) and
returns a :class:`~tremendo.finish.color.engine.ColorEngine`. Packages of others bring theirs by an
entry point of the group ``tremendo.color_engines``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tremendo.core.registry import Registry

if TYPE_CHECKING:
    from tremendo.finish.color.engine import ColorEngine

__all__ = ["COLOR_ENGINES"]

_ROOM = "tremendo.finish.color.engines"

COLOR_ENGINES: Registry[ColorEngine] = Registry("color engines")
COLOR_ENGINES.register(
    "embedded", f"{_ROOM}.embedded:EmbeddedEngine", "tremendo's own network, always there"
)
COLOR_ENGINES.register(
    "ddcolor", f"{_ROOM}.ddcolor:DDColorEngine", "a DDColor network that you have (ONNX)"
)
COLOR_ENGINES.register(
    "deoldify", f"{_ROOM}.deoldify:DeOldifyEngine", "a DeOldify network that you have (ONNX)"
)
