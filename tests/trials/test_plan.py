"""Plans that the runner refuses."""

import sys

import pytest
from runner import Runner, planned

DRIVER = [sys.executable]


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
    done = runner.run([trial], python=DRIVER)  # the driver's Python has no TensorFlow
    assert done.returncode == 2
    for word in ["plan.json: trials[0]", *words]:
        assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert not (runner.folder / "records.jsonl").exists()


def test_a_missing_key_is_named(runner):
    trial = planned("accuracy", "tf-2.0.0", "sequential")
    del trial["optimizer"]["learning_rate"]
    done = runner.run([trial], python=DRIVER)
    assert "trials[0].optimizer: 'learning_rate' is missing" in done.stderr


def test_an_unknown_variant_is_refused_before_any_trial(runner):
    good = planned("accuracy", "tf-2.0.0", "sequential")
    done = runner.run([good, good | {"variant": "sequentail"}])
    assert done.returncode == 2
    assert "unknown variant 'sequentail': did you mean 'sequential'?" in done.stderr
    assert runner.journal() == []
