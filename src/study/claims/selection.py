"""What a statement is about: which trials or networks, and which of their numbers."""

from typing import get_args

from study.claims.vocabulary import Metric, TimeMetric
from study.config.study import Protocol
from study.config.validation import StrictModel
from study.records.models import PlannedTrial

# Left out, these mean any; an alternative left out means the experiment as it stands.
ANY_IF_ABSENT = ("experiment", "variant", "runtime")


class Selection(StrictModel):
    """Trials, or networks, that have all of this in common."""

    experiment: str | None = None
    variant: str | None = None
    runtime: str | None = None
    alternative: str | None = None
    protocol: Protocol = "as_published"
    eager_execution: bool = False

    def selects(self, trial: PlannedTrial) -> bool:
        """Whether `trial` is one of them, timed or not; no claim rests on a diagnostic trial."""
        return not trial.diagnostic and all(self.agrees(field, trial) for field in Selection.model_fields)

    def agrees(self, field: str, trial: PlannedTrial) -> bool:
        """Whether `trial` has in `field` what is selected."""
        wanted = getattr(self, field)
        return (wanted is None and field in ANY_IF_ABSENT) or wanted == value_in(field, trial)

    def changed(self, **changes: object) -> "Selection":
        """Select what differs from this in `changes` alone."""
        return self.model_copy(update=changes)

    def compared_with(self, named: "Selection") -> "Selection":
        """Resolve a baseline: what `named` leaves out is as here.

        An alternative belongs to its experiment: of another experiment it is none unless `named` names one.
        """
        fields = named.model_dump(exclude_unset=True)
        elsewhere = fields.get("experiment", self.experiment) != self.experiment
        return self.changed(**(({"alternative": None} if elsewhere else {}) | fields))

    @property
    def text(self) -> str:
        """Name the trials: `subclass on tf-2.0.0 with alternative narrow`."""
        how = [f"alternative {self.alternative}"] if self.alternative else []
        how += ["eager execution"] if self.eager_execution else []
        return f"{self.variant} on {self.runtime}" + (f" with {' and '.join(how)}" if how else "")

    @property
    def network(self) -> str:
        """Name the network, as on the command line: `mini_vgg/subclass/same_stride_2`."""
        return "/".join(filter(None, [self.experiment, self.variant, self.alternative]))


def value_in(field: str, trial: PlannedTrial) -> object:
    """What `trial` has in a field of `Selection`."""
    return trial.settings.eager_execution if field == "eager_execution" else getattr(trial, field)


class Measure(StrictModel):
    """Which number of a trial is meant: a metric, of an epoch (None: the last) and of an output (None: all), from 1."""

    metric: Metric
    epoch: int | None = None
    output: int | None = None

    @property
    def timed(self) -> bool:
        """Whether it is a time, which only timed trials tell."""
        return self.metric in get_args(TimeMetric)
