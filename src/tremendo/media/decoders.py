"""Each picture format by the library that reads it right, as a :class:`Raster`.

*Why several.* Pillow knows most formats and reduces 16-bit color to 8; OpenCV keeps the depth of
PNG, PNM and JPEG 2000; tifffile reads what scanners and museums write; FFmpeg knows DPX and
OpenEXR. A file is opened by the format of its bytes, never by trying what fits.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tremendo.errors import MediaError
from tremendo.media.dpx import read_header, read_scan
from tremendo.media.raster import Raster, Samples, full_range
from tremendo.media.signature import photo_format
from tremendo.media.tiff import read_tiff, tiff_size

if TYPE_CHECKING:
    from av import VideoFrame

__all__ = ["MAX_PIXELS", "image_of", "read_raster", "stored_size"]

MAX_PIXELS = 180_000_000
"""Largest picture that is decoded; beyond it a header is taken for an attack."""

_PILLOW = {
    "jpeg": ("JPEG", "MPO"),
    "png": ("PNG",),
    "gif": ("GIF",),
    "webp": ("WEBP",),
    "tiff": ("TIFF",),
    "avif": ("AVIF",),
    "bmp": ("BMP", "DIB"),
    "pnm": ("PPM",),
    "psd": ("PSD",),
    "tga": ("TGA",),
    "heif": ("HEIF",),
    "jpeg2000": ("JPEG2000",),
}
"""Names of Pillow's readers by format: the only ones that are ever asked."""

_ORIENTATION = 0x0112
_PNG_HEAD = 8
_POWER_TRANSFERS = {4: 2.2, 5: 2.8, 8: 1.0}
_BRIGHT_TRANSFERS = {16: "PQ", 18: "HLG"}
"""Transfer characteristics of ITU-T H.273."""
_SRGB_GAMMA = 1 / 2.2


