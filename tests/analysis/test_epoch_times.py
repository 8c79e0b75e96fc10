"""Ratios of epoch times between APIs and between versions, over every experiment that was timed."""

import pytest
from factories import timed

from study.analysis.epoch_times import between_apis, between_versions
from study.analysis.evidence import Evidence

SECONDS = {"sequential": 1.0, "functional": 1.1, "subclass": 0.9}


def trials(**changes):
    return [trial for api, each in SECONDS.items() for trial in timed([each] * 3, variant=api, **changes)]


def test_each_api_is_compared_with_each_other_in_every_experiment_and_version():
    found = between_apis(Evidence([*trials(), *trials(experiment="mlp_64", runtime="tf-2.21.0")]))
    assert [ratio.value for ratio in found] == pytest.approx([1 / 1.1, 1 / 0.9, 1.1 / 0.9] * 2)
    assert [ratio.n for ratio in found] == [3] * 6


def test_what_is_no_api_trained_as_published_or_ran_too_seldom_is_left_out():
    others = [
        *timed([5.0] * 3, variant="subclass_tape"),
        *timed([5.0] * 3, variant="functional", protocol="controlled"),
    ]
    assert between_apis(Evidence([*timed([1.0] * 3), *others, *timed([1.0] * 2, variant="subclass")])) == []


def test_a_version_is_compared_with_the_one_before_it():
    older = timed([1.0, 2.0, 4.0], runtime="tf-1.15.0")
    newer = timed([2.0, 4.0, 8.0], runtime="tf-2.10.0")
    found = between_versions(Evidence([*newer, *older, *timed([1.0] * 3, runtime="tf-2.2.0", variant="functional")]))
    assert list(found) == [("tf-1.15.0", "tf-2.2.0"), ("tf-2.2.0", "tf-2.10.0")]
    assert found == {("tf-1.15.0", "tf-2.2.0"): [], ("tf-2.2.0", "tf-2.10.0"): []}
    (ratio,) = between_versions(Evidence([*newer, *older]))["tf-1.15.0", "tf-2.10.0"]
    assert ratio.value == pytest.approx(2)
