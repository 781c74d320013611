"""Dust alone: ``python benchmarks/dust.py [development|held-out|fit|SEED...]``.

The weights of ``finish/restore/blotches.py`` are fitted and chosen on the development seeds only;
the held-out seeds are for reporting. ``fit`` prints the weights that logistic regression gives, a
blotch counting by its pixels, blotches on undamaged frames (all false) by 0.3 of theirs.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

import cv2
import numpy as np

from tremendo.evaluate.period import Damage, damage_frames
from tremendo.evaluate.restore import right_places, score_dust
from tremendo.evaluate.scene import render_scene
from tremendo.finish.restore.blotches import spatial_evidence, temporal_evidence
from tremendo.finish.restore.chain import analyze_shot, restore_pictures
from tremendo.finish.restore.dust import Dust
from tremendo.finish.restore.motion import compensated_pairs
from tremendo.finish.restore.options import RestoreOptions
from tremendo.finish.restore.picture import windows
from tremendo.media.frames import MemoryFrames

SETS = {"development": range(100, 112), "held-out": range(200, 212)}
SETTINGS = RestoreOptions().without("denoise", "tone", "grain")
CLEAN_WEIGHT = 0.3


def material(seed):
    clean = render_scene(seed=seed)
    return clean, damage_frames(clean, Damage(), seed=seed + 1)


def score(seed: int) -> dict[str, float]:
    clean, damaged = material(seed)
    began = time.process_time()
    pictures = list(restore_pictures(MemoryFrames(damaged.frames), options=SETTINGS))
    seconds = (time.process_time() - began) / len(pictures)
    found = score_dust(pictures, damaged)
    untouched = restore_pictures(MemoryFrames(clean), options=SETTINGS)
    harm = [0.0 if p.dusty is None else float(p.dusty.mean()) for p in untouched]
    return {
        "recall": round(found.recall, 4),
        "precision": round(found.precision, 4),
        "share of clean film touched": round(float(np.mean(harm)), 6),
        "seconds a frame up to here": round(seconds, 3),
    }


def evidence(seed: int) -> Iterator[tuple[dict[str, float], float, float]]:
    """The evidence for each blotch, how many of its pixels are dust, and how many are not."""
    clean, damaged = material(seed)
    step = Dust(SETTINGS.dust)
    for frames, aged in ((damaged.frames, True), (clean, False)):
        film = MemoryFrames(frames)
        plan = analyze_shot(film, options=SETTINGS)
        before = restore_pictures(film, options=SETTINGS.without("dust"))
        for window in windows(before, step.radius, plan.takes):
            pairs = compensated_pairs(window)
            if pairs is None:
                continue
            picture = window.center
            right = right_places(damaged, picture) if aged else np.zeros(picture.luma.shape, bool)
            grain = step.grain_of(picture, plan.plans["dust"])
            for blotch, views in step.candidates(picture, pairs, grain):
                wide = cv2.dilate(blotch.own.view(np.uint8), np.ones((5, 5), np.uint8)) > 0
                good = int((wide & right[blotch.box]).sum())
                bad = int(wide.sum()) - good
                known = spatial_evidence(blotch, views) | temporal_evidence(blotch, views)
                yield known, good, bad if aged else CLEAN_WEIGHT * bad


def fit() -> dict[str, float]:
    rows = [row for seed in SETS["development"] for row in evidence(seed)]
    names = ["prior", *rows[0][0]]
    seen = np.array([[1.0, *known.values()] for known, _, _ in rows])
    dust = np.array([good > bad for _, good, bad in rows], float)
    weight = np.array([good + bad for _, good, bad in rows]) / 50
    middle, spread = seen.mean(0), seen.std(0)
    middle[0], spread[0] = 0, 1
    seen = (seen - middle) / spread
    found = np.zeros(len(names))
    for _ in range(40):  # Newton's method
        likely = 1 / (1 + np.exp(-seen @ found))
        slope = seen.T @ (weight * (dust - likely)) - found
        bend = (seen * (weight * likely * (1 - likely))[:, None]).T @ seen + np.eye(len(names))
        found += np.linalg.solve(bend, slope)
    found /= spread
    found[0] -= float(found[1:] @ middle[1:])
    return dict(zip(names, found.round(2).tolist(), strict=True))


def main() -> None:
    asked = sys.argv[1:] or ["development"]
    if asked == ["fit"]:
        print(json.dumps(fit(), indent=2))
        return
    seeds = SETS.get(asked[0]) or [int(a) for a in asked]
    result = {}
    for seed in seeds:
        result[seed] = score(seed)
        print(seed, result[seed], file=sys.stderr)
    met = sum(r["recall"] >= 0.85 and r["precision"] >= 0.85 for r in result.values())
    means = {
        n: round(float(np.mean([r[n] for r in result.values()])), 3)
        for n in ("recall", "precision")
    }
    print(json.dumps({"seeds": result, "mean": means, "both >= .85": f"{met} of {len(result)}"}))


if __name__ == "__main__":
    main()
