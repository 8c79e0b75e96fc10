"""Which trials a claim speaks of."""

from collections.abc import Callable

from study.claims.models import Claim
from study.records.models import PlannedTrial

# By what a claim picks its trials: the claim's field, and where a trial has it.
PICKED_BY: dict[str, Callable[[PlannedTrial], object]] = {
    "experiment": lambda trial: trial.experiment,
    "variant": lambda trial: trial.variant,
    "runtime": lambda trial: trial.runtime,
    "alternative": lambda trial: trial.alternative,
    "protocol": lambda trial: trial.protocol,
    "eager_execution": lambda trial: trial.settings.eager_execution,
}
# Left out, these mean all; an alternative left out means the base reading.
ALL_IF_ABSENT = ("experiment", "variant", "runtime")


def speaks_of(claim: Claim, trial: PlannedTrial) -> bool:
    """Whether `trial` is of what `claim` names: experiment, variant, runtime and so on, timed or not."""
    return not trial.diagnostic and all(is_picked(field, claim, trial) for field in PICKED_BY)


def is_picked(field: str, claim: Claim, trial: PlannedTrial) -> bool:
    """Whether `trial` has in `field` what `claim` names."""
    wanted = getattr(claim, field)
    return (wanted is None and field in ALL_IF_ABSENT) or wanted == PICKED_BY[field](trial)
