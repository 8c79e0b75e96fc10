"""Timed trials wait for all other trials of the study on this machine, and the other way round: real processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from study.runtimes import machine

HOLD = """
import subprocess, sys
from pathlib import Path
from study.runtimes import machine
machine.LOCK = Path(sys.argv[1])
print(machine.share(sys.argv[2] == "alone"), flush=True)
if sys.argv[3:]:  # leave it to a process that outlives this one
    subprocess.Popen(["sleep", "3"], close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
else:
    sys.stdin.read()
"""


class Holder:
    """A process that may train once it says so, until its input ends."""

    def __init__(self, lock: Path, how: str, *more: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(lock), how, *more],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def says(self) -> str:
        """What it says first: whether there is a lock, or for whom it waits."""
        for stream in (self.process.stderr, self.process.stdout):
            assert stream
            os.set_blocking(stream.fileno(), False)
        while self.process.poll() is None:
            for stream in (self.process.stderr, self.process.stdout):
                assert stream
                if line := stream.readline():
                    return line.strip()
        return ""

    def end(self) -> None:
        """Let it end."""
        self.process.communicate()


@pytest.fixture
def lock(tmp_path) -> Iterator[Path]:
    return tmp_path / "machine.lock"


def test_trials_that_are_not_timed_share_the_machine(lock):
    one, other = Holder(lock, "shared"), Holder(lock, "shared")
    assert (one.says(), other.says()) == ("True", "True")
    one.end()
    other.end()


@pytest.mark.parametrize(("first", "second"), [("alone", "shared"), ("shared", "alone"), ("alone", "alone")])
def test_a_timed_trial_waits_and_is_waited_for_and_says_for_which_process(lock, first, second):
    holder = Holder(lock, first)
    assert holder.says() == "True"
    waiting = Holder(lock, second)
    said = waiting.says()
    assert said.startswith("waiting for ")
    assert f"process {holder.process.pid} of " in said
    holder.end()
    assert waiting.says() == "True"
    waiting.end()


def test_what_a_killed_run_left_running_is_waited_for(lock):
    parent = Holder(lock, "shared", "leave a child")
    parent.end()
    waiting = Holder(lock, "alone")
    assert f"what process {parent.process.pid} started, which has ended itself" in waiting.says()
    assert waiting.says() == "True"
    waiting.end()


def test_everyone_may_lock_and_nobody_may_write(lock, monkeypatch):
    monkeypatch.setattr(machine, "LOCK", lock)
    before = os.umask(0o077)
    try:
        assert machine.share(alone=False)
    finally:
        os.umask(before)
    assert lock.stat().st_mode & 0o777 == 0o444


def test_what_another_user_put_there_is_neither_followed_nor_waited_for(lock, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(machine, "LOCK", lock)
    lock.symlink_to(tmp_path / "dear")
    assert not machine.share(alone=True)
    assert "trials of other checkouts may run at the same time" in capsys.readouterr().err
    assert not (tmp_path / "dear").exists()
    lock.unlink()
    os.mkfifo(lock)
    assert machine.share(alone=True)
