"""Photographs and other stills: read as they were meant, written without losing what they say."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, overload

import cv2
import numpy as np
from PIL import Image

from tremendo.errors import MediaError
from tremendo.media.atomic import atomic_path
from tremendo.media.container import source_file
from tremendo.media.decoders import read_raster, stored_size
from tremendo.media.frames import AnyFrame, DeepFrame, Frame, in_eight_bits
from tremendo.media.photo_metadata import PhotoMetadata, png_chunks_of
from tremendo.media.raster import develop

__all__ = [
    "DEEP_SUFFIXES",
    "PHOTO_SUFFIXES",
    "WRITTEN_SUFFIXES",
    "Photo",
    "jpeg",
    "load_photo",
    "photo_size",
    "read_photo",
    "write_photo",
]

PHOTO_SUFFIXES = frozenset(
    f".{suffix}"
    for suffix in [
        "jpg",
        "jpeg",
        "jpe",
        "jfif",
        "jif",
        "png",
        "apng",
        "tif",
        "tiff",
        "webp",
        "bmp",
        "dib",
        "dpx",
        "cin",
        "jp2",
        "j2k",
        "j2c",
        "jpc",
        "jpx",
        "jpf",
        "avif",
        "heic",
        "heif",
        "hif",
        "ppm",
        "pgm",
        "pbm",
        "pnm",
        "gif",
        "tga",
        "psd",
        "exr",
    ]
)
WRITTEN_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"})
DEEP_SUFFIXES = frozenset({".png", ".tif", ".tiff"})
"""Of the formats that can hold 16 bits a sample."""
_EXIF_IFD, _DATES, _SOFTWARE = 0x8769, (36867, 36868), 305
_PNG_START = 33
"""Where the chunks after the header begin in a PNG file."""
_HINT = "the picture is damaged or of an unknown kind: copy it again or convert it to PNG"


@dataclass(frozen=True)
class Photo:
    """A still that was read: its pixels, the depth of its file, and what the user should know."""

    pixels: AnyFrame
    bits: int
    notes: tuple[str, ...] = ()


def photo_size(path: str | Path) -> tuple[int, int]:
    """Width and height in pixels, as seen upright, read from the header only where it says.

    Raises:
        MediaError: not a picture.
    """
    path = source_file(path)
    try:
        size = stored_size(path)
    except MediaError:
        raise
    except Exception:  # noqa: BLE001 - a header that is odd: the decoder says whether it is a picture
        size = None
    if size is not None:
        return size
    height, width = read_photo(path).shape[:2]
    return width, height


@overload
def read_photo(path: str | Path, depth: Literal[8] = 8) -> Frame: ...
@overload
def read_photo(path: str | Path, depth: Literal[16]) -> DeepFrame: ...
def read_photo(path: str | Path, depth: Literal[8, 16] = 8) -> AnyFrame:
    """Read a still as ``(H, W, 3)`` sRGB, upright: uint8, or uint16 of the full range.

    The format is that of the file's bytes, whatever its name. Any depth, plane order and color
    space (by the embedded profile; without one sRGB) is converted; linear light, film density
    (DPX, Cineon) and white-is-zero are turned into what is seen; transparent pictures are laid on
    white; of several pages the picture is taken, not its thumbnail.

    Raises:
        MediaError: missing, damaged, too large, not a picture or of a kind that is not opened.
    """
    return load_photo(path, depth).pixels


def load_photo(path: str | Path, depth: Literal[8, 16] = 8) -> Photo:
    """Read a still as :func:`read_photo` does, with the depth of its file and notes on it.

    Raises:
        MediaError: as :func:`read_photo`.
    """
    path = source_file(path)
    try:
        raster = read_raster(path)
        pixels, notes = develop(raster, depth)
    except MediaError:
        raise
    except Exception as error:  # decoders raise many kinds on hostile files
        raise MediaError(
            f"the picture cannot be decoded ({str(error) or type(error).__name__})",
            path=path,
            hint=_HINT,
        ) from error
    if pixels.size == 0:
        raise MediaError("the picture is empty", path=path, hint=_HINT)
    return Photo(pixels, raster.bits, notes)


def write_photo(
    path: str | Path,
    frame: AnyFrame,
    *,
    quality: int = 95,
    metadata: PhotoMetadata | None = None,
    note: str = "",
) -> Path:
    """Write a still atomically; the suffix chooses the format (PNG, JPEG, TIFF, WebP).

    uint16 pictures stay so in PNG and TIFF and are rounded to 8 bits in the others.

    Args:
        path: the file to write.
        frame: ``(H, W, 3)`` sRGB, uint8 or uint16.
        quality: of JPEG and WebP.
        metadata: what the file says of its picture.
        note: what was done to the picture; it is told with the metadata.

    Raises:
        MediaError: the suffix is of no picture format that is written.
        ResourceError: it cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in WRITTEN_SUFFIXES:
        raise MediaError(
            f"cannot write pictures of the kind '{path.suffix}'",
            path=path,
            hint="use .png, .jpg, .tif or .webp",
        )
    options: dict[str, Any] = {
        ".jpg": {"quality": quality, "subsampling": 0},
        ".jpeg": {"quality": quality, "subsampling": 0},
        ".webp": {"quality": quality},
    }.get(suffix, {})
    if metadata is not None or note:
        options |= (metadata or PhotoMetadata()).options(suffix, note)
    with atomic_path(path) as part:
        if frame.dtype == np.uint16 and suffix == ".png":
            part.write_bytes(_deep_png(frame, options))
        elif frame.dtype == np.uint16 and suffix in DEEP_SUFFIXES:
            _write_deep_tiff(part, frame, options)
        else:
            Image.fromarray(in_eight_bits(frame)).save(part, **options)
    return path


def _deep_png(frame: AnyFrame, options: dict[str, Any]) -> bytes:
    done, content = cv2.imencode(".png", np.ascontiguousarray(frame[..., ::-1]))
    if not done:
        raise MediaError("the picture cannot be encoded", hint="write it as .tif")
    data = content.tobytes()
    return data[:_PNG_START] + png_chunks_of(options) + data[_PNG_START:]


def _write_deep_tiff(path: Path, frame: AnyFrame, options: dict[str, Any]) -> None:
    """48-bit TIFF, which Pillow cannot write; a directory of Exif does not fit in."""
    import tifffile

    tags = [
        (code, 1 if isinstance(value, bytes) else 2, None if isinstance(value, str) else len(value),
         value, True)
        for code, value in options.get("tiffinfo", {}).items()
        if isinstance(value, str | bytes)
    ]  # fmt: skip
    dates = options["tiffinfo"].get_ifd(_EXIF_IFD) if "tiffinfo" in options else {}
    tags += [(code, 2, None, dates[code], True) for code in _DATES if code in dates]
    described = {code for code, *_ in tags}
    tifffile.imwrite(
        path,
        frame,
        photometric="rgb",
        compression="zlib",
        predictor=True,
        resolution=options.get("dpi"),
        resolutionunit="INCH" if "dpi" in options else None,
        software=False if _SOFTWARE in described else "tremendo",
        metadata=None,
        extratags=tags,
    )


def jpeg(frame: Frame, *, quality: int = 80) -> bytes:
    """A still as the bytes of a JPEG file, for pages that carry their pictures within."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(frame)).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
