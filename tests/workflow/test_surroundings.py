"""Nothing that a user's home or shell holds changes a weight, a verdict or a figure; nothing is put there."""

import pytest
from benchmarks.faults import home

from study.records.collect import read_trials


@pytest.fixture(scope="module")
def repeated(smoke, tmp_path_factory):
    """A part of a finished study that ran again under a hostile home, and what was there before and after."""
    root, again = (tmp_path_factory.mktemp("repeated") / name for name in ("hostile", "study"))
    hostile = home.variables(root)
    before = home.files(root)
    done = home.repeat(smoke.root, again, hostile)
    assert done.returncode == 0, done.stdout[-6000:]
    return again, before, home.files(root)


def test_the_same_weights_on_every_runtime(smoke, repeated):
    journals = list((repeated[0] / "results/journal" / home.CONTROLLED).rglob("*.jsonl"))
    assert len(journals) == 4, "they must have been trained again"
    again = home.weights(repeated[0])
    assert again == home.weights(smoke.root)
    assert all(epochs[-1]["weights_sha256"] for epochs in again.values() if epochs), "some are planned to fail"


def test_the_same_verdicts_tables_and_figures_to_the_byte(smoke, repeated):
    assert home.compared(repeated[0]) == home.compared(smoke.root)


def test_nothing_is_put_into_the_home(repeated):
    _, before, after = repeated
    assert after == before


def test_a_record_says_what_was_in_force(repeated):
    for trial in read_trials(repeated[0] / "results/trials.jsonl.gz"):
        process = trial.environment["process"]
        assert process["time_zone"] == "UTC"
        assert process["encoding"] == "utf-8"
        assert {"CUDA_VISIBLE_DEVICES", "LC_ALL", "TZ"} <= set(process["variables"])
        assert not {name for name in process["variables"] if name.startswith(("TF_", "XLA_", "KERAS_"))}
        assert process["blas"]["core"]
        assert trial.environment["runtime"]["keras_defaults"] == {
            "backend": "tensorflow",
            "epsilon": 1e-7,
            "floatx": "float32",
            "image_data_format": "channels_last",
        }
        if trial.status == "completed":
            assert trial.applied["alone"] == trial.timed
