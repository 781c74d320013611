"""A file of an older version goes in, the same in today's form comes out; the old one is kept."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tremendo.errors import ConfigError

__all__ = ["Migration", "back_up", "migrated"]

Migration = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns the content of one version into that of the next."""


def migrated(content: dict[str, Any], steps: Sequence[Migration], file: Path) -> dict[str, Any]:
    """The content of a file in the newest version, which is one more than there are steps.

    A file without ``version`` is of the first.

    Raises:
        ConfigError: the version is no number, or a newer tremendo has written it.
    """
    version, newest = content.get("version", 1), len(steps) + 1
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise ConfigError(
            f"version: {version!r} is no version", path=file, hint=f"write version = {newest}"
        )
    if version > newest:
        raise ConfigError(
            f"version: {version} was made by a newer tremendo (this one reads up to {newest})",
            path=file,
            hint="update tremendo: pip install -U tremendo",
        )
    for step in steps[version - 1 :]:
        content = step(content)
    return {**content, "version": newest}


def back_up(file: Path, version: int) -> Path:
    """Keep a copy of a file before it is written in a newer version; never over another copy.

    Returns:
        The copy: ``decisions.v1.json`` beside ``decisions.json``, or ``decisions.v1-2.json``...
    """
    content = file.read_bytes()
    for number in itertools.count(1):
        name = f"{file.stem}.v{version}" + (f"-{number}" if number > 1 else "")
        copy = file.with_name(name + file.suffix)
        if not copy.exists():
            shutil.copy2(file, copy)
        if copy.read_bytes() == content:
            break
    return copy
