"""Embedded color profiles: samples of any profile go in, sRGB of the same depth comes out.

Sources: ICC.1:2022 (profile format), IEC 61966-2-1 (sRGB).

*Why not Pillow's ImageCms alone?* It takes 8 bits a sample only, and a 16-bit scan would come out
with the steps of an 8-bit one. Profiles of gray curves and of three primaries, which nearly all
scanners and cameras embed, are therefore computed here at full depth; those made of tables (CMYK,
some scanners) go through LittleCMS.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ProfileError", "encode_srgb", "lab_to_srgb", "profile_space", "to_srgb"]

_SPACES = {b"GRAY": "gray", b"RGB ": "rgb", b"CMYK": "cmyk", b"Lab ": "lab"}
_MODES = {"gray": "L", "rgb": "RGB", "cmyk": "CMYK"}
_SAME = 1.0 / 255
"""By how much a profile may move the probe and still count as sRGB."""
_ROWS = 256
"""Lines converted at a time: memory stays small beside the picture's."""
_WHITE = np.array([0.9642, 1.0, 0.8249])
"""CIE XYZ of D50, the white of all profiles."""
_SRGB = np.array(
    [[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169],
     [0.0139322, 0.0971045, 0.7141733]]
)  # fmt: skip
"""From linear sRGB to XYZ, adapted to D50 (Bradford)."""


class ProfileError(ValueError):
    """A profile is broken, or made for another kind of samples."""


def profile_space(profile: bytes) -> str:
    """``gray``, ``rgb``, ``cmyk``, ``lab``, or ``""``: what samples a profile describes."""
    return _SPACES.get(profile[16:20], "") if len(profile) >= 132 else ""


def encode_srgb(linear: NDArray[Any]) -> NDArray[np.float32]:
    """Linear light 0..1 as sRGB values 0..1 (IEC 61966-2-1)."""
    x = np.clip(linear, 0, 1).astype(np.float32)
    curved = 1.055 * np.maximum(x, 1e-9) ** np.float32(1 / 2.4) - 0.055
    return np.asarray(np.where(x <= 0.0031308, 12.92 * x, curved), dtype=np.float32)


def to_srgb(samples: NDArray[Any], profile: bytes, space: str) -> NDArray[Any]:
    """Samples of a profile as sRGB, ``(H, W)`` for gray curves, else ``(H, W, 3)``.

    Args:
        samples: ``(H, W)`` or ``(H, W, C)``, uint8 or uint16 of their whole range.
        profile: the ICC profile.
        space: of the samples; gray ones may come with an RGB profile.

    Returns:
        The type of the samples, or uint8 where a profile of tables was applied to uint16.

    Raises:
        ProfileError: the profile is broken or made for other samples.
    """
    made_for = profile_space(profile)
    if made_for == "rgb" and space == "gray":
        samples, space = np.repeat(samples[..., None], 3, axis=2), "rgb"
    if made_for != space:
        raise ProfileError(f"made for {made_for or 'no known'} samples, not {space}")
    if space == "rgb" and _is_srgb(profile):
        return samples
    try:
        return _converted(samples, profile, space)
    except (struct.error, IndexError, OverflowError) as error:
        raise ProfileError("broken") from error


