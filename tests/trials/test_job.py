"""A job, in real runtimes: what it keeps, and how it resumes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from runner import SOURCES, Runner, planned

UNEXPECTED_FAILURES = 3


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()]


@pytest.fixture
def runner(smoke, tmp_path):
    return Runner(smoke.root, tmp_path, "tf-2.0.0")


def test_a_trial_that_raises_is_kept_with_its_traceback_and_the_others_go_on(runner):
    bad = planned("accuracy", "tf-2.0.0", "sequential", n_train=60001)
    good = planned("accuracy", "tf-2.0.0", "functional")
    done = runner.run([bad, good])
    assert done.returncode == UNEXPECTED_FAILURES
    assert "the train part of the dataset has 60000 samples, the plan wants 60001" in done.stderr
    assert [record["status"] for record in runner.records()] == ["failed", "completed"]
    assert runner.records()[0]["error"]["traceback"].startswith("Traceback")


def test_a_failure_that_was_expected_is_no_failure_of_the_job(runner):
    bad = planned("accuracy", "tf-2.0.0", "sequential", n_train=60001, expect="failed")
    assert runner.run([bad]).returncode == 0


def test_only_a_failed_trial_is_repeated(runner):
    bad = planned("accuracy", "tf-2.0.0", "sequential", n_train=60001)
    good = planned("accuracy", "tf-2.0.0", "functional")
    runner.run([bad, good])
    runner.run([bad, good])
    assert [record["variant"] for record in runner.journal()] == ["sequential", "functional", "sequential"]


def test_a_finished_job_runs_nothing_again(runner):
    trial = planned("accuracy", "tf-2.0.0", "sequential")
    runner.run([trial])
    before = runner.records()
    done = runner.run([trial], python=sys.executable)  # would fail if it needed TensorFlow
    assert done.returncode == 0, done.stderr
    assert runner.records() == before


def test_kill_9_in_mid_job_loses_only_the_trial_that_was_running(runner):
    variants = ("sequential", "functional", "subclass")
    trials = [planned("accuracy", "tf-2.0.0", name, n_train=20000, n_epochs=4) for name in variants]
    environment = os.environ | {"PYTHONPATH": str(SOURCES)}
    process = subprocess.Popen(
        runner.command(trials), env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "functional: epoch 2/4" in line:
            break
    (group,) = children_of(process.pid)
    (trial,) = children_of(group)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    time.sleep(0.5)
    assert not any(Path(f"/proc/{child}/exe").exists() for child in (group, trial)), "its processes must die too"
    assert [record["variant"] for record in runner.journal()] == ["sequential"]
    with (runner.folder / "journal/journal.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"torn": tr')  # as if it had been killed while it wrote

    assert runner.run(trials).returncode == 0
    assert [record["variant"] for record in runner.journal()] == list(variants)
    assert runner.records() == runner.journal()


def test_a_trial_that_dies_is_kept_as_failed(runner):
    """A process that the system kills, say for its memory, leaves a record too."""
    trial = planned("accuracy", "tf-2.0.0", "sequential", n_train=60000, n_epochs=50)
    environment = os.environ | {"PYTHONPATH": str(SOURCES)}
    process = subprocess.Popen(runner.command([trial]), env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "epoch 1/50" in line:
            break
    (group,) = children_of(process.pid)
    (trial_process,) = children_of(group)
    os.kill(trial_process, signal.SIGKILL)
    process.communicate(timeout=30)
    assert process.returncode == UNEXPECTED_FAILURES
    (record,) = runner.records()
    assert record["status"] == "failed"
    assert "-9" in record["error"]["message"]
