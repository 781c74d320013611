"""What ``tremendo doctor`` looks at."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distributions, version

__all__ = ["Finding", "examine"]

_LIBRARIES = (
    "av",
    "numpy",
    "scipy",
    "onnxruntime",
    "ai-edge-litert",
    "opentimelineio",
    "librosa",
    "c2pa-python",
    "pillow",
)
_LEAST_GB = 5


@dataclass(frozen=True)
class Finding:
    """One thing examined."""

    what: str
    good: bool
    state: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Everything that films need."""
    return [_python(), *_libraries(), _opencv(), _disk(), _memory(), *_models()]


def _python() -> Finding:
    return Finding(
        "Python",
        sys.version_info >= (3, 11),
        platform.python_version(),
        "install Python 3.11 or newer",
    )


def _libraries() -> list[Finding]:
    found = []
    for name in _LIBRARIES:
        try:
            found.append(Finding(name, good=True, state=version(name)))
        except PackageNotFoundError:
            found.append(
                Finding(name, good=False, state="missing", remedy="pip install --upgrade tremendo")
            )
    return found


def _opencv() -> Finding:
    """Two OpenCV distributions in one environment overwrite each other's files."""
    names = sorted(
        d.metadata["Name"]
        for d in distributions()
        if str(d.metadata["Name"]).lower().startswith("opencv")
    )
    others = [n for n in names if n != "opencv-contrib-python-headless"]
    return Finding(
        "OpenCV",
        len(names) == 1,
        ", ".join(names) or "missing",
        "pip uninstall " + " ".join(others)
        if others
        else "pip install opencv-contrib-python-headless",
    )


def _disk() -> Finding:
    free = shutil.disk_usage(os.getcwd()).free / 1e9  # noqa: PTH109
    return Finding(
        "disk",
        free >= _LEAST_GB,
        f"{free:.0f} GB free here",
        f"free at least {_LEAST_GB} GB: a minute of film takes about 2 GB on the way",
    )


def _memory() -> Finding:
    import psutil

    free = psutil.virtual_memory().available / 1e9
    return Finding(
        "memory",
        free >= 2,
        f"{free:.1f} GB free, {os.cpu_count()} cores",
        "close other programs, or use --workers 1",
    )


def _models() -> list[Finding]:
    from tremendo import models

    return [
        Finding(
            f"model {m.name}",
            m.present,
            "here" if m.present else "not pulled",
            f"tremendo models pull {m.name}",
        )
        for m in models.catalog().values()
        if m.default
    ]
