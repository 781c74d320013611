"""What is done to a shot and how strongly: settings and presets."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

from tremendo.errors import UsageError
from tremendo.finish.restore.deflicker import DeflickerSettings
from tremendo.finish.restore.denoise import DenoiseSettings
from tremendo.finish.restore.dust import DustSettings
from tremendo.finish.restore.enlarge import FACTORS, LearnedSettings
from tremendo.finish.restore.grain import GrainSettings
from tremendo.finish.restore.scratch import ScratchSettings
from tremendo.finish.restore.stabilize import StabilizeSettings
from tremendo.finish.restore.tone import ToneSettings

__all__ = ["PRESETS", "RestoreSettings", "preset_settings"]


@dataclass(frozen=True)
class RestoreSettings:
    """Settings of each step; None switches the step off.

    Start from a preset and change what you like:
    ``dataclasses.replace(PRESETS["gentle"], tone=None)``.
    """

    deflicker: DeflickerSettings | None = field(default_factory=DeflickerSettings)
    stabilize: StabilizeSettings | None = field(default_factory=StabilizeSettings)
    mend: bool = True
    """Rebuild torn frames and what splices have marked."""
    scratch: ScratchSettings | None = field(default_factory=ScratchSettings)
    dust: DustSettings | None = field(default_factory=DustSettings)
    denoise: DenoiseSettings | None = field(default_factory=DenoiseSettings)
    tone: ToneSettings | None = field(default_factory=ToneSettings)
    learned: LearnedSettings | None = None
    """A network of the user's; no preset has one."""
    upscale: float = 1.0
    """How many times larger the picture becomes: 1, 1.5 or 2."""
    grain: GrainSettings | None = field(default_factory=GrainSettings)

    def __post_init__(self) -> None:
        """Refuse sizes that there are not."""
        if self.upscale not in FACTORS:
            raise UsageError(f"--upscale {self.upscale:g}", hint="1, 1.5 or 2")

    def without(self, *steps: str) -> RestoreSettings:
        """The same settings with some steps switched off.

        Raises:
            UsageError: there is no such step.
        """
        known = [f.name for f in fields(self) if f.name not in {"learned", "upscale"}]
        for step in steps:
            if step not in known:
                raise UsageError(f"no step is called {step!r}", hint=f"one of {', '.join(known)}")
        off: dict[str, Any] = {step: False if step == "mend" else None for step in steps}
        return replace(self, **off)


PRESETS = {
    "archival": RestoreSettings(
        dust=DustSettings(contrast=30.0), denoise=None, tone=None, grain=None
    ),
    "gentle": RestoreSettings(),
    "music-video": RestoreSettings(
        stabilize=StabilizeSettings(smoothness=10.0, limit=0.03, borders="crop"),
        denoise=DenoiseSettings(reach=3),
        tone=ToneSettings(blacks=24.0, whites=228.0, strength=1.0, middle=0.6),
        grain=GrainSettings(share=0.2),
    ),
}
"""``archival`` takes out only what age added and leaves grain and tones; ``gentle`` also calms the
grain and mends faded tones a little; ``music-video`` holds steadier, cleaner and brighter."""


def preset_settings(name: str) -> RestoreSettings:
    """The settings of a preset.

    Raises:
        UsageError: there is no such preset.
    """
    if name not in PRESETS:
        raise UsageError(f"no preset is called {name!r}", hint=f"one of {', '.join(PRESETS)}")
    return PRESETS[name]
