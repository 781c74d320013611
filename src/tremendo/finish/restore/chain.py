"""The steps in their order, run as a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tremendo.errors import UsageError
from tremendo.finish.restore.changes import Change, change_of
from tremendo.finish.restore.deflicker import Deflicker
from tremendo.finish.restore.denoise import Denoise
from tremendo.finish.restore.dust import Dust
from tremendo.finish.restore.enlarge import Enlarge, Learned
from tremendo.finish.restore.frame_repair import Mend
from tremendo.finish.restore.grain import Grain
from tremendo.finish.restore.motion import Motion
from tremendo.finish.restore.picture import Picture, windows
from tremendo.finish.restore.scratch import Scratch
from tremendo.finish.restore.settings import RestoreSettings, preset_settings
from tremendo.finish.restore.splice import Splice
from tremendo.finish.restore.stabilize import Stabilize
from tremendo.finish.restore.step import Step
from tremendo.finish.restore.survey import Survey, survey_shot
from tremendo.finish.restore.tone import Tone
from tremendo.media.frames import Frame, Frames

__all__ = [
    "chain_of",
    "halo_of",
    "restore_film",
    "restore_pictures",
    "scale_of",
    "step_versions",
    "survey_film",
]


def chain_of(settings: RestoreSettings) -> list[Step]:
    """The steps that ``settings`` ask for, in order."""
    chain: list[Step] = []
    if settings.deflicker:
        chain.append(Deflicker(settings.deflicker))
    if settings.stabilize:
        chain.append(Stabilize(settings.stabilize))
    if settings.mend:
        chain.append(Mend())
    if settings.scratch:
        chain.append(Scratch(settings.scratch))
    if settings.mend or settings.dust or settings.denoise:
        chain.append(Motion())
    if settings.mend:
        chain.append(Splice())
    if settings.dust:
        chain.append(Dust(settings.dust))
    if settings.denoise:
        chain.append(Denoise(settings.denoise))
    if settings.tone:
        chain.append(Tone(settings.tone))
    if settings.learned:
        chain.append(Learned(settings.learned))
    if settings.upscale != 1:
        chain.append(Enlarge(settings.upscale))
    if settings.grain:
        chain.append(Grain(settings.grain))
    return chain


def scale_of(settings: RestoreSettings) -> float:
    """How many times larger the restored pictures are.

    Raises:
        ModelMissingError: the network cannot be opened, see :class:`Learned`.
    """
    return settings.upscale * (settings.learned.network.scale if settings.learned else 1)


def halo_of(settings: RestoreSettings) -> int:
    """Frames before and after a part that its restoration reads: the sum of the radii."""
    return sum(step.radius for step in chain_of(settings))


def survey_film(
    frames: Frames,
    *,
    start: int = 0,
    stop: int | None = None,
    preset: str = "gentle",
    settings: RestoreSettings | None = None,
) -> Survey:
    """The first pass over the shot ``start`` to ``stop``, to be shared by its parts."""
    settings = settings or preset_settings(preset)
    return survey_shot(frames, start, len(frames) if stop is None else stop, chain_of(settings))


def restore_film(
    frames: Frames,
    *,
    start: int = 0,
    stop: int | None = None,
    preset: str = "gentle",
    settings: RestoreSettings | None = None,
    part: tuple[int, int] | None = None,
    survey: Survey | None = None,
    noted: Callable[[Change], None] = lambda _: None,
) -> Iterator[Frame]:
    """Restore one shot; as many frames come out as go in.

    Nothing outside the shot is looked at. The result is the same for any number of threads and
    however the shot is divided into parts. Memory is bounded by the halo (about ten frames), not
    by the length of the shot.

    Args:
        frames: native frames, cropped to the picture; grey film as red = green = blue.
        start: first frame of the shot.
        stop: frame after its last; default the end.
        preset: ``archival``, ``gentle`` or ``music-video``.
        settings: instead of a preset.
        part: deliver only these frames (``start <= first < after <= stop``) of the shot.
        survey: the shot's first pass if it was made before, by :func:`survey_film` with the same
            shot and settings.
        noted: told what was done to each frame.

    Yields:
        ``(H, W, 3) uint8 RGB``.

    Raises:
        UsageError: no such preset, shot or part.
        MediaError: the picture is too small.
    """
    pictures = restore_pictures(
        frames, start=start, stop=stop, preset=preset, settings=settings, part=part, survey=survey
    )

    def finished() -> Iterator[Frame]:
        for picture in pictures:
            noted(change_of(picture, start))
            yield picture.frame()

    return finished()


def restore_pictures(
    frames: Frames,
    *,
    start: int = 0,
    stop: int | None = None,
    preset: str = "gentle",
    settings: RestoreSettings | None = None,
    part: tuple[int, int] | None = None,
    survey: Survey | None = None,
) -> Iterator[Picture]:
    """Like :func:`restore_film`, with the masks of what was repaired beside each frame."""
    settings = settings or preset_settings(preset)
    stop = len(frames) if stop is None else stop
    chain = chain_of(settings)
    if survey is None:
        survey = survey_shot(frames, start, stop, chain)
    if (survey.start, survey.stop) != (start, stop):
        raise UsageError(f"the survey is of frames {survey.start} to {survey.stop}")
    first, after = part or (start, stop)
    if not start <= first < after <= stop:
        raise UsageError(f"part {first} to {after} is not in the shot {start} to {stop}")
    halo = sum(step.radius for step in chain)
    low, high = max(start, first - halo), min(stop, after + halo)
    pictures = _taken(frames, low, high, survey)
    for step in chain:
        pictures = _run(step, pictures, survey)
    return (p for p in pictures if first - start <= p.index < after - start)


def _taken(frames: Frames, low: int, high: int, survey: Survey) -> Iterator[Picture]:
    for number, frame in enumerate(frames.read(low, high), start=low - survey.start):
        yield Picture.of(frame, number, colored=survey.colored)


def _run(step: Step, pictures: Iterator[Picture], survey: Survey) -> Iterator[Picture]:
    plan = survey.plans.get(step.name)
    for window in windows(pictures, step.radius, survey.takes):
        yield step.run(window, plan)


def step_versions(steps: Sequence[Step]) -> dict[str, int]:
    """Name and version of each step: part of the digest of a stored result."""
    return {step.name: step.version for step in steps}
