"""Sound as people bring it: late, with holes, of changing layouts, damaged, out of phase."""

from __future__ import annotations

import re
import shutil
import subprocess
import wave
from fractions import Fraction

import av
import numpy as np
import pytest

from tremendo.errors import MediaError
from tremendo.media import FilmWriter, read_audio
from tremendo.media.audio import audio_rate, audio_tracks, fitting_rate, resample
from tremendo.music.sound import hear

RATE = 48_000
SIX = "5.1"


def click(seconds=2.0, at=1.0, rate=RATE, channels=1, level=0.8):
    """``(channels, n)``: silence with 10 ms of 1 kHz ``at`` a second."""
    sound = np.zeros((channels, round(seconds * rate)), np.float32)
    length = rate // 100
    first = round(at * rate)
    wave_ = level * np.sin(2 * np.pi * 1000 * np.arange(length) / rate)
    sound[:, first : first + length] = wave_
    return sound


def heard_at(samples, rate=RATE):
    """Second of the first sample that is loud."""
    loud = np.abs(samples).reshape(len(samples), -1).max(axis=1) > 0.1
    assert loud.any()
    return int(np.argmax(loud)) / rate


def mux(path, sound, *, codec, layout="mono", rate=RATE, at=0.0, pictures=0, hole=None, skip=0):
    """Write a file with PyAV: sound from second ``at`` on, with a ``hole`` of (second, length)."""
    with av.open(str(path), "w") as container:
        picture = None
        if pictures:
            picture = container.add_stream("mpeg2video", rate=24)
            picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        stream = container.add_stream(codec, rate=rate, layout=layout)
        stream.time_base = Fraction(1, rate)
        form = stream.codec_context.codec.audio_formats[0].name
        packets = []
        for number in range(pictures):
            frame = av.VideoFrame.from_ndarray(
                np.full((48, 64, 3), 40 + number, np.uint8), format="rgb24"
            )
            frame.pts, frame.time_base = number, Fraction(1, 24)
            packets += picture.encode(frame)
        packets += picture.encode(None) if picture else []
        sender = av.AudioResampler(format=form, layout=layout, rate=rate)
        for first in range(0, sound.shape[1], 1024):
            second = first / rate
            if hole and hole[0] <= second < hole[0] + hole[1]:
                continue
            block = np.ascontiguousarray(sound[:, first : first + 1024])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
            frame.sample_rate = rate
            for part in sender.resample(frame):
                part.pts, part.time_base = first + round(at * rate), Fraction(1, rate)
                packets += stream.encode(part)
        packets += stream.encode(None)
        packets.sort(key=lambda p: float((p.dts or 0) * p.time_base))
        container.mux(packets[skip:])
    return path


def encoded(path, sound, codec, *options):
    """Write stereo ``sound`` with the ffmpeg of this machine, in codecs that the wheel lacks."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg here")
    command = ["ffmpeg", "-v", "error", "-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", "-"]
    command += ["-c:a", codec, *options, str(path)]
    subprocess.run(command, input=sound.T.tobytes(), check=True, timeout=60)
    return path


def measured(path):
    """Peak in dB by ffmpeg's volumedetect."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg here")
    command = ["ffmpeg", "-i", str(path), "-af", "volumedetect", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stderr
    return float(re.search(r"max_volume: (\S+) dB", said)[1])


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mov", "pcm_s16le"), ("a.mkv", "pcm_s16le"), ("a.mkv", "flac"), ("a.ts", "mp2"),
        ("a.mpg", "mp2"), ("a.mp4", "aac"), ("a.mxf", "pcm_s16le"),
    ],
)  # fmt: skip
def test_late_sound_stands_where_its_stamps_say(tmp_path, name, codec):
    late = 0.0 if name == "a.mxf" else 0.8  # MXF interleaves from its first frame on
    path = mux(tmp_path / name, click(at=0.2), codec=codec, at=late, pictures=48)
    heard = read_audio(path, RATE)
    assert heard_at(heard) == pytest.approx(late + 0.2, abs=0.003)
    assert np.abs(heard[: round(late * RATE)]).max(initial=0) < 0.01


