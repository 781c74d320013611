"""Frames in between, measured: ``python benchmarks/between.py FILM|SEED [START [COUNT]]``.

Every second native frame of a film (or of the scene that a seed draws) is left out and made up
again from its neighbors. Each way stands beside repetition and a plain mean of both neighbors: PSNR
of the whole picture and of what moves, CPU seconds a frame, and how double the moving parts are (0:
every pixel is that of one of the two neighbors brought there; 1: all are half of each; the network
does not say where it brings them, so it is measured against the neighbors as they are).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from tremendo.archive import clip_frames, describe_clip
from tremendo.evaluate.scene import render_scene
from tremendo.finish.interpolate.optical_flow import FlowPair
from tremendo.finish.interpolate.rife import RifeNetwork, RifePair
from tremendo.models import find

MOVES = 16
"""Grey levels by which the left-out frame differs from both neighbors where something moves."""


def psnr(a, b, where=None):
    error = (a.astype(np.float32) - b.astype(np.float32)) ** 2
    mean = error.mean() if where is None else error[where].mean()
    return float(10 * np.log10(255**2 / max(float(mean), 1e-4)))


def double(made, first, second):
    """How near to the middle of two unlike pictures a picture is, 0..1."""
    a, b, m = (
        cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float32) for p in (first, second, made)
    )
    apart = np.abs(a - b)
    where = apart > 2 * MOVES
    if where.sum() < 50:
        return None
    off = np.minimum(np.abs(m - a), np.abs(m - b))[where]
    return float(np.clip(2 * off / apart[where], 0, 1).mean())


def main() -> None:
    name = sys.argv[1]
    start = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 40
    if name.isdecimal():
        frames = render_scene(start + count, seed=int(name))[start:]
    else:
        clip = describe_clip(Path(name), "film", ())
        frames = list(clip_frames(clip).read(start, start + count))
    network = RifeNetwork() if find("rife").present else None
    result: dict[str, dict[str, list[float]]] = {}
    refused = 0
    for first, true, second in zip(frames[::2], frames[1::2], frames[2::2], strict=False):
        began = time.process_time()
        pair = FlowPair(first, second)
        made = pair.at(0.5)
        seconds = {"between": time.process_time() - began}
        if made is None:
            refused += 1
            continue
        gray = [cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.int16) for p in (first, true, second)]
        soft = [cv2.blur(p, (5, 5)) for p in gray]
        moving = np.minimum(np.abs(soft[1] - soft[0]), np.abs(soft[1] - soft[2])) > MOVES
        pulled = pair.ends(0.5)
        ways = {
            "repetition": first,
            "mean": cv2.addWeighted(first, 0.5, second, 0.5, 0),
            "between": made,
        }
        if network is not None:
            began = time.process_time()
            ways["rife"] = RifePair(first, second, network).at(0.5)
            seconds["rife"] = time.process_time() - began
        for way, picture in ways.items():
            row = result.setdefault(way, {"psnr": [], "moving": [], "double": []})
            row["psnr"].append(psnr(picture, true))
            row.setdefault("seconds", []).append(seconds.get(way, 0.0))
            if moving.sum() > 50:
                row["moving"].append(psnr(picture, true, moving))
            twice = double(picture, *(pulled if way == "between" else (first, second)))
            if twice is not None:
                row["double"].append(twice)
    means = {
        way: {name: round(float(np.mean(v)), 3) for name, v in row.items() if v}
        for way, row in result.items()
    }
    print(json.dumps({"film": Path(name).name, "refused": refused, **means}, indent=2))


if __name__ == "__main__":
    main()
