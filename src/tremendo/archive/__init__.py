"""The archive understood: what is there, at what true speed, in which shots, showing what."""

from __future__ import annotations

from tremendo.archive.contact_sheet import contact_sheet
from tremendo.archive.ingest import clip_frames, describe_clip
from tremendo.archive.types import Clip, FaceBox, Shot

__all__ = ["Clip", "FaceBox", "Shot", "clip_frames", "contact_sheet", "describe_clip"]
