"""Every rule and every verdict on numbers computed by hand, and laws that hold for all numbers."""

import json
import math
import random

import pytest
import yaml
from factories import (
    accuracy_claim,
    curve_claim,
    faster_claim,
    learned,
    make_claim,
    make_trial,
    same_claim,
    timed,
    untimed,
)
from hypothesis import given, settings
from hypothesis import strategies as some

from study.claims.files import load_claims
from study.claims.margins import load_margins
from study.claims.planned import refuse_unplanned
from study.claims.rules import EqualClaim, FailsClaim, OrderClaim, ValueClaim
from study.common.errors import StudyError
from study.config.datasets import load_datasets
from study.config.runtimes import load_runtimes
from study.config.study import load_study
from study.config.validation import ConfigError
from study.planning.plan import jobs
from study.records.collect import write_trials
from study.verdicts import judge as judge_module
from study.verdicts.judge import Background, judge
from study.verdicts.models import Verdict, by_scope, distinct

T_2 = 4.302652729911275  # Student's t with 2 degrees of freedom, 97.5 %
LATER = 100


def verdict_of(claim, trials, second_batch=None) -> Verdict:
    """Judge a claim by these trials and a second batch, which shows the same unless it is given."""
    confirming = trials if second_batch is None else second_batch
    return judge([claim], [*trials, *(confirms(trial) for trial in confirming)])[0]


def confirms(trial):
    """The same trial in a later block, of the second batch."""
    return changed_trial(trial, block=trial.block + LATER, seed=trial.seed + LATER, confirms=True)


def changed_trial(trial, **changes):
    changed = trial.model_copy(update=changes)
    return changed.model_copy(update={"plan_sha256": changed.sha256()})


def make_runs(accuracies, first_seed, **changes):
    """Untimed trials whose seeds begin with `first_seed`."""
    return [
        trial
        for number, accuracy in enumerate(accuracies)
        for trial in untimed([accuracy], block=number + 1, seed=first_seed + number, **changes)
    ]


def race(ours, theirs=(1.0, 1.0, 1.0), **changes):
    """Timed trials of `subclass`, and of `sequential` in the same blocks."""
    return [*timed(ours, variant="subclass", **changes), *timed(theirs, **changes)]


# ---- value ----


def test_a_mean_within_the_margin_is_reproduced():
    # mean .9344, s .0002, standard error .0002/√3; t = (.9366 - .9344)/se = 19.05; with 2 degrees of freedom
    # p = 1/2 - t/(2 √(2 + t²)) = .00137
    found = verdict_of(accuracy_claim(0.9340), untimed([0.9342, 0.9344, 0.9346]))
    t = 0.0022 / (0.0002 / math.sqrt(3))
    assert found.verdict == "reproduced"
    assert found.measured == pytest.approx(0.9344)
    assert found.interval == pytest.approx((0.9344 - T_2 * 0.0002 / 3**0.5, 0.9344 + T_2 * 0.0002 / 3**0.5), rel=1e-5)
    assert found.p_value == pytest.approx(0.5 - t / (2 * math.sqrt(2 + t**2)), rel=1e-4)
    assert (found.published, found.n) == (0.9340, 3)
    assert found.reason == (
        "Three runs reach 93.42 % to 93.46 %; the mean is within ±0.26 points of the published 93.40 %."
    )


def test_a_value_that_one_more_run_may_give_is_consistent():
    # mean .934, s .004: t = (.007 - .002)/.0023 = 2.2, p = .08; one run: .934 ± 4.30 · .004 · √(4/3) = .914 to .954,
    # half of which, .0199, is less than three margins
    found = verdict_of(accuracy_claim(0.9360, margin=0.007), untimed([0.930, 0.934, 0.938]))
    assert found.verdict == "consistent"
    assert "95 % prediction interval 91.41 % to 95.39 %" in found.reason


def test_a_value_that_runs_far_apart_may_give_says_nothing():
    # the same, but half of the interval is more than three margins
    found = verdict_of(accuracy_claim(0.9360, margin=0.0065), untimed([0.930, 0.934, 0.938]))
    assert found.verdict == "unresolved"
    assert "one more run may give that, but also much else (95 % prediction interval" in found.reason
    assert "it would take nine runs that differ as these do to tell" in found.reason


def test_a_value_may_be_reached_within_its_rounding():
    # one run: .9344 ± 4.30 · .0002 · √(4/3) = up to .93539; .9358 lies outside, .9358 - .0005 inside
    runs = untimed([0.9342, 0.9344, 0.9346])
    assert verdict_of(accuracy_claim(0.9358, margin=4e-4, resolution=0.001), runs).verdict == "consistent"
    assert verdict_of(accuracy_claim(0.9358, margin=4e-4, resolution=0.0001), runs).verdict == "contradicted"


def test_a_value_far_from_all_runs_is_contradicted():
    # .9440 - .0026 = .9414 is above the mean's interval, .9344 ± 4.30 · .0002/√3 = up to .9349
    found = verdict_of(accuracy_claim(0.9440), untimed([0.9342, 0.9344, 0.9346]))
    assert found.verdict == "contradicted"
    assert "the mean, 93.44 %, is not within ±0.26 points of the published 94.40 %" in found.reason


def test_a_mean_at_the_edge_of_the_margin_is_unresolved():
    # .9370 - .0026 = .9344 is the mean itself: p = 1/2; and one run gives at most .93539
    found = verdict_of(accuracy_claim(0.9370), untimed([0.9342, 0.9344, 0.9346]))
    assert (found.verdict, found.p_value) == ("unresolved", pytest.approx(0.5))
    assert "leaves open" in found.reason


@pytest.mark.parametrize(
    ("accuracies", "measured", "verdict", "words"),
    [
        ([], None, "not run", "no finished trial of sequential on tf-2.0.0"),
        ([0.9341], 0.9341, "too few runs", "One run reached 93.41 %, 0.01 points from the published 93.40 %"),
        ([0.9341, 0.9343], 0.9342, "too few runs", "Two runs reached 93.42 % on average"),
    ],
)
def test_fewer_than_three_runs_decide_nothing(accuracies, measured, verdict, words):
    found = verdict_of(accuracy_claim(0.9340), untimed(accuracies))
    assert (found.verdict, found.n, found.interval) == (verdict, len(accuracies), None)
    assert found.measured == (None if measured is None else pytest.approx(measured))
    assert words in found.reason


