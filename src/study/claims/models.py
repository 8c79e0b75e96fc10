"""A published statement: what every claim has, whatever rule judges it."""

import json
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import Field, NonNegativeFloat, PositiveInt, ValidationError, model_validator

from study.claims import wording
from study.claims.selection import Measure, Selection
from study.claims.vocabulary import EPOCH_METRICS, EpochMetric, Metric, TimeMetric
from study.common.text import plain
from study.config.study import Protocol
from study.config.validation import StrictModel


class Number(StrictModel):
    """A printed number and the worth of its last printed digit (0: exact)."""

    value: float
    resolution: NonNegativeFloat = 0


Scope = Literal["in general", "this machine", "these data"]


class Variation(StrictModel):
    """Another way to ask what a claim says: the fields of the claim that it changes."""

    metric: Metric | None = None
    variant: str | None = None
    runtime: str | None = None
    alternative: str | None = None
    epoch: PositiveInt | None = None
    protocol: Protocol | None = None
    eager_execution: bool | None = None
    baseline: Selection | None = None

    @property
    def text(self) -> str:
        """Say what is otherwise."""
        raise NotImplementedError


class Assumption(Variation):
    """Another assumption about what the source leaves out: it counts as much as the one that the claim makes."""

    assumption: str

    @property
    def text(self) -> str:
        return self.assumption


class Elsewhere(Variation):
    """Where else the claim may hold, of which the source says nothing: it decides nothing about the claim."""

    elsewhere: str

    @property
    def text(self) -> str:
        return self.elsewhere


class Claim(StrictModel):
    """One published statement. Each rule has a class of its own (`study.claims.rules`), which says what else it needs.

    Accuracies are fractions, times seconds, costs per sample microseconds. `resolution` is the worth of the last
    printed digit. What a claim writes, it writes in its own unit. It `concludes` if its source does. `fitted` says
    which setting was chosen by this very number, which then cannot confirm it. `universal` is a statement of all or
    everything, which no number of examples confirms.
    """

    # What config/README.md says of the rule: a claim is reproduced when …
    reproduced_when: ClassVar[str]
    # Fields that a claim needs, though not of every metric.
    also_needed: ClassVar[tuple[str, ...]] = ()

    id: Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")]
    source: str
    quote: str
    place: str
    concludes: bool = False
    rule: str
    experiment: str | None = None
    assumed: str | None = None
    sensitivity: list[Assumption] = []
    also: list[Elsewhere] = []
    fitted: str | None = None
    universal: bool = False

    @model_validator(mode="after")
    def _fits_its_rule(self) -> Self:
        for problem in self._problems():
            raise ValueError(problem)
        for other in (*self.sensitivity, *self.also):
            try:
                self.varied(other)
            except ValidationError as error:
                raise ValueError(f"'{other.text}': {error.errors()[0]['msg']}") from error
        return self

    def _problems(self) -> Iterator[str]:
        """What keeps the claim from being judged by its rule."""
        yield from ()

    def varied(self, other: Variation) -> Self:
        """Return this claim as it is asked otherwise."""
        given = self.model_dump(by_alias=True, exclude_unset=True, exclude={"sensitivity", "also"})
        changes = other.model_dump(exclude_unset=True, include=set(Variation.model_fields))
        return type(self).model_validate(given | changes)

    @property
    def test(self) -> str:
        """What is asked, whoever states it and in whichever words: claims with the same test have one answer."""
        fields = self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=NOT_ASKED)
        return json.dumps(fields, sort_keys=True)

    @property
    def scope(self) -> Scope:
        """On what its answer rests: on a machine where it is about times, on data where it is about what they teach."""
        return "in general"

    @property
    def selection(self) -> Selection:
        """Which trials or networks it is about."""
        return Selection(**{name: getattr(self, name) for name in Selection.model_fields if hasattr(self, name)})

    @property
    def needs_trials(self) -> bool:
        """Whether trials answer it, not probes or the claim itself."""
        return False

    @property
    def about(self) -> str:
        """Name what answers it."""
        return self.selection.text

    @property
    def printed(self) -> Any:
        """What the source printed, in the claim's unit: a number, of a curve a list; None where it printed none."""
        return None

    @property
    def unit(self) -> str:
        """Unit of what it measures."""
        return ""

    def number(self, value: float) -> str:
        """Write a measured or published number without its unit."""
        return plain(value)

    def quantity(self, value: float) -> str:
        """Write a measured or published number with its unit."""
        return wording.with_unit(self.number(value), self.unit)

    @property
    def published_text(self) -> str:
        """Write what the source says, as a number if it printed one; nothing where the quote says it all."""
        return "" if self.printed is None else self.quantity(self.printed)

    def with_interval(self, value: float | None, interval: Sequence[float] | None) -> str:
        """Write a measured value and its interval, in the unit of the value; nothing where nothing was measured."""
        if value is None:
            return ""
        return self.quantity(value) + (f" [{', '.join(map(self.number, interval))}]" if interval else "")


# Fields of a claim that do not change what is asked.
NOT_ASKED = {
    *("id", "source", "quote", "place", "concludes", "assumed", "sensitivity", "also"),
    *("fitted", "universal", "dates"),
}


class TrialClaim(Claim):
    """A statement about finished trials of one variant on one runtime."""

    experiment: str
    variant: str
    runtime: str
    alternative: str | None = None
    protocol: Protocol = "as_published"
    eager_execution: bool = False

    @property
    def needs_trials(self) -> bool:
        return True


class MeasuredClaim(TrialClaim):
    """A statement about a number that each trial has: `epoch` (default: the last) and `output` (from 1) say which."""

    metric: Metric
    epoch: PositiveInt | None = None
    output: PositiveInt | None = None

    def _problems(self) -> Iterator[str]:
        if (self.epoch or self.output) and self.metric not in get_args(EpochMetric):
            yield f"epoch and output need a metric that each epoch has: {', '.join(EPOCH_METRICS)}"

    @property
    def scope(self) -> Scope:
        return "this machine" if self.timed else "these data"

    @property
    def measure(self) -> Measure:
        """Which number of a trial is meant."""
        return Measure(metric=self.metric, epoch=self.epoch, output=self.output)

    @property
    def timed(self) -> bool:
        """Whether it is about a time."""
        return self.metric in get_args(TimeMetric)

    @property
    def noun(self) -> str:
        """Name what is measured."""
        return wording.noun(self.measure)

    @property
    def unit(self) -> str:
        return wording.level_unit(self.metric)

    def number(self, value: float) -> str:
        return wording.level_number(value, self.metric)


class ComparingClaim(MeasuredClaim):
    """A statement that compares two: `baseline` names the fields in which the other differs from the claim."""

    named_baseline: Annotated[Selection, Field(alias="baseline")]

    @property
    def baseline(self) -> Selection:
        """What it is compared with."""
        return self.selection.compared_with(self.named_baseline)

    @property
    def texts(self) -> tuple[str, str]:
        """Name the two that are compared."""
        return wording.texts(self.selection, self.baseline)

    @property
    def about(self) -> str:
        return f"{self.noun}, {' against '.join(self.texts)}"
