"""A project goes in, the film comes out: which work it needs now, why, and doing it.

The only room that knows all acts:

- ``session.py``: what a run goes by, read once; ``sources.py``: files that must stay the same;
- ``stage.py``: the seam of a stage; ``stages/``: one file each; ``graph.py``: a session's jobs;
- ``state.py``: why a job is stale; ``runner.py``: does what is stale, each as soon as it is fed;
- ``production.py``: the acts in order; ``proposals.py`` and ``export.py``: other ends of the cut.
"""

from __future__ import annotations

from tremendo.core.progress import Progress
from tremendo.pipeline.production import RunResult, make
from tremendo.pipeline.state import StaleJob

__all__ = ["Progress", "RunResult", "StaleJob", "make"]