def test_an_absolute_time_is_not_testable_and_says_where_its_ratio_is():
    # 1.0, 1.1, 1.2: s = .1, mean ± 4.30 · .1/√3; second runs of a pair do not count
    claim = make_claim("value", id="absolute", metric="epoch_seconds", published=5)
    trials = [*timed([1.0, 1.1, 1.2]), *timed([9.0, 9.0, 9.0], replicate=1), *untimed([0.9])]
    found = judge([claim, faster_claim(id="the-ratio")], trials)[0]
    assert (found.verdict, found.measured, found.n) == ("not testable here", 1.1, 3)
    assert found.interval == pytest.approx((1.1 - T_2 * 0.1 / 3**0.5, 1.1 + T_2 * 0.1 / 3**0.5), rel=1e-5)
    assert "Its ratio is judged in the-ratio." in found.reason
    assert "mean over three blocks" in found.reason
    assert verdict_of(claim, []).verdict == "not testable here"


def test_a_cost_per_sample_is_in_microseconds():
    # 1.2 s over 60,000 samples
    found = verdict_of(make_claim("value", metric="cost_per_sample", published=80), timed([1.2, 1.2, 1.2]))
    assert found.measured == pytest.approx(20)


# ---- which trials ----


def test_only_trials_of_the_named_arm_count():
    wrong = [
        *untimed([0.5], variant="functional"),
        *untimed([0.5], runtime="tf-2.10.0"),
        *untimed([0.5], protocol="controlled"),
        *untimed([0.5], eager_execution=True),
        *timed([1.0]),
        make_trial(error="ValueError: no", block=9),
    ]
    right = untimed([0.9342, 0.9344, 0.9346])
    found = verdict_of(accuracy_claim(0.9340), [*wrong, *right])
    assert found.trials == [trial.plan_sha256 for trial in right]


def test_scales_are_not_mixed():
    with pytest.raises(StudyError, match="full, smoke: judge the trials of one scale"):
        judge([], [*untimed([0.9]), *untimed([0.9], scale="smoke")])


# ---- order ----


def test_a_ratio_beyond_the_margin_with_the_published_one_near_is_reproduced():
    # log .78 .80 .82 = -.24846 -.22314 -.19845: mean -.22335, s .02501, standard error .01444; the interval is
    # ± 4.3027 · .01444 = .06212; margin log 1.05 = .04879; t = (.22335 - .04879)/.01444 = 12.09,
    # p = 1/2 - t/(2 √(2 + t²)) = .00339
    found = verdict_of(faster_claim(published=0.8125), race([0.78, 0.80, 0.82]))
    assert found.verdict == "reproduced"
    assert found.measured == pytest.approx((0.78 * 0.80 * 0.82) ** (1 / 3), rel=1e-5)
    assert found.interval == pytest.approx((0.8 * math.exp(-0.06212), 0.8 * math.exp(0.06212)), rel=1e-3)
    assert found.p_value == pytest.approx(0.00339, abs=5e-6)
    assert (found.published, found.n) == (0.8125, 3)
    assert found.reason == (
        "Over three blocks the time of an epoch of subclass on tf-2.0.0 is 0.800 times that of sequential on tf-2.0.0 "
        "(95 % interval 0.752 to 0.851): it is lower by more than a factor of 1.050, and the published ratio of 0.812 "
        "agrees with that."
    )


def test_the_right_direction_with_another_size_is_the_direction_only():
    # .752 / 1.05 = .716 is the least ratio that agrees
    runs = race([0.78, 0.80, 0.82])
    assert verdict_of(faster_claim(published=0.71), runs).verdict == "direction only"
    assert verdict_of(faster_claim(published=0.72), runs).verdict == "reproduced"
    assert verdict_of(faster_claim(published=0.71, resolution=0.02), runs).verdict == "reproduced"
    assert verdict_of(faster_claim(), runs).verdict == "reproduced"


@pytest.mark.parametrize(
    ("seconds", "verdict", "words"),
    [
        ([1.5, 1.6, 1.7], "contradicted", "the other way round, higher by more than a factor of 1.050"),
        ([0.99, 1.0, 1.01], "contradicted", "a difference below a factor of 1.050 counts as none"),
        ([0.99, 1.0, 1.06], "contradicted", "it is not lower by more than a factor of 1.050"),
        (
            [0.97, 0.975, 0.98],
            "direction only",
            "lower, but by less than a factor of 1.050, which counts as none",
        ),
        ([0.90, 1.0, 1.1], "unresolved", "leaves open whether it is lower by more than a factor of 1.050"),
        ([0.80, 0.80], "too few runs", "Two blocks with finished trials"),
        ([], "not run", "No blocks with finished trials"),
    ],
)
def test_other_ratios(seconds, verdict, words):
    found = verdict_of(faster_claim(published=0.8), race(seconds))
    assert found.verdict == verdict
    assert words in found.reason


def test_pairs_are_of_the_same_block_whatever_the_runtime():
    # the machine is twice as slow in the second block, and ten times in a fourth that only one runtime has
    trials = [*timed([0.8, 1.6, 0.8, 8.0], runtime="tf-2.0.0"), *timed([1.0, 2.0, 1.0], runtime="tf-1.15.0")]
    found = verdict_of(faster_claim(variant="sequential", baseline={"runtime": "tf-1.15.0"}), trials)
    assert (found.verdict, found.n, found.measured) == ("reproduced", 3, pytest.approx(0.8))


def test_the_second_run_of_a_pair_is_as_good_as_the_first():
    # baselines 1.0 and 1.21 in each block: geometric mean 1.1
    found = verdict_of(faster_claim(), [*race([0.87, 0.88, 0.89]), *timed([1.21, 1.21, 1.21], replicate=1)])
    assert (found.verdict, found.n) == ("reproduced", 3)
    assert found.measured == pytest.approx(0.8, rel=1e-3)
    assert len(found.trials) == 9


def test_noise_is_no_bar_but_a_reason_why_more_blocks_are_needed():
    # repetitions are 1.3 and 1/1.3 times as slow: root mean square log 1.3
    noise = timed([1.3, 1 / 1.3], replicate=1)
    clear = verdict_of(faster_claim(), [*race([0.28, 0.30, 0.32]), *noise])
    assert clear.verdict == "reproduced"
    open_ = verdict_of(faster_claim(), [*race([0.78, 0.80, 0.82]), *noise])
    assert open_.verdict == "unresolved"
    assert "blocks that differ as these do to tell; two runs of the same variant lie a factor of 1.300 apart here" in (
        open_.reason
    )