@pytest.mark.parametrize(
    ("name", "codec"), [("a.ts", "mp2"), ("a.mkv", "pcm_s16le"), ("a.mka", "pcm_s16le")]
)
def test_a_hole_is_silence(tmp_path, name, codec):
    pictures = 0 if name.endswith("mka") else 72
    sound = click(3.0, at=2.5)
    path = mux(tmp_path / name, sound, codec=codec, hole=(1.0, 0.75), pictures=pictures)
    said = []
    heard = read_audio(path, RATE, on_warning=said.append)
    assert heard_at(heard) == pytest.approx(2.5, abs=0.03)  # MPEG frames are 24 ms long
    assert len(heard) == pytest.approx(3 * RATE, abs=1500)
    assert "holes of 0.8" in said[0]


def test_sound_that_begins_before_the_picture_is_cut(tmp_path):
    whole = mux(tmp_path / "a.mkv", click(at=1.5), codec="pcm_s16le", pictures=48)
    with av.open(str(whole)) as source, av.open(str(tmp_path / "b.mkv"), "w") as cut:
        streams = {s.index: cut.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux():
            if packet.dts is None or (packet.stream.type == "video" and packet.pts < 500):
                continue
            packet.stream = streams[packet.stream.index]
            cut.mux(packet)
    with av.open(str(tmp_path / "b.mkv")) as made:
        first = next(made.decode(video=0)).time
    assert first >= 0.5
    heard = read_audio(tmp_path / "b.mkv", RATE)
    assert heard_at(heard) == pytest.approx(1.5 - first, abs=0.002)


def test_vorbis_cut_without_encoding_begins_at_its_start(tmp_path):
    """Its first packets lie before second 0: FFmpeg gives them negative stamps."""
    sound = click(4.0, at=3.0, channels=2)
    whole = encoded(tmp_path / "a.ogg", sound, "libvorbis")
    cut = ["ffmpeg", "-v", "error", "-ss", "1.2", "-i", str(whole), "-c", "copy"]
    subprocess.run([*cut, str(tmp_path / "b.ogg")], check=True, timeout=60)
    with av.open(str(tmp_path / "b.ogg")) as made:
        frame = next(made.decode(audio=0))
        early = -frame.pts if frame.pts < 0 else 0
    heard = read_audio(tmp_path / "b.ogg", RATE)
    with av.open(str(tmp_path / "b.ogg")) as made:
        plain = np.concatenate([f.to_ndarray() for f in made.decode(audio=0)], axis=1)
    assert early > 0
    assert heard_at(plain.T) - heard_at(heard) == pytest.approx(early / RATE, abs=1 / RATE)


def test_layouts_may_change_in_the_middle(tmp_path):
    """Television goes from two channels to six; files are joined from one and two."""
    two = mux(tmp_path / "2.ts", click(at=0.5, channels=2), codec="ac3", layout="stereo")
    six = mux(tmp_path / "6.ts", click(at=0.5, channels=6), codec="ac3", layout=SIX, at=2.0)
    both = tmp_path / "both.ts"
    both.write_bytes(two.read_bytes() + six.read_bytes())
    heard = read_audio(both, RATE, mono=False)
    assert heard.shape[1] == 2
    assert heard_at(heard) == pytest.approx(0.5, abs=0.01)
    later = heard_at(heard[2 * RATE :])
    assert later == pytest.approx(0.5, abs=0.03)  # the first ends with its last frame of 32 ms
    one = mux(tmp_path / "1.mp3", click(at=0.5, rate=44_100), codec="libmp3lame", rate=44_100)
    more = mux(
        tmp_path / "2.mp3", click(at=0.5, rate=44_100, channels=2), codec="libmp3lame",
        layout="stereo", rate=44_100,
    )  # fmt: skip
    joined = tmp_path / "joined.mp3"
    joined.write_bytes(one.read_bytes() + more.read_bytes())
    heard = read_audio(joined, 44_100, mono=False)
    assert np.abs(heard[: 2 * 44_100]).max() > 0.5
    assert np.abs(heard[2 * 44_100 :]).max() > 0.5
    assert hear(joined).duration == pytest.approx(4, abs=0.1)


@pytest.mark.parametrize("codec", ["flac", "aac"])
def test_six_channels_are_mixed_without_passing_one(tmp_path, codec):
    name = "a.flac" if codec == "flac" else "a.m4a"
    path = mux(tmp_path / name, click(channels=6), codec=codec, layout=SIX)
    heard = read_audio(path, None, mono=False)
    assert 0.9 < np.abs(heard).max() <= 1
    master = tmp_path / "master.mov"
    with FilmWriter(master, 64, 48, Fraction(24), "prores", audio=(heard, RATE)) as film:
        for _ in range(48):
            film.write(np.zeros((48, 64, 3), np.uint8))
    assert measured(master) == pytest.approx(0, abs=0.3)
    quiet = mux(tmp_path / "quiet.flac", click(channels=6, level=0.2), codec="flac", layout=SIX)
    peak = np.abs(read_audio(quiet, None, mono=False)).max()  # 1 + .707 + .707 = 2.41 times
    assert peak == pytest.approx(0.2 * 2.414, rel=0.01)


def test_the_low_frequency_channel_is_left_out_and_sides_go_to_their_side(tmp_path):
    sound = np.zeros((6, RATE), np.float32)
    sound[3] = 0.5
    path = mux(tmp_path / "lfe.flac", sound, codec="flac", layout=SIX)
    assert np.abs(read_audio(path, None, mono=False)).max() == 0
    sound[3], sound[4] = 0, 0.5
    path = mux(tmp_path / "left.flac", sound, codec="flac", layout=SIX)
    left, right = np.abs(read_audio(path, None, mono=False)).max(axis=0)
    assert (left, right) == (pytest.approx(0.5 / np.sqrt(2), abs=1e-3), 0)


def test_one_channel_is_copied_at_full_level(tmp_path):
    path = mux(tmp_path / "a.flac", click(), codec="flac")
    heard = read_audio(path, None, mono=False)
    assert np.abs(heard).max(axis=0) == pytest.approx([0.8, 0.8], abs=1e-3)
    assert measured(path) == pytest.approx(20 * np.log10(0.8), abs=0.1)


def test_channels_out_of_phase_are_heard(tmp_path):
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    sound = np.stack([tone, -tone]).astype(np.float32)
    path = mux(tmp_path / "a.wav", sound, codec="pcm_s16le", layout="stereo")
    heard = hear(path)
    assert heard.level > 0.3
    assert "out of phase" in heard.warnings[0]
    usual = mux(tmp_path / "b.wav", np.abs(sound), codec="pcm_s16le", layout="stereo")
    assert not hear(usual).warnings


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        ("wv", "wavpack"), ("tta", "tta"), ("au", "pcm_s16be"), ("ac3", "ac3"), ("eac3", "eac3"),
        ("dts", "dca"), ("voc", "pcm_s16le"), ("caf", "pcm_s16le"), ("w64", "pcm_s16le"),
        ("aiff", "pcm_s16be"), ("mka", "flac"), ("opus", "libopus"), ("mp2", "mp2"),
    ],
)  # fmt: skip
def test_songs_of_many_kinds(tmp_path, suffix, codec):
    path = tmp_path / f"song.{suffix}"
    sound = click(channels=2, at=0.5)
    if codec == "dca":  # the wheel reads it and does not write it
        encoded(path, sound, codec, "-strict", "-2")
    else:
        mux(path, sound, codec=codec, layout="stereo")
    heard = read_audio(path, RATE)
    assert heard_at(heard) == pytest.approx(0.5, abs=0.02)  # raw streams keep the coder's delay
    assert len(heard) == pytest.approx(2 * RATE, abs=3000)


