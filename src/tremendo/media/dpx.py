"""DPX and Cineon headers, and film density as light.

Sources: SMPTE ST 268-1:2014 (DPX), Kodak's Cineon 4.5 format, and Kodak's conversion of 10-bit
printing density to light: 95 is black, 685 is white, a code is 0.002 of density, the negative's
gamma is 0.6.

*Why.* FFmpeg decodes the samples and shows film density as if it were video: black too bright,
white at two thirds. And the speed of a scanned reel stands in these headers and nowhere else.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tremendo.core.rates import parse_rate
from tremendo.errors import MediaError, UsageError
from tremendo.media.raster import Raster, Samples

__all__ = ["ScanHeader", "density_to_light", "read_header", "read_scan"]

_UNDEFINED = 0xFFFFFFFF
_PRINTING_DENSITY, _LINEAR, _LOGARITHMIC = 1, 2, 3
_LUMA, _RGB = 6, 50
_BLACK_DENSITY, _WHITE_DENSITY, _CODE_DENSITY = 0.19, 1.37, 0.002
"""Above the film's base: codes 95 and 685 of 1023, at 0.002 each."""
_NEGATIVE_GAMMA = 0.6
_ORIENTATIONS = (1, 4, 2, 3, 5, 8, 6, 7)
"""Exif orientation for each image orientation of the header (direction of pixels, of lines)."""


@dataclass(frozen=True)
class ScanHeader:
    """What a DPX or Cineon file says of its picture.

    Attributes:
        width, height: in pixels, as stored.
        bits: per sample.
        transfer: ``density``, ``linear`` or ``video``.
        black, white: codes of the reference black and white for density.
        rate: of the film, or of the television signal; None where nothing is said.
        orientation: as in Exif, 1..8.
        pixel_aspect: width of a pixel by its height.
        offset: of the samples in the file, in bytes.
        channels: 1 or 3 where they are plain gray or RGB; 0: something else.
        order: ``>`` or ``<``.
    """

    width: int
    height: int
    bits: int
    transfer: str
    black: float
    white: float
    rate: Fraction | None
    orientation: int
    pixel_aspect: Fraction
    offset: int
    channels: int
    order: str