def test_another_experiment_may_be_the_baseline():
    # log(.9772/.9690) = .00843 beyond log 1.005 = .00499; its series has another name
    claim = faster_claim(
        variant="sequential",
        experiment="wide",
        alternative="narrow",
        baseline={"experiment": "deep"},
        metric="val_accuracy",
        epoch=2,
        direction="higher",
        margin=0.005,
    )
    wide = learned([[0.9, value, 0.1] for value in (0.9771, 0.9772, 0.9773)], "val_accuracy", experiment="wide")
    wide = [trial.model_copy(update={"alternative": "narrow"}) for trial in wide]
    deep = learned([[0.9, 0.9690]] * 3, "val_accuracy", experiment="deep", series="long")
    found = verdict_of(claim, [*wide, *deep])
    assert (found.verdict, found.n, found.measured) == ("reproduced", 3, pytest.approx(0.9772 / 0.9690, rel=1e-5))
    assert found.reason.startswith(
        "Over three blocks the validation accuracy after epoch 2 of wide (sequential on tf-2.0.0 with alternative "
        "narrow) is 1.0085 times that of deep (sequential on tf-2.0.0) (95 % interval "
    )


def test_a_lower_loss_is_a_matter_of_the_same_statistics():
    claim = faster_claim(metric="loss", epoch=1)
    ours = learned([[0.8, 9], [0.79, 9], [0.81, 9]], variant="subclass")
    assert verdict_of(claim, [*ours, *learned([[1.0, 1]] * 3)]).verdict == "reproduced"


def test_setting_up_is_what_building_and_the_first_step_take():
    claim = faster_claim(metric="setup_seconds")
    ours = timed([1.0] * 3, variant="subclass", build_seconds=0.3, trace_seconds=0.5)
    found = verdict_of(claim, [*ours, *timed([1.0] * 3, build_seconds=0.5, trace_seconds=0.5)])
    assert (found.verdict, found.measured) == ("reproduced", pytest.approx(0.8))
    absolute = make_claim("value", metric="setup_seconds", published=3, id="absolute")
    told = judge([absolute, claim, faster_claim(id="epochs")], timed([1.0] * 3, build_seconds=0.5, trace_seconds=0.5))
    assert told[0].measured == pytest.approx(1)
    assert told[0].reason.endswith("Its ratio is judged in a-claim.")


def test_more_accurate_has_no_noise_of_time():
    # log(.9392/.9340) = .00555 beyond log 1.0026 = .00260
    claim = faster_claim(metric="best_accuracy", direction="higher", margin=0.0026, published=1.0056)
    ours = untimed([0.9391, 0.9392, 0.9393], variant="subclass")
    found = verdict_of(claim, [*ours, *untimed([0.9340] * 3), *timed([1.0]), *timed([9.0], replicate=1)])
    assert found.verdict == "reproduced"
    assert "1.0056 times that of" in found.reason


# ---- many tests ----


def alike(number):
    """Claims that ask, as good as, the same: each is a test of its own."""
    return [faster_claim(id=f"claim-{place}", margin=0.05 + place * 1e-12) for place in range(number)]


def test_many_tests_cost_significance():
    # p = .00339 alone; Holm multiplies it by 14 (.047) or by 15 (.051)
    runs = race([0.78, 0.80, 0.82])
    assert {found.verdict for found in judge(alike(14), runs)} == {"reproduced"}
    lost = judge(alike(15), runs)
    assert {found.verdict for found in lost} == {"unresolved"}
    assert lost[0].p_value == pytest.approx(15 * 0.00339, abs=1e-4)


def test_claims_that_ask_the_same_are_one_test():
    runs = race([0.78, 0.80, 0.82])
    many = [faster_claim(id=f"claim-{place}", source=f"source-{place}", quote=f"{place}") for place in range(15)]
    found = judge(many, runs)
    assert {(each.verdict, each.p_value) for each in found} == {("reproduced", judge(many[:1], runs)[0].p_value)}
    assert len(distinct(found)) == 1
    assert by_scope(found) == {"reproduced": {"this machine": 1}}
    assert len(distinct(judge(alike(15), runs))) == 15


def test_what_upholds_is_a_family_for_times_and_one_for_all_else():
    runs = [*race([0.78, 0.80, 0.82]), *untimed([0.9342, 0.9344, 0.9346])]
    alone = judge([faster_claim()], runs)[0].p_value
    levels = [accuracy_claim(0.934, id="c"), accuracy_claim(0.9341, id="d")]
    assert judge([faster_claim(), *levels], runs)[0].p_value == alone
    assert judge([faster_claim(), *alike(2)[1:], *levels], runs)[0].p_value == pytest.approx(2 * alone, rel=1e-4)


def test_what_contradicts_is_one_family_for_the_whole_study():
    runs = [*race([1.5, 1.6, 1.7]), *untimed([0.9342, 0.9344, 0.9346])]
    alone = judge([faster_claim()], runs)[0].p_against
    others = [accuracy_claim(0.9344, id="c"), same_claim(id="d", source="another", baseline={"variant": "functional"})]
    others.append(curve_claim([9.0, 9.0], id="e", metric="loss"))
    found = judge([faster_claim(), *others], runs)
    n_tests = sum(each.p_against is not None for each in found)
    assert n_tests == 3  # one of the four has too few runs
    assert found[0].p_against == pytest.approx(2 * alone, rel=1e-4)  # the curve is farther away still


# ---- the gate ----

FAR = [0.9342, 0.9344, 0.9346]


def test_a_contradiction_stands_when_a_second_batch_confirms_it():
    found = verdict_of(accuracy_claim(0.9440), untimed(FAR))
    assert found.verdict == "contradicted"
    assert found.reason.endswith(" A second batch confirms it.")
    assert found.n == 3  # the first batch decides, the second confirms


@pytest.mark.parametrize(
    ("second_batch", "words"),
    [
        ([], "no second batch has confirmed it yet"),
        ([0.9342, 0.9344], "the second batch has only two runs"),
        ([0.9438, 0.9440, 0.9442], "a second batch does not confirm it"),
    ],
)
def test_a_contradiction_that_is_not_confirmed_is_unresolved(second_batch, words):
    found = verdict_of(accuracy_claim(0.9440), untimed(FAR), untimed(second_batch))
    assert found.verdict == "unresolved"
    assert found.reason.endswith(f" That would contradict it, but {words}.")


