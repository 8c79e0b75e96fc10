"""The whole study at the scale smoke: published images or altered copies, four real TensorFlow versions, training."""

import itertools
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from study.claims.files import load_claims
from study.config.runtimes import load_runtimes
from study.records.collect import read_trials
from study.reference.derive import derive

PIXELS = 28 * 28


def convolutions(*filters):
    """Parameters of convolutions of 3 by 3 one after the other: of as many filters, those of the input first."""
    return sum(9 * before * after + after for before, after in itertools.pairwise(filters))


def dense(*widths):
    """Weights and biases of dense layers, each as wide as the next of `widths`, the first of which is the input."""
    return sum((width + 1) * units for width, units in itertools.pairwise(widths))


PARAMETERS = {
    "softmax_regression": dense(PIXELS, 10),
    "two_dense": dense(PIXELS, 128, 10),
    "deep_mlp": dense(PIXELS, 256, 128, 10),
    "wide_deep": dense(PIXELS, 300, 100, PIXELS) + dense(2 * PIXELS, 10),
    "multi_io": dense(PIXELS, 300, 100, PIXELS) + dense(2 * PIXELS, 10) + dense(2 * PIXELS, 300, 10),
    "mlp_300_100": dense(PIXELS, 300, 100, 10),
    "shared_layer": dense(PIXELS // 2, 64) + dense(2 * 64, 10),
    "two_tower": 2 * dense(PIXELS, 64) + dense(2 * 64, 32, 10),
    "mlp_64_32": dense(PIXELS, 64, 32, 10),
    "mlp_64": dense(PIXELS, 64, 10),
    # With strides of 2 everywhere four blocks leave one pixel of 224.
    "mini_vgg": convolutions(3, 32, 64, 128, 128) + dense(128, 512, 1),
}


@pytest.fixture(scope="module")
def trials(smoke):
    return read_trials(smoke.root / "results/trials.jsonl.gz")


def test_every_planned_trial_ran_on_every_runtime_and_ended_as_planned(trials, smoke):
    planned = sum(
        len(json.loads(path.read_text("utf-8"))["trials"]) for path in (smoke.root / "results/plans").rglob("*.json")
    )
    assert len(trials) == planned
    assert {trial.runtime for trial in trials} == set(load_runtimes())
    assert all(trial.status == trial.expect for trial in trials)


def test_each_record_says_which_tensorflow_ran(trials):
    for trial in trials:
        assert f"tf-{trial.environment['runtime']['tensorflow']}" == trial.runtime


def test_training_learned_something(trials):
    for trial in (trial for trial in trials if trial.status == "completed"):
        assert trial.n_parameters == PARAMETERS.get(trial.experiment, trial.n_parameters)
        assert len(trial.epochs) == trial.n_epochs
        losses = [epoch.loss for epoch in trial.epochs]
        assert losses == sorted(losses, reverse=True)
        assert min(accuracies(trial)) > 0.15  # chance is 0.1


def accuracies(trial):
    """Accuracy of each output on the test images."""
    return [output.accuracy for output in trial.test_outputs or []] or [trial.test_accuracy]


def test_the_parts_of_a_timed_training_are_timed_apart(trials):
    for trial in (trial for trial in trials if trial.timed):
        assert 0 < trial.trace_seconds <= trial.epochs[0].seconds + 0.5
        assert trial.build_seconds > 0
        assert trial.applied["threads"] is None


def test_the_apis_are_the_same_network_bit_for_bit(trials):
    for experiment in ("softmax_regression", "mini_vgg"):
        controlled = [
            t for t in trials if (t.experiment, t.series, t.status) == (experiment, "controlled", "completed")
        ]
        assert len({trial.initial_weights_sha256 for trial in controlled}) == 1
        for runtime in load_runtimes():
            ends = {t.variant: t.epochs[-1].weights_sha256 for t in controlled if t.runtime == runtime}
            assert ends["sequential"] == ends["functional"] == ends["subclass"]
            if "subclass_tape_verbatim" in ends:
                assert ends["subclass_tape_verbatim"] == ends["subclass_tape"]


def test_with_the_same_seed_the_apis_train_to_the_same_numbers(trials):
    for runtime in load_runtimes():
        same = [t for t in trials if (t.experiment, t.runtime, t.series) == ("mlp_300_100", runtime, "accuracy")]
        assert {trial.variant for trial in same} == {"sequential", "functional", "subclass"}
        assert len({trial.seed for trial in same}) == 1
        assert len({(trial.epochs[-1].loss, trial.test_accuracy) for trial in same}) == 1


def test_1_15_0_and_2_0_0_are_the_same_bit_for_bit(trials):
    ends = {
        trial.runtime: trial.epochs[-1].weights_sha256
        for trial in trials
        if (trial.experiment, trial.series, trial.variant) == ("softmax_regression", "controlled", "sequential")
    }
    assert ends["tf-1.15.0"] == ends["tf-2.0.0"]


def test_the_sources_own_loop_fails_on_1_15_0_and_runs_with_eager_execution(trials):
    own = [t for t in trials if t.runtime == "tf-1.15.0" and t.variant == "subclass_tape" and t.series == "accuracy"]
    outcomes = {trial.settings.eager_execution: trial for trial in own}
    assert outcomes[True].status == "completed"
    assert "__iter__() is only supported" in outcomes[False].error.message
    assert "Traceback" in outcomes[False].error.traceback


def test_every_claim_has_a_verdict_with_a_reason(smoke):
    verdicts = json.loads((smoke.root / "results/verdicts.json").read_text("utf-8"))
    assert [verdict["claim"] for verdict in verdicts] == [claim.id for claim in load_claims()]
    assert all(len(verdict["reason"]) > 20 for verdict in verdicts)


def test_one_of_the_sources_own_speeds_contradicts_itself(smoke):
    verdicts = json.loads((smoke.root / "results/verdicts.json").read_text("utf-8"))
    speeds = [v for v in verdicts if re.fullmatch(r"000-(sequential|functional)-[\d.]+-arithmetic", v["claim"])]
    assert sorted(v["verdict"] for v in speeds) == ["contradicted", "reproduced", "reproduced"]


def test_the_tables_are_tidy(smoke, trials):
    table = pd.read_parquet(smoke.root / "results/trials.parquet")
    epochs = pd.read_parquet(smoke.root / "results/epochs.parquet")
    assert len(table) == len(trials)
    assert len(epochs) == sum(len(trial.epochs) for trial in trials)
    assert {"epoch_seconds", "cost_per_sample", "best_accuracy", "variant", "runtime"} <= set(table.columns)


def test_the_report_says_that_smoke_is_no_evidence_and_shows_every_claim(smoke):
    page = (smoke.root / "reports/report.html").read_text("utf-8")
    assert "This report is not evidence." in page
    for claim in load_claims():
        assert f'id="{claim.id}"' in page
    assert not re.search(r"""(src|href)=["'](https?:)?//""", page), "the page must be self-contained"


def test_the_terminal_shows_epochs_and_an_eta(smoke):
    said = (smoke.root / "terminal.txt").read_text("utf-8")
    assert re.search(r"tf-1\.15\.0 block 1: sequential: epoch 2/2: .* accuracy .*; job ends in \d:\d\d:\d\d", said)


def test_the_results_can_be_derived_again(smoke, tmp_path):
    records = (smoke.root / f"results/{name}.jsonl.gz" for name in ("trials", "observations"))
    derive(*records, smoke.root / "reports/samples", tmp_path / "derived")
    for made in ("results/verdicts.json", "results/metrics.json", "reports/report.html"):
        assert (tmp_path / "derived" / Path(made).name).read_bytes() == (smoke.root / made).read_bytes(), made
