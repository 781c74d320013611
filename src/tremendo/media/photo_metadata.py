"""What a picture file says about its picture goes in, the same for another file comes out.

Description, author, rights, dates, place, resolution, Exif, IPTC and XMP are carried over as they
stand; what describes the stored samples (size, orientation, color profile, thumbnail) is not, for
the samples are others. Sources: Exif 2.32, TIFF 6.0, IPTC-IIM 4.2, XMP part 3.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin, TiffImagePlugin

from tremendo.media.decoders import image_of
from tremendo.media.signature import PHOTO_FORMATS, format_of

__all__ = ["PhotoMetadata", "png_chunks_of", "read_metadata"]

_DESCRIPTION, _SOFTWARE, _ARTIST, _COPYRIGHT, _XMP, _IPTC = 270, 305, 315, 33432, 700, 33723
_KEPT = (269, _DESCRIPTION, 271, 272, _SOFTWARE, 306, _ARTIST, 316, _COPYRIGHT, 36867, 36868,
         40091, 40092, 40093, 40094, 40095)  # fmt: skip
"""Exif and TIFF tags that speak of the picture, not of its samples."""
_EXIF_IFD, _GPS_IFD, _MAKER_NOTE, _COLOR_SPACE = 0x8769, 0x8825, 0x927C, 0xA001
_TEXTS = {"Description": _DESCRIPTION, "Author": _ARTIST, "Copyright": _COPYRIGHT,
          "comment": _DESCRIPTION}  # fmt: skip
"""Texts of PNG and JPEG by the tag that says the same."""
_IPTC_TAGS = {120: _DESCRIPTION, 80: _ARTIST, 116: _COPYRIGHT}
_ORIENTATION = re.compile(rb"""(tiff:Orientation\s*(?:=\s*["']|>)\s*)[2-8]""")
_CENTIMETERS = 3


@dataclass(frozen=True)
class PhotoMetadata:
    """What is carried from one picture file to another.

    Attributes:
        tags: of the main directory of Exif or TIFF, by number.
        exif: of the Exif directory (dates, camera, lens); maker notes are left out, for they hold
            places within the old file.
        gps: of the GPS directory.
        texts: of a PNG file.
        xmp, iptc: as they stand in the file.
        dpi: pixels an inch, across and down.
    """

    tags: dict[int, Any] = field(default_factory=dict)
    exif: dict[int, Any] = field(default_factory=dict)
    gps: dict[int, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    xmp: bytes = b""
    iptc: bytes = b""
    dpi: tuple[float, float] | None = None

    def options(self, suffix: str, note: str = "") -> dict[str, Any]:
        """Arguments of Pillow's ``save`` for a format that has this metadata.

        Args:
            suffix: ``.jpg``, ``.jpeg``, ``.png``, ``.tif``, ``.tiff`` or ``.webp``.
            note: what was done to the picture; it is added to the programs that made it.
        """
        tags = dict(self.tags)
        if note:
            tags[_SOFTWARE] = "; ".join(filter(None, [str(tags.get(_SOFTWARE, "")).strip(), note]))
        dpi = {"dpi": self.dpi} if self.dpi else {}
        if suffix in {".tif", ".tiff"}:
            return {"tiffinfo": self._directory(tags), **dpi}
        result: dict[str, Any] = {"exif": self._exif(tags), **dpi}
        if suffix == ".png":
            return result | {"pnginfo": self._png_texts(note)}
        if self.xmp:
            result["xmp"] = self.xmp
        if self.iptc and suffix != ".webp":
            result["extra"] = _photoshop_segment(self.iptc)
        return result

    def _exif(self, tags: dict[int, Any]) -> Image.Exif:
        exif = Image.Exif()
        for code, value in tags.items():
            exif[code] = value
        for code, values in ((_EXIF_IFD, self.exif), (_GPS_IFD, self.gps)):
            if values:
                exif.get_ifd(code).update(values)
                exif[code] = 0  # Pillow's TIFF writer looks for directories that have a tag
        return exif

    def _directory(self, tags: dict[int, Any]) -> Image.Exif:
        """Tags of a TIFF file."""
        exif = self._exif(tags)
        if self.xmp:
            exif[_XMP] = self.xmp
        if self.iptc:
            exif[_IPTC] = self.iptc
        return exif

    def _png_texts(self, note: str) -> PngImagePlugin.PngInfo:
        info = PngImagePlugin.PngInfo()
        texts = dict(self.texts)
        if note:
            texts["Software"] = "; ".join(filter(None, [texts.get("Software", ""), note]))
        for name, text in texts.items():
            info.add_itxt(name, text)
        if self.xmp:
            info.add_itxt("XML:com.adobe.xmp", self.xmp.decode("utf-8", "replace"))
        return info


def read_metadata(path: Path) -> PhotoMetadata:
    """What a picture file says about its picture; nothing where that cannot be read."""
    form = format_of(path)
    if form not in PHOTO_FORMATS:
        return PhotoMetadata()
    try:
        with image_of(path, form) as image:
            return _of(image)
    except Exception:  # noqa: BLE001 - a picture whose metadata is broken is still a picture
        return PhotoMetadata()


def _of(image: Image.Image) -> PhotoMetadata:
    exif = image.getexif()
    tags = {code: exif[code] for code in _KEPT if code in exif}
    texts = {
        name: str(text)
        for name, text in getattr(image, "text", {}).items()
        if not name.startswith(("XML:", "Raw profile"))
    }
    comment = image.info.get("comment", b"")
    plain = {"comment": comment.decode("utf-8", "replace") if isinstance(comment, bytes) else ""}
    for name, text in {**texts, **plain}.items():
        if name in _TEXTS and text.strip():
            tags.setdefault(_TEXTS[name], text)
    iptc = _iptc_of(image, exif)
    for code, content in _iptc_records(iptc):
        if code in _IPTC_TAGS:
            tags.setdefault(_IPTC_TAGS[code], content.decode("utf-8", "replace"))
    inner = dict(exif.get_ifd(_EXIF_IFD))
    inner.pop(_MAKER_NOTE, None)
    inner.pop(_COLOR_SPACE, None)
    xmp = image.info.get("xmp") or exif.get(_XMP) or b""
    return PhotoMetadata(
        tags=tags,
        exif=inner,
        gps=dict(exif.get_ifd(_GPS_IFD)),
        texts=texts,
        xmp=_ORIENTATION.sub(rb"\g<1>1", xmp.encode() if isinstance(xmp, str) else bytes(xmp)),
        iptc=iptc,
        dpi=_dpi(image),
    )


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    dpi = image.info.get("dpi")
    if not dpi or not all(1 <= float(value) < 100_000 for value in dpi):
        return None
    return float(dpi[0]), float(dpi[1])


def _iptc_of(image: Image.Image, exif: Image.Exif) -> bytes:
    """The IPTC-IIM records of a file: a tag of TIFF, a resource of Photoshop's in JPEG."""
    value = exif.get(_IPTC, b"")
    if isinstance(value, bytes) and value:
        return value
    if isinstance(value, tuple) and value and isinstance(image, TiffImagePlugin.TiffImageFile):
        order = ">" if image.tag_v2.prefix == b"MM" else "<"  # wrongly typed as long, as usual
        return struct.pack(f"{order}{len(value)}I", *value)
    resources = image.info.get("photoshop", {})
    found = resources.get(0x0404, b"") if isinstance(resources, dict) else b""
    return found if isinstance(found, bytes) else b""


def _iptc_records(iptc: bytes) -> Iterator[tuple[int, bytes]]:
    """Data sets of the application record (2): number and content."""
    place = 0
    while place + 5 <= len(iptc) and iptc[place] == 0x1C:
        record, code, size = struct.unpack_from(">BBH", iptc, place + 1)
        if record == 2:
            yield code, iptc[place + 5 : place + 5 + size]
        place += 5 + size


def _photoshop_segment(iptc: bytes) -> bytes:
    """An APP13 segment of JPEG that holds IPTC records."""
    body = b"Photoshop 3.0\0" + b"8BIM" + struct.pack(">HHI", 0x0404, 0, len(iptc)) + iptc
    body += bytes(len(iptc) % 2)
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body if len(body) < 65_533 else b""


def png_chunks_of(options: dict[str, Any]) -> bytes:
    """The chunks that Pillow would write for options, to be put into a PNG file of another's."""
    buffer = io.BytesIO()
    Image.new("L", (1, 1)).save(buffer, "PNG", **options)
    data, place, kept = buffer.getvalue(), 8, b""
    while place < len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        if name not in {b"IHDR", b"IDAT", b"IEND"}:
            kept += data[place : place + 12 + length]
        place += 12 + length
    return kept
