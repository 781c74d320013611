"""Photographs and other stills: read upright, written without surprises."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from tremendo.errors import MediaError
from tremendo.media.atomic import atomic_path
from tremendo.media.container import open_container, reading, source_file
from tremendo.media.frames import Frame

__all__ = ["PHOTO_SUFFIXES", "jpeg", "photo_size", "read_photo", "write_photo"]

PHOTO_SUFFIXES = frozenset(
    {
        ".jpg",
        ".jpeg",
        ".png",
        ".tif",
        ".tiff",
        ".webp",
        ".bmp",
        ".dpx",
        ".jp2",
        ".avif",
        ".ppm",
        ".pgm",
        ".gif",
        ".tga",
        ".exr",
    }
)
_MAX_PIXELS = 180_000_000
_HINT = "the picture is damaged or of an unknown kind: copy it again or convert it to PNG"


def _open(path: Path) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = Image.open(path)
    if image.width * image.height > _MAX_PIXELS:
        raise MediaError(
            f"the picture claims {image.width} x {image.height} pixels",
            path=path,
            hint="scale it down to less than 180 megapixels first",
        )
    return image


def photo_size(path: str | Path) -> tuple[int, int]:
    """Width and height in pixels, as seen upright, read from the header only.

    Raises:
        MediaError: not a picture.
    """
    path = source_file(path)
    try:
        with _open(path) as image:
            turned = image.getexif().get(0x0112, 1) in {5, 6, 7, 8}
            return (image.height, image.width) if turned else (image.width, image.height)
    except MediaError:
        raise
    except Exception as error:
        frame = read_photo(path)
        if frame.size == 0:
            raise MediaError("the picture is empty", path=path, hint=_HINT) from error
        return frame.shape[1], frame.shape[0]


def read_photo(path: str | Path) -> Frame:
    """Read a still as ``(H, W, 3) uint8 RGB``, upright by its EXIF orientation.

    Grey, palette, CMYK, Lab and 16-bit pictures are converted; transparent ones are laid on white;
    of several pages the first is taken.

    Raises:
        MediaError: missing, damaged, too large or not a picture.
    """
    path = source_file(path)
    if path.suffix.lower() in {".dpx", ".exr"}:
        return _read_with_av(path)
    try:
        with _open(path) as image, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = _to_rgb(ImageOps.exif_transpose(image))
    except MediaError:
        raise
    except UnidentifiedImageError as error:
        deep = _read_deep(path)
        if deep is None:
            raise MediaError("this is not a picture", path=path, hint=_HINT) from error
        return deep
    except Exception as error:  # decoders raise many kinds on hostile files
        raise MediaError(
            f"the picture cannot be decoded ({error})", path=path, hint=_HINT
        ) from error
    if frame.size == 0:
        raise MediaError("the picture is empty", path=path, hint=_HINT)
    return frame


def _to_rgb(image: Image.Image) -> Frame:
    if image.mode in {"I", "F"} or image.mode.startswith("I;16"):
        return _deep_grey(np.asarray(image))
    if image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        image = Image.alpha_composite(ground, layer)
    return np.array(image.convert("RGB"), dtype=np.uint8)


def _deep_grey(values: NDArray[np.generic]) -> Frame:
    deep = np.asarray(values, dtype=np.float64)
    if values.dtype.kind == "f":
        top = 1.0 if deep.max(initial=0) <= 1 else 255.0
    else:
        top = 65535.0 if deep.max(initial=0) > 255 or values.dtype == np.uint16 else 255.0
    grey = np.clip(np.round(deep * (255 / top)), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _read_deep(path: Path) -> Frame | None:
    """16-bit color TIFF and the like, which Pillow does not know."""
    if path.suffix.lower() not in {".tif", ".tiff", ".png"} or path.stat().st_size > 2**30:
        return None
    try:
        pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if pixels is None else np.ascontiguousarray(pixels[..., ::-1], dtype=np.uint8)


def _read_with_av(path: Path) -> Frame:
    with open_container(path) as container, reading(path):
        if not container.streams.video:
            raise MediaError("this is not a picture", path=path, hint=_HINT)
        for frame in container.decode(video=0):
            if frame.width * frame.height > _MAX_PIXELS:
                break
            return np.ascontiguousarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)
    raise MediaError("the picture cannot be decoded", path=path, hint=_HINT)


def write_photo(path: str | Path, frame: Frame, *, quality: int = 95) -> Path:
    """Write a still atomically; the suffix chooses the format (PNG, JPEG, TIFF, WebP).

    Raises:
        MediaError: the suffix is of no known picture format.
        ResourceError: it cannot be written.
    """
    path = Path(path)
    options: dict[str, Any] = (
        {"quality": quality, "subsampling": 0}
        if path.suffix.lower() in {".jpg", ".jpeg"}
        else ({"quality": quality} if path.suffix.lower() == ".webp" else {})
    )
    with atomic_path(path) as part:
        try:
            Image.fromarray(frame).save(part, **options)
        except ValueError as error:
            raise MediaError(
                f"cannot write pictures of the kind '{path.suffix}'",
                path=path,
                hint="use .png, .jpg, .tif or .webp",
            ) from error
    return path


def jpeg(frame: Frame, *, quality: int = 80) -> bytes:
    """A still as the bytes of a JPEG file, for pages that carry their pictures within."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(frame)).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
