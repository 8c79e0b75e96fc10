"""The plan: every arm in every block, seeds that differ, blocks in order."""

import random
from collections import Counter
from functools import cache
from itertools import product
from math import prod
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.claims.files import load_claims
from study.config.runtimes import load_runtimes
from study.config.study import Arm, Experiment, Factors, Settings, go_together, load_study
from study.planning.plan import jobs
from study.records.collect import read_trials
from study.records.models import Plan, PlannedTrial

SCALES = ("smoke", "quick", "full")


@cache
def planned(scale: str) -> list[PlannedTrial]:
    study = load_study(overrides={"scale": scale})
    return [trial for plan in jobs(study, list(load_runtimes())).values() for trial in plan.trials]


def trained() -> dict[str, Experiment]:
    """Experiments that have trials; of the others the networks are only looked at."""
    return {name: details for name, details in load_study().experiments.items() if details.series}


def test_every_variant_of_an_experiment_has_trials_on_every_runtime_that_it_runs_on():
    found = {(trial.experiment, trial.variant, trial.runtime) for trial in planned("full")}
    runs_on = {(experiment, runtime) for experiment, _, runtime in found}
    every = {
        (experiment, variant, runtime)
        for experiment, details in trained().items()
        for variant, runtime in product(details.variants, load_runtimes())
        if (experiment, runtime) in runs_on
    }
    # This one is for a claim about some versions.
    assert {variant for _, variant, _ in every - found} <= {"subclass_tape_verbatim"}


@pytest.mark.parametrize("scale", SCALES)
def test_every_scale_has_trials_of_every_experiment_and_runtime(scale):
    left_out = {"mini_vgg"} if scale == "quick" else set()  # each of its trials takes longer than all of quick
    assert {trial.experiment for trial in planned(scale)} == set(trained()) - left_out
    assert {trial.runtime for trial in planned(scale)} == set(load_runtimes())


def test_every_alternative_has_trials_and_changes_what_it_says():
    trials = [trial for trial in planned("full") if trial.alternative]
    for experiment, details in trained().items():
        ours = [trial for trial in trials if trial.experiment == experiment]
        assert {trial.alternative for trial in ours} == set(details.alternatives)
        for trial in ours:
            changes = details.alternatives[trial.alternative].changes()
            if trial.timed:
                changes.pop("n_train", None)
            assert changes
            assert {field: getattr(trial, field) for field in changes} == changes


@pytest.mark.parametrize("scale", SCALES)
def test_no_trial_is_planned_twice(scale):
    assert max(Counter(trial.sha256() for trial in planned(scale)).values()) == 1


@pytest.mark.parametrize("scale", SCALES)
def test_trials_as_published_have_seeds_of_their_own(scale):
    own = [t for t in planned(scale) if t.protocol == "as_published" and t.expect == "completed" and not shares(t)]
    assert max(Counter(trial.seed for trial in own).values()) == 1


@pytest.mark.parametrize("scale", SCALES)
def test_trials_of_a_series_with_a_fixed_seed_share_it_within_a_block(scale):
    seeds = {(trial.experiment, trial.block, trial.seed) for trial in planned(scale) if shares(trial)}
    blocks = {(experiment, block) for experiment, block, _ in seeds}
    assert len(seeds) == len(blocks) == len({seed for _, _, seed in seeds})


@cache
def sharing() -> set[tuple[str, str]]:
    """Experiments and series whose trials share a seed."""
    experiments = load_study().experiments.items()
    return {(name, series) for name, details in experiments for series, s in details.series.items() if s.shared_seed}


def shares(trial: PlannedTrial) -> bool:
    return (trial.experiment, trial.series) in sharing()


@pytest.mark.parametrize("scale", SCALES)
def test_controlled_trials_of_a_block_share_their_seed(scale):
    by_block: dict[tuple[str, str, int], set[int]] = {}
    for trial in planned(scale):
        if trial.protocol == "controlled":
            by_block.setdefault((trial.experiment, trial.series, trial.block), set()).add(trial.seed)
    assert all(len(seeds) == 1 for seeds in by_block.values())
    assert len(set.union(*by_block.values())) == len(by_block)


@pytest.mark.parametrize("scale", SCALES)
def test_every_timed_block_has_an_a_a_pair_on_every_runtime(scale):
    timed = [trial for trial in planned(scale) if trial.timed]
    blocks = {(t.experiment, t.runtime, t.block) for t in timed}
    again = Counter((t.experiment, t.runtime, t.block) for t in timed if t.replicate)
    assert blocks == set(again)
    assert set(again.values()) == {1}
    assert {runtime for _, runtime, _ in blocks} == set(load_runtimes())


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
        again = Plan.model_validate_json(Plan(trials=[trial]).text()).trials[0]
        assert (again, again.sha256()) == (trial, trial.sha256())


def test_what_does_not_apply_is_absent_from_a_plan_and_its_hash():
    """So a trial keeps its hash when a later experiment brings something new."""
    trial = next(trial for trial in planned("smoke") if trial.experiment == "softmax_regression")
    assert not {"alternative", "arrangement", "validation", "architecture"} & set(trial.planned())
    assert trial.planned()["optimizer"] == {"name": "adam", "learning_rate": 0.001}
    assert trial.planned()["settings"]["onednn"] is trial.settings.onednn


