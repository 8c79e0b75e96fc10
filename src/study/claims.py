"""The ledger: every published statement, quoted, with the rule that judges it."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeFloat, model_validator

from study.config import Protocol
from study.records import PlannedTrial
from study.yamlfiles import ConfigError, StrictModel, did_you_mean, line_of, load_yaml, read_text

LEDGER = "config/claims.yaml"

Metric = Literal[
    "epoch_seconds",
    "cost_per_sample",
    "best_accuracy",
    "final_accuracy",
    "test_accuracy",
]
TIME_METRICS = ("epoch_seconds", "cost_per_sample")
NEEDED = {
    "value": ("variant", "runtime", "metric", "published"),
    "order": ("variant", "runtime", "metric", "baseline", "direction", "margin"),
    "equal": ("variant", "runtime", "metric", "baseline", "margin"),
    "fails": ("variant", "runtime"),
    "arithmetic": ("terms", "published"),
}
# By what a claim picks its trials: the claim's field, and where a trial has it.
PICKED_BY: dict[str, Callable[[PlannedTrial], object]] = {
    "experiment": lambda trial: trial.experiment,
    "variant": lambda trial: trial.variant,
    "runtime": lambda trial: trial.runtime,
    "protocol": lambda trial: trial.protocol,
    "eager_execution": lambda trial: trial.settings.eager_execution,
}


class Arm(StrictModel):
    """Which trials a statement speaks of; what is left out is as in the claim."""

    variant: str | None = None
    runtime: str | None = None
    eager_execution: bool | None = None


class Number(StrictModel):
    """A printed number and the worth of its last printed digit (0: exact)."""

    value: float
    resolution: NonNegativeFloat = 0


class Reading(StrictModel):
    """Another way to read what the source left out: the claim's fields it changes."""

    reading: str
    metric: Metric | None = None
    variant: str | None = None
    runtime: str | None = None
    eager_execution: bool | None = None
    baseline: Arm | None = None


class Claim(StrictModel):
    """One published statement.

    Accuracies are fractions, times seconds, costs per sample microseconds; `published` is in the metric's unit, for
    the rule `order` it is the ratio to the baseline. `resolution` is the worth of the last printed digit.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")]
    source: str
    quote: str
    place: str
    experiment: str
    variant: str | None = None
    runtime: str | None = None
    protocol: Protocol = "as_published"
    eager_execution: bool = False
    rule: Literal["value", "order", "equal", "fails", "arithmetic"]
    metric: Metric | None = None
    published: float | None = None
    resolution: NonNegativeFloat = 0
    margin: NonNegativeFloat | None = None
    direction: Literal["lower", "higher"] | None = None
    baseline: Arm | None = None
    terms: list[list[Number]] = []
    assumed: str | None = None
    sensitivity: list[Reading] = []

    @model_validator(mode="after")
    def _has_what_its_rule_needs(self) -> Self:
        needed = NEEDED[self.rule]
        if self.rule == "value" and self.metric not in TIME_METRICS:
            needed += ("margin",)
        missing = [field for field in needed if getattr(self, field) in (None, [])]
        if missing:
            raise ValueError(f"the rule '{self.rule}' needs {', '.join(missing)}")
        return self

    @property
    def timed(self) -> bool:
        """Whether the claim speaks of a time."""
        return self.metric in TIME_METRICS


def load_claims(path: str | Path = LEDGER) -> list[Claim]:
    """Read the ledger.

    Raises
    ------
    ConfigError
        For a misspelt key, an unknown rule or metric, with the line and the nearest valid name.
    """
    return load_yaml(path, list[Claim])


def readings(claim: Claim) -> Iterator[tuple[str, Claim]]:
    """Every other reading of `claim`, as a claim of its own."""
    for reading in claim.sensitivity:
        changed = {field: getattr(reading, field) for field in reading.model_fields_set - {"reading"}}
        yield reading.reading, claim.model_copy(update=changed | {"sensitivity": []})


def baseline_of(claim: Claim) -> Claim:
    """What `claim` compares with, as a claim of its own."""
    changed = claim.baseline.model_dump(exclude_unset=True) if claim.baseline else {}
    return claim.model_copy(update=changed | {"baseline": None, "sensitivity": []})


def speaks_of(claim: Claim, trial: PlannedTrial) -> bool:
    """Whether `trial` is of the variant, runtime, protocol and execution that `claim` names, timed or not."""
    return all(getattr(claim, field) == of(trial) for field, of in PICKED_BY.items())


def refuse_unplanned(claims: Iterable[Claim], planned: Iterable[PlannedTrial], where: str | Path = LEDGER) -> None:
    """Refuse a ledger that speaks of trials that no plan produces.

    The names in another reading must be known, but at a small scale its trials may be left out: it is then
    inconclusive.

    Parameters
    ----------
    where
        File that the claims come from, in its order.

    Raises
    ------
    ConfigError
        With the claim, its line, and the nearest valid name.
    """
    trials = list(planned)
    for number, claim in enumerate(claims):
        for loc, message in _unplanned(claim, trials):
            raise ConfigError(f"{where}:{line_of(read_text(where), (number, *loc))}: {claim.id}: {message}")


def _unplanned(claim: Claim, trials: list[PlannedTrial]) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Everything in `claim` that no planned trial has, with the place where it stands."""
    arms: list[tuple[tuple[int | str, ...], Claim]] = [((), claim)]
    if claim.baseline:
        arms.append((("baseline",), baseline_of(claim)))
    for loc, arm in arms:
        for field, message in _unplanned_arm(arm, trials):
            yield (*loc, field), message
    known = [trial for trial in trials if trial.experiment == claim.experiment]
    for number, (_, reading) in enumerate(readings(claim)):
        for arm in (reading, baseline_of(reading)):
            for field in ("variant", "runtime"):
                for message in _unknown(field, arm, known, [claim.experiment]):
                    yield ("sensitivity", number, field), message


def _unplanned_arm(arm: Claim, trials: list[PlannedTrial]) -> Iterator[tuple[str, str]]:
    """The first field of `arm` that no planned trial has together with the fields before it."""
    before: list[str] = []
    for field, of in PICKED_BY.items():
        for message in _unknown(field, arm, trials, before):
            yield field, message
            return
        if arm.rule == "arithmetic":
            return
        before.append(str(getattr(arm, field)))
        trials = [trial for trial in trials if of(trial) == getattr(arm, field)]
    if arm.metric and arm.timed not in {trial.timed for trial in trials}:
        yield "metric", f"'{arm.metric}' needs {'timed' if arm.timed else 'untimed'} trials of {', '.join(before[:3])}"


def _unknown(field: str, arm: Claim, trials: list[PlannedTrial], before: list[str]) -> Iterator[str]:
    wanted, known = getattr(arm, field), {str(PICKED_BY[field](trial)) for trial in trials}
    if str(wanted) not in known:
        of = f" of {', '.join(before)}" if before else ""
        yield f"no planned trial{of} has the {field} '{wanted}': {did_you_mean(wanted, sorted(known))}"
