"""What a file is by its first bytes: the name is asked only where the bytes do not say.

*Why.* Names lie (``scan.jpg`` that is a TIFF, a camcorder's ``.MOD``, a PostScript file named
``.jpg`` that would start Ghostscript), and archives hold files without any suffix. Every reader of
this package opens a file only as the format that is named here, so nothing outside this list is
ever tried and no external program is started.
"""

from __future__ import annotations

from pathlib import Path

from tremendo.errors import MediaError

__all__ = ["PHOTO_FORMATS", "REFUSED", "first_bytes", "format_of", "photo_format"]

_LENGTH = 1024
"""Bytes that are looked at: five packets of a transport stream."""
_PACKETS = (188, 192, 204)
"""Sizes of packets in transport streams: plain, with a time stamp, with error correction."""

PHOTO_FORMATS = frozenset(
    [
        "jpeg",
        "png",
        "gif",
        "webp",
        "tiff",
        "jpeg2000",
        "heif",
        "avif",
        "bmp",
        "pnm",
        "psd",
        "exr",
        "dpx",
        "cineon",
        "tga",
    ]
)

REFUSED = {
    "postscript": "PostScript, which would have to be run as a program",
    "pdf": "a PDF document",
    "raw": "a camera raw file",
    "jpegxl": "a JPEG XL picture",
}
"""Formats that hold pictures and are not read, in words."""

_HEADS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"II*\0", "tiff"),
    (0, b"MM\0*", "tiff"),
    (0, b"II+\0", "tiff"),
    (0, b"MM\0+", "tiff"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "jpeg2000"),
    (0, b"\xff\x4f\xff\x51", "jpeg2000"),
    (0, b"\xff\x0a", "jpegxl"),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "jpegxl"),
    (0, b"8BPS", "psd"),
    (0, b"v/1\x01", "exr"),
    (0, b"SDPX", "dpx"),
    (0, b"XPDS", "dpx"),
    (0, b"\x80\x2a\x5f\xd7", "cineon"),
    (0, b"\xd7\x5f\x2a\x80", "cineon"),
    (0, b"%!PS", "postscript"),
    (0, b"\xc5\xd0\xd3\xc6", "postscript"),
    (0, b"%PDF", "pdf"),
    (0, b"FUJIFILMCCD-RAW", "raw"),
    (0, b"IIRO", "raw"),
    (0, b"IIU\0", "raw"),
    (0, b"\x1aE\xdf\xa3", "film"),
    (0, b"\0\0\x01\xba", "film"),
    (0, b"\0\0\x01\xb3", "film"),
    (0, b"\x06\x0e\x2b\x34\x02\x05\x01\x01", "film"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "film"),
    (0, b"FLV\x01", "film"),
    (0, b"YUV4MPEG2", "film"),
    (0, b"nut/multimedia", "film"),
    (0, b"\x1f\x07\x00", "film"),  # DV
    (0, b"OggS", "ogg"),
    (0, b"fLaC", "sound"),
    (0, b"ID3", "sound"),
    (0, b"FORM", "sound"),
    (0, b"wvpk", "sound"),
    (0, b".snd", "sound"),
    (0, b"caff", "sound"),
    (0, b"TTA1", "sound"),
    (0, b"DSD ", "sound"),
    (0, b"#!AMR", "sound"),
)
_BRANDS = {
    b"heic": "heif",
    b"heix": "heif",
    b"heim": "heif",
    b"heis": "heif",
    b"mif1": "heif",
    b"avif": "avif",
    b"avis": "avif",
    b"crx ": "raw",
    b"M4A ": "sound",
    b"M4B ": "sound",
}
"""Major brands of ISO base media files (ISO/IEC 14496-12) that are no film."""
_RIFF = {b"AVI ": "film", b"WEBP": "webp", b"WAVE": "sound"}


def first_bytes(path: Path) -> bytes:
    """The head of a file; empty when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(_LENGTH)
    except OSError:
        return b""


def format_of(path: Path, head: bytes | None = None) -> str:
    """One of :data:`PHOTO_FORMATS` or :data:`REFUSED`, ``film``, ``ogg``, ``sound``, or ``""``.

    Args:
        path: of a regular file; only its suffix is used when ``head`` is given.
        head: its first bytes.
    """
    head = first_bytes(path) if head is None else head
    for place, mark, name in _HEADS:
        if head.startswith(mark, place):
            return name
    if head[4:8] == b"ftyp":
        brands = {head[8:12], head[16:20]}
        return next((_BRANDS[b] for b in (head[8:12], head[16:20]) if b in _BRANDS), "") or (
            "sound" if brands & {b"M4A "} else "film"
        )
    if head[4:8] in {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}:
        return "film"  # QuickTime before it had a file type
    if head[:4] in {b"RIFF", b"RF64"}:
        return _RIFF.get(head[8:12], "")
    return _weakly_marked(head, path.suffix.lower())


def _weakly_marked(head: bytes, suffix: str) -> str:
    """Formats whose mark is so short that it is believed only with more evidence."""
    if head[:2] == b"BM" and len(head) > 26 and head[6:10] == bytes(4):
        return "bmp"
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3].isspace():
        return "pnm"
    for size in _PACKETS:
        first = 4 if size == 192 else 0
        marks = head[first::size][:5]
        if len(marks) >= 4 and set(marks) == {0x47}:
            return "film"
    if suffix in {".tga", ".icb", ".vda"} and len(head) > 18 and head[2] in {1, 2, 3, 9, 10, 11}:
        return "tga"
    if head[:1] == b"\xff" and len(head) > 2 and head[1] & 0xE0 == 0xE0:
        return "sound"  # frames of MPEG audio without a header
    return ""


def photo_format(path: Path) -> str:
    """The picture format of a file.

    Raises:
        MediaError: it is no picture, or one that is not read.
    """
    name = format_of(path)
    if name in PHOTO_FORMATS:
        return name
    if name in REFUSED:
        raise MediaError(
            f"this is {REFUSED[name]}: it is not opened",
            path=path,
            hint="save it as TIFF or PNG in the program that made it",
        )
    raise MediaError(
        "this is not a picture",
        path=path,
        hint="the picture is damaged or of an unknown kind: copy it again or convert it to PNG",
    )
