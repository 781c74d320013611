"""What the documentation says is true: commands and Python parse, printed pages are fresh."""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
import textwrap
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

import tremendo
from tremendo.cli import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def _blocks(page: Path) -> list[str]:
    """Fenced and indented blocks of a page, without their marks."""
    text = page.read_text()
    fenced = re.findall(r"^```(?:console|bash|sh)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    indented = re.findall(r"(?:^(?: {4}|\t).*\n)+", rest, re.MULTILINE)
    return [*fenced, *(textwrap.dedent(block) for block in indented)]


def _command_lines():
    for page in PAGES:
        for block in _blocks(page):
            for line in block.replace("\\\n", " ").splitlines():
                text = line.strip().removeprefix("$ ")
                whole = "..." not in text and "[OPTIONS]" not in text
                if text.startswith("tremendo ") and whole and page.name != "commands.md":
                    yield pytest.param(text, id=f"{page.name}: {text[:60]}")


@pytest.mark.parametrize("line", _command_lines())
def test_a_command_of_the_documentation_parses(line):
    words = shlex.split(line, comments=True)[1:]
    command, name = typer.main.get_command(app), "tremendo"
    while isinstance(command, TyperGroup) and words and words[0] in command.commands:
        name = words.pop(0)
        command = command.commands[name]
    assert not isinstance(command, TyperGroup), f"no such command: {line}"
    command.make_context(name, words)  # refuses unknown options and missing arguments


def _python_blocks():
    for page in PAGES:
        for block in re.findall(
            r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL
        ):
            yield pytest.param(block, id=f"{page.name}: {block[:40]}")


@pytest.mark.parametrize("block", _python_blocks())
def test_python_of_the_documentation_parses_and_names_what_there_is(block):
    for node in ast.walk(ast.parse(textwrap.dedent(block))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert node.value.id != "tr" or hasattr(tremendo, node.attr), f"no tr.{node.attr}"


@pytest.mark.parametrize(
    "picture", sorted((ROOT / "docs/images").iterdir()), ids=lambda path: path.name
)
def test_a_picture_of_the_documentation_is_shown_and_small(picture):
    assert picture.stat().st_size <= 150_000
    assert any(f"images/{picture.name}" in text.read_text() for text in PAGES)


@pytest.mark.parametrize("name", ["commands", "settings"])
def test_a_printed_page_is_fresh(name):
    spec = importlib.util.spec_from_file_location("printed", ROOT / f"scripts/print_{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / f"docs/reference/{name}.md").read_text() == module.page()


def test_a_wrong_command_would_be_found():
    command = typer.main.get_command(app).commands["listen"]
    with pytest.raises(Exception, match="--temp"):
        command.make_context("listen", ["song.ogg", "--temp", "half"])
