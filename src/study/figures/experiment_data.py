"""What the figures of one experiment are drawn from, and what a drawing is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import pandas as pd
from matplotlib.figure import Figure

from study.claims.models import Claim
from study.claims.rules import OrderClaim
from study.config.runtimes import version_of
from study.config.study import Experiment, Study
from study.records.models import Observation, Trial
from study.records.tables import epoch_table, trial_table
from study.verdicts.models import Verdict

ARM = ["variant", "runtime"]
T = TypeVar("T", bound=Claim)


@dataclass(frozen=True)
class CaptionedFigure:
    """A figure with its title and what it shows, in words."""

    figure: Figure
    title: str
    caption: str


class ExperimentData:
    """Finished trials of one experiment, as records and as tables; its claims, verdicts and observations."""

    def __init__(
        self,
        study: Study,
        name: str,
        trials: Iterable[Trial],
        observations: Iterable[Observation],
        judged: Iterable[tuple[Claim, Verdict]],
    ) -> None:
        self.name = name
        self.experiment: Experiment = study.experiments[name]
        self.variants = list(self.experiment.variants)
        self.records = [trial for trial in trials if trial.experiment == name and trial.status == "completed"]
        self.observations = [each for each in observations if each.subject == name]
        self.judged = [(claim, verdict) for claim, verdict in judged if claim.experiment == name]

    @cached_property
    def trials(self) -> pd.DataFrame:
        """One row a finished trial, with the column `assumption`: its alternative in words."""
        table = trial_table(self.records)
        return table.assign(assumption=[self.assumption(trial.alternative) for trial in self.records])

    @cached_property
    def epochs(self) -> pd.DataFrame:
        """One row an epoch of a finished trial."""
        return epoch_table(self.records)

    @cached_property
    def architectures(self) -> list[str | None]:
        """Alternatives of other architectures that claims compare with each other, the base first; none if none are."""
        compared: set[str | None] = set()
        for claim in self.claims(OrderClaim):
            pair = {claim.alternative, claim.baseline.alternative}
            if len({self._architecture(each) for each in pair}) > 1:
                compared |= pair
        return [each for each in [None, *self.experiment.alternatives] if each in compared]

    def _architecture(self, alternative: str | None) -> str:
        changed = self.experiment.alternatives[alternative].architecture if alternative else None
        return repr(changed or self.experiment.architecture)

    @property
    def runtimes(self) -> list[str]:
        """Runtimes that have trials, in the order of their versions."""
        return sorted({trial.runtime for trial in self.records}, key=version_of)

    @property
    def timed(self) -> pd.DataFrame:
        """Timed trials, none repeated in a block, of the experiment as it stands and of architectures compared."""
        rows = self._rows(lambda trial: trial.timed and trial.replicate == 0)
        return rows[rows["assumption"].isin(map(self.assumption, self.architectures or [None]))]

    @property
    def accuracy_runs(self) -> pd.DataFrame:
        """Untimed trials, trained as published."""
        return self._rows(lambda trial: not trial.timed and trial.protocol == "as_published")

    def _rows(self, wanted: Callable[[Trial], bool]) -> pd.DataFrame:
        if not self.records:
            return pd.DataFrame({"assumption": [], "variant": [], "runtime": []})
        return self.trials[[wanted(trial) for trial in self.records]]

    def assumption(self, alternative: str | None) -> str:
        """An alternative in words, or the experiment as it stands."""
        return self.experiment.alternatives[alternative].title if alternative else self.experiment.assumption

    def assumptions(self, rows: pd.DataFrame) -> list[str]:
        """Assumptions that `rows` hold, in the order of the configuration, the base first."""
        return [
            assumption
            for assumption in map(self.assumption, [None, *self.experiment.alternatives])
            if assumption in set(rows["assumption"])
        ]

    def most_compared(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Of `rows`, those of the assumption that most variants and runtimes have, the base first."""
        cells = {
            name: len(rows.loc[rows["assumption"] == name, ARM].drop_duplicates()) for name in self.assumptions(rows)
        }
        return rows[rows["assumption"] == max(cells, key=lambda name: cells[name])] if cells else rows

    def hue_order(self, rows: pd.DataFrame) -> list[str]:
        """Variants that `rows` hold, in the order of the configuration."""
        return [variant for variant in self.variants if variant in set(rows["variant"])]

    def claims(self, rule: type[T]) -> list[T]:
        """Claims about this experiment that a rule judges."""
        return [claim for claim, _ in self.judged if isinstance(claim, rule)]


def counted(rows: pd.DataFrame) -> str:
    """Say how many trials there are, in all and of each assumption, variant and runtime."""
    each = rows.groupby(["assumption", "variant", "runtime"]).size()
    return f"n = {len(rows)} trials, {ranged(each)} of each."


def ranged(numbers: Iterable[int]) -> str:
    """Smallest and largest of `numbers`, or the one that they all are."""
    ends = sorted(numbers)
    return str(ends[0]) if ends[0] == ends[-1] else f"{ends[0]} to {ends[-1]}"
