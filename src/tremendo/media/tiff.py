"""TIFF of scanners and archives, read with tifffile: any depth, any plane order, the right page.

*Why.* Pillow and OpenCV each read some of what scanners write and get the rest wrong without a
word: white-is-zero at 16 bits comes out as a negative, planes as noise, 12 bits sixteen times too
dark, a thumbnail page instead of the picture. tifffile hands over the samples as they are stored;
what they mean (TIFF 6.0, Adobe's technical notes) is decided here.
"""

from __future__ import annotations

import io
import logging
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tremendo.errors import MediaError
from tremendo.media.raster import Raster, Samples, full_range
from tremendo.media.signature import REFUSED

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPage

__all__ = ["read_tiff", "tiff_size"]

_PROFILE, _ORIENTATION, _SUBFILE, _OLD_SUBFILE, _PAGE_NAME = 34675, 274, 254, 255, 285
_REDUCED, _MASK = 1, 4
"""Bits of NewSubfileType: a smaller copy of another page; a mask of another page."""
_WHITE_IS_ZERO, _GRAY, _RGB, _PALETTE, _CMYK, _YCBCR, _CIELAB, _ICCLAB = 0, 1, 2, 3, 5, 6, 8, 9
_LZW = 5
_RAW = {32803, 34892}
_ASSOCIATED, _UNASSOCIATED = 1, 2
_SAME_ASPECT = 0.02


def _opened(path: Path) -> TiffFile:
    import tifffile

    logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # its complaints are raised below
    return tifffile.TiffFile(path)


def tiff_size(path: Path) -> tuple[int, int]:
    """Width and height of the picture, upright, from its tags.

    Raises:
        Exception: of many kinds, on broken files.
    """
    with _opened(path) as file:
        page, _ = _choose(file)
        size = int(page.imagewidth), int(page.imagelength)
        return size[::-1] if _tag(page, _ORIENTATION, 1) in {5, 6, 7, 8} else size


def read_tiff(path: Path, *, most_pixels: int) -> Raster:
    """The main picture of a TIFF file.

    Args:
        path: of the file.
        most_pixels: more are not decoded.

    Raises:
        MediaError: too large, or a camera raw file.
        Exception: of many kinds, on broken files.
    """
    with _opened(path) as file:
        page, note = _choose(file)
        if page.imagewidth * page.imagelength > most_pixels:
            raise MediaError(
                f"the picture claims {page.imagewidth} x {page.imagelength} pixels",
                path=path,
                hint=f"scale it down to less than {most_pixels // 10**6} megapixels first",
            )
        if int(page.photometric or 0) in _RAW:
            raise MediaError(
                f"this is {REFUSED['raw']}: it is not opened", path=path, hint="develop it first"
            )
        raster = _understood(page)
        return raster.noting(note) if note else raster


def _tag(page: TiffPage, code: int, default: Any = None) -> Any:  # noqa: ANN401
    tag = page.tags.get(code)
    return default if tag is None else tag.value


def _choose(file: TiffFile) -> tuple[TiffPage, str]:
    """The page that is the picture, and a word on pages that are pictures too and left out.

    Left out of account are smaller copies: those that say so, and those of the main page's shape
    that are smaller (levels of a pyramid, unmarked thumbnails).
    """
    pages: list[TiffPage] = [page.aspage() for page in file.pages]
    pages += [sub.aspage() for page in pages for sub in page.pages or ()]
    full = [page for page in pages if not _is_minor(page)] or pages
    first = full[0]
    main = max(
        (page for page in full if _same_shape(page, first)),
        key=lambda page: page.imagewidth * page.imagelength,
    )
    others = [p for p in full if p.shape == main.shape or not _same_shape(p, main)]
    if len(others) < 2:
        return main, ""
    names = [str(_tag(page, _PAGE_NAME, "")).strip() for page in others]
    said = ", ".join(name for name in names if name)
    place = next(number for number, page in enumerate(others, start=1) if page is main)
    return main, (f"page {place} of {len(others)} is used" + (f" (pages: {said})" if said else ""))


def _is_minor(page: TiffPage) -> bool:
    kind = int(_tag(page, _SUBFILE, 0) or 0)
    return bool(kind & (_REDUCED | _MASK)) or _tag(page, _OLD_SUBFILE, 1) == 2


def _same_shape(one: TiffPage, other: TiffPage) -> bool:
    first, second = (p.imagewidth / max(1, p.imagelength) for p in (one, other))
    return bool(abs(first / second - 1) < _SAME_ASPECT)