def test_a_contradiction_takes_all_planned_runs():
    runs = untimed(FAR)
    more = untimed([*FAR, 0.9345])
    confirming = [confirms(trial) for trial in runs]
    assert judge([accuracy_claim(0.9440)], [*runs, *confirming], (), Background(runs))[0].verdict == "contradicted"
    short = judge([accuracy_claim(0.9440)], [*runs, *confirming], (), Background([*more, *confirming]))[0]
    assert short.verdict == "unresolved"
    assert "only 3 of 4 planned runs have ended" in short.reason


def test_a_contradiction_takes_every_assumption_to_be_tried():
    other = [{"assumption": "it ran on 2.10.0", "runtime": "tf-2.10.0"}]
    untried = verdict_of(accuracy_claim(0.9440, sensitivity=other), untimed(FAR))
    assert untried.verdict == "unresolved"
    assert "not tried is: it ran on 2.10.0" in untried.reason
    tried = verdict_of(
        accuracy_claim(0.9440, sensitivity=other, assumed="it ran on 2.0.0"),
        [*untimed(FAR), *untimed([0.9439, 0.9440, 0.9441], runtime="tf-2.10.0")],
    )
    assert (tried.verdict, tried.assumption, tried.rests_on) == ("contradicted", "it ran on 2.0.0", "an assumption")


def test_what_was_fitted_to_a_number_cannot_confirm_it():
    found = verdict_of(accuracy_claim(0.9344, fitted="the width was chosen by it"), untimed(FAR))
    assert found.verdict == "fitted"
    assert found.reason.startswith("Fitted to this number: the width was chosen by it. Three runs reach")


def test_a_verdict_that_no_assumption_changes_rests_on_none():
    runs, other = untimed(FAR), [{"assumption": "the last", "metric": "final_accuracy"}]
    said = {"assumed": "the best"}
    assert verdict_of(accuracy_claim(0.9344, sensitivity=other, **said), runs).rests_on == "these data"
    assert verdict_of(accuracy_claim(0.9344, **said), runs).rests_on == "an assumption"


# ---- equal ----


# ---- equal ----


@pytest.mark.parametrize(
    ("ours", "verdict"),
    [
        # means equal, standard error √(2 · .0002²/3) = .000163, 4 degrees of freedom: t = .0026/.000163 = 15.9
        ([0.9338, 0.9340, 0.9342], "reproduced"),
        # .0100 ± 2.776 · .000163 is beyond .0026
        ([0.9438, 0.9440, 0.9442], "contradicted"),
        # .0026 ± ... is on the edge
        ([0.9364, 0.9366, 0.9368], "unresolved"),
        ([0.9338, 0.9340], "too few runs"),
    ],
)
def test_equal_means(ours, verdict):
    theirs = make_runs([0.9338, 0.9340, 0.9342], first_seed=11)
    found = verdict_of(same_claim(), [*untimed(ours, variant="subclass"), *theirs])
    assert found.verdict == verdict
    assert found.measured == pytest.approx(sum(ours) / len(ours) - 0.9340, abs=1e-9)
    assert found.n == len(ours) + 3


def test_the_interval_of_a_difference_is_welchs():
    # variances 1e-6 and 4e-6 over 3 each: standard error √(5/3)e-3, 50/17 degrees of freedom (t = 3.2193)
    ours, theirs = untimed([0.933, 0.934, 0.935], variant="subclass"), untimed([0.932, 0.934, 0.936])
    low, high = verdict_of(same_claim(), [*ours, *theirs]).interval
    assert (low, high) == pytest.approx((-high, -low), rel=1e-4)
    assert high == pytest.approx(3.2193 * math.sqrt(5 / 3) * 1e-3, rel=1e-3)


def test_controlled_trials_with_the_same_bits_need_no_statistics():
    def runs(variant, sha):
        return untimed([0.93], variant=variant, protocol="controlled", weights=sha * 64)

    claim = same_claim(protocol="controlled")
    same = verdict_of(claim, [*runs("subclass", "a"), *runs("sequential", "a")])
    assert (same.verdict, same.measured, same.p_value) == ("reproduced", 0, None)
    assert "bit for bit" in same.reason
    assert verdict_of(claim, [*runs("subclass", "a"), *runs("sequential", "b")]).verdict == "too few runs"
    assert verdict_of(claim, runs("subclass", "a")).verdict == "not run"


def test_neither_of_two_that_end_with_the_same_bits_is_higher():
    def runs(variant, sha):
        return untimed([0.93], variant=variant, protocol="controlled", weights=sha * 64)

    claim = make_claim(
        "order",
        variant="subclass",
        baseline={"variant": "sequential"},
        metric="best_accuracy",
        direction="higher",
        margin=0.001,
        protocol="controlled",
    )
    same = verdict_of(claim, [*runs("subclass", "a"), *runs("sequential", "a")])
    assert (same.verdict, same.measured, same.n, same.p_against) == ("contradicted", 1, 1, None)
    assert "end with the same bits (two runs): neither is higher" in same.reason
    assert verdict_of(claim, [*runs("subclass", "a"), *runs("sequential", "b")]).verdict == "too few runs"
    timed_claim = claim.model_copy(update={"metric": "epoch_seconds"})
    assert verdict_of(timed_claim, [*runs("subclass", "a"), *runs("sequential", "a")]).verdict == "not run"


def test_controlled_trials_that_part_say_from_which_epoch_on():
    def runs(variant, accuracies):
        return untimed(accuracies, variant=variant, protocol="controlled")

    def with_weights(trials, *shas):
        def epochs(trial):
            pairs = zip(trial.epochs, shas, strict=True)
            return [epoch.model_copy(update={"weights_sha256": sha * 64}) for epoch, sha in pairs]

        return [trial.model_copy(update={"epochs": epochs(trial)}) for trial in trials]

    ours = with_weights(runs("subclass", [0.9338, 0.9340, 0.9342]), "a", "b")
    theirs = with_weights(runs("sequential", [0.9338, 0.9340, 0.9342]), "a", "c")
    found = verdict_of(same_claim(protocol="controlled"), [*ours, *theirs])
    assert (found.verdict, found.n) == ("reproduced", 6)
    assert found.p_value is not None
    assert found.reason.endswith("is within ±0.26 points. With the same seed their weights diverge in epoch 2.")


def test_trials_that_share_a_seed_and_every_number_need_no_statistics():
    ours, theirs = (untimed([0.93, 0.94], variant=variant) for variant in ("subclass", "sequential"))
    same = verdict_of(same_claim(), [*ours, *theirs])
    assert (same.verdict, same.measured, same.p_value, same.n) == ("reproduced", 0, None, 4)
    assert same.reason == (
        "With the same seed subclass on tf-2.0.0 and sequential on tf-2.0.0 are the same, bit for bit: every loss and "
        "accuracy of every epoch is the same number (four runs)."
    )


