"""The montage: where the film is cut, which shot stands where, and why.

``propose`` makes whole cuts from a song and a described archive; ``explain`` says why a shot
stands in its slot; ``interchange`` hands the cut to editing programs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tremendo.montage.explain import explain
from tremendo.montage.propose import alternatives, overlap, propose, resolve
from tremendo.montage.suggest import suggest_treatment
from tremendo.montage.timeline import RetimeSegment, Slot, Timeline
from tremendo.montage.treatment import Chapter, Treatment, read_treatment

if TYPE_CHECKING:
    from tremendo.montage.interchange.otio import read_otio, write_otio

__all__ = [
    "Chapter",
    "RetimeSegment",
    "Slot",
    "Timeline",
    "Treatment",
    "alternatives",
    "explain",
    "overlap",
    "propose",
    "read_otio",
    "read_treatment",
    "resolve",
    "suggest_treatment",
    "write_otio",
]


def __getattr__(name: str) -> object:
    """Load OpenTimelineIO only when it is used."""
    if name in {"read_otio", "write_otio"}:
        from tremendo.montage.interchange import otio

        return getattr(otio, name)
    raise AttributeError(name)
