"""Formulas against numbers computed by hand, against SciPy and statsmodels, and against what they promise."""

import doctest
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as some
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW, ttost_ind

from study import statistics as st

T_2 = 4.302652729911275  # Student's t with 2 degrees of freedom, 97.5 %
samples = some.lists(some.floats(-1, 1), min_size=2, max_size=8).map(np.array)
p_values = some.lists(some.floats(0, 1), min_size=1, max_size=8)


def test_the_mean_of_1_2_3_and_its_interval():
    # s = 1, standard error 1/√3, so 2 ± 4.3027/√3
    estimate = st.mean(np.array([1.0, 2.0, 3.0]))
    assert estimate == pytest.approx((2, 1 / math.sqrt(3), 2))
    assert st.interval(estimate) == pytest.approx((2 - T_2 / math.sqrt(3), 2 + T_2 / math.sqrt(3)))


def test_one_more_value_after_1_2_3():
    # 2 ± 4.3027 · 1 · √(1 + 1/3)
    half = T_2 * math.sqrt(4 / 3)
    assert st.prediction_interval(np.array([1.0, 2.0, 3.0])) == pytest.approx((2 - half, 2 + half))


def test_p_of_the_mean_of_1_2_3_being_above_1():
    # t = (2 - 1) √3 = √3; with 2 degrees of freedom P(T > t) = 1/2 - t / (2 √(2 + t²)) = 1/2 - √3 / (2 √5)
    assert st.p_above(st.mean(np.array([1.0, 2.0, 3.0])), 1) == pytest.approx(0.5 - math.sqrt(3) / (2 * math.sqrt(5)))


def test_p_of_the_mean_of_1_2_3_being_within_a_range_is_that_of_the_nearer_end():
    estimate = st.mean(np.array([1.0, 2.0, 3.0]))
    assert st.p_within(estimate, 0, 3) == pytest.approx(st.p_above(estimate, 1))
    assert st.p_within(estimate, 1, 9) == pytest.approx(st.p_above(estimate, 1))
    assert st.p_within(estimate, 2, 9) == pytest.approx(0.5)


def test_the_difference_of_two_means():
    # variances 1 and 4 over n = 3 each: standard error √(5/3), df = (5/3)² / ((1/3)²/2 + (4/3)²/2) = 50/17
    estimate = st.difference(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0]))
    assert estimate == pytest.approx((-2, math.sqrt(5 / 3), 50 / 17))


@pytest.mark.parametrize("estimate", [st.mean(np.full(3, 0.5)), st.difference(np.full(3, 1.5), np.full(2, 1.0))])
def test_without_any_spread_a_p_value_is_0_or_1(estimate):
    assert st.p_within(estimate, 0.4, 0.6) == 0
    assert st.p_within(estimate, 0.6, 0.7) == 1
    assert st.interval(estimate) == (0.5, 0.5)


def test_p_of_the_mean_of_1_2_3_being_outside_a_range_is_that_of_the_nearer_end():
    estimate = st.mean(np.array([1.0, 2.0, 3.0]))
    assert st.p_outside(estimate, -1, 1) == pytest.approx(st.p_above(estimate, 1))
    assert st.p_outside(estimate, 3, 9) == pytest.approx(st.p_above(estimate, 1))
    assert st.p_outside(estimate, 0, 9) > 0.5


def test_one_more_value_is_as_unlikely_as_the_prediction_interval_says():
    # 2 ± 4.3027 · √(4/3) is the 95 % interval
    x, half = np.array([1.0, 2.0, 3.0]), T_2 * math.sqrt(4 / 3)
    assert st.p_of_one_more(x, 2 + half, 0) == pytest.approx(0.05)
    assert st.p_of_one_more(x, 2 - half - 0.5, 0.5) == pytest.approx(0.05)
    assert st.p_of_one_more(x, 2.4, 0.5) == 1


def test_places_that_vary_together_have_no_more_freedom_than_one():
    # deviations -1 0 1 at both places: the covariance is 1 everywhere, 2 (1 + 1)² / 4 = 2 degrees of freedom
    together = st.pooled_spread(np.array([[1.0, 5.0], [2.0, 6.0], [3.0, 7.0]]))
    assert together.deviations == pytest.approx([1, 1])
    assert together.df == pytest.approx(2)
    # -1 0 1 and 1 -2 1: variances 1 and 3, covariance 0, 2 (1 + 3)² / (1 + 9) = 3.2; the calm place borrows √2
    apart = st.pooled_spread(np.array([[1.0, 6.0], [2.0, 3.0], [3.0, 6.0]]))
    assert apart.deviations == pytest.approx([math.sqrt(2), math.sqrt(3)])
    assert apart.df == pytest.approx(3.2)


def test_what_must_hold_somewhere_is_corrected_for_the_number_of_places():
    assert st.p_somewhere([0.01, 0.2, 0.03]) == pytest.approx(0.03)
    assert st.p_somewhere([0.9, 0.8]) == 1


@pytest.mark.parametrize("effect", [2.0, 1.0, 0.4])
def test_so_many_values_tell_and_one_fewer_does_not(effect):
    def told(n):
        values = np.random.default_rng(5).normal(effect, 1, (4000, n))
        return np.mean([st.p_above(st.mean(x), 0) <= 0.05 for x in values])

    n = st.n_to_tell(effect, 1.0, 0.05)
    assert told(n - 1) < 0.9 + 0.015
    assert told(n) > 0.9 - 0.015


def test_what_no_number_of_values_tells_is_said():
    assert st.n_to_tell(1e-6, 1.0, 0.05) is None
    assert st.n_to_tell(0.0, 1.0, 0.05) is None
    assert st.n_to_tell(0.1, 0.0, 0.05) == 2


