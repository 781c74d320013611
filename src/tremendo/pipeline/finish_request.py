"""Settings and decisions go in, how one shot is to be finished comes out: for film and color."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tremendo.archive import Clip
from tremendo.finish.color.hint import parse_hint
from tremendo.finish.film import FinishOptions
from tremendo.montage import Slot
from tremendo.pipeline.session import Session
from tremendo.pipeline.sources import Source
from tremendo.pipeline.state import State

__all__ = ["FinishRequest"]


@dataclass(frozen=True)
class FinishRequest:
    """How a shot is finished, and the pictures that its colors follow.

    Attributes:
        options: of restoration and color.
        references: the pictures, as ``options`` names them.
    """

    options: FinishOptions
    references: tuple[Source, ...] = ()

    @classmethod
    def of(cls, session: Session, state: State, slot: Slot, clip: Clip) -> FinishRequest:
        """The project's look, in its chapter's palette, but for what the director has decided.

        Raises:
            MediaError: a reference is missing.
        """
        given, own = session.project.look, session.choice(slot.shot)
        left, top, *_ = clip.crop
        hints = (parse_hint(text) for text in own.hints)
        references = tuple(session.reference(path) for path in own.references)
        options = FinishOptions(
            restore=given.restore,
            color=given.color,
            engine=given.engine,
            vividness=given.vividness if own.vividness is None else own.vividness,
            style=own.style or session.palettes.get(slot.chapter) or given.style,
            variant=own.variant,
            hints=tuple(replace(hint, x=hint.x - left, y=hint.y - top) for hint in hints),
            references=references,
        )
        return cls(options, tuple(map(state.source, references)))

    def models(self, *, already_colored: bool) -> tuple[str, ...]:
        """Weights that coloring a picture opens."""
        if not self.options.colors(already_colored=already_colored):
            return ()
        return ("color" if self.options.engine == "embedded" else self.options.engine,)

    def dependencies(self) -> dict[str, Any]:
        """The options, and what their references show."""
        return {
            "look": self.options,
            "references": [source.digest for source in self.references],
        }
