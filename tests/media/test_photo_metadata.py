"""What a picture says of itself goes through, read back by ImageMagick and Pillow."""

import subprocess

import numpy as np
import pytest
import tifffile
from PIL import Image

from tremendo.media.photo import load_photo, write_photo
from tremendo.media.photo_metadata import read_metadata

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-'
    b'syntax-ns#"><rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
    b'tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)
IPTC = b"\x1c\x02\x78\x00\x0fOld mill, 1902." + b"\x1c\x02\x74\x00\x05Mills"


def described(path):
    """A picture on its side with Exif, XMP, resolution and a date of its own."""
    exif = Image.Exif()
    exif[0x0112], exif[270], exif[315], exif[305] = 6, "The mill in spring", "A. Miller", "Scan 2"
    exif[306] = "1999:01:02 03:04:05"
    exif.get_ifd(0x8769)[36867] = "1902:05:01 10:00:00"
    exif[0x8769] = 0  # without it Pillow leaves the directory out of TIFF
    image = Image.fromarray(np.full((20, 30, 3), 90, np.uint8))
    extra = {} if path.suffix != ".jpg" else {"xmp": XMP, "extra": segment()}
    image.save(path, exif=exif, dpi=(600, 600), **extra)
    return path


def segment():
    body = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + len(IPTC).to_bytes(4, "big") + IPTC
    body += bytes(len(IPTC) % 2)
    return b"\xff\xed" + (len(body) + 2).to_bytes(2, "big") + body


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
@pytest.mark.parametrize("source", [".jpg", ".png", ".tif"])
def test_descriptions_dates_and_authors_stay_and_orientation_does_not(tmp_path, source, suffix):
    old = described(tmp_path / f"old{source}")
    path = tmp_path / f"new{suffix}"
    write_photo(path, load_photo(old).pixels, metadata=read_metadata(old), note="colored")
    with Image.open(path) as image:
        exif = image.getexif()
        assert image.size == (20, 30)
        assert exif.get(0x0112, 1) == 1
        assert (exif[270], exif[315], exif[306]) == (
            "The mill in spring",
            "A. Miller",
            "1999:01:02 03:04:05",
        )
        assert exif[305] == "Scan 2; colored"
        assert exif.get_ifd(0x8769)[36867] == "1902:05:01 10:00:00"
        if suffix != ".webp":
            assert image.info["dpi"] == pytest.approx((600, 600), abs=0.1)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_xmp_and_iptc_stay(tmp_path, suffix):
    old = described(tmp_path / "old.jpg")
    metadata = read_metadata(old)
    path = write_photo(tmp_path / f"new{suffix}", load_photo(old).pixels, metadata=metadata)
    with Image.open(path) as image:
        xmp = image.info["xmp"]
    assert b'tiff:Orientation="1"' in xmp
    if suffix in {".jpg", ".tif"}:
        told = subprocess.run(
            ["identify", "-format", "%[IPTC:2:120]|%[IPTC:2:116]", path],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        assert told == "Old mill, 1902.|Mills"


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_deep_pictures_keep_their_descriptions(tmp_path, suffix):
    old = described(tmp_path / "old.tif")
    deep = np.full((8, 8, 3), 12_345, np.uint16)
    path = write_photo(tmp_path / f"new{suffix}", deep, metadata=read_metadata(old), note="colored")
    assert np.array_equal(load_photo(path, 16).pixels, deep)
    with Image.open(path) if suffix == ".png" else tifffile.TiffFile(path) as file:
        tags = file.getexif() if suffix == ".png" else file.pages[0].tags
        read = (lambda code: tags[code]) if suffix == ".png" else (lambda code: tags[code].value)
        assert [read(code) for code in (270, 315, 305)] == [
            "The mill in spring",
            "A. Miller",
            "Scan 2; colored",
        ]
    asked = ["identify", "-units", "PixelsPerInch", "-format", "%x", path]
    seen = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    assert float(seen.split()[0]) == pytest.approx(600, abs=0.5)


def test_a_picture_without_metadata_gets_none(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    metadata = read_metadata(tmp_path / "a.png")
    assert (metadata.tags, metadata.xmp, metadata.iptc, metadata.dpi) == ({}, b"", b"", None)
