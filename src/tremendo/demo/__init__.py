"""Material for a small film that the package makes itself: see :mod:`tremendo.demo.material`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tremendo.demo.material import Material, make_material

__all__ = ["Material", "make_material"]


def __getattr__(name: str) -> object:
    """Load the painters only when they are used."""
    if name in __all__:
        from tremendo.demo import material

        return getattr(material, name)
    raise AttributeError(name)