def _understood(page: TiffPage) -> Raster:
    bits = _bits(page)
    pixels = _stored(page)
    pixels = np.moveaxis(pixels, 0, -1) if page.axes.startswith("S") else pixels
    if pixels.ndim not in {2, 3}:
        raise ValueError(f"{pixels.ndim} dimensions")
    photometric = int(page.photometric or 0)
    common: dict[str, Any] = {
        "orientation": int(_tag(page, _ORIENTATION, 1) or 1),
        "profile": bytes(_tag(page, _PROFILE, b"") or b""),
        "bits": bits,
    }
    if photometric == _PALETTE:
        return Raster(_through_palette(pixels, page), **common | {"bits": 8})
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    meant = {_WHITE_IS_ZERO: 1, _GRAY: 1, _CMYK: 4}.get(photometric, 3)
    if channels < meant:
        raise ValueError(f"{channels} channels of {meant}")
    alpha, weighted = None, False
    if channels > meant:
        alpha, weighted = _alpha(page, pixels[..., meant], bits)
        pixels = pixels[..., :meant]
    samples = _unsigned(pixels[..., 0] if pixels.ndim == 3 and meant == 1 else pixels, bits)
    common |= {"alpha": alpha, "premultiplied": weighted}
    if photometric == _WHITE_IS_ZERO:
        white = 1.0 if samples.dtype.kind == "f" else np.iinfo(samples.dtype).max
        return Raster((white - samples).astype(samples.dtype), "gray", **common)
    if photometric in {_CIELAB, _ICCLAB}:
        return Raster(_lab(samples, signed=photometric == _CIELAB), "lab", **common)
    space = {_GRAY: "gray", _RGB: "rgb", _YCBCR: "rgb", _CMYK: "cmyk"}.get(photometric)
    if space is None:
        raise ValueError(f"photometric interpretation {photometric}")
    if photometric == _YCBCR and int(page.compression) not in {7, 34892, 33007}:
        raise ValueError("luma and chroma without JPEG")  # Pillow knows these
    return Raster(samples, space, **common)