def lab_to_srgb(samples: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """CIE Lab (white D50; L 0..65535 for 0..100, a and b with zero at 32896) as sRGB."""

    def convert(rows: NDArray[Any]) -> NDArray[np.float32]:
        light = rows[..., 0] * (100 / 65535)
        a, b = ((rows[..., place] - 32896.0) / 257 for place in (1, 2))
        y = (light + 16) / 116
        cubes = np.stack([y + a / 500, y, y - b / 200], axis=-1)
        xyz = np.where(cubes > 6 / 29, cubes**3, 3 * (6 / 29) ** 2 * (cubes - 4 / 29)) * _WHITE
        return encode_srgb(xyz @ np.linalg.inv(_SRGB).T)

    return np.asarray(_by_rows(samples, convert, samples.shape), dtype=np.uint16)


def _by_rows(
    samples: NDArray[Any],
    convert: Callable[[NDArray[Any]], NDArray[np.float32]],
    shape: tuple[int, ...],
) -> NDArray[Any]:
    top = np.iinfo(samples.dtype).max
    result = np.empty(shape, samples.dtype)
    for start in range(0, len(samples), _ROWS):
        rows = slice(start, start + _ROWS)
        result[rows] = np.round(convert(samples[rows]) * top)
    return result


def _converted(samples: NDArray[Any], profile: bytes, space: str) -> NDArray[Any]:
    tags = _tags(profile)
    ramp = np.linspace(0, 1, np.iinfo(samples.dtype).max + 1)
    if space == "gray" and "kTRC" in tags:
        table = np.round(encode_srgb(_curve(tags["kTRC"], ramp)) * np.iinfo(samples.dtype).max)
        return np.asarray(table.astype(samples.dtype)[samples])
    if space == "rgb" and "A2B0" not in tags and "rTRC" in tags:
        curves = [_curve(tags[f"{c}TRC"], ramp).astype(np.float32) for c in "rgb"]
        primaries = np.stack([_xyz(tags[f"{c}XYZ"]) for c in "rgb"], axis=1)
        matrix = (np.linalg.inv(_SRGB) @ primaries).T.astype(np.float32)

        def convert(rows: NDArray[Any]) -> NDArray[np.float32]:
            light = np.stack([curve[rows[..., k]] for k, curve in enumerate(curves)], axis=-1)
            return encode_srgb(light @ matrix)

        return _by_rows(samples, convert, samples.shape)
    return _through_tables(samples, profile, space)


def _tags(profile: bytes) -> dict[str, bytes]:
    (count,) = struct.unpack_from(">I", profile, 128)
    found = {}
    for place in range(min(count, 200)):
        name, start, size = struct.unpack_from(">4sII", profile, 132 + 12 * place)
        found[name.decode("latin-1")] = profile[start : start + size]
    return found


def _xyz(tag: bytes) -> NDArray[np.float64]:
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _curve(tag: bytes, ramp: NDArray[np.float64]) -> NDArray[np.float64]:
    """A tone curve (``curv`` or ``para``) as linear light for each value of the ramp."""
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            return ramp
        values = np.array(struct.unpack_from(f">{count}H", tag, 12))
        if count == 1:
            return np.asarray(ramp ** (values[0] / 256))
        return np.interp(ramp, np.linspace(0, 1, count), values / 65535)
    if tag[:4] != b"para":
        raise ProfileError("a tone curve of an unknown kind")
    (kind,) = struct.unpack_from(">H", tag, 8)
    if kind > 4:
        raise ProfileError("a tone curve of an unknown kind")
    given = struct.unpack_from(f">{(1, 3, 4, 5, 7)[kind]}i", tag, 12)
    g, a, b, c, d, e, f = _parameters(kind, [value / 65536 for value in given])
    bent = np.maximum(a * ramp + b, 0) ** g + e
    return np.clip(np.where(ramp >= d, bent, c * ramp + f), 0, 1)


def _parameters(kind: int, p: list[float]) -> tuple[float, ...]:
    """The seven of ``Y = (aX + b)^g + e`` from d on, ``cX + f`` below it."""
    if kind == 0:
        return p[0], 1, 0, 0, 0, 0, 0
    if kind in {1, 2}:
        lift = p[3] if kind == 2 else 0.0
        start = -p[2] / p[1] if p[1] else 0.0
        return p[0], p[1], p[2], 0, start, lift, lift
    return (*p, 0, 0) if kind == 3 else tuple(p)


@cache
def _is_srgb(profile: bytes) -> bool:
    """Whether a profile leaves a probe of colors where they are (names are no proof: there are
    linear profiles named after sRGB).
    """
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    probe = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    moved = _converted(probe, profile, "rgb")
    return bool(np.abs(moved.astype(int) - probe).max() <= 255 * _SAME)


def _through_tables(samples: NDArray[Any], profile: bytes, space: str) -> NDArray[np.uint8]:
    """By LittleCMS at 8 bits: relative colorimetric, black becomes black."""
    import io

    from PIL import Image, ImageCms

    if space not in _MODES:
        raise ProfileError(f"{space} tables")
    eight = samples if samples.dtype == np.uint8 else np.round(samples / 257).astype(np.uint8)
    if space == "cmyk":  # Pillow counts ink as the file does
        image = Image.frombytes("CMYK", eight.shape[1::-1], np.ascontiguousarray(eight).tobytes())
    else:
        image = Image.fromarray(np.ascontiguousarray(eight))
    try:
        done = ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        raise ProfileError(str(error) or "broken") from error
    if done is None:
        raise ProfileError("broken")
    return np.asarray(done, dtype=np.uint8)