def test_a_truncated_song_is_told(tmp_path):
    noise = np.random.default_rng(1).normal(0, 0.1, (2, 6 * RATE)).astype(np.float32)
    for name, codec in (("a.flac", "flac"), ("a.mp3", "libmp3lame"), ("a.wv", "wavpack")):
        path = mux(tmp_path / name, noise, codec=codec, layout="stereo")
        said = []
        read_audio(path, RATE, on_warning=said.append)
        assert not said
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        heard = read_audio(path, RATE, on_warning=said.append)
        assert len(heard) == pytest.approx(3 * RATE, rel=0.1)
        assert "ends after" in said[0]
        assert "of 6.0 s" in said[0]


@pytest.mark.parametrize(("name", "codec"), [("a.mp3", "libmp3lame"), ("a.flac", "flac")])
def test_damage_is_told_and_the_rest_is_heard(tmp_path, name, codec):
    random = np.random.default_rng(2)
    noise = random.normal(0, 0.1, (2, 6 * RATE)).astype(np.float32)
    path = mux(tmp_path / name, noise, codec=codec, layout="stereo")
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + len(whole) // 10] = random.bytes(len(whole) // 10)
    path.write_bytes(whole)
    said = []
    heard = read_audio(path, RATE, on_warning=said.append)
    assert len(heard) >= 4.5 * RATE
    assert said
    assert hear(path).warnings


