"""Outputs go in, a refusal comes out where writing one would destroy something: the one place.

*Why.* Archives hand over irreplaceable material. A result that is written onto its source, onto a
project's own files or onto somebody's other film is a loss that nothing mends, so each command
states here what it will write, and from what, before it does any work.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tremendo.core.paths import is_special
from tremendo.errors import ResourceError, UsageError

__all__ = ["Output", "check_outputs"]

_PROJECT = "project.toml"
_PROJECT_FILES = frozenset(
    {_PROJECT, "decisions.json", "consent.toml", "state.json", ".lock", "timeline.otio"}
)
_PROJECT_FOLDERS = frozenset({"store"})


@dataclass(frozen=True)
class Output:
    """A file that a command is going to write.

    ``option`` is what the user calls it (``--output``); ``suffixes`` how its name may end, in
    lower case (none: any way); ``folder`` says that a folder is written into; ``force`` that
    somebody's file may be replaced (never an input or a project's own file).
    """

    path: Path
    option: str = "--output"
    suffixes: Collection[str] = ()
    folder: bool = False
    force: bool = False

    @classmethod
    def of(cls, path: str | Path | Output) -> Output:
        """The same, or an output at that path."""
        return path if isinstance(path, Output) else cls(Path(path))


def check_outputs(
    outputs: Sequence[Output],
    inputs: Iterable[str | Path] = (),
    *,
    ours: Callable[[Path], bool] = lambda _path: False,
) -> None:
    """Refuse to write where something would be lost; touches nothing.

    Files are told by what they are, not by name: links, ``..`` and, where the file system does not
    tell them apart, capitals are seen through.

    Args:
        outputs: all that will be written.
        inputs: all that is read: files, and folders with everything in them.
        ours: whether the file at a path is one that this project wrote and nobody changed since.

    Raises:
        UsageError: an output is an input, a file of a project, no file, or there already.
        ResourceError: the folder cannot be written.
    """
    read = [Path(each) for each in inputs]
    seen: dict[str, Output] = {}
    for output in outputs:
        _check_name(output)
        twin = seen.setdefault(os.path.realpath(output.path).casefold(), output)
        if twin is not output:
            raise UsageError(
                f"{twin.option} and {output.option} are one file",
                path=output.path,
                hint="give each its own name",
            )
        _check_input(output, read)
        _check_project(output)
        if not output.folder:
            _check_existing(output, ours)
        _check_place(output)


def _check_name(output: Output) -> None:
    path = output.path
    if output.suffixes and path.suffix.lower() not in output.suffixes:
        raise UsageError(
            f"{output.option}: cannot write to a file named '{path.name}'",
            path=path,
            hint="end it with " + ", ".join(sorted(output.suffixes)),
        )
    if not path.name or "\0" in str(path) or len(os.fsencode(path.name)) > 255:
        raise UsageError(f"{output.option}: no name for a file", path=path, hint="a shorter name")


def _check_input(output: Output, inputs: Iterable[Path]) -> None:
    for given in inputs:
        if _same(output.path, given) or (
            output.path.exists() and not output.folder and _within(output.path, given)
        ):
            raise UsageError(
                f"{output.option}: the output is an input",
                path=output.path,
                hint="choose another name: sources are never written to",
            )


def _check_project(output: Output) -> None:
    place = Path(os.path.realpath(output.path))
    for folder in place.parents:
        if not (folder / _PROJECT).is_file():
            continue
        first = place.relative_to(folder).parts[0].casefold()
        if first in _PROJECT_FOLDERS or (first in _PROJECT_FILES and place.parent == folder):
            raise UsageError(
                f"{output.option}: this is a project's own file",
                path=output.path,
                hint="choose another name",
            )


def _check_existing(output: Output, ours: Callable[[Path], bool]) -> None:
    path = output.path
    if path.is_dir():
        raise UsageError(
            f"{output.option}: this is a folder", path=path, hint="name a file, not a folder"
        )
    if kind := is_special(path):
        raise UsageError(
            f"{output.option}: this is {kind}, not a file", path=path, hint="name a file"
        )
    if os.path.lexists(path) and not output.force and not ours(path):
        raise UsageError(
            f"{output.option}: there is a file already",
            path=path,
            hint="choose another name, or add --force to replace it",
        )


def _check_place(output: Output) -> None:
    """The nearest folder that is there must be a folder, and writable."""
    above = output.path.absolute() if output.folder else output.path.absolute().parent
    while not os.path.lexists(above) and above != above.parent:
        above = above.parent
    if not above.is_dir():
        raise UsageError(
            f"{output.option}: '{above.name}' is no folder", path=output.path, hint="another folder"
        )
    if not os.access(above, os.W_OK | os.X_OK):
        raise ResourceError(
            "no permission to write here",
            path=output.path,
            hint="choose another folder or change its rights",
        )


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return os.path.realpath(one) == os.path.realpath(other)


def _within(path: Path, folder: Path) -> bool:
    """Whether a file lies in a folder, by itself or as another name of a file that does."""
    if not folder.is_dir():
        return False
    top = Path(os.path.realpath(folder))
    if top in Path(os.path.realpath(path)).parents:
        return True
    named = path.stat()
    if named.st_nlink < 2:
        return False
    return any(
        _same(path, Path(parent, name)) for parent, _, names in os.walk(top) for name in names
    )
