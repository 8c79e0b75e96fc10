"""Cores that a trial has for itself: real processes, real locks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from runner import SOURCES

from study.runtimes.isolation import own_cores_folder

RESERVE = """
import os, sys
from trials.training import cores
print(cores.reserve(int(sys.argv[1])), *sorted(os.sched_getaffinity(0)), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path):
    """A folder that is the user's alone, for the processes of a test."""
    (tmp_path / "cores").mkdir(mode=0o700)
    return tmp_path / "cores"


@pytest.fixture
def reserve(folder):
    """Start a process that reserves cores and holds them until its input ends; give its answer."""
    started = []

    def start(n: int) -> tuple[str, set[int], subprocess.Popen[str]]:
        process = subprocess.Popen(
            [sys.executable, "-c", RESERVE, str(n)],
            env=os.environ | {"PYTHONPATH": str(SOURCES), "STUDY_CORES": str(folder)},
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


def replaced_by_a_link(folder):
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_left_alone(reserve, folder):
    os.chown(folder, 12345, -1)
    assert reserve(1)[:2] == ("False", ALL)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("change", [lambda path: path.chmod(0o777), Path.rmdir, replaced_by_a_link])
def test_a_folder_that_is_not_the_users_alone_is_left_alone(reserve, folder, change):
    change(folder)
    assert reserve(1)[:2] == ("False", ALL)
    assert not list(folder.parent.rglob("[0-9]*"))


def test_no_file_is_emptied_through_a_link(reserve, folder, tmp_path):
    (tmp_path / "dear").write_text("to somebody")
    for core in ALL:
        (folder / str(core)).symlink_to(tmp_path / "dear")
    assert reserve(1)[:2] == ("False", ALL)
    assert (tmp_path / "dear").read_text() == "to somebody"


def test_what_the_driver_offers_is_the_users_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    offered = own_cores_folder()
    assert offered
    assert offered.parent == tmp_path
    assert offered == own_cores_folder()
    offered.chmod(0o777)
    assert own_cores_folder() == offered
    assert offered.stat().st_mode & 0o777 == 0o700
    offered.rmdir()
    offered.symlink_to(tmp_path)
    assert own_cores_folder() is None
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "nothing"))
    assert own_cores_folder() is None