def read_header(path: Path) -> ScanHeader:
    """Read the header of a DPX or Cineon file.

    Raises:
        MediaError: it is neither, or cut short.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(2048)
        return _cineon(head) if head[:4] in _CINEON else _dpx(head)
    except (struct.error, KeyError, ValueError, OSError) as error:
        raise MediaError(
            "the header of this scan is damaged", path=path, hint="copy it again from its source"
        ) from error


_CINEON = {b"\x80\x2a\x5f\xd7": ">", b"\xd7\x5f\x2a\x80": "<"}


def _dpx(head: bytes) -> ScanHeader:
    order = {b"SDPX": ">", b"XPDS": "<"}[head[:4]]

    def number(kind: str, place: int) -> Any:  # noqa: ANN401 - by its kind
        return struct.unpack_from(order + kind, head, place)[0]

    bits = number("B", 803)
    code = number("B", 801)
    transfer = {
        _PRINTING_DENSITY: "density",
        _LOGARITHMIC: "density",
        _LINEAR: "linear",
    }.get(code, "video")
    black, white = _references(
        number("I", 784), number("f", 788), number("I", 792), number("f", 796), bits
    )
    rate = _rate(number("f", 1724)) or _rate(number("f", 1940)) if len(head) >= 1944 else None
    width, height = number("I", 772), number("I", 776)
    across, down = (number("I", 1628), number("I", 1632)) if len(head) >= 1636 else (1, 1)
    known = 0 < across < _UNDEFINED and 0 < down < _UNDEFINED
    direction = number("H", 768)
    return ScanHeader(
        width=width,
        height=height,
        bits=bits,
        transfer=transfer,
        black=black,
        white=white,
        rate=rate,
        orientation=_ORIENTATIONS[direction] if direction < len(_ORIENTATIONS) else 1,
        pixel_aspect=Fraction(across, down) if known else Fraction(1),
        offset=number("I", 4),
        channels={_LUMA: 1, _RGB: 3}.get(number("B", 800), 0),
        order=order,
    )


def _cineon(head: bytes) -> ScanHeader:
    order = _CINEON[head[:4]]

    def number(kind: str, place: int) -> Any:  # noqa: ANN401 - by its kind
        return struct.unpack_from(order + kind, head, place)[0]

    bits = number("B", 198)
    direction = number("B", 192)
    top = 2**bits - 1
    return ScanHeader(
        width=number("I", 200),
        height=number("I", 204),
        bits=bits,
        transfer="density",
        black=95 / 1023 * top,
        white=685 / 1023 * top,
        rate=_rate(number("f", 1072)) if len(head) >= 1076 else None,
        orientation=_ORIENTATIONS[direction] if direction < len(_ORIENTATIONS) else 1,
        pixel_aspect=Fraction(1),
        offset=number("I", 4),
        channels=number("B", 193),
        order=order,
    )


def _references(
    low: int, low_density: float, high: int, high_density: float, bits: int
) -> tuple[float, float]:
    """Codes of black and white by the header's reference codes and densities.

    Two habits: the ends of the scale with their densities (0 and 2.048), from which the codes of
    the standard black and white follow; or those codes themselves (95 and 685), whatever the
    density fields hold.
    """
    top = 2**bits - 1
    usual = 95 / 1023 * top, 685 / 1023 * top
    if _UNDEFINED in {low, high} or not low < high <= top:
        return usual
    if low > 0 and high < top:
        return float(low), float(high)
    span = high_density - low_density
    if not math.isfinite(span) or not 0.5 <= span <= 5:  # densities of film
        return usual
    a_code = span / (high - low)
    black, white = (
        low + (density - low_density) / a_code for density in (_BLACK_DENSITY, _WHITE_DENSITY)
    )
    return (black, white) if 0 <= black < white <= top else usual


def _rate(value: float) -> Fraction | None:
    if not math.isfinite(value):
        return None
    try:
        return parse_rate(Fraction(value).limit_denominator(1001))
    except UsageError:
        return None


def density_to_light(header: ScanHeader) -> NDArray[np.float64]:
    """Linear light 0..1 for each code: black is 0, white is 1, brighter is white."""
    codes = np.arange(2**header.bits, dtype=np.float64)
    a_code = (_WHITE_DENSITY - _BLACK_DENSITY) / (header.white - header.black)
    light = 10 ** ((codes - header.white) * a_code / _NEGATIVE_GAMMA)
    black = 10 ** ((header.black - header.white) * a_code / _NEGATIVE_GAMMA)
    return np.clip((light - black) / (1 - black), 0, 1)


def read_scan(path: Path, decoded: Samples | None, header: ScanHeader) -> Raster:
    """The picture of a DPX or Cineon file.

    Args:
        path: of the file.
        decoded: its samples as uint16 or uint8 of their whole range (DPX, by FFmpeg); None:
            unpack them here (Cineon, which FFmpeg does not know).
        header: of the file.
    """
    samples = _unpacked(path, header) if decoded is None else decoded
    if header.transfer == "density":
        light = density_to_light(header)
        top = 65535 if samples.dtype == np.uint16 else 255
        codes = np.arange(top + 1) * ((len(light) - 1) / top)
        table = np.interp(codes, np.arange(len(light)), light)
        samples = table.astype(np.float32)[samples]
    return Raster(
        samples,
        "gray" if samples.ndim == 2 else "rgb",
        gamma=None if header.transfer == "video" else 1.0,
        orientation=header.orientation,
        pixel_aspect=header.pixel_aspect,
        bits=header.bits,
    )


def _unpacked(path: Path, header: ScanHeader) -> NDArray[np.uint16]:
    """Samples of a Cineon file: 10 bits, three in 32, the two lowest bits empty."""
    if header.bits != 10 or header.channels not in {1, 3}:
        raise ValueError(f"{header.bits} bits in {header.channels} channels")
    per_line = header.width * header.channels
    words = math.ceil(per_line / 3)
    data = np.fromfile(path, header.order + "u4", count=words * header.height, offset=header.offset)
    if data.size < words * header.height:
        raise ValueError("cut short")
    data = data.reshape(header.height, words)
    codes = np.stack([data >> 22 & 1023, data >> 12 & 1023, data >> 2 & 1023], axis=-1)
    lines = codes.reshape(header.height, -1)[:, :per_line].astype(np.uint32)
    deep = np.round(lines * (65535 / 1023)).astype(np.uint16)
    return deep.reshape(header.height, header.width, 3) if header.channels == 3 else deep
