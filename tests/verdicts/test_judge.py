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
from study.claims.planned import refuse_unplanned
from study.claims.rules import EqualClaim, FailsClaim, OrderClaim, ValueClaim
from study.common.errors import StudyError
from study.config.runtimes import load_runtimes
from study.config.study import load_study
from study.config.validation import ConfigError
from study.planning.plan import jobs
from study.records.collect import write_trials
from study.verdicts import judge as judge_module
from study.verdicts.judge import judge
from study.verdicts.models import Verdict

T_2 = 4.302652729911275  # Student's t with 2 degrees of freedom, 97.5 %


def verdict_of(claim, trials) -> Verdict:
    return judge([claim], trials)[0]


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
    # mean .934, s .004: t = (.9334 - .934)/.0023 is nothing; one run: .934 ± 4.30 · .004 · √(4/3) = .914 to .954
    found = verdict_of(accuracy_claim(0.9360), untimed([0.930, 0.934, 0.938]))
    assert found.verdict == "consistent"
    assert "95 % prediction interval 91.41 % to 95.39 %" in found.reason


def test_a_value_may_be_reached_within_its_rounding():
    # one run: .9344 ± 4.30 · .0002 · √(4/3) = up to .93539; .9358 lies outside, .9358 - .0005 inside
    runs = untimed([0.9342, 0.9344, 0.9346])
    assert verdict_of(accuracy_claim(0.9358, margin=1e-4, resolution=0.001), runs).verdict == "consistent"
    assert verdict_of(accuracy_claim(0.9358, margin=1e-4, resolution=0.0001), runs).verdict == "contradicted"


def test_a_value_far_from_all_runs_is_contradicted():
    # .9440 - .0026 = .9414 is above the mean's interval, .9344 ± 4.30 · .0002/√3 = up to .9349
    found = verdict_of(accuracy_claim(0.9440), untimed([0.9342, 0.9344, 0.9346]))
    assert found.verdict == "contradicted"
    assert "the mean, 93.44 %, is not within ±0.26 points of the published 94.40 %" in found.reason


def test_a_mean_at_the_edge_of_the_margin_is_inconclusive():
    # .9370 - .0026 = .9344 is the mean itself: p = 1/2; and one run gives at most .93539
    found = verdict_of(accuracy_claim(0.9370), untimed([0.9342, 0.9344, 0.9346]))
    assert (found.verdict, found.p_value) == ("inconclusive", pytest.approx(0.5))
    assert "leaves open" in found.reason


@pytest.mark.parametrize(
    ("accuracies", "measured", "words"),
    [
        ([], None, "no finished trial of sequential on tf-2.0.0"),
        ([0.9341], 0.9341, "One run reached 93.41 %, 0.01 points from the published 93.40 %"),
        ([0.9341, 0.9343], 0.9342, "Two runs reached 93.42 % on average"),
    ],
)
def test_fewer_than_three_runs_decide_nothing(accuracies, measured, words):
    found = verdict_of(accuracy_claim(0.9340), untimed(accuracies))
    assert (found.verdict, found.n, found.interval) == ("inconclusive", len(accuracies), None)
    assert found.measured == (None if measured is None else pytest.approx(measured))
    assert words in found.reason


def test_an_absolute_time_is_not_testable_and_says_where_its_ratio_is():
    # 1.0, 1.1, 1.2: s = .1, mean ± 4.30 · .1/√3; repetitions for the noise floor do not count
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


def test_a_ratio_beyond_the_band_with_the_published_one_near_is_reproduced():
    # log .78 .80 .82 = -.24846 -.22314 -.19845: mean -.22335, s .02501, standard error .01444; the interval of three
    # is their range; band log 1.05 = .04879; t = (.22335 - .04879)/.01444 = 12.09, p = 1/2 - t/(2 √(2 + t²)) = .00339
    found = verdict_of(faster_claim(published=0.8125), race([0.78, 0.80, 0.82]))
    assert found.verdict == "reproduced"
    assert found.measured == pytest.approx((0.78 * 0.80 * 0.82) ** (1 / 3), rel=1e-5)
    assert found.interval == pytest.approx((0.78, 0.82), rel=1e-3)
    assert found.p_value == pytest.approx(0.00339, abs=5e-6)
    assert (found.published, found.n) == (0.8125, 3)
    assert found.reason == (
        "Over three blocks the time of an epoch of subclass on tf-2.0.0 is 0.800 times that of sequential on tf-2.0.0 "
        "(95 % interval 0.780 to 0.820): it is lower by more than a factor of 1.050, and the published ratio of 0.812 "
        "agrees with that."
    )


