"""What the rules share: the evidence they look at and what they find."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from study.analysis.evidence import Evidence
from study.analysis.runs import MIN_RUNS
from study.claims.models import Claim
from study.common.text import number_word
from study.records.models import Trial, TrialError
from study.statistics import Interval
from study.verdicts.models import VerdictName

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
Conclusion = tuple[VerdictName, str]


@dataclass(frozen=True)
class Finding:
    """What the evidence says about a claim.

    `n` counts runs, for `order` pairs, for a probe its observations. `conclude` gives the verdict and its reason, told
    whether the p-value is significant in its family; without a p-value that does not matter.
    """

    conclude: Callable[[bool], Conclusion]
    trials: Sequence[Trial] = ()
    n: int = 0
    measured: float | None = None
    interval: Interval | None = None
    p_value: float | None = None


Rule = Callable[[Claim, Evidence], Finding]


def always(verdict: VerdictName, reason: str) -> Callable[[bool], Conclusion]:
    """Conclude so, whatever is significant."""
    return lambda _: (verdict, reason)


def told(error: TrialError) -> str:
    """Name an error by its type and the first line of its message, the same in every run: without addresses."""
    first = next(iter(error.message.strip().splitlines()), "")
    return f"{error.type}: {ADDRESS.sub('', first)}"


def too_few() -> str:
    """Say how many runs it takes to say how far runs differ."""
    return f"to say how far runs differ takes at least {number_word(MIN_RUNS)}"
