"""Small statistical functions: arrays in, numbers out. Estimates come with what their uncertainty needs."""

import gc
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

Array = npt.NDArray[np.float64]
Interval = tuple[float, float]

LEVEL = 0.95
POWER = 0.9
# More runs than these no study makes to settle one question.
MOST_RUNS = 1000


class Estimate(NamedTuple):
    """An estimate whose error divided by its standard error follows Student's t with `df` degrees of freedom."""

    value: float
    standard_error: float
    df: float


def mean(x: Array) -> Estimate:
    """Mean of `x`, shape (n,), n >= 2. Source: Student, Biometrika 6 (1908) 1.

    >>> mean(np.array([1.0, 2.0, 3.0, 4.0]))
    Estimate(value=2.5, standard_error=0.6454972243679028, df=3)
    """
    return Estimate(float(np.mean(x)), float(np.std(x, ddof=1) / np.sqrt(len(x))), len(x) - 1)


def difference(x: Array, y: Array) -> Estimate:
    """Mean of `x`, shape (n,), less mean of `y`, shape (m,), n and m >= 2, variances unequal.

    Source: Welch, Biometrika 34 (1947) 28, with Satterthwaite's degrees of freedom, Biometrics Bulletin 2 (1946) 110.

    >>> difference(np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.0, 4.0])).value
    -0.5
    """
    a, b = np.var(x, ddof=1) / len(x), np.var(y, ddof=1) / len(y)
    share = a / (a + b) if a + b else 0.5
    df = 1 / (share**2 / (len(x) - 1) + (1 - share) ** 2 / (len(y) - 1))
    return Estimate(float(np.mean(x) - np.mean(y)), float(np.sqrt(a + b)), float(df))


def interval(estimate: Estimate, level: float = LEVEL) -> Interval:
    """Central confidence interval of an estimate.

    >>> low, high = interval(mean(np.array([1.0, 2.0, 3.0, 4.0])))
    >>> f"{low:.3f} to {high:.3f}"
    '0.446 to 4.554'
    """
    half = float(stats.t.ppf((1 + level) / 2, estimate.df)) * estimate.standard_error
    return estimate.value - half, estimate.value + half


def one_more(x: Array) -> Estimate:
    """One more value like those of `x`, shape (n,), n >= 2: its mean, and how far from it the value may lie.

    Source: Hahn and Meeker, Statistical Intervals (1991), chapter 4: mean ± t s √(1 + 1/n).

    >>> low, high = interval(one_more(np.array([1.0, 2.0, 3.0, 4.0])))
    >>> f"{low:.3f} to {high:.3f}"
    '-2.093 to 7.093'
    """
    return mean(x)._replace(standard_error=float(np.std(x, ddof=1) * np.sqrt(1 + 1 / len(x))))


def prediction_interval(x: Array, level: float = LEVEL) -> Interval:
    """Interval that one more value like those of `x`, shape (n,), n >= 2, falls into."""
    return interval(one_more(x), level)


class Spread(NamedTuple):
    """How far runs differ at each of several places: standard deviations, shape (n_places,), and degrees of freedom."""

    deviations: Array
    df: float


def pooled_spread(x: Array) -> Spread:
    """Spread of the runs `x`, shape (n_runs, n_places), n_runs >= 3, that each place borrows from all.

    Where a place has spread more than all on average, its own deviation counts: pooling shall hide nothing. The degrees
    of freedom are those of a sum of correlated squares, (n_runs - 1) (tr S)² / tr S², S the covariance of the places
    as estimated, which is the cautious side: with few runs S has few directions. Source: Box, Annals of Mathematical
    Statistics 25 (1954) 290, after Satterthwaite, Biometrics Bulletin 2 (1946) 110.

    >>> pooled_spread(np.array([[1.0, 5.0], [2.0, 4.0], [3.0, 6.0]])).df
    3.2
    """
    residuals = x - x.mean(axis=0)
    n_free = len(x) - 1
    covariance = residuals.T @ residuals / n_free
    variances = np.diag(covariance)
    squares = float(np.sum(covariance**2))
    df = n_free * float(variances.sum()) ** 2 / squares if squares else float(n_free)
    return Spread(np.sqrt(np.maximum(variances, variances.mean())), df)


def simultaneous_level(n: int, level: float = LEVEL) -> float:
    """Level of each of `n` intervals that hold together at `level`, however they depend on each other.

    Source: Dunn, J. American Statistical Association 56 (1961) 52, by Bonferroni's inequality.

    >>> simultaneous_level(20)
    0.9975
    """
    return 1 - (1 - level) / n


