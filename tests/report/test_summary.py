"""What a run is summed up to: counts of verdicts, medians, mean curves and ratios, each of the right trials."""

import json
import re
import statistics
from typing import get_args

import pytest
from factories import accuracy_claim, faster_claim, learned, make_trial, timed, untimed
from hypothesis import given
from hypothesis import strategies as st

from study.claims.files import load_claims
from study.records.collect import read_trials, write_trials
from study.reference.contents import REFERENCE
from study.report import summary
from study.verdicts.models import Verdict, VerdictName, read_verdicts

ARM = "sequential on tf-2.0.0"


def verdict_on(claim, **changes):
    fields = {"verdict": "consistent", "reason": "a reason", "test": claim.test, "scope": claim.scope}
    return Verdict(claim=claim.id, published=claim.printed, n=0, **(fields | changes))


def test_every_verdict_is_counted_also_those_that_no_claim_has():
    verdicts = [verdict_on(faster_claim(), verdict=name) for name in ("reproduced", "reproduced", "contradicted")]
    found = summary.counted(verdicts)
    assert list(found) == list(get_args(VerdictName))
    assert {name: number for name, number in found.items() if number} == {"reproduced": 2, "contradicted": 1}


def test_answers_are_few_enough_for_a_person_and_have_only_what_was_measured():
    trials = [*timed([1, 1, 1]), *timed([2, 2, 2], variant="subclass"), *timed([3, 3, 3], runtime="tf-2.10.0")]
    found = summary.answers([*trials, make_trial(error="ValueError: no")], [verdict_on(faster_claim())])
    assert found["trials"] == {"completed": 9, "failed": 1}
    assert found["api_time"] == {"ratios": 1, "quartile 1": 0.5, "median": 0.5, "quartile 3": 0.5}
    assert found["version_time"] == {"2.10.0 / 2.0.0": 3}
    assert found["bitwise"] == {"pairs": 0, "identical": 0}
    assert summary.answers([], [])["api_time"] == {"ratios": 0}


def test_answers_count_the_pairs_of_trials_that_are_bitwise_identical():
    folder = REFERENCE / "intel-xeon-2-cores"
    found = summary.answers(read_trials(folder / "trials.jsonl.gz"), read_verdicts(folder / "verdicts.json"))
    (pairs,) = re.findall(r"bit for bit, in all (\d+) pairs", (folder / "report.html").read_text("utf-8"))[:1]
    assert found["bitwise"] == {"pairs": int(pairs), "identical": int(pairs)}


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=9))
def test_times_are_medians_of_timed_trials_and_accuracies_of_the_others(seconds):
    found = summary.medians([*timed(seconds), *untimed([0.25, 0.5, 0.75])])["softmax_regression"][ARM]
    assert found["epoch_seconds"] == pytest.approx(statistics.median(seconds), rel=1e-5)
    assert found["best_accuracy"] == 0.5
    assert found.keys() == {"epoch_seconds", "best_accuracy", "test_accuracy"}


def test_a_median_does_not_depend_on_the_order_of_trials():
    trials = [*timed([3, 1, 2]), *untimed([0.9, 0.7])]
    assert summary.medians(trials) == summary.medians(trials[::-1])


@pytest.mark.parametrize(
    "changes",
    [{"diagnostic": True}, {"protocol": "controlled"}, {"error": "ValueError: no"}, {"timed": True, "replicate": 1}],
)
def test_what_is_no_published_training_is_left_out(changes):
    plain = make_trial()
    assert summary.summarized([plain, make_trial(**changes)]) == [plain]


def test_a_curve_is_the_mean_over_the_trials_of_an_arm():
    trials = [*learned([(4, 2), (2, 1)]), *learned([(9, 9)], alternative="wide"), *timed([1])]
    table = summary.curves(trials)
    assert list(table.loc[table["arm"] == ARM, "loss"]) == [3, 1.5]
    assert set(table["arm"]) == {ARM, "sequential, wide on tf-2.0.0"}
    assert table["val_loss"].isna().all()


def test_accuracy_of_a_network_with_several_outputs_is_the_first_ones():
    outputs = [{"loss": [2, 1], "accuracy": [0.5, 0.6]}, {"loss": [3, 2], "accuracy": [0.1, 0.2]}]
    table = summary.curves([make_trial(outputs=outputs)])
    assert list(table["loss"]) == [5, 3]
    assert list(table["accuracy"]) == [0.5, 0.6]


def test_ratios_are_those_of_times_that_were_measured():
    fast, unseen, level = faster_claim(id="fast"), faster_claim(id="unseen"), accuracy_claim(0.9, id="level")
    verdicts = [
        verdict_on(fast, measured=0.8, interval=(0.7, 0.9)),
        verdict_on(unseen),
        verdict_on(level, measured=0.9),
    ]
    table = summary.ratios([fast, unseen, level], verdicts)
    assert list(table["claim"]) == ["fast"]
    assert list(table.loc[0, ["ratio", "low", "high"]]) == [0.8, 0.7, 0.9]
    assert table.loc[0, "compared"] == "subclass on tf-2.0.0 against sequential on tf-2.0.0"


def test_files_are_the_same_for_the_same_records_and_hold_what_is_missing_as_nothing(tmp_path):
    records, verdicts = tmp_path / "trials.jsonl.gz", tmp_path / "verdicts.json"
    write_trials(records, [*timed([1]), *learned([(4, 2)])])
    nothing = [verdict_on(claim).model_dump() for claim in load_claims()]
    verdicts.write_text(json.dumps(nothing), encoding="utf-8")
    written = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        summary.main([str(records), "--verdicts", str(verdicts), "--out", str(tmp_path / name)])
        written.append({file.name: file.read_text("utf-8") for file in (tmp_path / name).iterdir()})
    assert written[0] == written[1]
    assert set(written[0]) == {"metrics.json", "medians.json", "curves.csv", "ratios.csv"}
    assert json.loads(written[0]["metrics.json"])["verdicts"]["consistent"] == len(nothing)
    assert json.loads(written[0]["medians.json"])["softmax_regression"][ARM]["epoch_seconds"] == 1
    assert written[0]["curves.csv"].splitlines()[1].startswith(f"softmax_regression,{ARM},1,4,")
    assert "nan" not in written[0]["curves.csv"]
    assert written[0]["ratios.csv"] == "claim,compared,ratio,low,high,published\n"