def test_root_mean_square():
    assert st.root_mean_square(np.array([3.0, -4.0])) == pytest.approx(math.sqrt(12.5))


def test_holm_by_hand():
    # sorted .01 .02 .04, times 3 2 1: .03 .04 .04
    assert st.holm([0.04, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert st.holm([0.9, 0.6]) == [1.0, 1.0]
    assert st.holm([]) == []


def test_intervals_that_hold_together_share_what_may_go_wrong():
    assert st.simultaneous_level(1) == pytest.approx(0.95)
    assert st.simultaneous_level(20) == pytest.approx(0.9975)
    assert st.simultaneous_level(4, level=0.9) == pytest.approx(0.975)


def test_what_must_hold_everywhere_is_as_doubtful_as_where_it_is_most_so():
    assert st.p_everywhere([0.01, 0.2, 0.03]) == 0.2


@pytest.mark.parametrize("shared", [0.0, 0.7])
@pytest.mark.parametrize("n", [3, 5, 15])
def test_a_simultaneous_band_holds_a_whole_curve_as_often_as_promised(n, shared):
    # runs of ten epochs whose errors share a part, and one more: outside anywhere at most 5 % of the time
    random, level = np.random.default_rng(3), st.simultaneous_level(10)

    def curves(number):
        own, common = random.normal(0, 1, (number, 10)), random.normal(0, 1, (number, 1))
        return math.sqrt(1 - shared) * own + math.sqrt(shared) * common

    outside = 0
    for _ in range(400):
        runs, one_more = curves(n), curves(1)[0]
        (deviations, df), mean = st.pooled_spread(runs), runs.mean(axis=0)
        errors = deviations * math.sqrt(1 + 1 / n)
        bands = [st.interval(st.Estimate(m, e, df), level) for m, e in zip(mean, errors, strict=True)]
        outside += any(not low <= value <= high for value, (low, high) in zip(one_more, bands, strict=True))
    assert outside / 400 < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)


def test_at_the_edge_of_one_epoch_a_curve_is_called_equivalent_no_more_often_than_agreed():
    random = np.random.default_rng(4)
    called = 0
    for _ in range(1000):
        runs = random.normal([0.05, 0.0, 0.0], 0.01, (5, 3))
        called += st.p_everywhere([st.p_within(st.mean(values), -0.05, 0.05) for values in runs.T]) <= 0.05
    assert called / 1000 < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 1000)


def test_agrees_with_scipy():
    random = np.random.default_rng(1)
    x, y = random.normal(0, 1, 5), random.normal(1, 3, 7)
    one = stats.ttest_1samp(x, 0.3, alternative="greater")
    assert st.p_above(st.mean(x), 0.3) == pytest.approx(one.pvalue)
    two = stats.ttest_ind(x, y, equal_var=False, alternative="greater")
    assert st.p_above(st.difference(x, y), 0) == pytest.approx(two.pvalue)
    assert st.interval(st.difference(x, y)) == pytest.approx(
        tuple(stats.ttest_ind(x, y, equal_var=False).confidence_interval())
    )


@given(x=samples, y=samples, low=some.floats(-1, 0), width=some.floats(0, 2))
def test_two_one_sided_tests_agree_with_statsmodels(x, y, low, width):
    assume(min(np.ptp(x), np.ptp(y)) > 0.01)
    one, *_ = DescrStatsW(x).ttost_mean(low, low + width)
    assert st.p_within(st.mean(x), low, low + width) == pytest.approx(one)
    two, *_ = ttost_ind(x, y, low, low + width, usevar="unequal")
    assert st.p_within(st.difference(x, y), low, low + width) == pytest.approx(two)


@pytest.mark.parametrize("n", [3, 5])
def test_at_the_edge_a_difference_is_claimed_no_more_often_than_agreed(n):
    random = np.random.default_rng(2)
    claimed = np.mean([st.p_above(st.mean(random.normal(0.05, 0.03, n)), 0.05) <= 0.05 for _ in range(2000)])
    assert claimed < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 2000)


@given(x=samples)
def test_intervals_hold_the_mean_and_one_run_spreads_wider_than_the_mean(x):
    low, high = st.interval(st.mean(x))
    wide_low, wide_high = st.prediction_interval(x)
    assert wide_low <= low <= x.mean() <= high <= wide_high


@given(x=samples, y=samples)
def test_swapping_two_samples_mirrors_their_difference(x, y):
    one, other = st.difference(x, y), st.difference(y, x)
    assert (one.value, *one[1:]) == pytest.approx((-other.value, *other[1:]))


@given(x=samples, margin=some.floats(0, 1), more=some.floats(0, 1))
def test_a_wider_range_is_easier_to_be_within(x, margin, more):
    estimate = st.mean(x)
    assert st.p_within(estimate, -margin - more, margin + more) <= st.p_within(estimate, -margin, margin)


@given(p=p_values)
def test_holm_only_raises_and_keeps_the_order(p):
    adjusted = st.holm(p)
    assert all(raw <= new <= 1 for raw, new in zip(p, adjusted, strict=True))
    by_raw = [new for _, new in sorted(zip(p, adjusted, strict=True))]
    assert by_raw == sorted(by_raw)


@given(p=p_values)
def test_holm_does_not_depend_on_the_order_given(p):
    assert sorted(st.holm(p[::-1])) == sorted(st.holm(p))


def test_the_examples_of_the_docstrings_hold():
    found = doctest.testmod(st)
    assert found.attempted >= len([name for name in vars(st) if callable(vars(st)[name]) and name.islower()]) - 1
    assert not found.failed
