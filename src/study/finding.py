"""What the rules share: the evidence they look at and what they find."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from study.claims import Claim, speaks_of
from study.records import Observation, Trial, TrialError, VerdictName
from study.statistics import Interval

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
Conclusion = tuple[VerdictName, str]


@dataclass(frozen=True)
class Evidence:
    """Everything that a rule may look at. `ledger` holds all claims, so that one can name another."""

    trials: Sequence[Trial] = ()
    observations: Sequence[Observation] = ()
    ledger: Sequence[Claim] = ()

    def trials_of(self, claim: Claim) -> list[Trial]:
        """Trials that `claim` speaks of, however they ended, timed or not."""
        return [trial for trial in self.of_experiment(claim.experiment) if speaks_of(claim, trial)]

    def of_experiment(self, experiment: str | None) -> list[Trial]:
        """Every trial of `experiment`, of any where it is None."""
        return self._by_experiment[experiment]

    @cached_property
    def _by_experiment(self) -> dict[str | None, list[Trial]]:
        """Trials of each experiment, so that not every claim looks at every trial; None has all."""
        trials: dict[str | None, list[Trial]] = defaultdict(list)
        for trial in self.trials:
            trials[trial.experiment].append(trial)
            trials[None].append(trial)
        return trials


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