def test_smoke_is_no_evidence_and_the_others_are():
    assert {name: load_study().is_evidence(name) for name in SCALES} == {
        "smoke": False,
        "quick": True,
        "full": True,
    }


def test_an_arm_is_every_variant_of_each_of_its_alternatives():
    study = load_study(overrides={"scale": "full"})
    two_dense = study.experiments["two_dense"]
    timing = two_dense.series["timing"]

    def trials(**arm):
        series = timing.model_copy(update={"arms": [Arm(**arm)], "blocks": {"full": 1}})
        only = study.model_copy(
            update={"experiments": {"two_dense": two_dense.model_copy(update={"series": {"timing": series}})}}
        )
        return [trial for plan in jobs(only, ["tf-2.0.0", "tf-9.0.0"]).values() for trial in plan.trials]

    def named(**arm):
        return sorted((t.runtime, t.alternative or "", t.variant) for t in trials(**arm))

    old, new = "tf-2.0.0", "tf-9.0.0"
    apis, others = ["functional", "sequential", "subclass"], sorted(two_dense.alternatives)
    assert named(variants="all") == [*product([old, new], [""], apis)]
    assert named(variants="all", alternatives="all", runtimes=[old]) == [*product([old], others, apis)]
    assert named(variants=["subclass"], alternatives=[None, "sgd"], not_on=[old]) == [
        (new, "", "subclass"),
        (new, "sgd", "subclass"),
    ]
    optimizers = {t.alternative: t.optimizer.name for t in trials(variants=["subclass"], alternatives=[None, "sgd"])}
    assert optimizers == {None: "adam", "sgd": "sgd"}


def some(levels: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(levels, max_size=3, unique=True)


@given(
    factors=st.builds(
        Factors,
        threads=some(st.integers(1, 8)),
        run_eagerly=some(st.booleans()),
        jit_compile=some(st.booleans()),
        steps_per_execution=some(st.integers(1, 20)),
        onednn=some(st.booleans()),
    ),
    base=st.builds(Settings, threads=st.none() | st.integers(1, 8), deterministic=st.booleans()),
)
def test_factors_are_every_combination_that_exists_once(factors, base):
    found = factors.combinations(base)
    chosen = {name: set(levels or [getattr(base, name)]) for name, levels in factors}
    assert len(set(found)) == len(found)
    for settings in found:
        assert go_together(**settings.model_dump())
        assert settings.model_dump(exclude=set(chosen)) == base.model_dump(exclude=set(chosen))
        assert all(getattr(settings, name) in levels for name, levels in chosen.items())
    with_graph = prod(len(levels) for name, levels in chosen.items() if name != "run_eagerly")
    eager = len(chosen["threads"]) * len(chosen["onednn"])
    alone = False in chosen["jit_compile"] and 1 in chosen["steps_per_execution"]
    assert len(found) == with_graph * (False in chosen["run_eagerly"]) + eager * (
        True in chosen["run_eagerly"] and alone
    )


def test_an_arm_without_factors_keeps_its_settings():
    base = Settings(threads=1, run_eagerly=True)
    assert Factors().combinations(base) == [base]


@cache
def factorial() -> list[PlannedTrial]:
    return [trial for trial in planned("full") if trial.series == "factorial"]


@pytest.mark.parametrize("runtime", sorted({trial.runtime for trial in factorial()}))
def test_the_factorial_crosses_what_the_runtime_has_alike_for_every_api(runtime):
    by_variant: dict[str, set[Settings]] = {}
    for trial in factorial():
        if trial.runtime == runtime and trial.settings.deterministic == (runtime != "tf-2.21.0"):
            by_variant.setdefault(trial.variant, set()).add(trial.settings)
    first, *others = by_variant.values()
    assert set(by_variant) == {"sequential", "functional", "subclass"}
    assert all(settings == first for settings in others)
    # Two of threads; with or without tf.function; of what needs a graph two of XLA and two of steps; two of oneDNN.
    assert len(first) == {"tf-1.15.0": 2, "tf-2.0.0": 2 * 2}.get(runtime, 2 * (1 + 2 * 2) * 2)
    assert len({trial.seed for trial in factorial()}) == 1


def test_no_claim_is_judged_by_a_diagnostic_trial():
    diagnostic = [trial for trial in planned("full") if trial.diagnostic]
    assert {trial.series for trial in diagnostic} == {"uneven", "factorial"}
    assert not [claim.id for claim in load_claims() if any(map(claim.selection.selects, diagnostic))]


def test_trials_keep_their_hashes():
    """Else every record of before would have to be made again."""
    records = [trial for path in Path("reports/reference").glob("*/trials.jsonl.gz") for trial in read_trials(path)]
    assert records
    assert [trial for trial in records if trial.sha256() != trial.plan_sha256] == []


def test_what_a_setting_changes_is_in_the_hash_of_the_trials_that_use_it():
    graph, eager = (
        next(trial for trial in factorial() if trial.runtime == "tf-2.0.0" and trial.settings.run_eagerly is eagerly)
        for eagerly in (False, True)
    )
    assert "run_eagerly" not in graph.planned()["settings"]
    assert eager.planned()["settings"]["run_eagerly"] is True
    assert graph.sha256() != graph.model_copy(update={"settings": eager.settings}).sha256()
