"""Work in several processes: the results of a loop, in its order, and its errors."""

import os
import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from study.common import progress
from study.common.parallel import CHUNK, at_once, each


@pytest.mark.parametrize("processes", [1, 2, 3])
@pytest.mark.parametrize("number", [0, 1, CHUNK, 5 * CHUNK + 1])
def test_results_come_in_order_and_are_those_of_a_loop(number, processes):
    offset = 7  # only a forked process has it
    assert list(each("adding", lambda item: item + offset, range(number), processes)) == [
        item + offset for item in range(number)
    ]


def test_the_work_is_done_elsewhere():
    assert os.getpid() not in set(each("asking", lambda _: os.getpid(), range(3 * CHUNK), 2))


def test_an_error_ends_the_work():
    with pytest.raises(ZeroDivisionError):
        list(each("dividing", lambda item: 1 // (item - 70), range(5 * CHUNK), 2))


def test_work_that_nobody_waits_for_ends():
    work = each("adding", lambda item: item + 1, range(5 * CHUNK), 2)
    assert next(work) == 1
    work.close()


def test_without_a_terminal_lines_say_how_far_the_work_is(monkeypatch, capsys):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.0)
    list(each("adding", lambda item: item, range(4 * CHUNK), 2))
    said = capsys.readouterr().err.splitlines()
    assert said[-1] == "  adding: 100 %, 0 s left"
    shares = [int(re.fullmatch(r"  adding: (\d+) %, \d+ s left", line)[1]) for line in said]
    assert shares == sorted(shares)


def until(done):
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def meet(folder, name, other):
    (folder / name).touch()
    until((folder / other).exists)
    return os.getpid(), at_once(partial(int, "1"), partial(int, "2"))


def test_tasks_run_at_once_each_in_a_process_of_its_own_and_may_do_the_same(tmp_path):
    (one, within), (other, _) = at_once(partial(meet, tmp_path, "a", "b"), partial(meet, tmp_path, "b", "a"))
    assert len({os.getpid(), one, other}) == 3
    assert within == [1, 2]


@contextmanager
def held(lock):
    """The lock is held by another thread, as one of a library may be at any time."""
    taken, done = threading.Event(), threading.Event()

    def hold():
        with lock:
            taken.set()
            done.wait()

    threading.Thread(target=hold, daemon=True).start()
    taken.wait()
    try:
        yield
    finally:
        done.set()


LOCK = threading.Lock()


def take():
    return LOCK.acquire(timeout=5)


def test_a_task_does_not_wait_for_a_thread_that_it_does_not_have():
    with held(LOCK):
        assert at_once(take, take) == [True, True]


def test_an_error_of_a_task_is_that_of_all():
    with pytest.raises(ZeroDivisionError):
        at_once(partial(int, "1"), partial(divmod, 1, 0))


def test_a_task_ends_with_the_process_that_waits_for_it(tmp_path):
    started = tmp_path / "started"
    script = tmp_path / "script.py"
    script.write_text(
        f"""
import os, pathlib, time
from study.common.parallel import at_once
def wait():
    pathlib.Path({str(started)!r}).write_text(str(os.getpid()))
    time.sleep(600)
if __name__ == "__main__":
    at_once(wait)
""",
        encoding="utf-8",
    )
    waiting = subprocess.Popen([sys.executable, str(script)], env=os.environ | {"PYTHONPATH": "src"})
    until(lambda: started.exists() and started.read_text())
    waiting.kill()
    waiting.wait()
    task = Path("/proc", started.read_text())
    until(lambda: not task.exists() or (task / "stat").read_text().split()[2] == "Z")
