"""The ledger: every published statement, quoted, with the rule that judges it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat

from study.config import Protocol
from study.yamlfiles import StrictModel, load_yaml

Metric = Literal[
    "epoch_seconds",
    "cost_per_sample",
    "best_accuracy",
    "final_accuracy",
    "test_accuracy",
]
TIME_METRICS = ("epoch_seconds", "cost_per_sample")


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


def load_claims(path: str | Path = "config/claims.yaml") -> list[Claim]:
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