def test_the_right_direction_with_another_size_is_consistent():
    # .78 / 1.05 = .743 is the least ratio that agrees
    runs = race([0.78, 0.80, 0.82])
    assert verdict_of(faster_claim(published=0.74), runs).verdict == "consistent"
    assert verdict_of(faster_claim(published=0.745), runs).verdict == "reproduced"
    assert verdict_of(faster_claim(published=0.74, resolution=0.01), runs).verdict == "reproduced"
    assert verdict_of(faster_claim(), runs).verdict == "reproduced"


@pytest.mark.parametrize(
    ("seconds", "verdict", "words"),
    [
        ([1.5, 1.6, 1.7], "contradicted", "the other way round, higher by more than a factor of 1.050"),
        ([0.99, 1.0, 1.01], "contradicted", "a difference below a factor of 1.050 counts as none"),
        ([0.98, 1.0, 1.10], "contradicted", "it is not lower by more than a factor of 1.050"),
        ([0.90, 1.0, 1.1], "inconclusive", "leaves open whether it is lower by more than a factor of 1.050"),
        ([0.80, 0.80], "inconclusive", "Two blocks with finished trials"),
        ([], "inconclusive", "No blocks with finished trials"),
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


def test_the_noise_floor_widens_what_counts_as_equal():
    # repetitions are 1.3 and 1/1.3 times as slow: root mean square log 1.3 = .262, wider than log .82 = -.198
    noise = timed([1.3, 1 / 1.3], replicate=1)
    found = verdict_of(faster_claim(), [*race([0.78, 0.80, 0.82]), *noise])
    assert found.verdict == "inconclusive"
    assert "by more than a factor of 1.300 (as far as two runs of the same variant lie apart here)" in found.reason


def test_noise_does_not_make_it_easier_to_deny_a_difference():
    # all within ± log 1.3, but not within ± log 1.05
    found = verdict_of(faster_claim(), [*race([0.93, 1.0, 1.07]), *timed([1.3], replicate=1)])
    assert found.verdict == "inconclusive"


def test_the_noisier_runtime_counts_and_runtimes_that_are_not_compared_do_not():
    claim = faster_claim(variant="sequential", baseline={"runtime": "tf-1.15.0"})
    race = [*timed([0.8, 0.8, 0.8]), *timed([1.0, 1.0, 1.0], runtime="tf-1.15.0")]
    elsewhere = [*timed([1.0], runtime="tf-2.21.0"), *timed([3.0], runtime="tf-2.21.0", replicate=1)]
    quiet, noisy = timed([0.8], replicate=1), timed([1.3], runtime="tf-1.15.0", replicate=1)
    assert verdict_of(claim, [*race, *elsewhere, *quiet]).verdict == "reproduced"
    assert verdict_of(claim, [*race, *elsewhere, *quiet, *noisy]).verdict == "inconclusive"


def test_a_repetition_is_one_of_the_same_alternative_and_experiment():
    # a pair of which one is another alternative, and a noisy experiment that is not compared, are no noise
    other = timed([3.0], alternative="sgd")
    elsewhere = [*timed([1.0], experiment="other"), *timed([3.0], experiment="other", replicate=1)]
    quiet = timed([1.0], replicate=1)
    found = verdict_of(faster_claim(), [*race([0.78, 0.80, 0.82]), *quiet, *other, *elsewhere])
    assert found.verdict == "reproduced"
    compared = faster_claim(variant="subclass", baseline={"experiment": "other", "variant": "sequential"})
    baseline = timed([1.0, 1.0, 1.0], experiment="other")
    noisy = timed([1.3], experiment="other", replicate=1)
    assert verdict_of(compared, [*race([0.78, 0.80, 0.82]), *quiet, *baseline]).verdict == "reproduced"
    assert verdict_of(compared, [*race([0.78, 0.80, 0.82]), *quiet, *baseline, *noisy]).verdict == "inconclusive"


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


def test_more_accurate_has_no_noise_floor_of_time():
    # log(.9392/.9340) = .00555 beyond log 1.0026 = .00260
    claim = faster_claim(metric="best_accuracy", direction="higher", margin=0.0026, published=1.0056)
    ours = untimed([0.9391, 0.9392, 0.9393], variant="subclass")
    found = verdict_of(claim, [*ours, *untimed([0.9340] * 3), *timed([1.0]), *timed([9.0], replicate=1)])
    assert found.verdict == "reproduced"
    assert "1.0056 times that of" in found.reason


def test_many_comparisons_cost_significance():
    # p = .00339 alone; Holm multiplies it by 14 (.047) or by 15 (.051)
    runs = race([0.78, 0.80, 0.82])
    many = [faster_claim(id=f"claim-{number}") for number in range(15)]
    assert {found.verdict for found in judge(many[:14], runs)} == {"reproduced"}
    lost = judge(many, runs)
    assert {found.verdict for found in lost} == {"inconclusive"}
    assert lost[0].p_value == pytest.approx(15 * 0.00339, abs=1e-4)
    assert "(Holm)" in lost[0].reason


def test_a_family_is_a_source_and_a_rule():
    runs = [*race([0.78, 0.80, 0.82]), *untimed([0.9342, 0.9344, 0.9346])]
    alone = judge([faster_claim()], runs)[0].p_value
    others = [faster_claim(id="b", source="another"), accuracy_claim(0.934, id="c"), accuracy_claim(0.934, id="d")]
    assert judge([faster_claim(), *others], runs)[0].p_value == alone


# ---- equal ----


@pytest.mark.parametrize(
    ("ours", "verdict"),
    [
        # means equal, standard error √(2 · .0002²/3) = .000163, 4 degrees of freedom: t = .0026/.000163 = 15.9
        ([0.9338, 0.9340, 0.9342], "reproduced"),
        # .0100 ± 2.776 · .000163 is beyond .0026
        ([0.9438, 0.9440, 0.9442], "contradicted"),
        # .0026 ± ... is on the edge
        ([0.9364, 0.9366, 0.9368], "inconclusive"),
        ([0.9338, 0.9340], "inconclusive"),
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
    assert verdict_of(claim, [*runs("subclass", "a"), *runs("sequential", "b")]).verdict == "inconclusive"
    assert verdict_of(claim, runs("subclass", "a")).verdict == "inconclusive"


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
    assert found.verdict == "inconclusive"
    assert found.reason.endswith("at least three each. With the same seed their numbers diverge in epoch 2.")


def test_trials_of_other_seeds_are_a_matter_of_statistics():
    runs = [*untimed([0.93], variant="subclass", seed=1), *untimed([0.93], seed=2)]
    found = verdict_of(same_claim(), runs)
    assert found.verdict == "inconclusive"
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
    # s = .01: one more run lies within ± 6.2053 · .01 · √(4/3) = .0717 of the mean after both epochs at once
    runs = curves(-0.01, 0, 0.01)
    found = verdict_of(curve_claim([0.5, 0.23]), runs)
    assert found.verdict == "consistent"
    assert "one more run may give the whole published curve (simultaneous 95 % prediction band)" in found.reason
    # .072 is outside, and within once .0716 to .0724 is printed as that
    assert verdict_of(curve_claim([0.5, 0.228]), runs).verdict == "contradicted"
    assert verdict_of(curve_claim([0.5, 0.228], resolution=0.001), runs).verdict == "consistent"


def test_a_curve_that_is_far_after_one_epoch_is_contradicted():
    # the mean is .1 below after epoch 1, ± 6.2053 · .001/√3 = .0036
    found = verdict_of(curve_claim([0.6, 0.3]), curves(-0.001, 0, 0.001))
    assert found.verdict == "contradicted"
    assert found.measured == pytest.approx(-0.1)
    assert found.interval == pytest.approx((-0.1 - 6.2053e-3 / 3**0.5, -0.1 + 6.2053e-3 / 3**0.5), rel=1e-4)
    assert "farthest after epoch 1 (-0.1000); after epoch 1 it is not within ±0.0200" in found.reason


def test_a_curve_outside_the_band_but_near_the_margin_is_inconclusive():
    # .021 below: outside ± 6.2053 · .001 · √(4/3) = .0072, but the mean's interval, .021 ± .0036, holds .02
    found = verdict_of(curve_claim([0.521, 0.3]), curves(-0.001, 0, 0.001))
    assert found.verdict == "inconclusive"
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
    ("claim", "runs", "measured", "words"),
    [
        (curve_claim([0.5, 0.3]), [], None, "There is no finished trial of sequential on tf-2.0.0."),
        (
            curve_claim([0.5, 0.3], metric="val_loss"),
            [[0.5, 0.3]] * 3,
            None,
            "No finished trial of sequential on tf-2.0.0 ",
        ),
        (curve_claim([0.5, 0.3, 0.2]), [[0.5, 0.3]] * 3, None, "has two epochs, the published curve three"),
        (curve_claim([0.5, 0.3]), [[0.5, 0.4]], 0.1, "One run of two epochs: it lies 0.0707 from"),
        (curve_claim([0.5, 0.3]), [[0.5, 0.4]] * 2, 0.1, "to say how far runs differ takes at least three."),
    ],
)
def test_curves_that_decide_nothing(claim, runs, measured, words):
    found = verdict_of(claim, learned(runs))
    assert (found.verdict, found.interval) == ("inconclusive", None)
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
    assert verdict_of(claim, []).verdict == "inconclusive"


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


# ---- other assumptions ----


def test_other_assumptions_are_judged_alike_and_told_where_they_differ():
    other = [
        {"assumption": "test accuracy", "metric": "test_accuracy"},
        {"assumption": "the last", "metric": "final_accuracy"},
    ]
    runs = untimed([0.9342, 0.9344, 0.9346])
    plain = verdict_of(accuracy_claim(0.9340), runs)
    found = verdict_of(accuracy_claim(0.9340, sensitivity=other), runs)
    assert (found.verdict, found.p_value) == (plain.verdict, plain.p_value)
    assert [(each.assumption, each.verdict, each.n) for each in found.sensitivity] == [
        ("test accuracy", "contradicted", 3),
        ("the last", "reproduced", 3),
    ]
    assert found.reason.endswith(" Other assumptions give another verdict: contradicted for “test accuracy”.")


def test_the_assumptions_of_a_claim_are_a_family_of_their_own():
    # p = .00339, times 15 assumptions .051; the claim itself stands alone
    other = [{"assumption": f"again {number}", "runtime": "tf-2.0.0"} for number in range(15)]
    found = verdict_of(faster_claim(sensitivity=other), race([0.78, 0.80, 0.82]))
    assert found.verdict == "reproduced"
    assert {other.verdict for other in found.sensitivity} == {"inconclusive"}


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
            assert verdict.verdict == "inconclusive"
        if isinstance(claim, ValueClaim) and claim.timed:
            assert verdict.verdict == "not testable here"
            assert f"Its ratio is judged in {claim.id[:3]}-" in verdict.reason


def test_the_command_writes_what_judge_gives_in_six_digits(tmp_path):
    records, out = tmp_path / "trials.jsonl.gz", tmp_path / "verdicts.json"
    trials = [*timed([1 / 3, 0.34, 0.35]), *untimed([0.9340, 0.9341, 0.9345])]
    write_trials(records, trials)
    judge_module.main([str(records), "--out", str(out)])
    written = [Verdict(**verdict) for verdict in json.loads(out.read_text(encoding="utf-8"))]
    assert written == judge(load_claims(), trials)
    for verdict in written:
        for number in (verdict.measured, verdict.p_value, *(verdict.interval or ())):
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
    assert verdict_of(curve_claim(mean, margin=margin), runs).verdict in ("reproduced", "consistent")
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
