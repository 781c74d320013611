"""A shot in, its frames restored out: the steps in their order, run as a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tremendo.errors import UsageError
from tremendo.finish.restore.changes import Change, change_of
from tremendo.finish.restore.options import RestoreOptions, preset_options
from tremendo.finish.restore.picture import Picture, windows
from tremendo.finish.restore.registry import CHAIN_ORDER, RESTORATION_STEPS
from tremendo.finish.restore.shot_analysis import ShotAnalysis, run_analysis
from tremendo.finish.restore.step import RestorationStep
from tremendo.media.frames import Frame, Frames

__all__ = [
    "analyze_shot",
    "build_chain",
    "halo_of",
    "restore_film",
    "restore_pictures",
    "scale_of",
    "steady_film",
    "step_versions",
]

_STEADYING = frozenset({"deflicker", "stabilize", "mend", "tone"})
"""Steps that change where things are, how light they are, or a frame altogether."""


def build_chain(options: RestoreOptions) -> list[RestorationStep]:
    """Options in, the steps that they ask for out, in the order in which they run.

    The package's steps keep their order; an additional one goes behind the step that it names in
    its attribute ``after``, or to the end.

    Raises:
        UsageError: there is no such additional step, or it goes behind one that there is not.
    """
    ranked: list[tuple[float, RestorationStep]] = [
        (rank, RESTORATION_STEPS.create(name, *wanted))
        for rank, name in enumerate(CHAIN_ORDER)
        if (wanted := _wanted(options, name)) is not None
    ]
    for name in options.extra:
        step = RESTORATION_STEPS.create(name)
        ranked.append((_rank_behind(getattr(step, "after", CHAIN_ORDER[-1]), name), step))
    return [step for _, step in sorted(ranked, key=lambda one: one[0])]


def _wanted(options: RestoreOptions, name: str) -> tuple[Any, ...] | None:
    """What the step of that name is made with; None where the options do not ask for it."""
    if name in {"mend", "splice"}:
        return () if options.mend else None
    if name == "motion":
        return () if options.mend or options.dust or options.denoise else None
    if name == "upscale":
        return None if options.upscale == 1 else (options.upscale,)
    own = getattr(options, name)
    return (own,) if own else None


def _rank_behind(step: str, name: str) -> float:
    if step not in CHAIN_ORDER:
        raise UsageError(
            f"the step {name} goes behind {step!r}, which there is not",
            hint=f"one of {', '.join(CHAIN_ORDER)}",
        )
    return CHAIN_ORDER.index(step) + 0.5


def scale_of(options: RestoreOptions) -> float:
    """How many times larger the restored pictures are.

    Raises:
        ModelMissingError: the network cannot be opened, see :class:`LearnedRestoration`.
    """
    return options.upscale * (options.learned.network.scale if options.learned else 1)


def halo_of(options: RestoreOptions) -> int:
    """Frames before and after a part that its restoration reads: the sum of the radii."""
    return sum(step.radius for step in build_chain(options))


def analyze_shot(
    frames: Frames,
    *,
    start: int = 0,
    stop: int | None = None,
    preset: str = "gentle",
    options: RestoreOptions | None = None,
) -> ShotAnalysis:
    """The first pass over the shot ``start`` to ``stop``, to be shared by its parts."""
    options = options or preset_options(preset)
    return run_analysis(frames, start, len(frames) if stop is None else stop, build_chain(options))


def restore_film(
    frames: Frames,
    *,
    start: int = 0,
    stop: int | None = None,
    preset: str = "gentle",
    options: RestoreOptions | None = None,
    part: tuple[int, int] | None = None,
    analysis: ShotAnalysis | None = None,
    on_change: Callable[[Change], None] = lambda _: None,
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
        options: instead of a preset.
        part: deliver only these frames (``start <= first < after <= stop``) of the shot.
        analysis: the shot's first pass if it was made before, by :func:`analyze_shot` with the same
            shot and options.
        on_change: told what was done to each frame.

    Yields:
        ``(H, W, 3) uint8 RGB``.

    Raises:
        UsageError: no such preset, shot or part.
        MediaError: the picture is too small.
    """
    pictures = restore_pictures(
        frames, start=start, stop=stop, preset=preset, options=options, part=part, analysis=analysis
    )

    def finished() -> Iterator[Frame]:
        for picture in pictures:
            on_change(change_of(picture, start))
            yield picture.frame()

    return finished()


def restore_pictures(
    frames: Frames,
    *,
    start: int = 0,
    stop: int | None = None,
    preset: str = "gentle",
    options: RestoreOptions | None = None,
    part: tuple[int, int] | None = None,
    analysis: ShotAnalysis | None = None,
) -> Iterator[Picture]:
    """Like :func:`restore_film`, with the masks of what was repaired beside each frame."""
    options = options or preset_options(preset)
    stop = len(frames) if stop is None else stop
    chain = build_chain(options)
    if analysis is None:
        analysis = run_analysis(frames, start, stop, chain)
    if (analysis.start, analysis.stop) != (start, stop):
        raise UsageError(f"the analysis is of frames {analysis.start} to {analysis.stop}")
    first, after = part or (start, stop)
    if not start <= first < after <= stop:
        raise UsageError(f"part {first} to {after} is not in the shot {start} to {stop}")
    return _pictures(frames, chain, analysis, first, after)


def steady_film(
    frames: Frames, analysis: ShotAnalysis, options: RestoreOptions, part: tuple[int, int]
) -> Iterator[Frame]:
    """Frames of a shot in; out come frames that are whole, in place and toned as when restored.

    Grain, dust and scratches are still there: it is what colors are estimated on, at a fraction of
    the cost.

    Args:
        frames: as for :func:`restore_film`.
        analysis: of the shot by :func:`analyze_shot` with the same options.
        options: of the restoration.
        part: first frame and end, within the shot.
    """
    chain = [step for step in build_chain(options) if step.name in _STEADYING]
    return (picture.frame() for picture in _pictures(frames, chain, analysis, *part))


def _pictures(
    frames: Frames,
    chain: Sequence[RestorationStep],
    analysis: ShotAnalysis,
    first: int,
    after: int,
) -> Iterator[Picture]:
    """The frames ``first`` to ``after`` behind the steps of a chain."""
    start = analysis.start
    halo = sum(step.radius for step in chain)
    low, high = max(start, first - halo), min(analysis.stop, after + halo)
    pictures = _taken(frames, low, high, analysis)
    for step in chain:
        pictures = _run(step, pictures, analysis)
    return (p for p in pictures if first - start <= p.index < after - start)


def _taken(frames: Frames, low: int, high: int, analysis: ShotAnalysis) -> Iterator[Picture]:
    for number, frame in enumerate(frames.read(low, high), start=low - analysis.start):
        yield Picture.of(frame, number, colored=analysis.colored)


def _run(
    step: RestorationStep, pictures: Iterator[Picture], analysis: ShotAnalysis
) -> Iterator[Picture]:
    plan = analysis.plans.get(step.name)
    for window in windows(pictures, step.radius, analysis.takes):
        yield step.run(window, plan)


def step_versions(steps: Sequence[RestorationStep]) -> dict[str, int]:
    """Name and version of each step: part of the digest of a stored result."""
    return {step.name: step.version for step in steps}
