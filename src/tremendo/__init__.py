"""tremendo: old film, period photographs and a song into a finished music video.

The library offers what the commands offer::

    import tremendo as tr

    song = tr.listen("song.ogg")
    clip = tr.describe_clip(Path("reel.mkv"), "film", ("acrobats",))
    project = tr.Project(Path("my.tremendo"), (Path("footage"),), Path("song.ogg"))
    tr.make(project, Path("film.mp4"))
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tremendo.archive import describe_clip
    from tremendo.deliver.provenance import verify
    from tremendo.finish.animate import MotionOptions, MusicCues, ShotFormat, animate_photo
    from tremendo.finish.color.film import colorize_film
    from tremendo.finish.color.photo import colorize_photo
    from tremendo.finish.restore.chain import restore_film
    from tremendo.media import open_frames, read_photo
    from tremendo.montage import propose
    from tremendo.music import listen
    from tremendo.pipeline import make
    from tremendo.project import Project

# Nothing leaves the machine: onnxruntime would look up a telemetry host when a network runs. Here,
# since every process that opens one (workers, Ray's too) imports this package first.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

_HOMES = {
    "Project": "project",
    "MotionOptions": "finish.animate",
    "MusicCues": "finish.animate",
    "ShotFormat": "finish.animate",
    "animate_photo": "finish.animate",
    "colorize_film": "finish.color.film",
    "colorize_photo": "finish.color.photo",
    "describe_clip": "archive",
    "listen": "music",
    "make": "pipeline",
    "open_frames": "media",
    "propose": "montage",
    "read_photo": "media",
    "restore_film": "finish.restore.chain",
    "verify": "deliver.provenance",
}

__all__ = [
    "MotionOptions",
    "MusicCues",
    "Project",
    "ShotFormat",
    "animate_photo",
    "colorize_film",
    "colorize_photo",
    "describe_clip",
    "listen",
    "make",
    "open_frames",
    "propose",
    "read_photo",
    "restore_film",
    "verify",
]


def __getattr__(name: str) -> object:
    """Load a room when something of it is first used: importing tremendo costs nothing."""
    if name in _HOMES:
        return getattr(import_module(f"tremendo.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'tremendo' has no attribute '{name}'")
