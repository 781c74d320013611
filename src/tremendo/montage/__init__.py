"""A song understood and a described archive go in, cuts come out: what is cut where, and why.

| module | what it does |
|---|---|
| `treatment`, `suggest` | the chapters of the film: read from TOML, or written by the machine |
| `beat_grid`, `pacing`, `grid`, `cells` | where a cut may fall, how long shots may be |
| `takes`, `shortlist`, `clusters` | excerpts of the archive, the few looked at, their kinds |
| `match`, `neighbors`, `transitions`, `motion_peaks` | how well a take fits a cell |
| `solve`, `beam` | which take stands in which cell |
| `effects`, `style` | retimes and devices of an editor; the style of a reference film |
| `proposal`, `reasons` | whole cuts, as different as may be; why each shot stands there |
| `timeline`, `interchange` | the cut in exact frames; files for editing programs |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tremendo.montage.interchange.otio import read_otio, write_otio
    from tremendo.montage.proposal import CutWishes, alternatives, overlap, propose, resolve
    from tremendo.montage.reasons import explain
    from tremendo.montage.suggest import suggest_treatment
    from tremendo.montage.timeline import CutFormat, RetimeSegment, Slot, Timeline
    from tremendo.montage.treatment import Chapter, Treatment, read_treatment

__all__ = [
    "Chapter",
    "CutFormat",
    "CutWishes",
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

_MODULES = {
    "interchange.otio": ("read_otio", "write_otio"),
    "proposal": ("CutWishes", "alternatives", "overlap", "propose", "resolve"),
    "reasons": ("explain",),
    "suggest": ("suggest_treatment",),
    "timeline": ("CutFormat", "RetimeSegment", "Slot", "Timeline"),
    "treatment": ("Chapter", "Treatment", "read_treatment"),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a module when something of it is used: ``tremendo --help`` stays fast."""
    if name in _HOME:
        from importlib import import_module

        return getattr(import_module(f"tremendo.montage.{_HOME[name]}"), name)
    raise AttributeError(name)
