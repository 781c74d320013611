"""Pictures of scanners, cameras and museums, made here and read back by their meaning."""

import struct
import subprocess
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from tremendo.errors import MediaError
from tremendo.media.photo import load_photo, read_photo, write_photo


def ramp16(height=16, width=64):
    """Colors of 16 bits that no two planes, rows or columns share."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 1000, y * 4000, 65535 - x * 500 - y * 100], axis=-1).astype(np.uint16)


def profile(space, curves, primaries=()):
    """An ICC profile (version 2) of tone curves and primaries, by ICC.1:2001."""
    names = ["kTRC"] if space == b"GRAY" else ["rTRC", "gTRC", "bTRC"]
    tags = dict(zip(names, curves, strict=True))
    for name, xyz in zip(("rXYZ", "gXYZ", "bXYZ"), primaries, strict=False):
        tags[name] = b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in xyz))
    tags["wtpt"] = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    place, table, body = 132 + 12 * len(tags), b"", b""
    for name, content in tags.items():
        padding = bytes(-len(content) % 4)
        table += name.encode() + struct.pack(">II", place + len(body), len(content))
        body += content + padding
    size = place + len(body)
    head = struct.pack(">I4sI", size, b"test", 0x02200000) + b"scnr" + space + b"XYZ "
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head + bytes(128 - len(head)) + struct.pack(">I", len(tags)) + table + body


def power(exponent):
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(exponent * 256))


ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
PROPHOTO = ((0.79767, 0.28804, 0.0), (0.13519, 0.71188, 0.0), (0.03134, 0.00009, 0.82491))


def by_littlecms(color, icc):
    """Eight-bit samples as sRGB, by the second reader."""
    import io

    image = Image.fromarray(np.asarray(color, np.uint8))
    done = ImageCms.profileToProfile(
        image, io.BytesIO(icc), ImageCms.createProfile("sRGB"), renderingIntent=1, outputMode="RGB"
    )
    return np.asarray(done)


@pytest.mark.parametrize("suffix", ["tif", "png", "jpg"])
def test_a_gray_profile_of_gamma_one_point_eight_is_honored(tmp_path, suffix):
    icc = profile(b"GRAY", [power(1.8)])
    gray = np.full((16, 16), 128, np.uint8)
    Image.fromarray(gray).save(tmp_path / f"a.{suffix}", icc_profile=icc)
    assert read_photo(tmp_path / f"a.{suffix}")[4, 4].tolist() == [146, 146, 146]


@pytest.mark.parametrize("name", ["adobe", "prophoto"])
@pytest.mark.parametrize("bits", [8, 16])
def test_profiles_of_wide_spaces_agree_with_littlecms(tmp_path, name, bits):
    primaries, gamma = {"adobe": (ADOBE, 2.19921875), "prophoto": (PROPHOTO, 1.80078125)}[name]
    icc = profile(b"RGB ", [power(gamma)] * 3, primaries)
    rng = np.random.default_rng(1)
    color = rng.integers(70, 190, (8, 8, 3), dtype=np.uint8)
    color[0, 0] = 181, 140, 120
    path = tmp_path / "a.tif"
    if bits == 8:
        Image.fromarray(color).save(path, icc_profile=icc)
    else:
        tifffile.imwrite(path, color.astype(np.uint16) * 257, photometric="rgb", iccprofile=icc)
    seen = read_photo(path)
    assert np.abs(seen.astype(int) - by_littlecms(color, icc)).max() <= 1
    assert np.abs(seen.astype(int) - color).max() > 10


def test_a_profile_keeps_sixteen_bits(tmp_path):
    gray = np.arange(20_000, 20_256, dtype=np.uint16).reshape(16, 16)
    icc = profile(b"GRAY", [power(1.8)])
    tifffile.imwrite(tmp_path / "a.tif", gray, photometric="minisblack", iccprofile=icc)
    seen = read_photo(tmp_path / "a.tif", depth=16)[..., 0]
    assert len(np.unique(seen)) > 200
    linear = (gray / 65535) ** (461 / 256)  # the profile counts gamma in 256ths
    right = np.round((1.055 * linear ** (1 / 2.4) - 0.055) * 65535)
    assert np.abs(seen - right).max() <= 1


def test_a_broken_profile_is_told_and_the_picture_is_read(tmp_path):
    Image.new("RGB", (8, 8), (10, 200, 30)).save(tmp_path / "a.png", icc_profile=b"x" * 200)
    photo = load_photo(tmp_path / "a.png")
    assert photo.pixels[0, 0].tolist() == [10, 200, 30]
    assert "profile cannot be used" in " ".join(photo.notes)


def with_chunk(data, name, content):
    """A PNG file with one more chunk after its header."""
    chunk = struct.pack(">I", len(content)) + name + content
    return data[:33] + chunk + struct.pack(">I", zlib.crc32(name + content)) + data[33:]


@pytest.mark.parametrize(
    ("name", "content"), [(b"gAMA", struct.pack(">I", 100_000)), (b"cICP", bytes([1, 8, 0, 1]))]
)
def test_linear_png_is_shown_as_light(tmp_path, name, content):
    light = round(65535 * ((128 / 255 + 0.055) / 1.055) ** 2.4)
    data = cv2.imencode(".png", np.full((8, 8), light, np.uint16))[1].tobytes()
    (tmp_path / "a.png").write_bytes(with_chunk(data, name, content))
    assert read_photo(tmp_path / "a.png")[0, 0].tolist() == [128, 128, 128]


def test_white_is_zero_is_no_negative(tmp_path):
    gray = (ramp16()[..., 0] // 2).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", 65535 - gray, photometric="miniswhite")
    assert np.array_equal(read_photo(tmp_path / "a.tif", depth=16)[..., 0], gray)


@pytest.mark.parametrize("planes", ["contig", "separate"])
@pytest.mark.parametrize("packing", ["plain", "zlib", "lzw", "tiles"])
def test_sixteen_bit_tiff_in_every_order_of_planes(tmp_path, planes, packing):
    color, path = ramp16(48, 64), tmp_path / "a.tif"
    stored = color if planes == "contig" else np.moveaxis(color, -1, 0)
    options = {"zlib": {"compression": "zlib", "predictor": True}, "tiles": {"tile": (32, 32)}}
    tifffile.imwrite(
        path, stored, photometric="rgb", planarconfig=planes, **options.get(packing, {})
    )
    if packing == "lzw":  # written by libtiff
        plain, path = path, tmp_path / "lzw.tif"
        command = ["convert", plain, "-compress", "LZW"]
        command += ["-interlace", "plane" if planes == "separate" else "none"]
        subprocess.run([*command, path], check=True)
        with tifffile.TiffFile(path) as file:
            assert file.pages[0].compression == 5
    assert np.array_equal(read_photo(path, depth=16), color)
    assert np.abs(read_photo(path).astype(int) - color / 257).max() <= 0.5


def test_twelve_packed_bits_use_the_whole_range(tmp_path):
    codes = np.array([[0, 2048, 4095, 1024]] * 4)
    flat = codes.ravel()
    a, b = flat[::2], flat[1::2]
    packed = np.stack([a >> 4, (a & 15) << 4 | b >> 8, b & 255], axis=1).astype(np.uint8).tobytes()
    tags = [(256, 4), (257, 4), (258, 12), (259, 1), (262, 1), (273, 8), (277, 1), (278, 4)]
    tags.append((279, len(packed)))
    table = b"".join(struct.pack("<HHII", code, 4, 1, value) for code, value in tags)
    head = b"II*\0" + struct.pack("<I", 8 + len(packed))
    (tmp_path / "a.tif").write_bytes(
        head + packed + struct.pack("<H", len(tags)) + table + bytes(4)
    )
    assert read_photo(tmp_path / "a.tif")[0, :, 0].tolist() == [0, 128, 255, 64]
    assert load_photo(tmp_path / "a.tif").bits == 12


def test_neutral_lab_is_gray(tmp_path):
    lab = np.zeros((8, 8, 3), np.int16)
    lab[..., 0] = np.uint16(65535 * 50 // 100).astype(np.uint16).view(np.int16)
    tifffile.imwrite(tmp_path / "a.tif", lab.view(np.uint16), photometric="cielab")
    assert read_photo(tmp_path / "a.tif")[0, 0].tolist() == [119, 119, 119]


@pytest.mark.parametrize("bits", [12, 16])
def test_deep_jpeg_2000_keeps_its_white(tmp_path, bits):
    color = np.full((64, 64, 3), 2**bits - 1, np.uint16)
    color[:32] = 2 ** (bits - 1)
    write_photo(tmp_path / "a.tif", (color.astype(np.uint32) * 65535 // (2**bits - 1)).astype("u2"))
    # OpenJPEG within OpenCV writes the type's 16 bits; ImageMagick writes 12
    path = tmp_path / "a.jp2"
    if bits == 16:
        cv2.imwrite(str(path), color, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000])
    else:
        subprocess.run(["convert", tmp_path / "a.tif", "-depth", "12", path], check=True)
    seen = read_photo(path)
    assert seen[-1, -1].tolist() == [255, 255, 255]
    assert np.abs(seen[0, 0].astype(int) - 128).max() <= 1


def test_the_picture_is_read_not_its_thumbnail(tmp_path):
    color = ramp16(48, 64)
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(color[::4, ::4], photometric="rgb", subfiletype=1)
        file.write(color, photometric="rgb")
    assert np.array_equal(read_photo(tmp_path / "a.tif", depth=16), color)
    assert load_photo(tmp_path / "a.tif").notes == ()


def test_the_page_used_of_several_is_told(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for value in (10, 20, 30):
            file.write(np.full((8, 8), value, np.uint8), photometric="minisblack")
    photo = load_photo(tmp_path / "a.tif")
    assert photo.pixels[0, 0, 0] == 10
    assert photo.notes == ("page 1 of 3 is used",)


def dpx10(path, codes, transfer, low=0xFFFFFFFF, high=0xFFFFFFFF, rate=None):
    """A 10-bit DPX file by SMPTE ST 268 of gray codes as RGB, filled to 32 bits (method A)."""
    head = bytearray(2048)
    head[0:4] = b"SDPX"
    height, width = codes.shape
    struct.pack_into(">I", head, 4, 2048)
    head[8:12] = b"V1.0"
    struct.pack_into(">I", head, 16, 2048 + 4 * codes.size)
    struct.pack_into(">HHII", head, 768, 0, 1, width, height)
    struct.pack_into(">IIfIf", head, 780, 0, low, float("nan"), high, float("nan"))
    struct.pack_into(">BBBBHHI", head, 800, 50, transfer, transfer, 10, 1, 0, 2048)
    struct.pack_into(">II", head, 1628, 1, 1)
    if rate:
        struct.pack_into(">f", head, 1724, rate)
    words = (codes.astype(np.uint32) << 22) | (codes << 12) | (codes << 2)
    path.write_bytes(bytes(head) + words.astype(">u4").tobytes())


def test_film_density_is_shown_as_light(tmp_path):
    codes = np.array([[0, 95, 470, 685, 1023]] * 5, np.uint32)
    dpx10(tmp_path / "a.dpx", codes, transfer=1)
    seen = read_photo(tmp_path / "a.dpx")[0, :, 0]
    assert seen[[0, 1, 3, 4]].tolist() == [0, 0, 255, 255]
    light, black = (10 ** ((code - 685) * 0.002 / 0.6) for code in (470, 95))
    value = (light - black) / (1 - black)
    assert abs(int(seen[2]) - 255 * (1.055 * value ** (1 / 2.4) - 0.055)) <= 1


def test_density_follows_the_codes_of_the_header(tmp_path):
    codes = np.array([[120, 700]] * 2, np.uint32)
    dpx10(tmp_path / "a.dpx", codes, transfer=1, low=120, high=700)
    assert read_photo(tmp_path / "a.dpx")[0, :, 0].tolist() == [0, 255]


def test_linear_dpx_is_encoded_and_video_is_let_be(tmp_path):
    codes = np.full((4, 4), round(1023 * 0.435), np.uint32)
    dpx10(tmp_path / "linear.dpx", codes, transfer=2)
    dpx10(tmp_path / "video.dpx", codes, transfer=6)
    assert abs(int(read_photo(tmp_path / "linear.dpx")[0, 0, 0]) - 176) <= 1
    assert abs(int(read_photo(tmp_path / "video.dpx")[0, 0, 0]) - 111) <= 1


@pytest.mark.parametrize("name", ["a.jpg", "a.eps", "a.tif"])
@pytest.mark.parametrize("head", [b"%!PS-Adobe-3.0 EPSF-3.0\n", b"\xc5\xd0\xd3\xc6"])
def test_postscript_is_refused_and_nothing_is_started(tmp_path, monkeypatch, name, head):
    def started(*arguments, **_):
        raise AssertionError(arguments)

    monkeypatch.setattr(subprocess, "Popen", started)
    (tmp_path / name).write_bytes(head + b"%%BoundingBox: 0 0 10 10\nshowpage\n")
    with pytest.raises(MediaError, match="PostScript"):
        read_photo(tmp_path / name)


def test_the_bytes_decide_not_the_name(tmp_path):
    Image.new("RGB", (6, 4), (9, 8, 7)).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.jpg")
    assert read_photo(tmp_path / "a.jpg")[0, 0].tolist() == [9, 8, 7]


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits_are_written_and_read_by_a_second_reader(tmp_path, suffix):
    color = ramp16()
    path = write_photo(tmp_path / f"a.{suffix}", color)
    assert np.array_equal(read_photo(path, depth=16), color)
    command = ["convert", path, "-depth", "16", "-endian", "LSB", "rgb:-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    assert np.array_equal(np.frombuffer(raw, "<u2").reshape(color.shape), color)


def test_sixteen_bits_are_rounded_where_the_format_holds_eight(tmp_path):
    path = write_photo(tmp_path / "a.webp", np.full((8, 8, 3), 32896 + 100, np.uint16))
    assert abs(int(read_photo(path)[0, 0, 0]) - 128) <= 1
