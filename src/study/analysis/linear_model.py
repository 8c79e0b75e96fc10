"""Estimates from all runs at once what the architecture does and what the API does, each whatever the other is.

The logarithm of what was measured is a sum: what the architecture adds, what the API adds, for a time what the block
adds, and an error that is as large everywhere. So every run tells something of both, and a costly architecture with few
runs borrows from the cheap one how far runs differ.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from math import exp

import numpy as np
from statsmodels.regression.linear_model import OLS

from study import statistics as st
from study.analysis.runs import MIN_RUNS

Architecture = str | None  # an alternative; None is the experiment as it stands
Change = tuple[str, str | None, str | None]  # the first three fields of an Effect


@dataclass(frozen=True)
class Run:
    """What one run measured: the logarithm of a metric."""

    architecture: Architecture
    api: str
    block: int
    log: float


@dataclass(frozen=True)
class Effect:
    """What a change does: an estimate of the log ratio of the first to the second, over `n` runs.

    `changed` is `the architecture`, `the API` or `the interaction`: how many times the ratio of two APIs with the first
    architecture is that with the second. An architecture is named as in `Run`.
    """

    changed: str
    first: str | None
    second: str | None
    estimate: st.Estimate
    n: int

    @property
    def ratio(self) -> float:
        """The estimated ratio."""
        return exp(self.estimate.value)

    @property
    def interval(self) -> st.Interval:
        """Its 95 % interval."""
        low, high = st.interval(self.estimate)
        return exp(low), exp(high)


def effects_of(runs: Sequence[Run], architectures: tuple[Architecture, Architecture], *, paired: bool) -> list[Effect]:
    """Estimate the effect of the architecture, of each API against that of the first run, and of their interaction.

    Parameters
    ----------
    runs
        Of both architectures; the API of the first one is what the others are compared with.
    architectures
        The two that are compared.
    paired
        Whether the runs of a block have something in common.

    Returns
    -------
    list of Effect
        Empty where the runs do not tell architecture and API apart, or leave too little to say how far runs differ.
    """
    first, second = architectures
    one, *others = dict.fromkeys(run.api for run in runs)
    ran = {(run.architecture, run.api) for run in runs}
    architecture = _column(run.architecture == first for run in runs)
    apis = {other: -_column(run.api == other for run in runs) for other in others}
    alone: dict[Change, st.Array] = {("the architecture", first, second): architecture}
    alone |= {("the API", one, other): column for other, column in apis.items()}
    interaction: dict[Change, st.Array] = {
        ("the interaction", one, other): architecture * column
        for other, column in apis.items()
        if ran >= {(each, api) for each in architectures for api in (one, other)}
    }
    _, *later = sorted({run.block for run in runs})
    blocks = [_column(run.block == block for run in runs) for block in later] if paired else []
    return _estimated(runs, alone, blocks) + _estimated(runs, interaction, [*alone.values(), *blocks])


def _column(values: Iterable[bool]) -> st.Array:
    return np.array([*values], float)


def _estimated(runs: Sequence[Run], wanted: Mapping[Change, st.Array], others: Sequence[st.Array]) -> list[Effect]:
    """Effects that the columns `wanted` of the design stand for, each of shape (n,), beside the columns `others`."""
    design = np.column_stack([*wanted.values(), *others, np.ones(len(runs))])
    model, freedom = OLS([run.log for run in runs], design), len(runs) - design.shape[1]
    # `df_resid` is n less the rank of the design, which dependent columns make smaller than their number.
    if freedom < MIN_RUNS - 1 or model.df_resid > freedom:
        return []
    fitted = model.fit()
    estimates = map(st.Estimate, fitted.params, fitted.bse, repeat(freedom))
    return [Effect(*change, estimate, len(runs)) for change, estimate in zip(wanted, estimates, strict=False)]