def test_what_holds_no_sound_is_refused_by_name(tmp_path):
    path = tmp_path / "noise.mp3"
    path.write_bytes(np.random.default_rng(3).bytes(40_000))
    with pytest.raises(MediaError, match=r"noise\.mp3"):
        hear(path)


def test_tracks_are_named(tmp_path):
    path = tmp_path / "film.mkv"
    tracks = []
    for language, layout, count in (("eng", "stereo", 2), ("deu", SIX, 6)):
        one = mux(tmp_path / f"{language}.mkv", click(1.0, 0.5, channels=count), codec="ac3",
                  layout=layout)  # fmt: skip
        tracks.append((language, one))
    with av.open(str(path), "w") as film:
        sources = [(language, av.open(str(one))) for language, one in tracks]
        made = [film.add_stream_from_template(s.streams.audio[0]) for _, s in sources]
        for stream, (language, _) in zip(made, sources, strict=True):
            stream.metadata["language"] = language
        for stream, (_, source) in zip(made, sources, strict=True):
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream = stream
                    film.mux(packet)
            source.close()
    first, second = audio_tracks(path)
    assert (first.language, first.channels, second.layout) == ("eng", 2, "5.1(side)")
    assert str(second) == "track 2 (deu, 5.1(side), ac3, 48 kHz)"
    silent = tmp_path / "silent.mkv"
    with FilmWriter(silent, 64, 48, Fraction(24)) as film:
        film.write(np.zeros((48, 64, 3), np.uint8))
    assert audio_tracks(silent) == ()


@pytest.mark.parametrize(
    ("codec", "name", "rate", "wanted"),
    [
        ("dnxhr", "a.mxf", 44_100, 48_000), ("h264", "a.mp4", 192_000, 96_000),
        ("h264", "a.mov", 176_400, 88_200), ("prores", "a.mov", 192_000, 192_000),
    ],
)  # fmt: skip
def test_masters_get_sound_at_a_rate_that_they_know(tmp_path, codec, name, rate, wanted):
    sound = click(1.0, at=0.5, rate=rate, channels=2).T
    path = tmp_path / name
    with FilmWriter(path, 256, 144, Fraction(24), codec, audio=(sound, rate)) as film:
        for _ in range(24):
            film.write(np.zeros((144, 256, 3), np.uint8))
    assert audio_rate(path) == wanted
    assert heard_at(read_audio(path, RATE)) == pytest.approx(0.5, abs=0.002)
    assert bool(film.notes) == (rate != wanted)


def test_resampling_keeps_time_and_level():
    made = resample(click(1.0, at=0.5, rate=44_100, channels=2).T, 44_100, RATE)
    assert made.shape == (RATE, 2)
    assert heard_at(made) == pytest.approx(0.5, abs=0.0005)
    assert np.abs(made).max() == pytest.approx(0.8, abs=0.02)
    assert fitting_rate(12_345, "aac", ".mp4") in av.Codec("aac", "w").audio_rates


def test_wave_files_of_every_width_have_full_scale(tmp_path):
    for width in (1, 2, 3, 4):
        with wave.open(str(tmp_path / "a.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(width)
            file.setframerate(RATE)
            top, bottom = (2 ** (8 * width - 1) - 1, -(2 ** (8 * width - 1)))
            lift = 128 if width == 1 else 0
            values = [top + lift, bottom + lift] * 500
            file.writeframes(
                b"".join(v.to_bytes(width, "little", signed=width > 1) for v in values)
            )
        heard = read_audio(tmp_path / "a.wav", None, mono=False)
        assert heard.min() == -1
        assert heard.max() == pytest.approx(1, abs=0.01)
