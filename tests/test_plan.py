"""The plan: every arm in every block, seeds that differ, blocks in order."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.config import load_runtimes, load_study
from study.plan import jobs
from study.records import Plan, PlannedTrial

SCALES = ("smoke", "quick", "full")


def planned(scale: str) -> list[PlannedTrial]:
    study = load_study(overrides={"scale": scale})
    return [trial for plan in jobs(study, list(load_runtimes())).values() for trial in plan.trials]


@pytest.mark.parametrize("scale", SCALES)
def test_every_runtime_and_variant_has_trials(scale):
    trials = planned(scale)
    assert {trial.runtime for trial in trials} == set(load_runtimes())
    left_out = {"subclass_tape_eager"} if scale == "quick" else set()  # too slow, but for its failure on 1.15.0
    for experiment, details in load_study().experiments.items():
        found = {trial.variant for trial in trials if trial.experiment == experiment and trial.expect == "completed"}
        assert found | left_out == set(details.variants)


@pytest.mark.parametrize("scale", SCALES)
def test_no_trial_is_planned_twice(scale):
    assert max(Counter(trial.sha256() for trial in planned(scale)).values()) == 1


@pytest.mark.parametrize("scale", SCALES)
def test_trials_as_published_have_seeds_of_their_own(scale):
    seeds = Counter(t.seed for t in planned(scale) if t.protocol == "as_published" and t.expect == "completed")
    assert max(seeds.values()) == 1


@pytest.mark.parametrize("scale", SCALES)
def test_controlled_trials_of_a_block_share_their_seed(scale):
    by_block: dict[int, set[int]] = {}
    for trial in planned(scale):
        if trial.protocol == "controlled":
            by_block.setdefault(trial.block, set()).add(trial.seed)
    assert all(len(seeds) == 1 for seeds in by_block.values())
    assert len(set.union(*by_block.values())) == len(by_block)


@pytest.mark.parametrize("scale", SCALES)
def test_every_timed_block_has_an_a_a_pair_on_every_runtime(scale):
    pairs = Counter((t.runtime, t.block, t.variant) for t in planned(scale) if t.timed and t.variant == "sequential")
    assert set(pairs.values()) == {2}
    assert {runtime for runtime, _, _ in pairs} == set(load_runtimes())


def test_timed_jobs_come_block_by_block():
    study = load_study(overrides={"scale": "full"})
    timed = [job for job, plan in jobs(study, list(load_runtimes())).items() if plan.trials[0].timed]
    assert [job.block for job in timed] == sorted(job.block for job in timed)


@given(seed=st.integers(min_value=0, max_value=2**31))
def test_a_plan_depends_on_the_study_alone(seed):
    study = load_study(overrides={"scale": "smoke", "seed": seed})
    runtimes = list(load_runtimes())
    random.seed(seed + 1)
    assert jobs(study, runtimes) == jobs(study, runtimes)


@pytest.mark.parametrize("scale", SCALES)
def test_a_plan_survives_the_way_through_json(scale):
    for trial in planned(scale):
        again = Plan.model_validate_json(Plan(trials=[trial]).model_dump_json()).trials[0]
        assert (again, again.sha256()) == (trial, trial.sha256())


def test_smoke_is_no_evidence_and_the_others_are():
    assert {name: limits.evidence for name, limits in load_study().scales.items()} == {
        "smoke": False,
        "quick": True,
        "full": True,
    }
