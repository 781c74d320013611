"""The house rules: layers, sizes, one meaning for a class name, one vocabulary."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "tremendo"

OLD_CLASSES = {
    "Look", "Hearing", "Move", "Casting", "Fit", "Glance", "Survey", "Sight", "Likeness",
    "Chroma", "Taste", "Direction", "Colorist", "Opinion", "ChromaNetwork", "PaintNetwork",
    "Between", "Space", "Lessons", "SeenLoss", "Course", "Sung", "Moment", "Used", "NoRoomError",
    "View", "Medium", "Made", "Planned", "Acts", "Finish", "Recipes",
}  # fmt: skip
OLD_FUNCTIONS = {
    "asked_length", "find_engine", "bridle", "read_ab", "agree", "understand", "drive", "judge",
    "move_photo", "settle",
}  # fmt: skip
OLD_PARAMETERS = {"told", "noted", "say", "counted"}
OLD_MODULES = {
    "take", "recipes", "work", "acts", "boards", "single", "photograph", "restoring", "proposing",
    "handover", "engine_", "breath", "pulse", "manner", "gestures", "devices", "unlikeness", "wear",
    "lettering", "sheet", "tone_", "glance", "mend", "specks", "traces", "claim", "steady",
    "spread", "palette", "reading", "direction", "foreign", "between", "sitter", "gains", "closeup",
    "retouch", "loops", "shaping", "bodies", "sight", "medium", "lessons", "seen", "listening",
    "ledger", "follow", "score", "runs", "serial",
}  # fmt: skip
HOMONYMS = {
    "_Block": "a block of layers as each published network has its own",
    "_Attention": "the same of attention",
}
"""Class names that stand for more than one thing, each with the reason (at most five)."""


def _check_house():
    spec = importlib.util.spec_from_file_location("check_house", ROOT / "scripts/check_house.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["check_house"] = module
    spec.loader.exec_module(module)
    return module


def _trees():
    for file in sorted(SOURCE.rglob("*.py")):
        yield file, ast.parse(file.read_text())


def _defined(kind):
    for file, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, kind):
                yield file.relative_to(SOURCE), node


def test_rooms_import_downwards_and_nothing_grows_too_large():
    house = _check_house()
    found = [line for file, _ in _trees() for line in house.breaches(file)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("import av\n", "imports av"),
        ("from tremendo.cli import main\n", "stands above"),
        ("from tremendo.train.core import fit\n", "imports train"),
        ("def f(a, b, c, d, e, f, g, h, i):\n    return a\n", "9 parameters"),
        ("def f():\n" + "    x = 1\n" * 61, "62 lines"),
        ("x = 1\n" * 401, "401 lines"),
    ],
)
def test_a_breach_is_found(tmp_path, monkeypatch, text, wrong):
    house = _check_house()
    monkeypatch.setattr(house, "SOURCE", tmp_path)
    file = tmp_path / "tremendo" / "music" / "room.py"
    file.parent.mkdir(parents=True)
    file.write_text(text)
    assert any(wrong in line for line in house.breaches(file))


def test_a_class_name_stands_for_one_thing():
    homes = defaultdict(list)
    for file, node in _defined(ast.ClassDef):
        homes[node.name].append(str(file))
    several = {name: files for name, files in homes.items() if len(files) > 1}
    assert set(several) <= set(HOMONYMS), several
    assert len(HOMONYMS) <= 5


def test_the_old_words_are_gone():
    found = [f"{file}: {file.stem}" for file, _ in _trees() if file.stem in OLD_MODULES]
    found += [f"{file}: {n.name}" for file, n in _defined(ast.ClassDef) if n.name in OLD_CLASSES]
    for file, node in _defined(ast.FunctionDef | ast.AsyncFunctionDef):
        given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        found += [f"{file}: {node.name}"] if node.name in OLD_FUNCTIONS else []
        found += [f"{file}: {node.name}({a.arg})" for a in given if a.arg in OLD_PARAMETERS]
    assert not found, "\n".join(found)


def test_no_docstring_puts_something_off():
    for file, tree in _trees():
        assert "TODO" not in (ast.get_docstring(tree) or ""), file