def p_everywhere(p_values: Sequence[float]) -> float:
    """p-value against "not everywhere", from those against "not here": the largest (intersection-union principle).

    Source: Berger, Technometrics 24 (1982) 295.

    >>> p_everywhere([0.01, 0.04])
    0.04
    """
    return max(p_values)


def p_somewhere(p_values: Sequence[float]) -> float:
    """p-value against "nowhere", from those against "not here": the smallest times their number.

    Source: Dunn, J. American Statistical Association 56 (1961) 52, by Bonferroni's inequality.

    >>> p_somewhere([0.01, 0.04])
    0.02
    """
    return min(1.0, len(p_values) * min(p_values))


def p_above(estimate: Estimate, bound: float) -> float:
    """One-sided p-value against "not above `bound`".

    >>> round(p_above(mean(np.array([1.0, 2.0, 3.0, 4.0])), 0), 4)
    0.0152
    """
    if estimate.standard_error == 0:
        return 0.0 if estimate.value > bound else 1.0
    return float(stats.t.sf((estimate.value - bound) / estimate.standard_error, estimate.df))


def p_within(estimate: Estimate, low: float, high: float) -> float:
    """p-value against "not between `low` and `high`": two one-sided tests (TOST).

    Source: Schuirmann, J. Pharmacokinetics and Biopharmaceutics 15 (1987) 657.

    >>> round(p_within(mean(np.array([1.0, 2.0, 3.0, 4.0])), 0, 5), 4)
    0.0152
    """
    mirrored = estimate._replace(value=-estimate.value)
    return max(p_above(estimate, low), p_above(mirrored, -high))


def p_outside(estimate: Estimate, low: float, high: float) -> float:
    """p-value against "between `low` and `high`": the smaller of two one-sided tests.

    It needs no doubling: a value that lies between can be near one end only, and there the other test is idle.

    >>> round(p_outside(mean(np.array([1.0, 2.0, 3.0, 4.0])), -1, 0), 4)
    0.0152
    """
    mirrored = estimate._replace(value=-estimate.value)
    return min(p_above(estimate, high), p_above(mirrored, -low))


def p_of_one_more(x: Array, value: float, half: float) -> float:
    """p-value against "one more value like those of `x` is `value`, give or take `half`": two-sided, by `one_more`.

    >>> round(p_of_one_more(np.array([1.0, 2.0, 3.0, 4.0]), 7.5, 0.4066), 3)
    0.05
    """
    estimate = one_more(x)
    return p_beyond(estimate._replace(value=estimate.value - value), half)


def p_beyond(estimate: Estimate, half: float) -> float:
    """Two-sided p-value against "no farther from 0 than `half`"; 1 where the estimate is not.

    >>> round(p_beyond(mean(np.array([1.0, 2.0, 3.0, 4.0])), 0), 4)
    0.0305
    """
    away = estimate._replace(value=abs(estimate.value) - half)
    return min(1.0, 2 * p_above(away, 0.0)) if away.value > 0 else 1.0


def n_to_tell(effect: float, deviation: float, alpha: float, power: float = POWER) -> int | None:
    """How many values with this standard `deviation` tell a mean that lies `effect` beyond a bound from it.

    By Student's one-sided t test at `alpha`, with this `power`; None if more than `MOST_RUNS`. Source: statsmodels,
    `TTestPower`, by the noncentral t distribution.

    >>> n_to_tell(1.0, 1.0, 0.05)
    11
    """
    if deviation == 0:
        return 2
    numbers, size, test = range(2, MOST_RUNS + 1), abs(effect) / deviation, TTestPower()
    place = bisect_left(numbers, power, key=lambda n: float(test.power(size, n, alpha, alternative="larger")))
    return numbers[place] if place < len(numbers) else None


def root_mean_square(x: Array) -> float:
    """Root mean square of `x`, any shape.

    >>> round(root_mean_square(np.array([3.0, -4.0])), 4)
    3.5355
    """
    return float(np.sqrt(np.mean(np.square(x))))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted for being a family, shape (n,) to (n,), in the order given.

    Source: Holm, Scandinavian Journal of Statistics 6 (1979) 65, by statsmodels.

    >>> [round(p, 2) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    if not len(p_values):
        return []
    # statsmodels collects garbage in every call, which takes longer than all that a study is judged by: there is none.
    gc.freeze()
    try:
        return [float(p) for p in multipletests(p_values, method="holm")[1]]
    finally:
        gc.unfreeze()
