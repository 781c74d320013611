import os
import signal
import time

import pytest

from tremendo.engine import Failure, Task, run_tasks
from tremendo.errors import MediaError, NoRoomError


def double(x):
    return 2 * x


def refuse(path):
    raise MediaError("no film", path=path, hint="leave it out")


def crash():
    os.kill(os.getpid(), signal.SIGSEGV)


def hang():
    time.sleep(60)


def defect():
    return 1 // 0


def eat():
    raise MemoryError


def results(tasks, workers=2):
    return {task.name: result for task, result in run_tasks(tasks, workers)}


def test_results_of_many_tasks():
    tasks = [Task(str(n), double, (n,)) for n in range(12)]
    assert results(tasks) == {str(n): 2 * n for n in range(12)}


def test_heavy_tasks_start_first():
    tasks = [Task("light", double, (1,), weight=1), Task("heavy", double, (2,), weight=9)]
    assert [task.name for task, _ in run_tasks(tasks, 1)] == ["heavy", "light"]


def test_each_kind_of_failure_is_named_and_the_rest_goes_on():
    done = results(
        [
            Task("refuse", refuse, ("a.mp4",)),
            Task("crash", crash, path="b.mp4"),
            Task("hang", hang, seconds=1, path="c.mp4"),
            Task("defect", defect),
            Task("eat", eat),
            Task("good", double, (21,)),
        ]
    )
    assert done["good"] == 42
    assert all(isinstance(done[n], Failure) for n in ("refuse", "crash", "hang", "defect", "eat"))
    assert (done["refuse"].error.path, done["refuse"].error.hint) == ("a.mp4", "leave it out")
    assert done["crash"].error.path == "b.mp4"
    assert "crashed" in done["crash"].error.message
    assert "no end after 1 s" in done["hang"].error.message
    assert "ZeroDivisionError" in done["defect"].details
    assert isinstance(done["eat"].error, NoRoomError)


def test_no_tasks():
    assert list(run_tasks([])) == []


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_die_with_the_generator(workers):
    running = run_tasks([Task("good", double, (1,), weight=2), Task("hang", hang)], workers + 1)
    next(running)
    start = time.monotonic()
    running.close()
    assert time.monotonic() - start < 5
