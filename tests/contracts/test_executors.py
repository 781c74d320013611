"""What every executor promises."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tremendo.errors import Interrupted, MediaError, ResourceError, UsageError
from tremendo.executor import Failure, Task, advance, executors, run_tasks


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


def no_space(path):
    raise OSError(28, "No space left on device", path)


def killed(marks, times):
    """Die like a process that the system kills, ``times`` times; note each start and end."""
    (marks / f"{time.monotonic():.6f}-start-{os.getpid()}").touch()
    if len(list(marks.glob("*-start-*"))) <= times:
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def noted(marks, seconds):
    (marks / f"{time.monotonic():.6f}-other-{os.getpid()}").touch()
    time.sleep(seconds)
    (marks / f"{time.monotonic():.6f}-ended-{os.getpid()}").touch()


def slow_but_alive():
    for _ in range(8):
        time.sleep(0.3)
        advance(0.125)
    return "done"


def unpicklable():
    return lambda: None


def after(seconds, value):
    time.sleep(seconds)
    return value


@pytest.fixture(params=executors.names())
def name(request):
    if request.param == "ray":
        pytest.importorskip("ray", reason="the extra 'ray' is not installed")
    return request.param


def results(name, tasks, workers=2):
    return {task.name: result for task, result in run_tasks(tasks, workers, executor=name)}


def test_results_of_many_tasks(name):
    tasks = [Task(str(n), double, (n,)) for n in range(12)]
    assert results(name, tasks) == {str(n): 2 * n for n in range(12)}


def test_heavy_tasks_start_first(name):
    tasks = [Task("light", double, (1,), weight=1), Task("heavy", double, (2,), weight=9)]
    assert [task.name for task, _ in run_tasks(tasks, 1, executor=name)] == ["heavy", "light"]


def test_each_kind_of_failure_is_named_and_the_rest_goes_on(name):
    done = results(
        name,
        [
            Task("refuse", refuse, ("a.mp4",)),
            Task("crash", crash, path="b.mp4"),
            Task("hang", hang, seconds=1, path="c.mp4"),
            Task("defect", defect),
            Task("eat", eat),
            Task("no space", no_space, ("d.mp4",)),
            Task("good", double, (21,)),
        ],
    )
    assert done.pop("good") == 42
    assert all(isinstance(failure, Failure) for failure in done.values())
    assert (done["refuse"].error.path, done["refuse"].error.hint) == ("a.mp4", "leave it out")
    assert done["crash"].error.path == "b.mp4"
    assert "crashed" in done["crash"].error.message
    assert "no sign of life for 1 s" in done["hang"].error.message
    assert "ZeroDivisionError" in done["defect"].details
    assert isinstance(done["eat"].error, ResourceError)
    assert isinstance(done["no space"].error, ResourceError)
    assert done["no space"].error.path == "d.mp4"


def test_tasks_may_be_added_while_others_run(name):
    with executors.create(name, workers=2) as executor:
        executor.submit(Task("first", double, (1,)))
        seen = []
        for task, result in executor.completed():
            seen.append((task.name, result))
            if task.name == "first":
                executor.submit(Task("second", double, (result,)))
                executor.submit(Task("third", double, (10,)))
    assert sorted(seen) == [("first", 2), ("second", 4), ("third", 20)]


def test_no_tasks(name):
    assert results(name, []) == {}


def test_no_such_executor():
    with pytest.raises(UsageError, match="not one of the executors"):
        list(run_tasks([], executor="abacus"))


def test_the_first_ctrl_c_keeps_what_runs_and_starts_no_more(name):
    tasks = [Task("running", after, (1.5, "kept"), weight=2), Task("waiting", double, (1,))]
    running = run_tasks(tasks, 1, executor=name)
    threading.Timer(0.7, os.kill, (os.getpid(), signal.SIGINT)).start()
    task, result = next(running)
    seen = {task.name: result}
    with pytest.raises(Interrupted):
        next(running)
    assert seen == {"running": "kept"}
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_second_ctrl_c_stops_at_once(name):
    for delay in (0.6, 0.9):
        threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT)).start()
    start = time.monotonic()
    with pytest.raises(Interrupted):
        list(run_tasks([Task("hang", hang)], 1, executor=name))
    assert time.monotonic() - start < 20


def test_workers_die_with_the_generator(name):
    running = run_tasks(
        [Task("good", double, (1,), weight=2), Task("hang", hang)], 2, executor=name
    )
    next(running)
    start = time.monotonic()
    running.close()
    assert time.monotonic() - start < 20


# What only processes of our own can promise


def test_a_killed_worker_is_tried_once_more_alone(tmp_path):
    tasks = [
        Task("killed", killed, (tmp_path, 1), weight=3, path="reel.mp4"),
        *(Task(f"other {n}", noted, (tmp_path, 0.3)) for n in range(3)),
    ]
    assert results("local", tasks, workers=3)["killed"] == "done"
    events = [path.name.split("-")[1] for path in sorted(tmp_path.iterdir())]
    second = len(events) - 1 - events[::-1].index("start")
    assert events.count("start") == 2
    assert events[:second].count("other") == events[:second].count("ended")


def test_a_worker_killed_twice_is_no_fault_of_its_file(tmp_path):
    failure = results("local", [Task("killed", killed, (tmp_path, 9), path="reel.mp4")])["killed"]
    assert isinstance(failure.error, ResourceError)
    assert failure.error.path == "reel.mp4"
    assert failure.error.hint
    assert len(list(tmp_path.iterdir())) == 2


def test_signs_of_life_extend_the_limit_and_are_passed_on():
    told = []
    tasks = [Task("slow", slow_but_alive, seconds=1.5)]
    done = dict(
        run_tasks(tasks, 1, on_progress=lambda task, amount: told.append((task.name, amount)))
    )
    assert list(done.values()) == ["done"]
    assert told == [("slow", 0.125)] * 8


def test_a_result_that_cannot_travel_is_a_defect_with_its_reason():
    failure = results("local", [Task("odd", unpicklable)])["odd"]
    assert "pickle" in failure.error.message
    assert failure.details


def test_a_script_without_a_guard_does_not_start_itself_again(tmp_path):
    script = tmp_path / "mine.py"
    script.write_text(
        "import os\n"
        "from tremendo.executor import Task, run_tasks\n"
        "print('started', flush=True)\n"
        "print([result for _, result in run_tasks([Task('cwd', os.getcwd)], 1)])\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["started", str([str(Path.cwd())])]


def test_functions_of_a_script_can_be_tasks(tmp_path):
    script = tmp_path / "mine.py"
    script.write_text(
        "from tremendo.executor import Task, run_tasks\n"
        "def triple(n):\n"
        "    return 3 * n\n"
        "if __name__ == '__main__':\n"
        "    print([result for _, result in run_tasks([Task('t', triple, (3,))], 1)])\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[9]"


def test_ctrl_c_at_a_terminal_prints_no_traceback_of_a_worker():
    """A terminal signals the whole process group, workers too, however young they are."""
    code = (
        "import sys, time\n"
        "from tremendo.errors import Interrupted\n"
        "from tremendo.executor import Task, run_tasks\n"
        "print('ready', flush=True)\n"
        "try:\n"
        "    list(run_tasks([Task(str(n), time.sleep, (0.02,)) for n in range(400)], 4))\n"
        "except Interrupted:\n"
        "    sys.exit(130)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    process.stdout.readline()
    time.sleep(2.0)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
