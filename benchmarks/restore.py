"""Restoration against its targets: ``python benchmarks/restore.py [SEED...]``, a minute each.

Prints one JSON document with the report of each seed and whether each target is met.
"""

from __future__ import annotations

import json
import sys

from tremendo.evaluate.restore import RestoreReport, evaluate_restore
from tremendo.serialization import to_plain


def targets(report: RestoreReport) -> dict[str, bool]:
    """Which targets of the issue a report meets; grain given back is not counted as error."""
    bare = report.without_grain
    others = (report.damaged, report.ffmpeg)
    return {
        "psnr gain >= 4.5 dB": bare.psnr - report.damaged.psnr >= 4.5,
        "psnr gain >= 4.5 dB with grain": report.restored.psnr - report.damaged.psnr >= 4.5,
        "ssim >= .94": bare.ssim >= 0.94,
        "flicker <= .75": report.restored.flicker <= 0.75,
        "jitter <= .15 px": report.restored.jitter <= 0.15,
        "dust recall >= .85": report.dust.recall >= 0.85,
        "dust precision >= .85": report.dust.precision >= 0.85,
        "clean film: psnr >= 42 dB": report.harm.psnr >= 42,
        "clean film: change < .5": report.harm.mean_change < 0.5,
        "better than ffmpeg and input": all(
            report.restored.psnr > o.psnr
            and report.restored.ssim > o.ssim
            and report.restored.flicker < o.flicker
            and report.restored.flicker_local < o.flicker_local
            and report.restored.jitter < o.jitter
            for o in others
        ),
        "<= 150 ms of one core a frame": report.cpu_seconds_per_frame <= 0.150,
    }


def main() -> None:
    seeds = [int(a) for a in sys.argv[1:]] or [0]
    result = {}
    for seed in seeds:
        report = evaluate_restore(seed=seed)
        result[str(seed)] = {"report": to_plain(report), "targets": targets(report)}
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
