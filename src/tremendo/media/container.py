"""Opening files with PyAV safely: no scripts, no network, typed errors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer

from tremendo.errors import MediaError

__all__ = ["open_container", "reading", "source_file"]

# Demuxers that may be chosen. Playlists and scripts (hls, concat, dash) name other files and are
# left out on purpose.
_DEMUXERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegvideo,mxf,dv,ogg,flac,wav,w64,mp3,"
    "aac,aiff,caf,asf,flv,gif,apng,nut,ivf,y4m,yuv4mpegpipe,h264,hevc,m4v,dpx_pipe,tiff_pipe,"
    "png_pipe,jpeg_pipe,webp_pipe,exr_pipe,swf,rm,vob,"
    # sound alone
    "wv,tta,au,ac3,eac3,dts,dtshd,truehd,mlp,dsf,iff,voc,ape,mpc,mpc8,tak,shn,qoa,amr,gsm,oma"
)


def source_file(path: str | Path) -> Path:
    """The path of a readable, non-empty regular file.

    Raises:
        MediaError: it is absent, empty, a folder, a device, or may not be read.
    """
    path = Path(path)
    if not path.exists():
        raise MediaError("there is no such file", path=path, hint="check the name")
    if not path.is_file():
        raise MediaError("not a regular file", path=path, hint="give a film, photograph or song")
    if not os.access(path, os.R_OK):
        raise MediaError("no permission to read the file", path=path, hint="change its rights")
    if path.stat().st_size == 0:
        raise MediaError("the file is empty", path=path, hint="copy it again from its source")
    return path


def open_container(path: str | Path) -> InputContainer:
    """Open a media file; the caller closes it.

    Raises:
        MediaError: not a media file, or broken beyond use.
    """
    path = source_file(path)
    with reading(path):
        return av.open(
            "file:" + os.path.abspath(path),  # noqa: PTH100 - keeps the name byte for byte
            options={"protocol_whitelist": "file", "format_whitelist": _DEMUXERS},
            metadata_errors="replace",
        )


@contextmanager
def reading(path: str | Path) -> Iterator[None]:
    """Turn what PyAV raises on broken input into a :class:`MediaError` that names the file."""
    try:
        yield
    except (av.FFmpegError, IndexError, ValueError, ZeroDivisionError, MemoryError) as error:
        if isinstance(error, MediaError):
            raise
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise MediaError(
            f"cannot be read as film or sound ({reason})",
            path=path,
            hint="the file is damaged, incomplete or of an unknown kind: copy it again, or "
            "convert it with ffmpeg",
        ) from error