def test_one_number_of_one_epoch_is_enough_to_part():
    ours, theirs = (
        learned([[0.5, 0.25], [0.5, last]], variant=variant)
        for variant, last in (("subclass", 0.25), ("sequential", 0.3))
    )
    found = verdict_of(same_claim(metric="accuracy", epoch=1), [*ours, *theirs])
    assert found.verdict == "too few runs"
    assert found.reason.endswith("at least three each. With the same seed their numbers diverge in epoch 2.")


def test_trials_of_other_seeds_are_a_matter_of_statistics():
    runs = [*untimed([0.93], variant="subclass", seed=1), *untimed([0.93], seed=2)]
    found = verdict_of(same_claim(), runs)
    assert found.verdict == "too few runs"
    assert found.reason.endswith("takes at least three each.")


def test_losses_are_told_as_they_are_and_accuracies_in_points():
    ours, theirs = learned([[1.0, 0.25]] * 3, variant="subclass"), learned([[1.0, 0.24]] * 3, seed=9)
    found = verdict_of(same_claim(metric="final_loss", margin=0.02), [*ours, *theirs])
    assert "the difference of +0.0100 (95 % interval +0.0100 to +0.0100) is within ±0.0200." in found.reason


# ---- curve ----


def curves(*runs, **changes):
    return learned([[0.5 + shift, 0.3 + shift] for shift in runs], **changes)


def test_a_curve_within_the_margin_after_every_epoch_is_reproduced():
    # differences -.001 0 .001 after both epochs: mean 0, standard error .001/√3; t = .02/(.001/√3) = 34.6;
    # p = 1/2 - t/(2 √(2 + t²)) = .000416, that of the worst epoch; the interval is of 97.5 %, its t 6.2053
    found = verdict_of(curve_claim([0.5, 0.3]), curves(-0.001, 0, 0.001))
    t = 0.02 / (0.001 / math.sqrt(3))
    assert found.verdict == "reproduced"
    assert (found.n, found.published) == (3, [0.5, 0.3])
    assert found.p_value == pytest.approx(0.5 - t / (2 * math.sqrt(2 + t**2)), rel=1e-4)
    assert found.measured == pytest.approx(0, abs=1e-12)
    assert found.interval[1] == pytest.approx(6.2053 * 0.001 / math.sqrt(3), rel=1e-4)
    assert found.reason.startswith(
        "Three runs of two epochs: the mean lies 0.0000 from the published curve (root mean "
    )
    assert found.reason.endswith("after every epoch it is within ±0.0200.")


def test_the_worst_epoch_of_a_curve_decides():
    # the mean is .018 above after epoch 2: t = (.02 - .018)/(.001/√3) = 3.46, p = 1/2 - t/(2 √(2 + t²)) = .037
    found = verdict_of(curve_claim([0.5, 0.282]), curves(-0.001, 0, 0.001))
    t = 0.002 / (0.001 / math.sqrt(3))
    assert found.verdict == "reproduced"
    assert found.p_value == pytest.approx(0.5 - t / (2 * math.sqrt(2 + t**2)), rel=1e-4)
    assert found.measured == pytest.approx(0.018)
    assert "lies 0.0127 from the published curve (root mean square), farthest after epoch 2 (+0.0180)" in found.reason


def test_a_curve_that_one_more_run_may_give_is_consistent():
    # s = .01: one more run lies within ± 6.2053 · .01 · √(4/3) = .0717 of the mean after both epochs at once, which is
    # less than three margins
    runs = curves(-0.01, 0, 0.01)
    found = verdict_of(curve_claim([0.5, 0.23], margin=0.025), runs)
    assert found.verdict == "consistent"
    assert "one more run may give the whole published curve (simultaneous 95 % prediction band)" in found.reason
    # .072 is outside, and within once .0716 to .0724 is printed as that
    assert verdict_of(curve_claim([0.5, 0.228], margin=0.025), runs).verdict == "contradicted"
    assert verdict_of(curve_claim([0.5, 0.228], margin=0.025, resolution=0.001), runs).verdict == "consistent"
    # more than three margins
    wide = verdict_of(curve_claim([0.5, 0.23], margin=0.02), runs)
    assert wide.verdict == "unresolved"
    assert "but also much else (the simultaneous 95 % prediction band is up to ±0.0717 wide)" in wide.reason


def test_a_curve_that_is_far_after_one_epoch_is_contradicted():
    # the mean is .1 below after epoch 1, ± 6.2053 · .001/√3 = .0036
    found = verdict_of(curve_claim([0.6, 0.3]), curves(-0.001, 0, 0.001))
    assert found.verdict == "contradicted"
    assert found.measured == pytest.approx(-0.1)
    assert found.interval == pytest.approx((-0.1 - 6.2053e-3 / 3**0.5, -0.1 + 6.2053e-3 / 3**0.5), rel=1e-4)
    assert "farthest after epoch 1 (-0.1000); after epoch 1 it is not within ±0.0200" in found.reason


def test_a_curve_outside_the_band_but_near_the_margin_is_unresolved():
    # .021 below: outside ± 6.2053 · .001 · √(4/3) = .0072, but the mean's interval, .021 ± .0036, holds .02
    found = verdict_of(curve_claim([0.521, 0.3]), curves(-0.001, 0, 0.001))
    assert found.verdict == "unresolved"
    assert "leaves open whether it is within ±0.0200 after every epoch, and after epoch 1 one more run" in found.reason


def test_many_epochs_are_counted_and_few_are_named():
    few = verdict_of(curve_claim([9, 9, 0.3, 0.3]), learned([[0.5, 0.5, 0.3, 0.3]] * 3))
    assert "after the epochs 1 and 2 it is not" in few.reason
    many = verdict_of(curve_claim([9] * 5), learned([[0.5] * 5] * 3))
    assert "after five of the five epochs it is not" in many.reason


