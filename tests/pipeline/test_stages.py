"""Stages own what they are: weights, sources, what feeds them; the runner feeds them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest

from tests.pipeline.conftest import write_reel, write_song
from tremendo.archive import Clip
from tremendo.core.progress import Progress
from tremendo.errors import (
    MediaError,
    ModelMissingError,
    ResourceError,
    SourceChangedError,
    TremendoError,
)
from tremendo.executor import Failure, Task, run_tasks
from tremendo.finish.animate import MotionOptions, MusicCues, ShotFormat
from tremendo.finish.film import FinishOptions
from tremendo.media import write_photo
from tremendo.models.catalog import Model, path
from tremendo.music import Song
from tremendo.pipeline.finish_request import FinishRequest
from tremendo.pipeline.runner import Runner
from tremendo.pipeline.sources import Source, take_digest
from tremendo.pipeline.stage import Stage, perform
from tremendo.pipeline.stages.animate import Animate, MotionRequest
from tremendo.pipeline.stages.color import Color
from tremendo.pipeline.stages.film_take import FilmTake
from tremendo.pipeline.stages.ingest import Ingest
from tremendo.pipeline.stages.listen import Listen
from tremendo.pipeline.stages.voice import Voice
from tremendo.pipeline.state import State
from tremendo.project import BeatCorrections
from tremendo.store import Store


def source_of(path):
    return Source(path, *take_digest(path))


# --- the weights ----------------------------------------------------------------------------------


def opened_by(job, folder):
    """The weights that a job looks for or opens, in this process."""
    seen: set[str] = set()
    place = Model.place.fget

    def spy(model):
        seen.add(model.name)
        return place(model)

    Model.place = property(spy)
    record = job.run(Store(folder))
    Store(folder).put_record(job.key, record)
    return seen


def spied(job, folder):
    """The same, in a process where nothing is open yet."""
    job.key  # noqa: B018 - the key looks at the weights too, here
    [(_, seen)] = run_tasks([Task(job.name, opened_by, (job, folder))], 1)
    assert not isinstance(seen, Failure), seen
    return seen


@pytest.fixture(scope="module")
def jobs(tmp_path_factory, astronaut):
    """A job of each stage that opens weights, and the store of their results."""
    for model in ("beatnet-1", "face"):
        try:
            path(model)
        except ModelMissingError as error:
            pytest.skip(f"{error.message}: {error.hint}")
    folder = tmp_path_factory.mktemp("stages")
    write_reel(folder / "reel.mkv", 1, frames=24)
    write_photo(folder / "portrait.png", astronaut)
    write_song(folder / "song.wav", seconds=6)
    reel, portrait, song = (source_of(folder / n) for n in ("reel.mkv", "portrait.png", "song.wav"))
    film, photo = Ingest(reel, "film", ()), Ingest(portrait, "photo", ())
    look = FinishRequest(FinishOptions())
    clips = [
        Clip("f", reel.path, "f", "film", 192, 144, Fraction(16), Fraction(16), 24,
             crop=(0, 0, 192, 144)),
        Clip("p", portrait.path, "p", "photo", 512, 512, Fraction(1), Fraction(1), 1,
             crop=(0, 0, 512, 512)),
    ]  # fmt: skip
    color = Color(photo, clips[1], look)
    face = MotionRequest(
        MotionOptions("face", proposed=True),
        MusicCues(beats=(0.0,)),
        ShotFormat(320, 180, Fraction(12), 4, close_up=True),
        ((0.35, 0.1, 0.2, 0.25),),
    )
    scene = replace(face, options=MotionOptions("scene", proposed=True))
    voice = Voice(song)
    made = {
        "film": film,
        "photo": photo,
        "song": Listen(song, BeatCorrections()),
        "take": FilmTake("take", film, clips[0], (0, 24), (4, 10), look),
        "color": color,
        "voice": voice,
        "face": Animate("face", color, face, voice, (0.0, 0.4)),
        "camera": Animate("camera", color, scene, None, (0.0, 0.4)),
    }
    return made, folder / "store"


@pytest.mark.parametrize(
    ("name", "surely"),
    [
        ("film", {"color"}),
        ("photo", {"face", "color"}),
        ("song", {"beatnet-1"}),
        ("take", {"color"}),
        ("color", {"color"}),
        ("voice", set()),
        ("face", {"face"}),
        ("camera", {"color"}),
    ],
)
def test_every_model_that_a_job_opens_stands_in_its_list(jobs, name, surely):
    made, folder = jobs
    for need in made[name].needs:
        perform(need, folder)
    seen = spied(made[name], folder)
    assert seen <= set(made[name].models)
    assert surely <= seen


def test_damaged_frames_of_a_take_are_counted(jobs, tmp_path):
    job, folder = jobs[0]["take"], tmp_path / "store"
    perform(job, folder)
    assert job.result(Store(folder)).damaged == 0
    broken = tmp_path / "broken.mkv"
    content = bytearray(job.clip.path.read_bytes())
    middle = len(content) // 3
    content[middle : middle + 400] = bytes(400)
    broken.write_bytes(content)
    torn = replace(
        job,
        clip=replace(job.clip, path=broken),
        ingest=replace(job.ingest, source=source_of(broken)),
    )
    perform(torn, folder)
    assert torn.result(Store(folder)).damaged > 0


def test_other_weights_make_a_job_stale(jobs, tmp_path, monkeypatch):
    job = jobs[0]["color"]
    before = job.key
    monkeypatch.setattr("tremendo.pipeline.stage._weights", lambda name: f"other {name}")
    assert replace(job).key != before


# --- the runner -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Note:
    """A record."""

    text: str
    began: float
    ended: float


@dataclass(frozen=True)
class Wait(Stage[Note]):
    """Waits some seconds and notes when; fails as it is told."""

    stage = "wait"
    doing = "waiting"
    version = 1
    record = Note

    label: str
    seconds_long: float = 0.0
    feeds: tuple[Stage, ...] = ()
    error: str = ""
    heavy: float = 1.0

    def cost(self):
        return self.heavy

    @property
    def name(self):
        return self.label

    @property
    def needs(self):
        return self.feeds

    def dependencies(self):
        return {"label": self.label, "fed by": [job.key for job in self.feeds]}

    def run(self, store):
        import time

        began = time.monotonic()
        time.sleep(self.seconds_long)
        if self.error == "input":
            raise MediaError(f"{self.label} is broken")
        if self.error == "machine":
            raise ResourceError("the disk is full")
        texts = [job.result(store).text for job in self.feeds]
        return Note(f"{self.label}({','.join(texts)})", began, time.monotonic())


@pytest.fixture
def runner(tmp_path):
    return Runner(Store(tmp_path / "store"), State(tmp_path), Progress(), workers=2)


def test_a_job_starts_as_soon_as_it_is_fed_and_not_with_the_next_wave(runner):
    slow, quick = Wait("slow", 3.0), Wait("quick")
    after = Wait("after", feeds=(quick,))
    last = Wait("last", feeds=(after, slow))
    runner.run([last])
    notes = {job.label: job.result(runner.store) for job in (slow, quick, after, last)}
    assert notes["after"].began < notes["slow"].ended
    assert notes["last"].text == "last(after(quick()),slow())"


def test_what_most_hangs_on_starts_first(tmp_path):
    runner = Runner(Store(tmp_path / "store"), State(tmp_path), Progress(), workers=1)
    root = Wait("root")  # cheap by itself, but a long way hangs on it
    middle = Wait("middle", feeds=(root,), heavy=3.0)
    end = Wait("end", feeds=(middle,), heavy=3.0)
    alone = Wait("alone", heavy=5.0)
    runner.run([alone, end])
    began = {job.label: job.result(runner.store).began for job in (root, middle, end, alone)}
    assert sorted(began, key=began.get) == ["root", "middle", "alone", "end"]


class Counting(Progress):
    def __init__(self):
        self.total = self.done = 0.0

    def act(self, name, total):
        self.total += total

    def advance(self, amount=1.0):
        self.done += amount


def test_progress_ends_where_it_said(jobs, tmp_path):
    progress = Counting()
    made = jobs[0]
    runner = Runner(Store(tmp_path / "store"), State(tmp_path), progress, workers=1)
    runner.run([made["take"], made["camera"], made["color"]])
    assert progress.done == pytest.approx(progress.total)
    assert progress.total == pytest.approx(sum(made[n].cost() for n in ("take", "camera", "color")))


def test_what_is_done_is_not_done_again_and_a_lost_part_is(runner):
    first = Wait("first")
    second = Wait("second", feeds=(first,))
    runner.run([second])
    before = second.result(runner.store)
    runner.store.path(first.key, ".json").unlink()
    runner.run([second])
    assert second.result(runner.store) == before
    assert first.result(runner.store) is not None


def test_all_that_can_be_done_is_done_before_a_failure_is_raised(runner):
    broken = Wait("broken", error="input")
    with pytest.raises(MediaError, match="broken"):
        runner.run([broken, Wait("fed", feeds=(broken,)), Wait("other", 0.3)])
    assert Wait("other").result(runner.store) is not None
    assert Wait("fed", feeds=(broken,)).result(runner.store) is None


def test_a_full_disk_is_no_broken_file(runner):
    taken: list[TremendoError] = []
    with pytest.raises(ResourceError, match="full"):
        runner.run([Wait("here", error="machine")], lambda _, error: taken.append(error))
    assert taken == []


# --- the sources ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Read(Stage[Note]):
    """Reads a file, which somebody replaces meanwhile if ``by`` says with what."""

    stage = "read"
    doing = "reading"
    version = 1
    record = Note
    suffix = ".txt"

    source: Source
    by: str = ""

    @property
    def name(self):
        return self.source.path.name

    @property
    def sources(self):
        return (self.source,)

    def dependencies(self):
        return {"source": self.source.digest}

    def run(self, store):
        if self.by:
            self.source.path.write_text(self.by)
        text = self.source.path.read_text()
        with store.writing(self.key, self.suffix) as part:
            part.write_text(text)
        return Note(text, 0, 0)


def test_a_source_replaced_before_it_is_read_is_refused(runner, tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("one")
    job = Read(source_of(file))
    file.write_text("two")
    with pytest.raises(SourceChangedError, match="no longer") as caught:
        runner.run([job])
    assert caught.value.path == str(file)
    assert caught.value.exit_code == 3
    assert job.result(runner.store) is None
    file.unlink()
    with pytest.raises(SourceChangedError, match="gone"):
        runner.run([job])


def test_a_source_replaced_while_it_is_read_leaves_nothing_under_its_name(runner, tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("one")
    job = Read(source_of(file))
    with pytest.raises(SourceChangedError, match="while it was read"):
        runner.run([replace(job, by="two")])
    assert job.result(runner.store) is None
    file.write_text("one")  # the old content is back: the job is done, not taken from the store
    runner.run([job])
    assert job.file(runner.store).read_text() == "one"


def test_a_touched_source_is_the_same(runner, tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("one")
    job = Read(source_of(file))
    file.touch()
    runner.run([job])
    assert job.result(runner.store).text == "one"


def test_a_picture_of_a_sequence_replaced_is_noticed(tmp_path):
    folder = tmp_path / "frames"
    for number in range(12):
        write_photo(folder / f"{number:04d}.png", np.full((40, 60, 3), 20 * number, np.uint8))
    source = source_of(folder)
    with source.held():
        pass
    write_photo(folder / "0001.png", np.full((40, 60, 3), 200, np.uint8))
    with pytest.raises(SourceChangedError), source.held():
        pass


def test_a_damaged_state_is_written_anew(tmp_path):
    for text in ("[]", "{", '{"steps": 3, "files": {}, "outputs": {}}', '{"files": {"a": 1}}'):
        (tmp_path / "state.json").write_text(text)
        (tmp_path / "a.txt").write_text("one")
        state = State(tmp_path)
        assert state.source(tmp_path / "a.txt").digest
        assert not state.delivered(tmp_path / "film.mp4", "key")
        state.save()
        assert State(tmp_path).why(Wait("x"), Store(tmp_path)) == "not made yet"


def test_the_song_is_read_as_it_was_heard(jobs):
    made, folder = jobs
    perform(made["song"], folder)
    assert isinstance(made["song"].result(Store(folder)), Song)
