"""Training with Keras' `fit`, in real runtimes."""

import pytest
from runner import Runner, planned

from study.config.runtimes import load_runtimes


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
