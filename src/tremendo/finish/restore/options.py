"""What is done to a shot and how strongly: options and presets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from tremendo.errors import UsageError
from tremendo.finish.restore.deflicker import DeflickerOptions
from tremendo.finish.restore.denoise import DenoiseOptions
from tremendo.finish.restore.dust import DustOptions
from tremendo.finish.restore.enlarge import FACTORS, LearnedOptions
from tremendo.finish.restore.grain import GrainOptions
from tremendo.finish.restore.registry import SWITCHABLE
from tremendo.finish.restore.scratch import ScratchOptions
from tremendo.finish.restore.stabilize import StabilizeOptions
from tremendo.finish.restore.tone import ToneOptions

__all__ = ["PRESETS", "RestoreOptions", "preset_options"]


@dataclass(frozen=True)
class RestoreOptions:
    """Options of each step; None switches the step off.

    Start from a preset and change what you like:
    ``dataclasses.replace(PRESETS["gentle"], tone=None)``.
    """

    deflicker: DeflickerOptions | None = field(default_factory=DeflickerOptions)
    stabilize: StabilizeOptions | None = field(default_factory=StabilizeOptions)
    mend: bool = True
    """Rebuild torn frames and what splices have marked."""
    scratch: ScratchOptions | None = field(default_factory=ScratchOptions)
    dust: DustOptions | None = field(default_factory=DustOptions)
    denoise: DenoiseOptions | None = field(default_factory=DenoiseOptions)
    tone: ToneOptions | None = field(default_factory=ToneOptions)
    learned: LearnedOptions | None = None
    """A network of the user's; no preset has one."""
    upscale: float = 1.0
    """How many times larger the picture becomes: 1, 1.5 or 2."""
    grain: GrainOptions | None = field(default_factory=GrainOptions)
    extra: tuple[str, ...] = ()
    """Steps of other packages: names in the registry, or ``package.module:attribute``."""

    def __post_init__(self) -> None:
        """Refuse sizes that there are not."""
        if self.upscale not in FACTORS:
            raise UsageError(f"--upscale {self.upscale:g}", hint="1, 1.5 or 2")

    def without(self, *steps: str) -> RestoreOptions:
        """The same options with some steps switched off.

        Raises:
            UsageError: there is no such step.
        """
        for step in steps:
            if step not in SWITCHABLE:
                raise UsageError(
                    f"no step is called {step!r}", hint=f"one of {', '.join(SWITCHABLE)}"
                )
        off: dict[str, Any] = {step: False if step == "mend" else None for step in steps}
        return replace(self, **off)


PRESETS = {
    "archival": RestoreOptions(
        dust=DustOptions(contrast=30.0), denoise=None, tone=None, grain=None
    ),
    "gentle": RestoreOptions(),
    "music-video": RestoreOptions(
        stabilize=StabilizeOptions(smoothness=10.0, limit=0.03, borders="crop"),
        denoise=DenoiseOptions(reach=3),
        tone=ToneOptions(blacks=24.0, whites=228.0, strength=1.0, middle=0.6),
        grain=GrainOptions(share=0.2),
    ),
}
"""``archival`` takes out only what age added and leaves grain and tones; ``gentle`` also calms the
grain and mends faded tones a little; ``music-video`` holds steadier, cleaner and brighter."""


def preset_options(name: str) -> RestoreOptions:
    """The options of a preset.

    Raises:
        UsageError: there is no such preset.
    """
    if name not in PRESETS:
        raise UsageError(f"no preset is called {name!r}", hint=f"one of {', '.join(PRESETS)}")
    return PRESETS[name]