def test_a_curve_may_be_of_an_accuracy_or_of_an_output():
    outputs = [{"loss": [0.5, 0.3]}, {"loss": [0.7, 0.6], "accuracy": [0.8, 0.9]}]
    runs = [make_trial(outputs=outputs, block=block, seed=block) for block in (1, 2, 3)]
    assert verdict_of(curve_claim([0.7, 0.6], output=2), runs).verdict == "reproduced"
    assert verdict_of(curve_claim([0.7, 0.6], output=1), runs).verdict == "contradicted"
    assert verdict_of(curve_claim([1.2, 0.9]), runs).verdict == "reproduced"
    accurate = verdict_of(curve_claim([0.8, 0.89], output=2, metric="accuracy", margin=0.02), runs)
    assert accurate.verdict == "reproduced"
    assert "farthest after epoch 2 (+1.000 points); after every epoch it is within ±2.00 points" in accurate.reason


@pytest.mark.parametrize(
    ("claim", "runs", "measured", "verdict", "words"),
    [
        (curve_claim([0.5, 0.3]), [], None, "not run", "There is no finished trial of sequential on tf-2.0.0."),
        (
            curve_claim([0.5, 0.3], metric="val_loss"),
            [[0.5, 0.3]] * 3,
            None,
            "not run",
            "No finished trial of sequential on tf-2.0.0 ",
        ),
        (curve_claim([0.5, 0.3, 0.2]), [[0.5, 0.3]] * 3, None, "not run", "has two epochs, the published curve three"),
        (curve_claim([0.5, 0.3]), [[0.5, 0.4]], 0.1, "too few runs", "One run of two epochs: it lies 0.0707 from"),
        (
            curve_claim([0.5, 0.3]),
            [[0.5, 0.4]] * 2,
            0.1,
            "too few runs",
            "to say how far runs differ takes at least three.",
        ),
    ],
)
def test_curves_that_decide_nothing(claim, runs, measured, verdict, words):
    found = verdict_of(claim, learned(runs))
    assert (found.verdict, found.interval) == (verdict, None)
    assert found.measured == (None if measured is None else pytest.approx(measured))
    assert words in found.reason


def test_runs_may_go_on_after_the_published_curve():
    assert verdict_of(curve_claim([0.5, 0.3]), learned([[0.5, 0.3, 9.0]] * 3)).verdict == "reproduced"


def test_the_times_of_a_curve_are_not_testable():
    claim = curve_claim([6, 5, 5], id="times", metric="epoch_seconds", margin=None, resolution=1)
    found = judge([claim, faster_claim(id="the-ratio")], timed([1.0, 1.1, 1.2]))[0]
    assert (found.verdict, found.measured, found.n) == ("not testable here", 1.1, 3)
    assert found.reason.startswith(
        "The published 5 s (median of three epochs) is a time on unnamed hardware; here it is "
    )
    assert "Its ratio is judged in the-ratio." in found.reason


def test_the_time_of_a_cut_epoch_says_so():
    claim = curve_claim([6, 5], metric="epoch_seconds", margin=None)
    found = verdict_of(claim, [*timed([1.0], n_train=16000), *untimed([0.9])])
    assert found.reason.endswith("here it is 1 s, for 16000 of the 60000 samples of an epoch.")


# ---- fails ----


def test_what_fails_each_time_is_reproduced_with_the_error():
    claim = make_claim("fails", runtime="tf-1.15.0")
    trials = [
        make_trial(runtime="tf-1.15.0", block=block, error="RuntimeError: __iter__() is not supported.\nMore.")
        for block in (1, 2)
    ]
    eager = make_trial(runtime="tf-1.15.0", eager_execution=True)
    found = verdict_of(claim, [*trials, eager, *timed([1.0], runtime="tf-1.15.0")])
    assert (found.verdict, found.n, found.measured) == ("reproduced", 2, None)
    assert found.reason == "It failed each time it was run (two trials): RuntimeError: __iter__() is not supported."


def test_what_runs_does_not_fail():
    claim = make_claim("fails")
    assert verdict_of(claim, untimed([0.9])).verdict == "contradicted"
    assert verdict_of(claim, timed([1.0])).verdict == "contradicted"
    mixed = verdict_of(claim, [*untimed([0.9]), make_trial(block=2, error="ValueError: x")])
    assert (mixed.verdict, mixed.reason) == ("contradicted", "It ran to its end in one of two trials.")
    assert verdict_of(claim, []).verdict == "not run"


# ---- arithmetic ----


@pytest.mark.parametrize(
    ("cost", "published", "verdict", "interval"),
    [
        (80, 5, "reproduced", (4.77, 4.83)),  # 60000 · (79.5 to 80.5) µs against 4.5 to 5.5
        (65, 4, "reproduced", (3.87, 3.93)),
        (87, 3, "contradicted", (5.19, 5.25)),  # against 2.5 to 3.5
    ],
)
def test_printed_numbers_that_must_agree(cost, published, verdict, interval):
    terms = [[{"value": 60000}, {"value": cost * 1e-6, "resolution": 1e-6}]]
    found = verdict_of(make_claim("arithmetic", terms=terms, published=published, resolution=1), [])
    assert (found.verdict, found.n) == (verdict, 0)
    assert found.interval == pytest.approx(interval)
    assert f"60000 × {cost * 1e-6:.6f}".rstrip("0") + f" = {found.measured:g}" in found.reason


def test_a_difference_of_products_has_the_interval_of_both():
    # 60000 · 65 µs - 60000 · 87 µs = -1.32 s, each ± .03 s: -1.38 to -1.26, against .5 to 1.5
    terms = [
        [{"value": sign * 60000}, {"value": cost * 1e-6, "resolution": 1e-6}] for sign, cost in ((1, 65), (-1, 87))
    ]
    found = verdict_of(make_claim("arithmetic", terms=terms, published=1, resolution=1), [])
    assert found.verdict == "contradicted"
    assert found.interval == pytest.approx((-1.38, -1.26))
    assert "60000 × 0.000065 - 60000 × 0.000087 = -1.32" in found.reason


# ---- sums ----


def summing(*gaps):
    """Trials whose loss is so much more than the sum of the losses of their outputs, 0.5 and 0.3."""
    outputs = [{"loss": [0.5] * len(gaps)}, {"loss": [0.3] * len(gaps)}]
    return [make_trial(outputs=outputs, curves={"loss": [0.8 + gap for gap in gaps]})]


