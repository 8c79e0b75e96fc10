"""Everything that verdicts rest on: trials, observations and the claims themselves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from study.claims.models import Claim
from study.claims.selection import Selection
from study.config.datasets import Altered, Dataset
from study.records.models import Observation, PlannedTrial, Probe, Trial


@dataclass(frozen=True)
class Evidence:
    """Everything that an analysis may look at.

    `claims` holds all of them, so that one can name another; `planned` are the trials that the study plans, whether
    they ran or not; `datasets` are as published or altered.
    """

    trials: Sequence[Trial] = ()
    observations: Sequence[Observation] = ()
    claims: Sequence[Claim] = ()
    planned: Sequence[PlannedTrial] = ()
    datasets: Mapping[str, Dataset] = field(default_factory=dict)

    def batch(self, *, confirming: bool) -> "Evidence":
        """Keep of the trials those that decide, or those that confirm what these decided."""
        return replace(self, trials=[trial for trial in self.trials if bool(trial.confirms) == confirming])

    def altered_for(self, trials: Iterable[Trial]) -> Altered | None:
        """How the data of trials differ from what was published; None where they do not."""
        editions = sorted({(trial.dataset, trial.edition) for trial in trials if trial.edition})
        found = [self.datasets[name].altered(edition) for name, edition in editions if name in self.datasets]
        return next(filter(None, found), None)

    def altered_dataset(self, name: str | None) -> Altered | None:
        """How a dataset, as the trials here have it, differs from what was published; None where it does not."""
        return self.altered_for(trial for trial in self.trials if trial.dataset == name)

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
