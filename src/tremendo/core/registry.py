"""Exchangeable parts by name: one registry for every seam of the house.

*Why.* A user names a color engine, a face engine, an exporter; help texts, validation of settings,
``doctor`` and the tables of the documentation name them too. All of them ask the registry, so that
a new part is known everywhere as soon as it is registered, and a package of somebody else can
bring one through an entry point of the group ``tremendo.<family>``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from tremendo.errors import UsageError

__all__ = ["Registry"]

T = TypeVar("T")


@dataclass(frozen=True)
class _Entry:
    load: Callable[[], Callable[..., Any]]
    summary: str


class Registry(Generic[T]):
    """Factories of parts of one family.

    Args:
        family: plural name of the family, in words of a user (``color engines``); its entry points
            stand in the group ``tremendo.color_engines``.

    A factory is anything that can be called and returns a part: a class or a function. What is
    registered as ``"module:attribute"`` is imported when it is first asked for.
    """

    def __init__(self, family: str) -> None:
        self.family = family
        self.group = "tremendo." + family.replace(" ", "_")
        self._own: dict[str, _Entry] = {}

    def register(self, name: str, factory: str | Callable[..., T], summary: str) -> None:
        """Add a part, or take the place of one that has this name.

        Args:
            name: how users call it.
            factory: makes the part, or ``"module:attribute"`` of what does.
            summary: one line for help texts and tables.
        """
        load = (lambda: _imported(factory)) if isinstance(factory, str) else (lambda: factory)
        self._own[name] = _Entry(load, summary)

    def names(self) -> tuple[str, ...]:
        """All names, the package's own first, in the order in which they were registered."""
        return tuple(self._entries)

    def describe(self) -> dict[str, str]:
        """A line on each part, by its name. Nothing is imported for it."""
        return {name: entry.summary for name, entry in self._entries.items()}

    def factory(self, name: str) -> Callable[..., T]:
        """What makes the part of that name, or of a path ``package.module:attribute``.

        Raises:
            UsageError: there is none; names the nearest.
        """
        entry = self._entries.get(name)
        if entry is not None:
            return entry.load()
        if ":" in name:
            try:
                return _imported(name)
            except (ImportError, AttributeError) as error:
                raise UsageError(f"{name}: {error}", hint="package.module:attribute") from error
        near = get_close_matches(name, self.names(), n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        raise UsageError(
            f"'{name}' is not one of the {self.family}",
            hint=f"{hint}one of: {', '.join(self.names())}",
        )

    def create(self, which: str | T, *arguments: Any, **options: Any) -> T:  # noqa: ANN401
        """Make the part of a name or path; a part that is one already comes back as it is.

        Raises:
            UsageError: there is none of that name.
        """
        if isinstance(which, str):
            return self.factory(which)(*arguments, **options)
        return which

    def __contains__(self, name: object) -> bool:
        """Whether there is a part of that name."""
        return name in self._entries

    @property
    def _entries(self) -> dict[str, _Entry]:
        if not self._foreign:
            return self._own
        return {**self._own, **{k: v for k, v in self._foreign.items() if k not in self._own}}

    @cached_property
    def _foreign(self) -> dict[str, _Entry]:
        """Parts of other packages; they cannot take the name of one of ours."""
        return {
            point.name: _Entry(point.load, f"from the package {_package(point)}")
            for point in entry_points(group=self.group)
        }


def _imported(path: str) -> Callable[..., Any]:
    module, _, attribute = path.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), attribute)
    return found


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.module
