"""Work in several processes: the results of a loop, in its order, and its errors."""

import os
import re

import pytest

from study.common import progress
from study.common.parallel import CHUNK, each


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
