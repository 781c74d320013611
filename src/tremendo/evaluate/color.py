"""How good and how steady the colors are, beside methods that need no intelligence."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tremendo.errors import MediaError, NothingUsableError
from tremendo.evaluate.color_figures import (
    blue_purple_share,
    chroma_unrest,
    color_difference,
    distribution_unrest,
    hue_distance,
    hue_histogram,
)
from tremendo.evaluate.color_plot import draw
from tremendo.finish.color.decoding import compress_uncertain_hues, decoding_params
from tremendo.finish.color.engine import ColorEngine, open_engine
from tremendo.finish.color.film import colorize_film
from tremendo.finish.color.lab import frame_ab, frame_lab, frame_lightness, gray, with_chroma
from tremendo.finish.color.options import DEFAULT_OPTIONS, ColorOptions
from tremendo.finish.color.photo import colorize_photo
from tremendo.finish.color.upsampling import guided_upsample, smooth_in_regions
from tremendo.imaging.metrics import colorfulness, psnr
from tremendo.media import MemoryFrames, open_frames, read_photo
from tremendo.media.frames import Frame

__all__ = ["evaluate_film", "evaluate_photos"]

_SEPIA = (6.0, 16.0)
_SHOWN = 32
_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}

Figures = dict[str, dict[str, float]]


def evaluate_photos(
    data: Path,
    *,
    engine: ColorEngine | None = None,
    options: ColorOptions = DEFAULT_OPTIONS,
    limit: int | None = None,
    plots: Path | None = None,
) -> Figures:
    """Grey versions of color photographs colored and compared with the truth.

    Args:
        data: a folder or tar of color photographs.
        engine: what is judged; by default tremendo's own network.
        options: setting of ``colorize_photo``.
        limit: at most this many pictures, evenly spread.
        plots: a folder for ``pairs-1.png`` ... (truth, grey, ours) and ``hues.png``.

    Returns:
        For each of ``network``, ``grey``, ``sepia`` and ``mean ab per lightness`` (learned on
        the very pictures judged, which flatters it): ``psnr``, ``ab_rmse``, ``ciede2000``,
        ``colorfulness_ratio``, ``hue_distance`` (degrees) and ``blue_purple_share``; ``truth`` has
        the last one too.

    Raises:
        MediaError: no such folder or tar.
        NothingUsableError: no pictures in it.
    """
    truths = list(_photographs(data))
    if not truths:
        raise NothingUsableError("no photographs to judge by", path=data)
    truths = truths[:: max(1, -(-len(truths) // limit))] if limit else truths
    engine = engine or open_engine()
    table = _mean_ab(truths)
    methods: dict[str, Callable[[Frame], Frame]] = {
        "network": lambda grey: colorize_photo(grey, options, engine=engine),
        "grey": lambda grey: grey,
        "sepia": lambda grey: _tinted(grey, _SEPIA),
        "mean ab per lightness": lambda grey: _by_table(grey, table),
    }
    figures = {name: _judged(truths, paint) for name, paint in methods.items()}
    shares = [blue_purple_share(truth) for truth in truths]
    figures["truth"] = {"blue_purple_share": float(np.mean(shares)), "pictures": len(truths)}
    if plots is not None:
        shown = truths[:: max(1, len(truths) // _SHOWN)][:_SHOWN]
        draw(shown, [methods["network"](gray(frame_lightness(truth))) for truth in shown], plots)
    return figures


def evaluate_film(
    film: Path,
    *,
    engine: ColorEngine | None = None,
    options: ColorOptions = DEFAULT_OPTIONS,
    start: int = 0,
    stop: int | None = None,
    flicker: float = 0.0,
    seed: int = 0,
) -> Figures:
    """How steady the colors of one shot are (there is no truth for an old film).

    Args:
        film: film file or folder of frames.
        engine: what is judged; by default tremendo's own network.
        options: setting of ``colorize_film``.
        start: the shot's first frame.
        stop: its end, exclusive; the shot is held in memory.
        flicker: share of brightness by which each frame is made lighter or darker.
        seed: of that flicker.

    Returns:
        For ``steady`` (``colorize_film``), ``framewise`` (the same network on each frame),
        ``grey`` and ``sepia``: ``chroma_warp_error``, ``cdc_ab`` and ``colorfulness``.
    """
    source = open_frames(film)
    frames, rate = list(source.read(start, stop)), source.fps
    source.close()
    if len(frames) < 2:
        raise NothingUsableError("a shot of at least two frames is needed", path=film)
    rng = np.random.default_rng(seed)
    frames = [_gained(frame, 1 + flicker * rng.uniform(-1, 1)) for frame in frames]
    engine = engine or open_engine()
    steady = colorize_film(MemoryFrames(frames, rate), options, engine=engine)
    return {
        "steady": _unrest(steady),
        "framewise": _unrest(_framewise(frame, engine, options) for frame in frames),
        "grey": _unrest(frames),
        "sepia": _unrest(_tinted(frame, _SEPIA) for frame in frames),
    }


def _judged(truths: list[Frame], paint: Callable[[Frame], Frame]) -> dict[str, float]:
    rows = []
    hues, true_hues = np.zeros(36), np.zeros(36)
    for truth in truths:
        ours = paint(gray(frame_lightness(truth)))
        hues += hue_histogram(ours)
        true_hues += hue_histogram(truth)
        error = frame_ab(ours) - frame_ab(truth)
        rows.append(
            (
                psnr(ours, truth),
                float(np.mean(error**2)),
                color_difference(ours, truth),
                colorfulness(ours),
                colorfulness(truth),
                blue_purple_share(ours),
            )
        )
    mean = np.mean(rows, axis=0)
    return {
        "psnr": float(mean[0]),
        "ab_rmse": float(np.sqrt(mean[1])),
        "ciede2000": float(mean[2]),
        "colorfulness_ratio": float(mean[3] / mean[4]),
        "hue_distance": hue_distance(hues, true_hues),
        "blue_purple_share": float(mean[5]),
    }


def _unrest(frames: Iterator[Frame] | list[Frame]) -> dict[str, float]:
    held = list(frames)
    return {
        "chroma_warp_error": chroma_unrest(held),
        "cdc_ab": distribution_unrest(held),
        "colorfulness": float(np.mean([colorfulness(frame) for frame in held])),
    }


def _framewise(frame: Frame, engine: ColorEngine, options: ColorOptions) -> Frame:
    """What the network says about this frame alone, spread to full size."""
    lightness = frame_lightness(frame)
    scale = min(1.0, 240 / min(lightness.shape))
    size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
    small = np.asarray(cv2.resize(lightness, size, interpolation=cv2.INTER_AREA))
    seen = engine.predict(small, params=decoding_params(options.vividness, options.variant))
    ab = compress_uncertain_hues(seen.ab, seen.confidence, seen.lightness)
    colors = guided_upsample(smooth_in_regions(ab, seen.confidence, small), small)
    return with_chroma(lightness, colors.at(lightness))


def _photographs(data: Path) -> Iterator[Frame]:
    if data.is_dir():
        for path in sorted(data.rglob("*")):
            if path.suffix.lower() in _SUFFIXES:
                yield read_photo(path)
        return
    try:
        with tarfile.open(data) as tar:
            members = [m for m in tar.getmembers() if Path(m.name).suffix.lower() in _SUFFIXES]
            for member in sorted(members, key=lambda m: m.name):
                stream = tar.extractfile(member)
                content = np.frombuffer(stream.read() if stream else b"", np.uint8)
                image = cv2.imdecode(content, cv2.IMREAD_COLOR) if len(content) else None
                if image is not None:
                    yield np.ascontiguousarray(image[..., ::-1], dtype=np.uint8)
    except (OSError, tarfile.TarError) as error:
        raise MediaError("neither a folder nor a tar of photographs", path=data) from error


def _mean_ab(truths: list[Frame]) -> NDArray[np.float32]:
    """``(101, 2)``: the mean a and b at each lightness."""
    total, count = np.zeros((101, 2)), np.full(101, 1e-6)
    for truth in truths:
        lab = frame_lab(truth).reshape(-1, 3)
        level = np.clip(lab[:, 0].round().astype(int), 0, 100)
        count += np.bincount(level, minlength=101)
        for plane in (0, 1):
            total[:, plane] += np.bincount(level, weights=lab[:, plane + 1], minlength=101)
    return np.asarray(total / count[:, None], np.float32)


def _by_table(grey: Frame, table: NDArray[np.float32]) -> Frame:
    lightness = frame_lightness(grey)
    return with_chroma(lightness, table[np.clip(lightness.round().astype(int), 0, 100)])


def _tinted(frame: Frame, ab: tuple[float, float]) -> Frame:
    lightness = frame_lightness(frame)
    return with_chroma(lightness, np.full((*lightness.shape, 2), ab, np.float32))


def _gained(frame: Frame, gain: float) -> Frame:
    return np.asarray(np.clip(frame.astype(np.float32) * gain, 0, 255).round(), np.uint8)
