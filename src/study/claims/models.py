"""The ledger: every published statement, quoted, with the rule that judges it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, NonNegativeFloat, PositiveInt, ValidationInfo, field_validator, model_validator

from study.claims.rules import EXPECTED, NEEDED
from study.claims.vocabulary import (
    CURVE_METRICS,
    EPOCH_METRICS,
    SUBJECTS,
    TIME_METRICS,
    Api,
    Choice,
    DatasetFact,
    Fact,
    Metric,
    NetworkFact,
    Rule,
    TrialFact,
)
from study.config.study import Protocol
from study.config.validation import ConfigError, StrictModel, did_you_mean, line_of, load_yaml, read_text

LEDGER = "config/claims"


class Arm(StrictModel):
    """Which trials a statement speaks of; what is left out is as in the claim.

    An alternative belongs to its experiment: of another experiment it is the base reading unless named.
    """

    experiment: str | None = None
    variant: str | None = None
    runtime: str | None = None
    alternative: str | None = None
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
    alternative: str | None = None
    epoch: PositiveInt | None = None
    protocol: Protocol | None = None
    eager_execution: bool | None = None
    baseline: Arm | None = None


class Claim(StrictModel):
    """One published statement.

    Accuracies are fractions, times seconds, costs per sample microseconds; `published` is in the metric's unit, for
    the rule `order` it is the ratio to the baseline, for `curve` a number an epoch. `resolution` is the worth of the
    last printed digit. `epoch` (default: the last) and `output` (from 1) say which number of a trial is meant.

    `subject` is what a program that is no training looks at (`SUBJECTS`, for `structure` an experiment or a dataset,
    for `network` an experiment). `differences` names everything in which two networks are said to differ.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")]
    source: str
    quote: str
    place: str
    rule: Rule
    experiment: str | None = None
    subject: str | None = None
    variant: str | None = None
    runtime: str | None = None
    alternative: str | None = None
    protocol: Protocol = "as_published"
    eager_execution: bool = False
    metric: Metric | None = None
    epoch: PositiveInt | None = None
    output: PositiveInt | None = None
    published: float | Annotated[list[float], Field(min_length=1)] | None = None
    resolution: NonNegativeFloat = 0
    margin: NonNegativeFloat | None = None
    direction: Literal["lower", "higher"] | None = None
    baseline: Arm | None = None
    terms: list[list[Number]] = []
    fact: Fact | None = None
    expected: Literal["works", "fails", "same", "differs", "fewer"] | None = None
    differences: list[Choice] = []
    why: str | None = None
    assumed: str | None = None
    sensitivity: list[Reading] = []

    @field_validator("subject")
    @classmethod
    def _subject_is_known(cls, subject: str | None, info: ValidationInfo) -> str | None:
        known = SUBJECTS.get(info.data.get("rule", ""), ())
        if subject is not None and known and subject not in known:
            raise ValueError(f"'{subject}' is not known; {did_you_mean(subject, list(known))}")
        return subject

    @field_validator("variant")
    @classmethod
    def _api_is_known(cls, variant: str | None, info: ValidationInfo) -> str | None:
        if variant is not None and info.data.get("rule") in SUBJECTS and variant not in get_args(Api):
            raise ValueError(f"'{variant}' is not known; {did_you_mean(variant, list(get_args(Api)))}")
        return variant

    @model_validator(mode="after")
    def _fits_its_rule(self) -> Self:
        read: list[Claim] = [self, *(reading for _, reading in readings(self))]
        for problem in (problem for claim in read for problem in _problems(claim)):
            raise ValueError(problem)
        return self

    @property
    def timed(self) -> bool:
        """Whether the claim speaks of a time."""
        return self.metric in TIME_METRICS

    @property
    def number(self) -> float:
        """The published number of a rule that needs one."""
        if self.published is None or isinstance(self.published, list):
            raise TypeError(f"{self.id}: the rule '{self.rule}' has no published number")
        return self.published

    @property
    def numbers(self) -> list[float]:
        """The published numbers of a curve."""
        return self.published if isinstance(self.published, list) else []