def _stored(page: TiffPage) -> NDArray[Any]:
    """The samples of a page.

    *Why not all by tifffile?* It unpacks LZW and samples of 10, 12 or 14 bits only with a much
    larger library (imagecodecs), and libtiff, within Pillow, knows usual kinds of pixels only. So
    LZW is unpacked by libtiff as rows of bytes, packed samples here, and tifffile does the rest:
    predictor, byte order, planes.
    """
    bits, packing = _bits(page), int(page.compression)
    odd = 8 < bits < 16
    if packing != _LZW and not odd:
        return np.asarray(page.asarray())
    if packing not in _UNPACKED_BY or (odd and (page.predictor != 1 or page.fillorder != 1)):
        raise ValueError(f"{bits} bits a sample in this compression")
    plane = page.samplesperpixel if page.planarconfig == 1 else 1
    width = page.tilewidth if page.is_tiled else page.imagewidth
    height = page.tilelength if page.is_tiled else min(page.rowsperstrip, page.imagelength)
    strips = -(-page.imagelength // height)
    pixels: NDArray[Any] = np.zeros(page.shaped, np.uint16 if odd else page.dtype)
    page.compression, page.bitspersample = 1, 16 if odd else bits  # of what is decoded below
    for number, (start, size) in enumerate(zip(page.dataoffsets, page.databytecounts, strict=True)):
        page.parent.filehandle.seek(start)
        last = not page.is_tiled and number % strips == strips - 1
        rows = page.imagelength - (strips - 1) * height if last else height
        packed = page.parent.filehandle.read(size)
        content = _UNPACKED_BY[packing](packed, rows * -(-width * plane * bits // 8))
        if odd:
            samples = _whole_samples(content, rows, width * plane, bits)
            content = samples.astype(page.parent.byteorder + "u2").tobytes()
        segment, (s, d, y, x, _), _ = page.decode(content, number)
        if segment is not None:  # tiles reach beyond the picture's edges
            part = pixels[s, d : d + segment.shape[0], y : y + segment.shape[1]]
            part = part[:, :, x : x + segment.shape[2]]
            part[...] = segment[: part.shape[0], : part.shape[1], : part.shape[2]]
    return pixels.reshape(page.shape)


def _whole_samples(packed: bytes, rows: int, samples: int, bits: int) -> NDArray[np.uint16]:
    """Samples of 9 to 15 bits, lines padded to bytes, as uint16."""
    stride = -(-samples * bits // 8)
    lines = np.frombuffer(packed, np.uint8, rows * stride).reshape(rows, stride)
    flags = np.unpackbits(lines, axis=1)[:, : samples * bits].reshape(rows, samples, bits)
    weights = (1 << np.arange(bits - 1, -1, -1)).astype(np.uint16)
    return np.asarray((flags * weights).sum(axis=2, dtype=np.uint16))


def _lzw(packed: bytes, size: int) -> bytes:
    """Bytes packed by TIFF's LZW, as a picture of one gray row that libtiff unpacks."""
    entries = [(256, size), (257, 1), (258, 8), (259, _LZW), (262, 1), (273, 8), (278, 1),
               (279, len(packed))]  # fmt: skip
    place = 8 + len(packed) + len(packed) % 2
    table = b"".join(struct.pack("<HHII", code, 4, 1, value) for code, value in entries)
    head = b"II*\0" + struct.pack("<I", place)
    body = packed + bytes(len(packed) % 2) + struct.pack("<H", len(entries)) + table + bytes(4)
    with Image.open(io.BytesIO(head + body), formats=("TIFF",)) as row:
        return row.tobytes()


_UNPACKED_BY: dict[int, Callable[[bytes, int], bytes]] = {
    1: lambda packed, _: packed,
    _LZW: _lzw,
    8: lambda packed, _: zlib.decompress(packed),
    32946: lambda packed, _: zlib.decompress(packed),
}
"""How bytes are unpacked, by TIFF's number of the compression."""


def _bits(page: TiffPage) -> int:
    return int(np.max(page.bitspersample))


def _unsigned(pixels: NDArray[Any], bits: int) -> Samples:
    """Stored samples as uint8, uint16 or float32 of their whole range."""
    kind = pixels.dtype.kind
    if kind == "b":
        return pixels.astype(np.uint8) * np.uint8(255)
    if kind == "f":
        top = 1.0 if np.nanmax(pixels, initial=0) <= 1 else 255.0
        return np.asarray(pixels / top, dtype=np.float32)
    if kind == "i":
        pixels = pixels.astype(np.int64) + 2 ** (bits - 1)
    if bits > 16:
        return np.asarray(pixels >> (bits - 16), dtype=np.uint16)
    return full_range(pixels, bits)


def _lab(samples: Samples, *, signed: bool) -> NDArray[np.uint16]:
    """Lab as unsigned 16 bits, a and b with zero in the middle.

    CIELab (8) stores a and b as signed numbers, ICCLab (9) with an offset. At 16 bits both count
    one unit as 256, where LittleCMS has 257 and its zero at 32896, and ICCLab ends lightness at
    65280 as version 2 of the ICC's format did.
    """
    deep = samples.dtype == np.uint16
    unit, half = (256.0, 32768) if deep else (1.0, 128)
    light = samples[..., :1] / float(255 if not deep else 65535 if signed else 65280)
    colors = samples[..., 1:].astype(np.int64)
    colors = np.where(colors >= half, colors - 2 * half, colors) if signed else colors - half
    both = np.concatenate([light * 65535, colors * (257 / unit) + 32896], axis=2)
    return np.clip(np.round(both), 0, 65535).astype(np.uint16)


def _through_palette(pixels: NDArray[Any], page: TiffPage) -> NDArray[np.uint8]:
    table = np.asarray(page.colormap)
    deep = table.max(initial=0) > 255
    colors = np.round(table / 257).astype(np.uint8) if deep else table.astype(np.uint8)
    return np.ascontiguousarray(
        colors[:, np.minimum(pixels, colors.shape[1] - 1)].transpose(1, 2, 0)
    )


def _alpha(
    page: TiffPage, plane: NDArray[Any], bits: int
) -> tuple[NDArray[np.float32] | None, bool]:
    """Coverage, and whether colors are weighted by it; other extra channels (a scanner's infrared
    for dust) are none.
    """
    kinds = [int(kind) for kind in page.extrasamples or ()]
    if not kinds or kinds[0] not in {_ASSOCIATED, _UNASSOCIATED}:
        return None, False
    cover = _unsigned(plane, bits)
    top = 1.0 if cover.dtype.kind == "f" else float(np.iinfo(cover.dtype).max)
    return np.asarray(cover / top, dtype=np.float32), kinds[0] == _ASSOCIATED
