"""What a user may ask of the color: vividness, style, variant, hints, references."""

from __future__ import annotations

from dataclasses import dataclass

from tremendo.errors import UsageError
from tremendo.finish.color.hint import Hint
from tremendo.media.frames import Frame

__all__ = ["DEFAULT_OPTIONS", "ColorOptions"]


@dataclass(frozen=True)
class ColorOptions:
    """Options of coloring, the same for photographs and film.

    Attributes:
        vividness: 0 (cautious) to 1 (bold).
        style: one of ``STYLES``.
        variant: 0 the likeliest coloring; every other number another plausible one.
        hints: colors of objects.
        references: ``(H, W, 3) uint8 RGB`` pictures in color, of the same scene or of one like it.

    Raises:
        UsageError: a vividness beyond 0 to 1, a variant below 0.
    """

    vividness: float = 0.5
    style: str = "natural"
    variant: int = 0
    hints: tuple[Hint, ...] = ()
    references: tuple[Frame, ...] = ()

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing."""
        if not 0 <= self.vividness <= 1:
            raise UsageError(f"vividness {self.vividness} is not between 0 and 1")
        if self.variant < 0:
            raise UsageError(f"variant {self.variant}", hint="0, 1, 2 ...")


DEFAULT_OPTIONS = ColorOptions()
