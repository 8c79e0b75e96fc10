"""Estimates from all runs at once what the architecture does and what the API does, each whatever the other is.

The logarithm of what was measured is a sum: what the architecture adds, what the API adds, for a time what the block
adds, and an error that is as large everywhere. So every run tells something of both, and a costly architecture with few
runs borrows from the cheap one how far runs differ.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp

import numpy as np

from study import statistics as st
from study.analysis.runs import MIN_RUNS

Architecture = str | None  # an alternative; None is the experiment as it stands


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


@dataclass(frozen=True)
class _Column:
    """A column of the design: what it stands for, and its value for each run, shape (n,)."""

    changed: str
    first: str | None
    second: str | None
    values: st.Array


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
    alone = [*_alone(runs, architectures)]
    blocks = [*_blocks(runs)] if paired else []
    found = _estimated(runs, alone, blocks)
    return found + _estimated(runs, [*_interaction(runs, architectures, alone)], [*alone, *blocks])


def _alone(runs: Sequence[Run], architectures: tuple[Architecture, Architecture]) -> Iterator[_Column]:
    first, second = architectures
    yield _Column("the architecture", first, second, np.array([run.architecture == first for run in runs], float))
    one, *others = dict.fromkeys(run.api for run in runs)
    for other in others:
        yield _Column("the API", one, other, -np.array([run.api == other for run in runs], float))


def _interaction(
    runs: Sequence[Run], architectures: tuple[Architecture, Architecture], alone: Sequence[_Column]
) -> Iterator[_Column]:
    """Columns of the APIs that ran with both architectures, as the one that they are compared with did."""
    architecture, *apis = alone
    ran = {(run.architecture, run.api) for run in runs}
    for api in apis:
        if ran >= {(each, name) for each in architectures for name in (api.first, api.second)}:
            yield _Column("the interaction", api.first, api.second, architecture.values * api.values)


def _blocks(runs: Sequence[Run]) -> Iterator[_Column]:
    _, *others = sorted({run.block for run in runs})
    for block in others:
        yield _Column("the block", None, None, np.array([run.block == block for run in runs], float))


def _estimated(runs: Sequence[Run], wanted: Sequence[_Column], others: Sequence[_Column]) -> list[Effect]:
    columns = [*wanted, *others]
    design = np.column_stack([np.ones(len(runs)), *(column.values for column in columns)])
    freedom = len(runs) - design.shape[1]
    if freedom < MIN_RUNS - 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        return []
    _, *estimates = st.least_squares(design, np.array([run.log for run in runs]))
    return [
        Effect(column.changed, column.first, column.second, estimate, len(runs))
        for column, estimate in zip(wanted, estimates, strict=False)
    ]