def _problems(claim: Claim) -> Iterator[str]:
    """What keeps `claim` from being judged by its rule."""
    needed = NEEDED[claim.rule]
    if claim.rule in ("value", "curve") and not claim.timed:
        needed += ("margin",)
    missing = [field for field in needed if getattr(claim, field) in (None, [])]
    if missing:
        yield f"the rule '{claim.rule}' needs {', '.join(missing)}"
    if (claim.rule == "curve") != isinstance(claim.published, list) and claim.published is not None:
        yield f"the rule '{claim.rule}' needs published to be {'a list' if claim.rule == 'curve' else 'one number'}"
    if claim.rule == "curve" and claim.metric not in CURVE_METRICS:
        yield f"the rule 'curve' needs a metric that each epoch has: {', '.join(CURVE_METRICS)}"
    if (claim.epoch or claim.output) and claim.metric not in EPOCH_METRICS:
        yield f"epoch and output need a metric that each epoch has: {', '.join(EPOCH_METRICS)}"
    if claim.rule == "equal" and claim.timed:
        yield "the rule 'equal' is not for a time: use 'order', which compares within blocks and knows the noise"
    if claim.expected is not None and claim.expected not in EXPECTED.get(claim.rule, ()):
        yield f"the rule '{claim.rule}' does not expect '{claim.expected}'"
    if claim.differences and claim.expected != "differs":
        yield "differences need expected to be 'differs'"
    if claim.rule == "structure":
        yield from _structure_problems(claim)


def _structure_problems(claim: Claim) -> Iterator[str]:
    if (claim.subject is None) == (claim.experiment is None):
        yield "the rule 'structure' needs either subject or experiment"
    known = get_args(TrialFact if claim.experiment else Literal[NetworkFact, DatasetFact])
    if claim.fact is not None and claim.fact not in known:
        of = "trials" if claim.experiment else "a subject"
        yield f"the fact '{claim.fact}' is not one of {of}: {did_you_mean(claim.fact, list(known))}"


def ledger_files(path: str | Path = LEDGER) -> list[Path]:
    """Files of the ledger: those in a folder, in the order of their names, or the one file named."""
    path = Path(path)
    return sorted(path.glob("*.yaml")) if path.is_dir() else [path]


def load_claims(path: str | Path = LEDGER) -> list[Claim]:
    """Read the ledger: every file of a folder, in the order of their names, or one file.

    Raises
    ------
    ConfigError
        For a misspelt key, an unknown rule, metric, subject or fact, with the line and the nearest valid name, and
        for a claim that comes twice.
    """
    claims, places = [], dict[str, tuple[Path, int]]()
    for file in ledger_files(path):
        for number, claim in enumerate(load_yaml(file, list[Claim])):
            if claim.id in places:
                first = line_in(*places[claim.id], "id")
                again = line_in(file, number, "id")
                raise ConfigError(f"{again}: the claim '{claim.id}' comes twice, first at {first}")
            places[claim.id] = file, number
            claims.append(claim)
    if not claims:
        raise ConfigError(f"{path}: there are no claims")
    return claims


def line_in(file: Path, *loc: int | str) -> str:
    """Name the place of `loc` in a file of the ledger."""
    return f"{file}:{line_of(read_text(file), loc)}"


def readings(claim: Claim) -> Iterator[tuple[str, Claim]]:
    """Every other reading of `claim`, as a claim of its own."""
    for reading in claim.sensitivity:
        changed = {field: getattr(reading, field) for field in reading.model_fields_set - {"reading"}}
        yield reading.reading, claim.model_copy(update=changed | {"sensitivity": []})


def baseline_of(claim: Claim) -> Claim:
    """What `claim` compares with, as a claim of its own."""
    changed = claim.baseline.model_dump(exclude_unset=True) if claim.baseline else {}
    about = "experiment" if claim.subject is None else "subject"
    if changed.setdefault(about, changed.pop("experiment", getattr(claim, about))) != getattr(claim, about):
        changed = {"alternative": None} | changed
    return claim.model_copy(update=changed | {"baseline": None, "sensitivity": []})
