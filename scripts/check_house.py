"""House rules that no linter knows: sizes of files and functions, and who may import what.

    python scripts/check_house.py [PATH...]

Prints each breach as ``file:line what`` and exits with 1 if there is one. A function or file that
has to be longer says so in its docstring, in a sentence that begins with ``Long because``.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"
MOST_FILE_LINES = 400
MOST_FUNCTION_LINES = 60
MOST_PARAMETERS = 8

LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"errors", "intervals", "serialization"}),
    frozenset({"core"}),
    frozenset({"imaging"}),
    frozenset({"media"}),
    frozenset({"models", "store"}),
    frozenset({"perception"}),
    frozenset({"archive", "music"}),
    frozenset({"montage"}),
    frozenset({"finish"}),
    frozenset({"deliver"}),
    frozenset({"consent", "decisions", "executor"}),
    frozenset({"project"}),
    frozenset({"pipeline", "tools"}),
    frozenset({"demo"}),
    frozenset({"evaluate"}),
    frozenset({"cli", "desk"}),
)
"""Rooms from the ground up: a room imports from its own layer and those below it."""

TRAIN_STANDS_ON = {
    "errors", "imaging", "media", "core", "models", "store", "perception", "music", "finish",
}  # fmt: skip
ONLY_IN = {
    "av": ("media",),
    "PIL": ("media",),
    "onnxruntime": ("models",),
    "ai_edge_litert": ("models",),
    "torch": ("train", "models/convert", "models/restorer.py", "finish/restore/enlarge.py"),
}


def breaches(file: Path) -> Iterator[str]:
    """What a file does against the rules, as ``file:line what``."""
    text = file.read_text()
    tree = ast.parse(text)
    lines = text.count("\n")
    if lines > MOST_FILE_LINES and "Long because" not in (ast.get_docstring(tree) or ""):
        yield f"{file}:1 {lines} lines, {MOST_FILE_LINES} are allowed"
    commands = _commands(tree) if "cli" in file.parts else frozenset()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _size(file, node, command=node.name in commands)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for name in _imported(node):
                wrong = _forbidden(file.relative_to(SOURCE / "tremendo"), name)
                if wrong:
                    yield f"{file}:{node.lineno} {wrong}"


def _commands(tree: ast.Module) -> frozenset[str]:
    """Functions that are handed to Typer, decorated or as ``app.command()(name)``."""
    decorated = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.decorator_list
    }
    return frozenset(decorated) | frozenset(
        node.args[0].id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Call)
        and node.args
        and isinstance(node.args[0], ast.Name)
    )


def _size(
    file: Path, node: ast.FunctionDef | ast.AsyncFunctionDef, *, command: bool
) -> Iterator[str]:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    given = node.args
    count = len(given.posonlyargs) + len(given.args) + len(given.kwonlyargs)
    count -= bool(given.args) and given.args[0].arg in {"self", "cls"}
    if command or "Long because" in (ast.get_docstring(node) or ""):
        return
    if lines > MOST_FUNCTION_LINES:
        yield f"{file}:{node.lineno} {node.name} has {lines} lines"
    if count > MOST_PARAMETERS:
        yield f"{file}:{node.lineno} {node.name} has {count} parameters"


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if node.module == "tremendo":
        return [f"tremendo.{alias.name}" for alias in node.names]
    return [node.module or ""]


def _forbidden(place: Path, name: str) -> str:
    """Why a file below ``tremendo`` may not import that module; empty where it may."""
    package, _, rest = name.partition(".")
    if package in ONLY_IN:
        homes = ONLY_IN[package]
        at_home = any(place.as_posix().startswith(home) for home in homes)
        return "" if at_home else f"imports {package}, which belongs to {', '.join(homes)}"
    if package != "tremendo" or not rest:
        return ""
    mine, theirs = place.parts[0].removesuffix(".py"), rest.partition(".")[0]
    alike = mine in {"__init__", "__main__", theirs} or theirs.startswith("__")
    if alike or "train" in {mine, theirs}:
        allowed = alike or (theirs in TRAIN_STANDS_ON if mine == "train" else mine == "cli")
        return "" if allowed else f"{mine} imports {theirs}"
    level = {room: height for height, layer in enumerate(LAYERS) for room in layer}
    if mine not in level or theirs not in level:
        return f"{mine} or {theirs} has no place among the layers"
    if level[theirs] > level[mine] or (level[theirs] == level[mine] and mine != theirs):
        return f"{mine} imports {theirs}, which stands above or beside it"
    return ""


def main(paths: list[str]) -> int:
    """Check the given paths, or everything."""
    files = [
        file
        for path in (map(Path, paths) if paths else [SOURCE])
        for file in ([path] if path.is_file() else sorted(path.rglob("*.py")))
    ]
    found = [line for file in files for line in breaches(file.resolve())]
    for line in found:
        sys.stdout.write(line.replace(f"{SOURCE.parent}/", "") + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