@pytest.mark.parametrize(
    ("published", "gaps", "verdict", "words"),
    [
        (0.8001, (0.0, 0.0), "reproduced", "0.5 + 0.3 = 0.8; printed is 0.8001: within rounding."),
        (0.8006, (0.0005, 0.0), "consistent", "1 of two epochs of this network end with a loss that is farther"),
        (0.8006, (-0.0005, 0.0), "consistent", "the farthest is 0.0005 away: so does the version print"),
        (0.8010, (0.0005, 0.0), "contradicted", "0.0010 away. On tf-2.0.0 1 of two epochs"),
        (0.8006, (0.0, 0.0), "contradicted", "0 of two epochs"),
    ],
)
def test_a_printed_loss_is_the_sum_of_its_outputs_or_as_far_off_as_the_version_prints(published, gaps, verdict, words):
    claim = make_claim("sum", metric="loss", terms=[0.5, 0.3], published=published, resolution=0.0001)
    found = verdict_of(claim, summing(*gaps))
    assert (found.verdict, found.scope) == (verdict, "in general")
    assert words in found.reason


def test_a_sum_that_is_off_needs_runs():
    claim = make_claim("sum", metric="loss", terms=[0.5, 0.3], published=0.8006, resolution=0.0001)
    assert verdict_of(claim, []).verdict == "not run"


# ---- data ----


def test_images_of_altered_copies_are_no_evidence_of_their_number():
    claim = make_claim("structure", experiment="mini_vgg", fact="steps_per_epoch", published=703)
    runs = [make_trial(experiment="mini_vgg", dataset="cats_vs_dogs", edition="180px", n_train=22495)]
    found = judge([claim], runs, known=Background(datasets=load_datasets()))[0]
    assert (found.verdict, found.data) == ("not testable here", "180-pixel copies")
    assert "five defects were then planted" in found.reason
    original = [changed_trial(trial, edition="original") for trial in runs]
    assert judge([claim], original, known=Background(datasets=load_datasets()))[0].verdict == "reproduced"


def test_what_was_trained_on_altered_copies_says_so():
    runs = untimed([0.9342, 0.9344, 0.9346], dataset="cats_vs_dogs", edition="180px")
    found = judge([accuracy_claim(0.9344)], runs, known=Background(datasets=load_datasets()))[0]
    assert (found.verdict, found.scope, found.rests_on) == ("reproduced", "these data", "180-pixel copies")


# ---- other assumptions ----


def test_other_assumptions_are_judged_alike_and_told_where_they_differ():
    other = [
        {"assumption": "test accuracy", "metric": "test_accuracy"},
        {"assumption": "the last", "metric": "final_accuracy"},
    ]
    runs = untimed([0.9342, 0.9344, 0.9346])
    plain = verdict_of(accuracy_claim(0.9340), runs)
    found = verdict_of(accuracy_claim(0.9340, sensitivity=other), runs)
    assert found.verdict == plain.verdict
    assert [(each.text, each.verdict, each.n) for each in found.sensitivity] == [
        ("test accuracy", "contradicted", 3),
        ("the last", "reproduced", 3),
    ]


def test_what_is_asked_otherwise_is_a_test_of_the_family():
    # p = .00339, times 14 .047; times 14 and the same elsewhere .051
    found = judge(alike(14), race([0.78, 0.80, 0.82]))
    assert {each.verdict for each in found} == {"reproduced"}
    elsewhere = [{"elsewhere": "on 1.15.0", "runtime": "tf-1.15.0"}]
    first, *rest = alike(14)
    there = race([0.78, 0.80, 0.82], runtime="tf-1.15.0")
    asked = [faster_claim(also=elsewhere, id=first.id), *rest]
    assert {each.verdict for each in judge(asked, [*race([0.78, 0.80, 0.82]), *there])} == {"unresolved"}


def test_an_assumption_may_compare_with_another_baseline():
    other = [{"assumption": "against 1.15.0", "variant": "sequential", "baseline": {"runtime": "tf-1.15.0"}}]
    trials = [*race([0.8, 0.8, 0.8]), *timed([0.5, 0.5, 0.5], runtime="tf-1.15.0")]
    found = verdict_of(faster_claim(sensitivity=other), trials)
    assert found.verdict == "reproduced"
    assert (found.sensitivity[0].verdict, found.sensitivity[0].measured) == ("contradicted", pytest.approx(2))


# ---- all claims ----


def test_all_claims_without_a_single_trial():
    claims = load_claims()
    found = judge(claims, [])
    assert [verdict.claim for verdict in found] == [claim.id for claim in claims]
    for claim, verdict in zip(claims, found, strict=True):
        if isinstance(claim, OrderClaim | EqualClaim | FailsClaim):
            assert verdict.verdict == "not run"
        if isinstance(claim, ValueClaim) and claim.timed:
            assert verdict.verdict == "not testable here"
            assert f"Its ratio is judged in {claim.id[:3]}-" in verdict.reason


def test_the_command_writes_what_judge_gives_in_six_digits(tmp_path):
    records, out = tmp_path / "trials.jsonl.gz", tmp_path / "verdicts.json"
    trials = [*timed([1 / 3, 0.34, 0.35]), *untimed([0.9340, 0.9341, 0.9345])]
    write_trials(records, trials)
    judge_module.main([str(records), "--out", str(out)])
    written = [Verdict(**verdict) for verdict in json.loads(out.read_text(encoding="utf-8"))]
    assert written == judge(load_claims(), trials, (), Background(planned("full"), margins=load_margins()))
    for verdict in written:
        for number in (verdict.measured, verdict.p_value, verdict.p_against, *(verdict.interval or ())):
            assert number is None or number == float(f"{number:.6g}")


def test_the_command_names_what_is_wrong(tmp_path):
    with pytest.raises(StudyError, match=r"none\.jsonl\.gz: cannot be read"):
        judge_module.main([str(tmp_path / "none.jsonl.gz"), "--out", str(tmp_path / "verdicts.json")])
    assert not (tmp_path / "verdicts.json").exists()


@pytest.mark.parametrize("claim", [faster_claim(), same_claim(), accuracy_claim(0.9)], ids=lambda claim: claim.rule)
def test_a_claim_has_what_its_rule_needs(claim, tmp_path):
    said = claim.model_dump(by_alias=True, exclude_unset=True)
    for field in ("metric", "margin", *({"baseline", "direction", "published"} & said.keys())):
        path = tmp_path / "claims.yaml"
        path.write_text(yaml.safe_dump([{name: value for name, value in said.items() if name != field}]), "utf-8")
        with pytest.raises(ConfigError, match=f"the rule '{claim.rule}' needs {field}"):
            load_claims(path)


# ---- claims that nothing planned can answer ----


def planned(scale):
    plans = jobs(load_study(overrides={"scale": scale}), list(load_runtimes()))
    return [trial for plan in plans.values() for trial in plan.trials]


