"""The processes in which trials run, in a real runtime."""

import pytest
from runner import Runner, planned

from trials.training import process


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


def test_trials_of_several_groups_are_refused_one_process():
    trials = [{"settings": {"deterministic": True, "onednn": onednn}} for onednn in (False, True, False)]
    assert process.groups(trials) == [[trials[0], trials[2]], [trials[1]]]
    with pytest.raises(ValueError, match="split trials into groups"):
        process.prepare(trials)
