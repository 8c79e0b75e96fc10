"""Everything that verdicts rest on: trials, observations and the claims themselves."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from study.claims.models import Claim
from study.claims.selection import Selection
from study.records.models import Observation, Probe, Trial


@dataclass(frozen=True)
class Evidence:
    """Everything that an analysis may look at. `claims` holds all of them, so that one can name another."""

    trials: Sequence[Trial] = ()
    observations: Sequence[Observation] = ()
    claims: Sequence[Claim] = ()

    def trials_of(self, selection: Selection) -> list[Trial]:
        """Selected trials, however they ended, timed or not."""
        return [trial for trial in self.of_experiment(selection.experiment) if selection.selects(trial)]

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

    def observed(self, probe: Probe, selection: Selection) -> list[Observation]:
        """What `probe` showed of the selected subject; a variant or runtime that is not selected means all."""
        return [
            each
            for each in self.observations
            if (each.probe, each.subject, each.alternative) == (probe, selection.experiment, selection.alternative)
            and selection.variant in (None, each.variant)
            and selection.runtime in (None, each.runtime)
        ]