def test_the_full_scale_plans_for_all_claims():
    refuse_unplanned(load_claims(), planned("full"), load_study().experiments)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            "variant: subclss",
            ["claims.yaml:8: ", "no planned trial of softmax_regression has the variant", "'subclass'?"],
        ),
        ("runtime: tf-2.0.1", ["claims.yaml:9: ", "sequential has the runtime 'tf-2.0.1'", "did you mean 'tf-2.0.0'?"]),
        ("eager_execution: true", ["claims.yaml:14: ", "has the eager_execution 'True': valid: False"]),
        (
            "protocol: controlled",
            ["claims.yaml:11: ", "'epoch_seconds' needs timed trials of softmax_regression, sequ"],
        ),
        ("baseline: {variant: sequentail}", ["claims.yaml:13: ", "did you mean 'sequential'?"]),
        ("sensitivity: [{assumption: r, runtime: tf-2.1.0}]", ["claims.yaml:14: ", "has the runtime 'tf-2.1.0'"]),
    ],
)
def test_a_claim_that_nothing_planned_can_answer_is_refused(tmp_path, change, words):
    lines = [
        "- id: a-claim",
        "  source: a source",
        "  quote: a quote",
        "  place: a place",
        "  experiment: softmax_regression",
        "  margin: 0.05",
        "  direction: lower",
        "  variant: sequential",
        "  runtime: tf-2.0.0",
        "  rule: order",
        "  metric: epoch_seconds",
        "  published: 0.8",
        "  baseline: {runtime: tf-1.15.0}",
    ]
    key = change.split(":")[0]
    places = [number for number, line in enumerate(lines) if line.startswith(f"  {key}:")]
    lines[places[0] if places else len(lines) :] = (
        [f"  {change}", *lines[places[0] + 1 :]] if places else [f"  {change}"]
    )
    path = tmp_path / "claims.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        refuse_unplanned(load_claims(path), planned("full"), load_study().experiments, path)
    for word in ("a-claim", *words):
        assert word in str(raised.value)


# ---- laws ----

seconds = some.lists(some.floats(0.5, 2), min_size=3, max_size=5)
accuracies = some.lists(some.floats(0.92, 0.95), min_size=3, max_size=5)
few = settings(max_examples=40, deadline=None)


@few
@given(ours=seconds, theirs=seconds, noise=seconds, power=some.integers(-3, 3))
def test_a_machine_that_is_slower_by_a_constant_changes_no_verdict_about_a_ratio(ours, theirs, noise, power):
    def found(factor):
        scaled = [[factor * value for value in values] for values in (ours, theirs, noise)]
        return verdict_of(faster_claim(published=0.8), [*race(*scaled[:2]), *timed(scaled[2], replicate=1)])

    one, other = found(1), found(2.0**power)
    assert (one.verdict, one.reason) == (other.verdict, other.reason)


@few
@given(ours=seconds, theirs=seconds)
def test_swapping_the_arms_mirrors_ratio_and_interval(ours, theirs):
    one = verdict_of(faster_claim(), race(ours, theirs))
    other = verdict_of(
        faster_claim(variant="sequential", baseline={"variant": "subclass"}, direction="higher"), race(ours, theirs)
    )
    assert other.measured == pytest.approx(1 / one.measured, rel=1e-5)
    assert other.interval == pytest.approx((1 / one.interval[1], 1 / one.interval[0]), rel=1e-5)
    assert other.verdict == one.verdict


@few
@given(x=accuracies, y=accuracies, margin=some.floats(0.0001, 0.02), more=some.floats(0, 0.02))
def test_a_wider_margin_never_turns_reproduced_into_contradicted(x, y, margin, more):
    trials = [*untimed(x, variant="subclass"), *untimed(y)]
    for claim in (accuracy_claim(0.934), same_claim()):
        narrow, wide = (
            verdict_of(claim.model_copy(update={"margin": width}), trials).verdict for width in (margin, margin + more)
        )
        assert (narrow, wide) != ("reproduced", "contradicted")
        assert narrow != "reproduced" or wide == "reproduced"


@few
@given(x=accuracies, published=some.floats(0.92, 0.95), shift=some.sampled_from([-0.5, -0.25, 0.03125]))
def test_moving_runs_and_published_value_alike_changes_no_verdict(x, published, shift):
    before = verdict_of(accuracy_claim(published), untimed(x))
    after = verdict_of(accuracy_claim(published + shift), untimed([value + shift for value in x]))
    assert after.verdict == before.verdict


@few
@given(ours=seconds, theirs=seconds, x=accuracies, shuffle=some.randoms(use_true_random=False))
def test_the_order_of_the_trials_does_not_matter(ours, theirs, x, shuffle):
    trials = [*race(ours, theirs), *untimed(x)]
    shuffled = random.Random(shuffle.random()).sample(trials, len(trials))
    claims = [faster_claim(), accuracy_claim(0.934)]
    assert judge(claims, trials) == judge(claims, shuffled)


@few
@given(x=accuracies, shape=some.lists(some.floats(0.1, 2), min_size=2, max_size=6), margin=some.floats(0.001, 0.1))
def test_a_curve_equal_to_the_mean_is_never_contradicted_and_one_far_away_always(x, shape, margin):
    runs = learned([[value + level for level in shape] for value in x])
    mean = [sum(x) / len(x) + level for level in shape]
    assert verdict_of(curve_claim(mean, margin=margin), runs).verdict in ("reproduced", "consistent", "unresolved")
    far = [level + 1000 for level in mean]
    assert verdict_of(curve_claim(far, margin=margin), runs).verdict == "contradicted"


@few
@given(x=accuracies, y=accuracies, shuffle=some.randoms(use_true_random=False))
def test_the_order_of_the_runs_of_a_curve_does_not_matter(x, y, shuffle):
    runs = learned([list(values) for values in zip(x, y, strict=False)])
    shuffled = random.Random(shuffle.random()).sample(runs, len(runs))
    claim = curve_claim([0.93, 0.94], margin=0.01)
    assert verdict_of(claim, runs) == verdict_of(claim, shuffled)


@few
@given(x=accuracies, published=some.floats(0.9, 0.97))
def test_a_curve_of_one_epoch_is_judged_as_a_value(x, published):
    runs = learned([[value] for value in x])
    of_curve = verdict_of(curve_claim([published], margin=0.005), runs)
    of_value = verdict_of(make_claim("value", metric="loss", published=published, margin=0.005), runs)
    assert of_curve.verdict == of_value.verdict
    assert of_curve.p_value == pytest.approx(of_value.p_value, rel=1e-4, abs=1e-9)
