"""Cores that a trial has for itself: real processes, real locks."""

import os
import subprocess
import sys

import pytest
from runner import SOURCES

RESERVE = """
import os, sys
from trials.training import cores
print(cores.reserve(int(sys.argv[1])), *sorted(os.sched_getaffinity(0)), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def reserve(tmp_path):
    """Start a process that reserves cores and holds them until its input ends; give its answer."""
    started = []

    def start(n: int) -> tuple[str, set[int], subprocess.Popen[str]]:
        process = subprocess.Popen(
            [sys.executable, "-c", RESERVE, str(n)],
            env=os.environ | {"PYTHONPATH": str(SOURCES), "TMPDIR": str(tmp_path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        done, *held = process.stdout.readline().split()
        return done, set(map(int, held)), process

    yield start
    for process in started:
        process.communicate()


ALL = os.sched_getaffinity(0)


def test_no_two_processes_have_a_core_in_common(reserve):
    found = [reserve(1) for _ in ALL]
    assert [done for done, _, _ in found] == ["True"] * len(ALL)
    assert set.union(*(held for _, held, _ in found)) == ALL
    done, held, _ = reserve(1)
    assert (done, held) == ("False", ALL), "where none is free it may use all"


def test_a_core_is_free_again_when_its_process_ends_however_it_ends(reserve):
    _, _, process = reserve(len(ALL))
    process.kill()
    process.wait()
    done, held, _ = reserve(len(ALL))
    assert (done, held) == ("True", ALL)


def test_who_asks_for_more_than_is_free_takes_none_from_others(reserve):
    reserve(1)
    assert reserve(len(ALL))[0] == "False"
    if len(ALL) > 1:
        assert reserve(len(ALL) - 1)[0] == "True"
