"""Settings that a plan names, in real runtimes."""

import pytest
from runner import Runner, planned


@pytest.mark.parametrize(
    ("runtime", "jit_compile"),
    {
        "tf-1.15.0": [None] * 3,
        "tf-2.0.0": [None] * 3,
        "tf-2.10.0": [False, True, True],
        "tf-2.21.0": [False, False, True],
    }.items(),
)
def test_a_record_says_what_keras_made_of_its_settings(runtime, jit_compile, smoke, tmp_path):
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
    assert [applied.get("jit_compile") for applied in found] == jit_compile
