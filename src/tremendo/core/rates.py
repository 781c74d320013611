"""Frame rates as exact fractions, however they were typed or stored.

*Why.* Television in the Americas runs a thousandth slower than its name, and people, file headers
and settings write that rate as a decimal: 23.976, 23.98, 29.97, 2997/125. None of these is the
rate, and a film of an hour would drift by frames against its sound; editing programs do not know
them either. So every rate that comes from outside passes through here.
"""

from __future__ import annotations

from fractions import Fraction

from tremendo.errors import UsageError

__all__ = ["is_ntsc", "parse_rate"]

_NAMED = (
    *(Fraction(1000 * whole, 1001) for whole in (24, 30, 48, 60, 120)),
    Fraction(50, 3),  # silent film, 16 2/3 a second: a third of 50
    Fraction(25, 3),
)
"""Rates that have no finite decimal and are therefore written rounded."""
_ROUNDED = Fraction(1, 200)
"""How far a decimal of two places may be from the rate it stands for, in frames a second."""
_SLOWEST, _FASTEST = Fraction(1), Fraction(1000)


def parse_rate(value: str | float | Fraction) -> Fraction:
    """The exact rate, in frames a second, that a number or text stands for.

    ``"24"``, ``"24000/1001"``, ``23.976``, ``"29.97"``, ``Fraction(2997, 125)``: what lies within
    0.005 of a rate that has no finite decimal becomes that rate; everything else is kept exactly.

    Raises:
        UsageError: no number, or not between 1 and 1000 frames a second.
    """
    hint = "24, 25, 23.976 or 30000/1001"
    try:
        rate = value if isinstance(value, Fraction) else Fraction(str(value).strip())
    except (ValueError, ZeroDivisionError) as error:
        raise UsageError(f"'{value}' is no frame rate", hint=hint) from error
    if not _SLOWEST <= rate <= _FASTEST:
        raise UsageError(f"{value} frames a second is out of range", hint="between 1 and 1000")
    nearest = min(_NAMED, key=lambda named: abs(named - rate))
    return nearest if abs(nearest - rate) <= _ROUNDED else rate


def is_ntsc(rate: Fraction) -> bool:
    """True for rates that run a thousandth slower than their whole number."""
    return rate.denominator == 1001
