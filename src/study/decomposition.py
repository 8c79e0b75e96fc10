"""Takes comparisons apart in which two things changed at once: what the architecture does, and what the API does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp

from study.claims import Arm, Claim, baseline_of
from study.comparison_rules import noise_floor, order
from study.config import Study
from study.finding import Evidence, Finding
from study.statistics import Interval
from study.versions import version_of
from study.words import noun


@dataclass(frozen=True)
class Part:
    """What changes between two arms: the ratio of what was measured of the first to that of the second.

    `noise` is how far two runs of the same arm lie apart, as a log ratio; see `comparison_rules.noise_floor`.
    """

    changed: str
    first: Claim
    second: Claim
    finding: Finding
    noise: float

    @property
    def ratio(self) -> float | None:
        """Geometric mean over blocks; None where no block has both."""
        return self.finding.measured

    @property
    def interval(self) -> Interval | None:
        """95 % interval of the ratio; None over too few blocks."""
        return self.finding.interval

    @property
    def verdict(self) -> str:
        """Whether the change makes a difference, beyond the margin and the noise, or none, within the margin."""
        if self.interval is None:
            return "too few blocks"
        (low, high), most = self.interval, 1 + (self.first.margin or 0)
        beyond = max(most, exp(self.noise))
        if low > beyond or high < 1 / beyond:
            return "makes a difference"
        return "makes none" if 1 / most <= low and high <= most else "open"


@dataclass(frozen=True)
class Decomposition:
    """A published comparison that changed API and architecture together, and each of the two alone, on one runtime."""

    claim: Claim
    runtime: str
    parts: Sequence[Part]

    @property
    def metric(self) -> str:
        """What was measured, in words."""
        return noun(self.claim)


def decompositions(claims: Sequence[Claim], evidence: Evidence, study: Study) -> list[Decomposition]:
    """Take every claim of the rule `order` apart that compares two variants in two alternatives.

    It is done on the claim's own runtime and on every other one that ran both architectures. Over blocks that have all
    arms, the ratios of the two single changes of a way multiply to that of both together.
    """
    return [
        Decomposition(claim, runtime, parts)
        for claim in claims
        if claim.rule == "order" and _changes_both(claim, study)
        for runtime in _runtimes(claim, evidence)
        if (parts := [part for part in _parts(claim, runtime, evidence, study) if part.finding.n])
    ]


def _runtimes(claim: Claim, evidence: Evidence) -> list[str]:
    """Runtimes that have trials of the claim's experiment, its own first."""
    found = {trial.runtime for trial in evidence.trials if trial.experiment == claim.experiment}
    return sorted(found, key=lambda runtime: (runtime != claim.runtime, version_of(runtime)))


def _changes_both(claim: Claim, study: Study) -> bool:
    """Whether the claim's baseline is another variant of another architecture of the same experiment."""
    baseline = baseline_of(claim)
    if claim.experiment != baseline.experiment or claim.runtime != baseline.runtime:
        return False
    alternatives = study.experiments[str(claim.experiment)].alternatives
    architectures = [
        alternatives[each.alternative].architecture if each.alternative else None for each in (claim, baseline)
    ]
    return claim.variant != baseline.variant and architectures[0] != architectures[1]


def _parts(claim: Claim, runtime: str, evidence: Evidence, study: Study) -> Iterator[Part]:
    baseline = baseline_of(claim)
    (ours, here), (theirs, there) = ((each.variant, each.alternative) for each in (claim, baseline))
    others = [each for each in study.experiments[str(claim.experiment)].variants if each not in (ours, theirs)]
    for changed, first, second in (
        ("both", (ours, here), (theirs, there)),
        ("the architecture", (ours, here), (ours, there)),
        ("the API", (ours, there), (theirs, there)),
        ("the API", (ours, here), (theirs, here)),
        ("the architecture", (theirs, here), (theirs, there)),
        *(("the architecture", (other, here), (other, there)) for other in others),
        *(("the API", (ours, alternative), (other, alternative)) for other in others for alternative in (here, there)),
    ):
        compared = _compared(claim, runtime, first, second)
        yield Part(changed, compared, baseline_of(compared), order(compared, evidence), noise_floor(compared, evidence))


def _compared(
    claim: Claim, runtime: str, first: tuple[str | None, str | None], second: tuple[str | None, str | None]
) -> Claim:
    """The claim, about two other arms on `runtime`: of each the variant and the alternative."""
    baseline = Arm(variant=second[0], alternative=second[1])
    changes = {"runtime": runtime, "variant": first[0], "alternative": first[1], "baseline": baseline}
    return claim.model_copy(update=changes)
