"""How the pipeline tells what it is doing."""

from __future__ import annotations

__all__ = ["Progress"]


class Progress:
    """Receives what happens; this one keeps silent, the commands show it."""

    def act(self, name: str, total: float) -> None:
        """An act begins that takes ``total`` units of work."""

    def advance(self, amount: float = 1.0) -> None:
        """Some units of the current act are done."""

    def warn(self, text: str) -> None:
        """Something the user should know; the work goes on."""