def image_of(path: Path, form: str) -> Image.Image:
    """A file opened by Pillow as one of its formats.

    Raises:
        MediaError: more than 180 megapixels.
        Exception: of many kinds, on broken files.
    """
    if form == "heif":
        _learn_heif(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = Image.open(path, formats=_PILLOW[form])
    _check(path, image.width, image.height)
    return image


def _learn_heif(path: Path) -> None:
    try:
        from pillow_heif import register_heif_opener
    except ImportError as error:
        raise MediaError(
            "HEIC pictures need one more library",
            path=path,
            hint="pip install pillow-heif, or save the picture as JPEG or TIFF",
        ) from error
    register_heif_opener()


def _check(path: Path, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise MediaError(
            f"the picture claims {width} x {height} pixels",
            path=path,
            hint="scale it down to less than 180 megapixels first",
        )


def stored_size(path: Path) -> tuple[int, int] | None:
    """Width and height, upright, from the header; None where that needs decoding.

    Raises:
        MediaError: no picture, or too large.
        Exception: of many kinds, on broken files.
    """
    form = photo_format(path)
    if form == "tiff":
        return tiff_size(path)
    if form not in _PILLOW:
        return None
    with image_of(path, form) as image:
        turned = image.getexif().get(_ORIENTATION, 1) in {5, 6, 7, 8}
        return (image.height, image.width) if turned else (image.width, image.height)


def read_raster(path: Path) -> Raster:
    """The samples of a picture file and what it says about them.

    Raises:
        MediaError: no picture, one that is not read, or too large.
        Exception: of many kinds, on broken files.
    """
    form = photo_format(path)
    reader = _READERS.get(form)
    return _by_pillow(path, form) if reader is None else reader(path)


def _by_pillow(path: Path, form: str) -> Raster:
    with image_of(path, form) as image, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image.load()
        notes = _of_frames(image, form)
        common: dict[str, Any] = {
            "profile": bytes(image.info.get("icc_profile") or b""),
            "orientation": int(image.getexif().get(_ORIENTATION, 1) or 1),
            "notes": notes,
        }
        if form == "heif":
            common["orientation"] = 1  # libheif has turned it already
        if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
            return Raster(_deep_gray(np.asarray(image)), "gray", **common | {"bits": 16})
        if image.mode == "LAB":  # Pillow's a and b are offset by 128
            return Raster(np.asarray(image).astype(np.uint16) * 257, "lab", **common)
        if image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info:
            layers = np.asarray(image.convert("RGBA"))
            cover = layers[..., 3].astype(np.float32) / np.float32(255)
            return Raster(np.ascontiguousarray(layers[..., :3]), alpha=cover, **common)
        space = {"L": "gray", "1": "gray", "CMYK": "cmyk"}.get(image.mode, "rgb")
        mode = {"gray": "L", "cmyk": "CMYK", "rgb": "RGB"}[space]
        return Raster(np.array(image.convert(mode)), space, **common)


def _of_frames(image: Image.Image, form: str) -> tuple[str, ...]:
    count = int(getattr(image, "n_frames", 1))
    if count > 1 and form in {"gif", "webp", "png"}:
        return (f"the first of {count} pictures is used",)
    return ()


def _deep_gray(values: NDArray[Any]) -> Samples:
    deep = values.astype(np.float32)
    if values.dtype.kind == "f":
        top = 1.0 if deep.max(initial=0) <= 1 else 255.0
    else:
        top = 65535.0 if deep.max(initial=0) > 255 or values.dtype == np.uint16 else 255.0
    return np.asarray(np.round(np.clip(deep / np.float32(top), 0, 1) * 65535), dtype=np.uint16)


def _tiff(path: Path) -> Raster:
    try:
        return read_tiff(path, most_pixels=MAX_PIXELS)
    except MediaError:
        raise
    except Exception:  # rare kinds (JPEG, fax) that only libtiff knows
        raster = _by_pillow(path, "tiff")
        if raster.samples.dtype != np.uint8:
            raise  # it would read unusual depths wrong without a word
        return raster


def _png(path: Path) -> Raster:
    chunks = dict(png_chunks(path))
    bits = chunks.get(b"IHDR", bytes(9))[8]
    if bits < 16:
        return _with_transfer(_by_pillow(path, "png"), chunks)
    with image_of(path, "png") as image:  # its header only: profile and orientation
        raster = replace(
            _by_opencv(path, bits),
            profile=bytes(image.info.get("icc_profile") or b""),
            orientation=int(image.getexif().get(_ORIENTATION, 1) or 1),
        )
    return _with_transfer(raster, chunks)


def png_chunks(path: Path) -> list[tuple[bytes, bytes]]:
    """Name and content of each chunk of a PNG file before the picture's data."""
    found = []
    with path.open("rb") as stream:
        stream.seek(_PNG_HEAD)
        while len(head := stream.read(8)) == 8:
            length, name = struct.unpack(">I4s", head)
            if name in {b"IDAT", b"IEND"} or length > 2**26:
                break
            found.append((name, stream.read(length)))
            stream.seek(4, 1)  # the checksum
    return found


def _with_transfer(raster: Raster, chunks: dict[bytes, bytes]) -> Raster:
    """What a PNG says of its tones: cICP before a profile before sRGB before gAMA (PNG 3rd ed.)."""
    cicp = chunks.get(b"cICP", b"")
    if len(cicp) == 4:
        plain = replace(raster, profile=b"", gamma=_POWER_TRANSFERS.get(cicp[1]))
        bright = _BRIGHT_TRANSFERS.get(cicp[1])
        return plain.noting(f"high dynamic range ({bright}): shown flat") if bright else plain
    gamma = chunks.get(b"gAMA", b"")
    if raster.profile or b"sRGB" in chunks or len(gamma) != 4:
        return raster
    exponent = struct.unpack(">I", gamma)[0] / 100_000
    if not 0.1 < exponent < 10 or abs(exponent - _SRGB_GAMMA) < 0.02:
        return raster
    return replace(raster, gamma=1 / exponent)


def _by_opencv(path: Path, bits: int) -> Raster:
    pixels = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ValueError("damaged")
    alpha = None
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        alpha = np.asarray(pixels[..., 3] / np.iinfo(pixels.dtype).max, dtype=np.float32)
    if pixels.ndim == 3:
        pixels = np.ascontiguousarray(pixels[..., 2::-1])
    return Raster(pixels, "gray" if pixels.ndim == 2 else "rgb", alpha=alpha, bits=bits)


def _pnm(path: Path) -> Raster:
    with path.open("rb") as stream:
        words = b" ".join(
            line.partition(b"#")[0] for line in stream.read(1024).split(b"\n")
        ).split()
    top = int(words[3]) if words[0] not in {b"P1", b"P4"} else 1
    if top <= 255:
        return _by_pillow(path, "pnm")
    _check(path, int(words[1]), int(words[2]))
    raster = _by_opencv(path, 16)
    if top == 65535:
        return raster
    scaled = np.round(np.minimum(raster.samples, top) * (65535 / top)).astype(np.uint16)
    return Raster(scaled, raster.space, bits=16)


def _jpeg2000(path: Path) -> Raster:
    data = path.read_bytes()
    width, height, bits = _of_codestream(data)
    _check(path, width, height)
    if bits <= 8:
        return _by_pillow(path, "jpeg2000")
    raster = _by_opencv(path, bits)
    with image_of(path, "jpeg2000") as image:
        profile = bytes(image.info.get("icc_profile") or b"")
    return replace(raster, samples=full_range(raster.samples, bits), profile=profile)


def _of_codestream(data: bytes) -> tuple[int, int, int]:
    """Width, height and bits from the marker SIZ of a JPEG 2000 codestream (ISO/IEC 15444-1)."""
    place = data.index(b"\xff\x4f\xff\x51") + 4
    right, bottom, left, top = struct.unpack_from(">4I", data, place + 4)
    return right - left, bottom - top, (data[place + 38] & 0x7F) + 1


def _scan(path: Path) -> Raster:
    header = read_header(path)
    _check(path, header.width, header.height)
    with path.open("rb") as stream:
        is_dpx = stream.read(4) in {b"SDPX", b"XPDS"}
    return read_scan(path, _by_ffmpeg(path) if is_dpx else None, header)


def _exr(path: Path) -> Raster:
    return Raster(_by_ffmpeg(path), gamma=1.0, bits=16)


def _by_ffmpeg(path: Path) -> Samples:
    """The first picture as FFmpeg decodes it, at its own depth: gray or RGB, no conversion of
    tones.
    """
    from tremendo.media.container import open_container, reading

    with open_container(path) as container, reading(path):
        if not container.streams.video:
            raise MediaError("this is not a picture", path=path, hint="copy it again")
        for frame in container.decode(video=0):
            _check(path, frame.width, frame.height)
            return _samples_of(frame)
    raise MediaError("the picture cannot be decoded", path=path, hint="copy it again")


def _samples_of(frame: VideoFrame) -> Samples:
    form = frame.format
    depth = max(component.bits for component in form.components)
    if form.name.startswith("gbr") and "f32" in form.name:
        pixels = frame.reformat(format="gbrpf32le").to_ndarray()
        return np.asarray(pixels[..., :3], dtype=np.float32)
    gray = len(form.components) == 1 or form.name.startswith("gray")
    if form.name.startswith(("gbrp10", "gbrp12", "gray10", "gray12")) and form.name.endswith("le"):
        return full_range(frame.to_ndarray(), depth)
    if depth <= 8:
        return np.asarray(frame.to_ndarray(format="gray" if gray else "rgb24"))
    return np.asarray(frame.to_ndarray(format="gray16le" if gray else "rgb48le"))


_READERS: dict[str, Callable[[Path], Raster]] = {
    "tiff": _tiff,
    "png": _png,
    "pnm": _pnm,
    "jpeg2000": _jpeg2000,
    "dpx": _scan,
    "cineon": _scan,
    "exr": _exr,
}
