"""Small statistical functions: arrays in, numbers out. Estimates come with what their uncertainty needs."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

Array = npt.NDArray[np.float64]
Interval = tuple[float, float]

LEVEL = 0.95
DRAWS = 9999
BOOTSTRAP_SEED = 20200101


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


def prediction_interval(x: Array, level: float = LEVEL) -> Interval:
    """Interval that one more value like those of `x`, shape (n,), n >= 2, falls into.

    Source: Hahn and Meeker, Statistical Intervals (1991), chapter 4: mean ± t s √(1 + 1/n).

    >>> low, high = prediction_interval(np.array([1.0, 2.0, 3.0, 4.0]))
    >>> f"{low:.3f} to {high:.3f}"
    '-2.093 to 7.093'
    """
    one_more = mean(x)._replace(standard_error=float(np.std(x, ddof=1) * np.sqrt(1 + 1 / len(x))))
    return interval(one_more, level)


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


def bootstrap_interval(x: Array, level: float = LEVEL, draws: int = DRAWS, seed: int = BOOTSTRAP_SEED) -> Interval:
    """Percentile bootstrap interval of the mean of `x`, shape (n,), n >= 2; the same `x` gives the same interval.

    The plain percentile interval is too narrow for small n, by √((n-1)/n) and for want of Student's t, so its
    percentiles are moved out to Φ(-√(n/(n-1)) t). With three values it is their range. Sources: Efron and Tibshirani,
    An Introduction to the Bootstrap (1993), chapter 13; Hesterberg, The American Statistician 69 (2015) 371.

    >>> bootstrap_interval(np.array([1.0, 2.0, 3.0, 4.0]))
    (1.0, 4.0)
    """
    n = len(x)
    resampled = x[np.random.default_rng(seed).integers(n, size=(draws, n))].mean(axis=1)
    tail = float(stats.norm.cdf(-np.sqrt(n / (n - 1)) * stats.t.ppf((1 + level) / 2, n - 1)))
    low, high = np.quantile(resampled, [tail, 1 - tail])
    return float(low), float(high)


def root_mean_square(x: Array) -> float:
    """Root mean square of `x`, any shape.

    >>> round(root_mean_square(np.array([3.0, -4.0])), 4)
    3.5355
    """
    return float(np.sqrt(np.mean(np.square(x))))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted for being a family, shape (n,) to (n,), in the order given.

    Source: Holm, Scandinavian Journal of Statistics 6 (1979) 65.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(steps, 1.0)
    return [float(p) for p in adjusted]
