"""The rules: for each, what a claim needs, what it may expect and is about, and how its number is written.

A rule is a class here, a member of `AnyClaim`, and a module of its name in `study.verdicts.rules`.
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field, NonNegativeFloat

from study.claims import wording
from study.claims.models import Claim, ComparingClaim, MeasuredClaim, Number, Scope, TrialClaim
from study.claims.selection import Selection
from study.claims.vocabulary import (
    CURVE_METRICS,
    TOLD_TO_NETWORKS,
    TOLD_TO_TRIALS,
    Api,
    Behaviour,
    Capability,
    Choice,
    DatasetFact,
    Fact,
    Formula,
    NetworkFact,
    TrialFact,
)
from study.common.text import count, plain
from study.config.study import Protocol
from study.config.validation import did_you_mean
from study.records.models import Probe


class LevelClaim(MeasuredClaim):
    """A statement that gives numbers of one arm; a time needs no margin, as it cannot be tested elsewhere."""

    also_needed = ("margin",)

    resolution: NonNegativeFloat = 0
    margin: NonNegativeFloat | None = None

    def _problems(self) -> Iterator[str]:
        if self.margin is None and not self.timed:
            yield f"the rule '{self.rule}' needs margin"
        yield from super()._problems()


class ValueClaim(LevelClaim):
    """A statement that a number is such."""

    reproduced_when = "the mean of the runs is equivalent to the published value within the margin (TOST)"

    rule: Literal["value"]
    published: float

    @property
    def printed(self) -> float:
        return self.published


class CurveClaim(LevelClaim):
    """A statement that gives a number an epoch."""

    reproduced_when = "the mean curve is so after every epoch"

    rule: Literal["curve"]
    published: Annotated[list[float], Field(min_length=1)]

    def _problems(self) -> Iterator[str]:
        yield from super()._problems()
        if self.metric not in CURVE_METRICS:
            yield f"the rule 'curve' needs a metric that each epoch has: {', '.join(CURVE_METRICS)}"

    @property
    def printed(self) -> list[float]:
        return self.published

    @property
    def noun(self) -> str:
        return wording.noun(self.measure, of_all_epochs=True)

    @property
    def unit(self) -> str:
        """Measured is how far the mean lies from the published curve; of times, which cannot be tested, the mean."""
        return super().unit if self.timed else wording.difference_unit(self.metric)

    def number(self, value: float) -> str:
        return super().number(value) if self.timed else wording.difference_number(value, self.metric)

    @property
    def published_text(self) -> str:
        """Write the first and the last number, and how many there are."""
        first, last = (wording.level(self.published[end], self.metric) for end in (0, -1))
        return f"{first if first == last else f'{first} … {last}'} ({count(len(self.published), 'epoch')})"


class OrderClaim(ComparingClaim):
    """A statement that one of two is higher or lower; what is published is the ratio to the baseline."""

    reproduced_when = (
        "the ratio to the baseline, paired within blocks, lies beyond the margin on the claimed side (Student's t) and "
        "agrees with the published ratio if there is one; the same bits from the same seeds contradict it"
    )

    rule: Literal["order"]
    direction: Literal["lower", "higher"]
    margin: NonNegativeFloat
    published: float | None = None
    resolution: NonNegativeFloat = 0

    @property
    def printed(self) -> float | None:
        return self.published

    def number(self, value: float) -> str:
        return wording.ratio(value, timed=self.timed)

    def quantity(self, value: float) -> str:
        return f"× {self.number(value)}"


class EqualClaim(ComparingClaim):
    """A statement that two are the same."""

    reproduced_when = (
        "both are the same bit for bit with the same seed, or equivalent on average within the margin (TOST)"
    )

    rule: Literal["equal"]
    margin: NonNegativeFloat

    def _problems(self) -> Iterator[str]:
        yield from super()._problems()
        if self.timed:
            yield "the rule 'equal' is not for a time: use 'order', which compares within blocks and knows the noise"

    @property
    def unit(self) -> str:
        return wording.difference_unit(self.metric)

    def number(self, value: float) -> str:
        return wording.difference_number(value, self.metric)


class FailsClaim(TrialClaim):
    """A statement that something does not run."""

    reproduced_when = "it failed each time it was run"

    rule: Literal["fails"]


class ArithmeticClaim(Claim):
    """Published numbers that must agree: a sum of products, and what is printed for it."""

    reproduced_when = "published numbers agree with each other, each within its rounding"

    rule: Literal["arithmetic"]
    terms: Annotated[list[list[Number]], Field(min_length=1)]
    published: float
    resolution: NonNegativeFloat = 0

    @property
    def printed(self) -> float:
        return self.published

    def number(self, value: float) -> str:
        return plain(float(f"{value:.4g}"))


class SumClaim(MeasuredClaim):
    """A loss that is printed beside those of the outputs, `terms`, whose sum it should be."""

    reproduced_when = (
        "the printed loss is the sum of the printed losses of the outputs, within rounding; it is consistent if the "
        "version prints sums that are as far off"
    )

    rule: Literal["sum"]
    metric: Literal["loss", "val_loss"]
    terms: Annotated[list[float], Field(min_length=2)]
    published: float
    resolution: NonNegativeFloat

    @property
    def scope(self) -> Scope:
        return "in general"

    @property
    def printed(self) -> float:
        return self.published


class ProbedClaim(Claim):
    """A statement about what a probe looks at; a variant or runtime that is left out means all."""

    probe: ClassVar[Probe]

    subject: str
    variant: str | None = None
    runtime: str | None = None
    alternative: str | None = None

    @property
    def selection(self) -> Selection:
        return super().selection.changed(experiment=self.subject)

    @property
    def about(self) -> str:
        return f"{self.subject.replace('_', ' ')} ({self.variant})"


class StructureClaim(Claim):
    """A statement about a fact, of a subject (an experiment's networks or a dataset) or of an experiment's trials."""

    reproduced_when = (
        "the fact of a network, a dataset or an experiment's trials is that number exactly, or `expected: fewer`; what "
        "the study copies from the source is `followed`"
    )
    also_needed = ("subject", "experiment")
    probe: ClassVar[Probe] = "structures"

    rule: Literal["structure"]
    subject: str | None = None
    variant: str | None = None
    runtime: str | None = None
    alternative: str | None = None
    protocol: Protocol = "as_published"
    eager_execution: bool = False
    fact: Fact
    published: float
    expected: Literal["fewer"] | None = None
    # Whether the study copies this from the source, so that finding it here confirms nothing; left out, the fact tells.
    copied: bool | None = None

    def _problems(self) -> Iterator[str]:
        if (self.subject is None) == (self.experiment is None):
            yield "the rule 'structure' needs either subject or experiment"
        known = get_args(TrialFact if self.experiment else Literal[NetworkFact, DatasetFact])
        if self.fact not in known:
            of = "trials" if self.experiment else "a subject"
            yield f"the fact '{self.fact}' is not one of {of}: {did_you_mean(self.fact, list(known))}"

    @property
    def selection(self) -> Selection:
        return super().selection.changed(experiment=self.experiment or self.subject)

    @property
    def needs_trials(self) -> bool:
        return self.experiment is not None

    @property
    def follows(self) -> bool:
        """Whether it describes a set-up that the study copies: what the networks and trials here are told to be."""
        told = self.fact in (TOLD_TO_TRIALS if self.experiment else TOLD_TO_NETWORKS)
        return told if self.copied is None else self.copied

    @property
    def scope(self) -> Scope:
        of_dataset = not self.experiment and self.fact not in get_args(NetworkFact)
        return "these data" if of_dataset else "in general"

    @property
    def printed(self) -> float:
        return self.published


class LayersClaim(ProbedClaim):
    """A statement that names the layers of a network, in their order: of each its type and what else is said of it.

    A layer is words: its type, and where they are said its units and its activation, as `Dense 300 relu`.
    """

    reproduced_when = (
        "never: the study copies the layers, so that the claim is `followed` where they are these, in this order"
    )
    probe = "structures"

    rule: Literal["layers"]
    layers: Annotated[list[str], Field(min_length=1)]

    @property
    def published_text(self) -> str:
        return ", ".join(self.layers)


class NetworkClaim(ProbedClaim):
    """A statement that two networks are the same or differ; `differences` names everything in which they do."""

    reproduced_when = (
        "two networks are the `same` (one fingerprint), or it `differs` and the `differences`, where named, are all "
        "that was chosen otherwise, on every runtime"
    )
    probe = "structures"

    rule: Literal["network"]
    variant: str
    named_baseline: Annotated[Selection, Field(alias="baseline")]
    expected: Literal["same", "differs"]
    differences: list[Choice] = []

    def _problems(self) -> Iterator[str]:
        if self.differences and self.expected != "differs":
            yield "differences need expected to be 'differs'"

    @property
    def baseline(self) -> Selection:
        """The other network."""
        return self.selection.compared_with(self.named_baseline)

    @property
    def published_text(self) -> str:
        return self.expected


class CapabilityClaim(ProbedClaim):
    """A statement that something can, or cannot, be done with an API."""

    reproduced_when = (
        "it works, or fails, as expected on every runtime; what works only after a remedy works with a workaround"
    )
    probe = "capabilities"

    rule: Literal["capability"]
    subject: Capability
    variant: Api
    expected: Literal["works", "fails"]

    @property
    def published_text(self) -> str:
        return self.expected


class BehaviourClaim(ProbedClaim):
    """A statement about what Keras does, whichever API is used.

    `dates` is what only some versions do, so that it tells with which one a source was made.
    """

    reproduced_when = "a program that checks the statement finds nothing against it, on every runtime"
    probe = "behaviours"

    rule: Literal["behaviour"]
    subject: Behaviour
    variant: None = None
    dates: bool = False

    @property
    def about(self) -> str:
        return self.subject.replace("_", " ")


class FormulaClaim(ProbedClaim):
    """A published formula of what a model computes."""

    reproduced_when = "formula and model differ by no more than the margin, relatively, on every runtime"
    probe = "formulas"

    rule: Literal["formula"]
    subject: Formula
    variant: Api
    margin: NonNegativeFloat

    def number(self, value: float) -> str:
        return f"{value:.1e}"


class OpinionClaim(Claim):
    """What is no matter of measurement."""

    reproduced_when = "never: it says why it is not testable"

    rule: Literal["opinion"]
    why: str


AnyClaim = Annotated[
    ValueClaim
    | CurveClaim
    | OrderClaim
    | EqualClaim
    | FailsClaim
    | ArithmeticClaim
    | SumClaim
    | StructureClaim
    | LayersClaim
    | NetworkClaim
    | CapabilityClaim
    | BehaviourClaim
    | FormulaClaim
    | OpinionClaim,
    Field(discriminator="rule"),
]
# The class of each rule's claims.
RULES: dict[str, type[Claim]] = {
    get_args(spec.model_fields["rule"].annotation)[0]: spec for spec in get_args(get_args(AnyClaim)[0])
}
