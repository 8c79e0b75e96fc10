"""A job, in real runtimes: what it keeps, and how it resumes."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from runner import SOURCES, Runner, planned, python_in

BAD_INPUT, UNEXPECTED_FAILURES = 2, 3


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()]


REAL = """
import os, sys
sys.path.remove(os.path.dirname(__file__))
del sys.modules["tensorflow"]
import tensorflow
"""
DIES = f"""
import os, signal
if "TF_DETERMINISTIC_OPS" in os.environ:
    os.kill(os.getpid(), signal.{{signal}})
{REAL}
"""


def with_tensorflow(module: str, folder: Path) -> list[str]:
    """What starts a runtime's Python that finds this module instead of TensorFlow."""
    folder.mkdir()
    (folder / "tensorflow.py").write_text(module, "utf-8")
    return python_in("tf-2.0.0", PYTHONPATH=os.pathsep.join([str(folder), str(SOURCES)]))


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
    assert {len(record["boot_id"]) for record in runner.records()} == {36}
    assert all(0 <= record["busy_elsewhere"] < 1000 for record in runner.records())
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


def test_a_finished_job_runs_nothing_again(runner, tmp_path):
    trial = planned("accuracy", "tf-2.0.0", "sequential")
    runner.run([trial])
    before = runner.records()
    done = runner.run([trial], python=with_tensorflow("raise ImportError", tmp_path / "modules"))
    assert done.returncode == 0, done.stderr
    assert runner.records() == before


def test_kill_9_in_mid_job_loses_only_the_trial_that_was_running(runner):
    variants = ("sequential", "functional", "subclass")
    trials = [planned("accuracy", "tf-2.0.0", name, n_train=20000, n_epochs=4) for name in variants]
    process = subprocess.Popen(runner.command(trials), stderr=subprocess.PIPE, text=True, start_new_session=True)
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
    process = subprocess.Popen(runner.command([trial]), stderr=subprocess.PIPE, text=True)
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
    assert "killed by SIGKILL: the system kills a process so when memory runs out" in record["error"]["message"]
    assert re.search(r"\d\.\d GiB of memory are free", record["error"]["message"])


@pytest.mark.parametrize(
    ("died_of", "cause"),
    [("SIGKILL", "memory runs out"), ("SIGILL", "instructions that the processor does not have")],
)
def test_trials_whose_process_dies_as_it_imports_tensorflow_are_kept_as_failed(runner, tmp_path, died_of, cause):
    """As where memory is short, or on an old processor; the trials of other processes go on."""
    dying = [planned("controlled", "tf-2.0.0", variant) for variant in ("sequential", "functional")]
    living = planned("accuracy", "tf-2.0.0", "sequential")
    python = with_tensorflow(DIES.format(signal=died_of), tmp_path / "modules")
    done = runner.run([*dying, living], python=python)
    assert done.returncode == UNEXPECTED_FAILURES, done.stderr
    assert [record["status"] for record in runner.records()] == ["failed", "failed", "completed"]
    assert runner.journal() == runner.records()
    said = runner.records()[0]["error"]["message"]
    assert died_of in said
    assert cause in said
    assert re.search(r"\d\.\d GiB of memory are free", said)


def test_a_setting_that_reaches_keras_all_the_same_is_refused(runner, tmp_path):
    hostile = f"{REAL}\ntensorflow.keras.backend.set_floatx('float64')\n"
    python = with_tensorflow(hostile, tmp_path / "modules")
    done = runner.run([planned("accuracy", "tf-2.0.0", "sequential")], python=python)
    assert done.returncode == BAD_INPUT
    assert "Keras computes with floatx = 'float64' here, the runtime with 'float32'" in done.stderr
    assert not runner.journal()
