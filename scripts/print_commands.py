"""Print the reference of all commands as Markdown, from the commands themselves.

python scripts/print_commands.py > docs/reference/commands.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from tremendo.cli import app

HEAD = """# Commands

Printed by `python scripts/print_commands.py` from the commands themselves. All of them end with a
[stable exit code](exit-codes.md).
"""


def commands(command: TyperCommand | TyperGroup, name: str) -> Iterator[tuple[str, TyperCommand]]:
    """Each command that does something, with its full name."""
    if isinstance(command, TyperGroup):
        for word, inner in command.commands.items():
            if not inner.hidden:
                yield from commands(inner, f"{name} {word}")
    else:
        yield name, command


def section(name: str, command: TyperCommand) -> Iterator[str]:
    """The lines on one command."""
    arguments = [p for p in command.params if isinstance(p, TyperArgument)]
    options = [
        p
        for p in command.params
        if isinstance(p, TyperOption) and not p.hidden and "--help" not in p.opts
    ]
    usage = " ".join([name, *(_shown(a) for a in arguments)])
    yield f"## {name}\n"
    yield (command.help or "").strip() + "\n"
    yield f"    {usage}" + (" [OPTIONS]" if options else "") + "\n"
    if arguments or options:
        yield "| | |\n|---|---|"
        for argument in arguments:
            yield f"| `{argument.name!s}` | {argument.help or ''} |"
        for option in options:
            yield f"| {_words(option)} | {_help(option)} |"
        yield ""


def _shown(argument: TyperArgument) -> str:
    name = str(argument.name).upper() + ("..." if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _words(option: TyperOption) -> str:
    words = ", ".join(f"`{word}`" for word in [*option.opts, *option.secondary_opts])
    return words if option.is_flag or not option.metavar else f"{words} {option.metavar}"


def _help(option: TyperOption) -> str:
    text = (option.help or "").replace("|", "\\|")
    default = option.default
    known = default is not None and default != () and not callable(default)
    shown = known and not option.is_flag and str(default) != ""
    return f"{text} Default: `{default}`." if shown else text


def page() -> str:
    """The whole page."""
    root = typer.main.get_command(app)
    parts = [HEAD]
    for name, command in commands(root, "tremendo"):
        parts.extend(section(name, command))
    return "\n".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
