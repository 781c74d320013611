"""The training of the face renderer: from films of faces to a model file, stoppable any time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from tremendo.errors import NothingUsableError
from tremendo.finish.animate.face.renderer.input import CHANNELS
from tremendo.perception.faces import FaceFinder
from tremendo.train.face.batches import Batch, Plan, batches
from tremendo.train.face.loss import face_loss
from tremendo.train.face.network import FaceNet
from tremendo.train.face.pairs import Pairs, load_pairs
from tremendo.train.face.portraits import load_portraits
from tremendo.train.face.report import write_report
from tremendo.train.face.state import Recipe, load_state, new_state
from tremendo.train.face.validate import validate
from tremendo.train.run import Course, State, drive, learn
from tremendo.train.schedule import find_device, has_bfloat16, learning_rate

__all__ = ["Recipe", "train_face"]


def train_face(
    films: Sequence[Path],
    output: Path,
    *,
    photos: Sequence[Path] = (),
    resume: Path | None = None,
    minutes: float = 90.0,
    steps: int | None = None,
    device: str = "auto",
    seed: int = 0,
    recipe: Recipe | None = None,
    cache: Path | None = None,
    checkpoint_minutes: float = 5.0,
    report: Callable[[str], None] | None = None,
) -> Path:
    """Train the face renderer and write it as ONNX, with curves, samples and a model card.

    Beside ``output`` stand ``.ckpt`` (everything needed to go on), ``.curves.png``,
    ``.samples.png`` and ``.md``; all are renewed every ``checkpoint_minutes``, each atomically.
    With ``steps`` the run is a function of films, seed and thread count alone; with ``minutes``
    the learning rate follows the clock.

    Args:
        films: films of one face each, every film of another person; the last ones in
            alphabetical order are held out.
        output: the ONNX file.
        photos: folders and tars of photographs: people in them become half of the material, the
            last twentieth is held out.
        resume: a checkpoint to go on from, exactly as if it had not been interrupted.
        minutes: length of the whole run, resumed parts included.
        steps: length in steps instead.
        device: ``auto``, ``cpu`` or ``cuda``.
        seed: of all chance.
        recipe: the choices of the run.
        cache: folder in which pairs are kept; a temporary one of this machine by default.
        checkpoint_minutes: time between checkpoints.
        report: receives a line of progress now and then.

    Returns:
        The path of the ONNX file.

    Raises:
        MediaError: a film or the checkpoint is unreadable.
        NothingUsableError: fewer than two films show a face.
        UsageError: the device is not there.
        ResourceError: the results cannot be written.
        Interrupted: Ctrl-C; everything so far is kept.
    """
    recipe = recipe or Recipe()
    say = report or (lambda _line: None)
    where = find_device(device)
    torch.manual_seed(seed)
    cache = cache or Path(tempfile.gettempdir()) / "tremendo-face-pairs"
    people = _people(films, cache, say)
    held = min(recipe.held_out, len(people) - 1)
    training, validation = people[: len(people) - held], people[len(people) - held :]
    crowds = _crowds(photos, cache, say)
    facts = {
        "films": len(training),
        "pairs": sum(map(len, training)),
        "portraits": sum(len(crowd) for crowd, _ in crowds),
        "seed": seed,
    }
    say(" ".join(f"{name} {value}" for name, value in facts.items()))
    for crowd, aside in crowds:
        training = training + [crowd] * max(1, len(people[held:]) // len(crowds))
        validation = [*validation, aside]
    state = new_state(recipe, where) if resume is None else load_state(resume, recipe, where)

    def report_run(run: Mapping[str, float], sheet: NDArray[np.uint8]) -> None:
        write_report(state.average, output, run, asdict(recipe), state.log, sheet)

    course = Course(
        output,
        minutes,
        steps,
        checkpoint_minutes,
        facts,
        judge=lambda: validate(state.average, validation),
        report=report_run,
        say=say,
    )
    stream = batches(training, Plan(recipe.batch, seed, recipe.damaged), start=state.step)
    with closing(stream):
        drive(state, course, lambda done: _step(state, next(stream), recipe, done))
    return output


def _people(films: Sequence[Path], cache: Path, say: Callable[[str], None]) -> list[Pairs]:
    finder = FaceFinder()
    people = []
    for film in sorted(films, key=lambda path: path.name):
        try:
            people.append(load_pairs(film, cache, finder, say))
        except NothingUsableError as error:
            say(f"left out: {error}")
    if len(people) < 2:
        raise NothingUsableError(
            "a face renderer needs films of two people at least",
            hint="give films in which one face fills a third of the picture, a person each",
        )
    return people


def _crowds(
    photos: Sequence[Path], cache: Path, say: Callable[[str], None]
) -> list[tuple[Pairs, Pairs]]:
    """Pairs of the people in each tar or folder of photographs: to learn from, and held out."""
    finder = FaceFinder()
    crowds = []
    for origin in photos:
        pairs = load_portraits(origin, cache, finder, say)
        aside = len(pairs) - max(1, len(pairs) // 20)
        crowds.append((pairs.part(0, aside), pairs.part(aside, len(pairs))))
    return crowds


def _step(state: State[FaceNet], batch: Batch, recipe: Recipe, done: float) -> None:
    network = state.network
    device = next(network.parameters()).device
    network.train()
    rate = learning_rate(state.step, done, warm_up=recipe.warm_up, decay=recipe.decay)
    for group in state.optimizer.param_groups:
        group["lr"] = recipe.rate * rate
    maps = torch.from_numpy(batch.maps).to(device, memory_format=torch.channels_last)
    truth, detail, face = (
        torch.from_numpy(part).to(device) for part in (batch.change, batch.detail, batch.face)
    )
    with torch.autocast(device.type, torch.bfloat16, enabled=has_bfloat16(device)):
        change, mask = network(maps)
    frame = maps[:, CHANNELS.index("frame")][:, None]
    change = change.float() * detail
    terms = face_loss(change, mask.float(), frame, truth, (detail, face), recipe.loss)
    learn(state, terms, recipe.ema)
