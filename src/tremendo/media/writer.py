"""Film files out: intermediates (FFV1) and masters, written atomically, with right color tags."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Self, cast

import av
import cv2
import numpy as np
from av.audio.stream import AudioStream
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream

from tremendo.errors import MediaError, UsageError
from tremendo.media.atomic import atomic_path
from tremendo.media.audio import Samples, fitting_rate, resample
from tremendo.media.frames import Frame

__all__ = ["CODECS", "Codec", "FilmWriter"]


@dataclass(frozen=True)
class Codec:
    """How a master is encoded."""

    encoder: str
    pixel_format: str
    suffixes: tuple[str, ...]
    audio: str
    options: dict[str, str]
    even: bool
    """Whether width and height must be even."""


CODECS: dict[str, Codec] = {
    "ffv1": Codec(
        "ffv1",
        "bgr0",
        (".mkv",),
        "flac",
        {"level": "3", "slices": "4", "slicecrc": "1", "g": "1"},
        even=False,
    ),
    "h264": Codec(
        "libx264",
        "yuv420p",
        (".mp4", ".mov", ".mkv"),
        "aac",
        # macroblock-tree rate control gives other bits from run to run in small pictures
        {"crf": "17", "preset": "medium", "threads": "2", "x264-params": "mbtree=0"},
        even=True,
    ),
    "hevc": Codec(
        "libx265",
        "yuv420p",
        (".mp4", ".mov", ".mkv"),
        "aac",
        {"crf": "19", "preset": "medium", "x265-params": "pools=2:frame-threads=1:log-level=error"},
        even=True,
    ),
    "av1": Codec(
        "libsvtav1", "yuv420p", (".mp4", ".mkv"), "aac", {"crf": "26", "preset": "8"}, even=True
    ),
    "prores": Codec(
        "prores_ks",
        "yuv422p10le",
        (".mov",),
        "pcm_s24le",
        {"profile": "hq", "vendor": "apl0"},
        even=True,
    ),
    "dnxhr": Codec(
        "dnxhd", "yuv422p10le", (".mov", ".mxf"), "pcm_s24le", {"profile": "dnxhr_hqx"}, even=True
    ),
}


class FilmWriter:
    """Write a film frame by frame; the file appears under its name only when complete.

    Use as a context manager: leaving the block normally finishes the file, leaving it by an error
    removes it. RGB is converted to BT.709 limited range (FFV1 keeps RGB, losslessly). Odd sizes
    are padded by one column or row where the codec needs even ones.

    Args:
        path: output; the suffix must fit the codec.
        width: of the frames.
        height: of the frames.
        fps: exact rate.
        codec: a key of :data:`CODECS`.
        audio: ``(n, 2)`` float32 samples and their rate, starting at frame 0.
        options: encoder options that replace the codec's own (``{"preset": "ultrafast"}``).
        metadata: container tags (``title``, ``comment``...).

    Raises:
        UsageError: the suffix does not fit the codec.
        ResourceError: disk full or no permission.
    """

    def __init__(
        self,
        path: str | Path,
        width: int,
        height: int,
        fps: Fraction,
        codec: str = "ffv1",
        *,
        audio: tuple[Samples, int] | None = None,
        options: dict[str, str] | None = None,
        metadata: dict[str, str] | None = None,
    ) -> None:
        self.path = Path(path)
        if codec not in CODECS:
            raise UsageError(f"unknown codec '{codec}'", hint="one of " + ", ".join(CODECS))
        self._codec = CODECS[codec]
        if self.path.suffix.lower() not in self._codec.suffixes:
            raise UsageError(
                f"{codec} is not written to '{self.path.suffix or 'a file without suffix'}'",
                path=path,
                hint="name the file *" + " or *".join(self._codec.suffixes),
            )
        self._size = (width, height)
        self._fps = Fraction(fps)
        self.notes: list[str] = []
        """What was done to the sound so that the file can hold it, in words."""
        self._audio = audio and self._fitted(*audio)
        self._options = self._codec.options | (options or {})
        self._metadata = metadata or {}
        self.frames = 0
        self._samples_done = 0

    def _fitted(self, samples: Samples, rate: int) -> tuple[Samples, int]:
        """The sound at a rate that the codec and the kind of file know."""
        wanted = fitting_rate(rate, self._codec.audio, self.path.suffix.lower())
        if wanted != rate:
            self.notes.append(
                f"the sound is resampled from {rate / 1000:g} to {wanted / 1000:g} kHz, "
                f"which {self.path.suffix.lower()} with {self._codec.audio} can hold"
            )
        return resample(samples, rate, wanted), wanted

    def __enter__(self) -> Self:
        """Open the temporary file."""
        self._atomic = atomic_path(self.path)
        self._part = self._atomic.__enter__()
        try:
            # a plain FFmpeg name: no protocol prefix or pattern in a file name is interpreted
            flags = {"movflags": "+faststart"} if self.path.suffix in {".mp4", ".mov"} else {}
            self._container = av.open("file:" + str(self._part.absolute()), "w", options=flags)
            self._container.metadata.update(self._metadata)
            self._video = self._add_video()
            self._sound = self._add_audio()
        except BaseException as error:
            if not self._atomic.__exit__(type(error), error, error.__traceback__):
                raise
        return self

    def _add_video(self) -> VideoStream:
        encoder = self._codec.encoder
        stream = cast("VideoStream", self._container.add_stream(encoder, rate=self._fps))
        width, height = self._size
        if self._codec.even:
            width, height = width + width % 2, height + height % 2
        stream.width, stream.height = width, height
        stream.pix_fmt = self._codec.pixel_format
        stream.options = dict(self._options)
        stream.time_base = stream.codec_context.time_base = 1 / self._fps
        if self._codec.pixel_format != "bgr0":
            context = stream.codec_context
            context.colorspace = Colorspace.ITU709
            context.color_primaries = ColorPrimaries.BT709
            context.color_trc = ColorTrc.BT709
            context.color_range = ColorRange.MPEG
        return stream

    def _add_audio(self) -> AudioStream | None:
        if self._audio is None:
            return None
        sound = self._container.add_stream(self._codec.audio, rate=self._audio[1], layout="stereo")
        stream = cast("AudioStream", sound)
        if self._codec.audio == "aac":
            stream.codec_context.bit_rate = 320_000
        elif self._codec.audio == "flac":
            stream.codec_context.format = "s32"  # 24 bits; the default is 16
        stream.time_base = Fraction(1, self._audio[1])
        return stream

    def write(self, frame: Frame) -> None:
        """Append one ``(H, W, 3) uint8 RGB`` frame.

        Raises:
            MediaError: the frame has another size than the film.
        """
        if frame.shape[:2] != (self._size[1], self._size[0]):
            raise MediaError(
                f"frame {self.frames} is {frame.shape[1]} x {frame.shape[0]}, "
                f"the film {self._size[0]} x {self._size[1]}",
                path=self.path,
            )
        picture = av.VideoFrame.from_ndarray(self._padded(frame), format="rgb24")
        if self._codec.pixel_format == "bgr0":
            picture = picture.reformat(format="bgr0", threads=1)
        else:
            picture = picture.reformat(
                format=self._codec.pixel_format,
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
                dst_color_trc=ColorTrc.BT709,
                dst_color_primaries=ColorPrimaries.BT709,
                threads=1,  # FFmpeg 8 gets a line wrong at the border between two threads
            )
        picture.pts = self.frames
        picture.time_base = 1 / self._fps
        self._container.mux(self._video.encode(picture))
        self.frames += 1
        self._write_audio_until(self.frames / self._fps)

    def _padded(self, frame: Frame) -> Frame:
        height, width = frame.shape[:2]
        if self._codec.even and (height % 2 or width % 2):
            return np.asarray(
                cv2.copyMakeBorder(frame, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE),
                dtype=np.uint8,
            )
        return np.ascontiguousarray(frame)

    def _write_audio_until(self, second: Fraction) -> None:
        if self._audio is None or self._sound is None:
            return
        samples, rate = self._audio
        end = min(len(samples), int(second * rate))
        pcm = self._codec.audio != "aac"
        while self._samples_done < end:
            stop = min(end, self._samples_done + rate)
            block = np.ascontiguousarray(samples[self._samples_done : stop].T)
            if pcm:  # 24-bit sound leaves from 32-bit integers
                whole = np.clip(block.astype(np.float64) * 2**31, -(2**31), 2**31 - 1)
                interleaved = np.ascontiguousarray(whole.astype(np.int32).T.reshape(1, -1))
                sound = av.AudioFrame.from_ndarray(interleaved, format="s32", layout="stereo")
            else:
                sound = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            sound.sample_rate = rate
            sound.pts = self._samples_done
            sound.time_base = Fraction(1, rate)
            self._container.mux(self._sound.encode(sound))
            self._samples_done = stop

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        """Finish and rename the file, or remove it after an error."""
        try:
            if error is None:
                self._container.mux(self._video.encode(None))
                if self._sound is not None:
                    self._container.mux(self._sound.encode(None))
        except BaseException as late:
            self._container.close()
            if not self._atomic.__exit__(type(late), late, late.__traceback__):
                raise
        self._container.close()
        self._atomic.__exit__(kind, error, None)
