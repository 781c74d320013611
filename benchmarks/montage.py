"""Seconds of work for five proposals, and how different they are.

    python -m benchmarks.montage          # about 100 slots x 300 shots, one core

Processor time, so that other work on the machine hardly matters.
"""

from __future__ import annotations

import time
from fractions import Fraction
from itertools import combinations

from tests.montage.material import make_archive, make_song

from tremendo.montage import overlap, propose


def main() -> None:
    song, clips = make_song(4, seconds=200, tempo=120), make_archive(4, films=50, photos=100)
    began = time.process_time()
    cuts = propose(
        song, clips, fps=Fraction(24), size=(640, 360), frames=4600, seed=0, count=5
    )  # fmt: skip
    spent = time.process_time() - began
    shots = sum(len(clip.shots) for clip in clips)
    shared = max(overlap(a, b) for a, b in combinations(cuts, 2))
    print(f"{len(cuts)} proposals, {len(cuts[0].slots)} slots x {shots} shots: {spent:.1f} s")
    print(f"greatest overlap of two: {shared:.0%}; scores {[round(c.score, 3) for c in cuts]}")


if __name__ == "__main__":
    main()
