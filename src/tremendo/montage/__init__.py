"""The montage: where the film is cut, which shot stands where, and why.

``propose`` makes whole cuts from a song and a described archive; ``explain`` says why a shot
stands in its slot; ``interchange`` hands the cut to editing programs.
"""

from __future__ import annotations

from tremendo.montage.explain import explain
from tremendo.montage.interchange.otio import read_otio, write_otio
from tremendo.montage.propose import propose, resolve
from tremendo.montage.suggest import suggest_treatment
from tremendo.montage.timeline import Slot, Timeline
from tremendo.montage.treatment import Chapter, Treatment, read_treatment

__all__ = [
    "Chapter",
    "Slot",
    "Timeline",
    "Treatment",
    "explain",
    "propose",
    "read_otio",
    "read_treatment",
    "resolve",
    "suggest_treatment",
    "write_otio",
]
