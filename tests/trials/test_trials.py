"""The runner itself, in real runtimes: what it refuses, what it keeps, and how it resumes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from runner import SOURCES, Runner, planned

from study.config.runtimes import load_runtimes

UNEXPECTED_FAILURES = 3


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()]


@pytest.fixture
def runner(smoke, tmp_path):
    return Runner(smoke.root, tmp_path, "tf-2.0.0")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"experiment": "softmax_regresion"}, ["unknown experiment", "did you mean 'softmax_regression'?"]),
        ({"batch_sise": 32}, ["unknown key 'batch_sise'", "did you mean 'batch_size'?"]),
        ({"n_epochs": -1}, ["n_epochs", "-1 is less than 1"]),
        ({"seed": "7"}, ["seed", "'7' is not of type int"]),
        ({"timed": 1}, ["timed", "1 is not of type bool"]),
        ({"arrangement": "two_image"}, ["unknown arrangement 'two_image'", "did you mean 'two_images'?"]),
    ],
)
def test_a_plan_that_is_wrong_is_refused_without_loading_tensorflow(runner, changes, words):
    trial = planned("accuracy", "tf-2.0.0", "sequential", **changes)
    done = runner.run([trial], python=sys.executable)  # the driver's Python has no TensorFlow
    assert done.returncode == 2
    for word in ["plan.json: trials[0]", *words]:
        assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert not (runner.folder / "records.jsonl").exists()


def test_a_missing_key_is_named(runner):
    trial = planned("accuracy", "tf-2.0.0", "sequential")
    del trial["optimizer"]["learning_rate"]
    done = runner.run([trial], python=sys.executable)
    assert "trials[0].optimizer: 'learning_rate' is missing" in done.stderr


def test_an_unknown_variant_is_refused_before_any_trial(runner):
    good = planned("accuracy", "tf-2.0.0", "sequential")
    done = runner.run([good, good | {"variant": "sequentail"}])
    assert done.returncode == 2
    assert "unknown variant 'sequentail': did you mean 'sequential'?" in done.stderr
    assert runner.journal() == []


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


@pytest.mark.parametrize("runtime", ["tf-2.10.0", "tf-2.21.0"])
def test_several_steps_an_execution_end_with_the_same_bits(runtime, smoke, tmp_path):
    runner = Runner(smoke.root, tmp_path, runtime)
    one = planned("controlled", runtime, "sequential")
    many = one | {"settings": one["settings"] | {"steps_per_execution": 16}}
    assert runner.run([one, many]).returncode == 0
    first, second = runner.records()
    assert [record["applied"]["steps_per_execution"] for record in (first, second)] == [1, 16]
    assert [e["weights_sha256"] for e in first["epochs"]] == [e["weights_sha256"] for e in second["epochs"]]


@pytest.mark.parametrize("runtime", load_runtimes())
def test_a_network_with_several_outputs_has_metrics_of_each(runtime, smoke, tmp_path):
    runner = Runner(smoke.root, tmp_path, runtime)
    controlled = planned("controlled", runtime, "sequential")
    equalised = {name: controlled[name] for name in ("protocol", "settings")}
    variants = ("functional", "subclass")
    trials = [planned("accuracy", runtime, name, "multi_io", **equalised, seed=7, n_epochs=2) for name in variants]
    assert runner.run(trials).returncode == 0
    functional, subclass = runner.records()
    for epoch in functional["epochs"]:
        assert "accuracy" not in epoch
        assert len(epoch["outputs"]) == 2
        for part in ("loss", "val_loss"):
            assert epoch[part] == pytest.approx(sum(output[part] for output in epoch["outputs"]), rel=1e-4)
        assert all(0 <= output[part] <= 1 for output in epoch["outputs"] for part in ("accuracy", "val_accuracy"))
    assert functional["test_loss"] == pytest.approx(
        sum(output["loss"] for output in functional["test_outputs"]), rel=1e-4
    )
    assert [e["weights_sha256"] for e in functional["epochs"]] == [e["weights_sha256"] for e in subclass["epochs"]]
    assert [e["outputs"] for e in functional["epochs"]] == [e["outputs"] for e in subclass["epochs"]]


LADDER = ("subclass_tape", "subclass_tape_softmax", "subclass_tape_fused", "subclass_tape_weighted")


@pytest.mark.parametrize("runtime", load_runtimes())
def test_a_ladder_leads_from_the_source_s_loop_to_the_bits_of_fit(runtime, smoke, tmp_path):
    """With probabilities the weights part; with logits they are the same, and the losses once samples weigh alike."""
    runner = Runner(smoke.root, tmp_path, runtime)
    small = {"n_train": 330, "n_test": 330, "n_epochs": 2}  # the last batch has 10 samples
    fit, tape = (planned("controlled", runtime, name, **small) for name in ("sequential", "subclass_tape"))
    assert runner.run([fit, *(tape | {"variant": name} for name in LADDER)]).returncode == 0
    wanted, *steps = runner.records()

    def pairs(step: dict) -> list[tuple[dict, dict]]:
        return list(zip(step["epochs"], wanted["epochs"], strict=True))

    weights = [[ours["weights_sha256"] == fits["weights_sha256"] for ours, fits in pairs(step)] for step in steps]
    assert weights == [[False, False], [False, False], [True, True], [True, True]]
    losses = [[ours["loss"] == fits["loss"] for ours, fits in pairs(step)] for step in steps]
    assert losses == [[False, False], [False, False], [False, False], [True, True]]
    assert steps[-1]["test_loss"] == wanted["test_loss"]


def test_trials_that_need_processes_of_their_own_share_a_job(smoke, tmp_path):
    """TensorFlow reads whether to use oneDNN only once; the job runs such trials in groups and loses no order."""
    runner = Runner(smoke.root, tmp_path, "tf-2.10.0")
    trial = planned("controlled", "tf-2.10.0", "sequential", n_train=320, n_test=32, n_epochs=1)
    trials = [
        trial | {"block": block, "settings": trial["settings"] | {"onednn": onednn}}
        for block, onednn in enumerate((False, True, False), start=1)
    ]
    assert runner.run(trials).returncode == 0
    assert [(record["block"], record["applied"]["onednn"]) for record in runner.records()] == [
        *((1, False), (2, True), (3, False))
    ]
    assert [record["block"] for record in runner.journal()] == [1, 3, 2]
    one, _, other = runner.records()
    assert one["epochs"][0]["weights_sha256"] == other["epochs"][0]["weights_sha256"]


@pytest.mark.parametrize("runtime", load_runtimes())
def test_a_record_says_what_keras_made_of_its_settings(runtime, smoke, tmp_path):
    """Keras 3 drops XLA where operations must be deterministic; Keras of 1.15 knows none of these settings."""
    runner = Runner(smoke.root, tmp_path, runtime)
    trial = planned("controlled", runtime, "sequential", n_train=320, n_test=32, n_epochs=1)
    changes = (
        {"run_eagerly": runtime != "tf-1.15.0"},
        {"jit_compile": True},
        {"jit_compile": True, "deterministic": False},
    )
    trials = [trial | {"settings": trial["settings"] | change} for change in changes]
    assert runner.run(trials).returncode == 0
    found = [record["applied"] for record in runner.records()]
    assert [applied.get("run_eagerly") for applied in found] == {"tf-1.15.0": [None] * 3}.get(
        runtime, [True, False, False]
    )
    assert [applied.get("jit_compile") for applied in found] == {
        "tf-1.15.0": [None] * 3,
        "tf-2.0.0": [None] * 3,
        "tf-2.10.0": [False, True, True],
        "tf-2.21.0": [False, False, True],
    }[runtime]
