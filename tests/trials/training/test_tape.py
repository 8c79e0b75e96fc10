"""Training with the source's own loop, in real runtimes."""

import pytest
from runner import Runner, planned

from study.config.runtimes import load_runtimes

STEPS = ("subclass_tape", "subclass_tape_softmax", "subclass_tape_fused", "subclass_tape_weighted")


@pytest.mark.parametrize("runtime", load_runtimes())
def test_step_by_step_the_source_s_loop_comes_to_the_bits_of_fit(runtime, smoke, tmp_path):
    """With probabilities weights diverge; with logits they are the same, and the losses once samples weigh alike."""
    runner = Runner(smoke.root, tmp_path, runtime)
    small = {"n_train": 330, "n_test": 330, "n_epochs": 2}  # the last batch has 10 samples
    fit, tape = (planned("controlled", runtime, name, **small) for name in ("sequential", "subclass_tape"))
    assert runner.run([fit, *(tape | {"variant": name} for name in STEPS)]).returncode == 0
    wanted, *steps = runner.records()

    def pairs(step: dict) -> list[tuple[dict, dict]]:
        return list(zip(step["epochs"], wanted["epochs"], strict=True))

    weights = [[ours["weights_sha256"] == fits["weights_sha256"] for ours, fits in pairs(step)] for step in steps]
    assert weights == [[False, False], [False, False], [True, True], [True, True]]
    losses = [[ours["loss"] == fits["loss"] for ours, fits in pairs(step)] for step in steps]
    assert losses == [[False, False], [False, False], [False, False], [True, True]]
    assert steps[-1]["test_loss"] == wanted["test_loss"]
