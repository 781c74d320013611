"""A cut goes in, a file for an editing program comes out: a registry of exporters.

| module | what it does |
|---|---|
| `events` | each stretch of a slot as a place in a file; markers; names that can be written |
| `registry` | the exporters by name and by the suffix of a file |
| `otio`, `fcp7`, `fcpxml`, `edl`, `mlt`, `kdenlive` | one format each |
"""

from __future__ import annotations

from tremendo.montage.interchange.registry import EXPORTERS, Exporter, export, exporter_of

__all__ = ["EXPORTERS", "Exporter", "export", "exporter_of"]
