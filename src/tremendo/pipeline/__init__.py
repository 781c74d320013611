"""The plan of a film: which work a project needs now, why, and doing it.

The only room that knows all acts. ``steps`` says what there is to do and whether it is stale,
``work`` holds the calls that run in worker processes, ``acts`` goes through the acts in order.
"""

from __future__ import annotations

from tremendo.core.progress import Progress
from tremendo.pipeline.acts import Made, make
from tremendo.pipeline.steps import Planned

__all__ = ["Made", "Planned", "Progress", "make"]
