"""Snakemake's lock is lifted where its process is gone, and left where it is not: real processes."""

import os
import signal
import subprocess
import sys

import pytest

from study.common import checkout

WORKS = """
import sys
from pathlib import Path
from study.common import checkout
held = checkout.enter(Path(sys.argv[1]))
print("here", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path):
    """What Snakemake keeps in a checkout, with a lock of one of its runs."""
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks/0.output.lock").write_text("results/trials.parquet\n")
    return tmp_path


def working(folder):
    process = subprocess.Popen(
        [sys.executable, "-c", WORKS, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    process.stdout.readline()
    return process


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGHUP, signal.SIGTERM])
def test_the_lock_of_a_run_that_was_killed_is_lifted(folder, capsys, how):
    (folder / "locks/0.output.lock").rename(folder / "kept")
    process = working(folder)
    (folder / "kept").rename(folder / "locks/0.output.lock")
    os.kill(process.pid, how)
    process.communicate()
    os.close(checkout.enter(folder))
    assert not list((folder / "locks").iterdir())
    assert "The run before was killed; its lock is lifted" in capsys.readouterr().err


def test_the_lock_of_a_run_that_works_is_left_and_its_process_named(folder, capsys):
    (folder / "locks/0.output.lock").rename(folder / "kept")
    process = working(folder)
    (folder / "kept").rename(folder / "locks/0.output.lock")
    os.close(checkout.enter(folder))
    assert list((folder / "locks").iterdir())
    assert f"This checkout is in use by process {process.pid} of" in capsys.readouterr().err
    process.communicate()


def test_without_a_lock_nothing_is_said(tmp_path, capsys):
    for _ in range(2):
        os.close(checkout.enter(tmp_path / "new"))
    assert capsys.readouterr() == ("", "")
