import os
import signal
import time

import pytest

from tremendo.errors import MediaError, ResourceError, UsageError
from tremendo.executor import ENGINES, Failure, Task, find_engine, run_tasks


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


@pytest.fixture(params=sorted(ENGINES))
def engine(request):
    if request.param == "ray":
        pytest.importorskip("ray", reason="the extra 'ray' is not installed")
    return find_engine(request.param)


def results(engine, tasks, workers=2):
    return {task.name: result for task, result in engine(tasks, workers)}


def test_results_of_many_tasks(engine):
    tasks = [Task(str(n), double, (n,)) for n in range(12)]
    assert results(engine, tasks) == {str(n): 2 * n for n in range(12)}


def test_heavy_tasks_start_first():
    tasks = [Task("light", double, (1,), weight=1), Task("heavy", double, (2,), weight=9)]
    assert [task.name for task, _ in run_tasks(tasks, 1)] == ["heavy", "light"]


def test_each_kind_of_failure_is_named_and_the_rest_goes_on(engine):
    done = results(
        engine,
        [
            Task("refuse", refuse, ("a.mp4",)),
            Task("crash", crash, path="b.mp4"),
            Task("hang", hang, seconds=1, path="c.mp4"),
            Task("defect", defect),
            Task("eat", eat),
            Task("good", double, (21,)),
        ],
    )
    assert done["good"] == 42
    assert all(isinstance(done[n], Failure) for n in ("refuse", "crash", "hang", "defect", "eat"))
    assert (done["refuse"].error.path, done["refuse"].error.hint) == ("a.mp4", "leave it out")
    assert done["crash"].error.path == "b.mp4"
    assert "crashed" in done["crash"].error.message
    assert "no end after 1 s" in done["hang"].error.message
    assert "ZeroDivisionError" in done["defect"].details
    assert isinstance(done["eat"].error, ResourceError)


def test_no_tasks(engine):
    assert list(engine([])) == []


def test_no_such_engine():
    with pytest.raises(UsageError, match="no engine"):
        find_engine("abacus")


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_die_with_the_generator(workers):
    running = run_tasks([Task("good", double, (1,), weight=2), Task("hang", hang)], workers + 1)
    next(running)
    start = time.monotonic()
    running.close()
    assert time.monotonic() - start < 5
