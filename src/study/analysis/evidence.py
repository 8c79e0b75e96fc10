"""Everything that verdicts rest on: trials, observations and the claims themselves."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from study.claims.models import Claim
from study.claims.selection import speaks_of
from study.records.models import Observation, Trial


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
