"""Takes comparisons apart in which two things changed at once: what the architecture does, and what the API does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp

import numpy as np

from study.analysis.evidence import Evidence
from study.analysis.linear_model import Effect, Run, effects_of
from study.analysis.paired_ratio import noise_floor
from study.analysis.runs import runs_of, values_of
from study.claims.models import Arm, Claim, baseline_of
from study.claims.wording import noun
from study.config.runtimes import version_of
from study.config.study import Experiment
from study.statistics import Interval
from study.verdicts.finding import Finding
from study.verdicts.rules.order import order

Experiments = Mapping[str, Experiment]


@dataclass(frozen=True)
class Part:
    """What changes between two arms: the ratio of what was measured of the first to that of the second.

    `noise` is how far two runs of the same arm lie apart, as a log ratio; see `paired_ratio.noise_floor`.
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
        """See `verdict`."""
        return verdict(self.interval, self.first, self.noise) if self.interval else "too few blocks"


@dataclass(frozen=True)
class Decomposition:
    """A published comparison that changed API and architecture together, and each of the two alone, on one runtime.

    `parts` are pairs of arms, at least one; `effects` are what all runs together say of each change.
    """

    claim: Claim
    runtime: str
    parts: Sequence[Part]
    effects: Sequence[Effect]

    @property
    def metric(self) -> str:
        """What was measured, in words."""
        return noun(self.claim)

    def verdict_of(self, effect: Effect) -> str:
        """See `verdict`."""
        return verdict(effect.interval, self.claim, self.parts[0].noise)


def verdict(ratio: Interval, claim: Claim, noise: float) -> str:
    """Whether a change makes a difference, beyond the claim's margin and the noise, or none, within the margin."""
    (low, high), most = ratio, 1 + (claim.margin or 0)
    beyond = max(most, exp(noise))
    if low > beyond or high < 1 / beyond:
        return "makes a difference"
    return "makes none" if 1 / most <= low and high <= most else "open"


def decompositions(claims: Sequence[Claim], evidence: Evidence, experiments: Experiments) -> list[Decomposition]:
    """Take every claim of the rule `order` apart that compares two variants in two alternatives.

    It is done on the claim's own runtime and on every other one that ran both architectures. Over blocks that have all
    arms, the ratios of the two single changes of a way multiply to that of both together.
    """
    return [
        Decomposition(claim, runtime, parts, _effects(claim, runtime, evidence, experiments))
        for claim in claims
        if claim.rule == "order" and _changes_both(claim, experiments)
        for runtime in _runtimes(claim, evidence)
        if (parts := [part for part in _parts(claim, runtime, evidence, experiments) if part.finding.n])
    ]


def _runtimes(claim: Claim, evidence: Evidence) -> list[str]:
    """Runtimes that have trials of the claim's experiment, its own first."""
    found = {trial.runtime for trial in evidence.trials if trial.experiment == claim.experiment}
    return sorted(found, key=lambda runtime: (runtime != claim.runtime, version_of(runtime)))


def _changes_both(claim: Claim, experiments: Experiments) -> bool:
    """Whether the claim's baseline is another variant of another architecture of the same experiment."""
    baseline = baseline_of(claim)
    if claim.experiment != baseline.experiment or claim.runtime != baseline.runtime:
        return False
    alternatives = experiments[str(claim.experiment)].alternatives
    architectures = [
        alternatives[each.alternative].architecture if each.alternative else None for each in (claim, baseline)
    ]
    return claim.variant != baseline.variant and architectures[0] != architectures[1]


def _effects(claim: Claim, runtime: str, evidence: Evidence, experiments: Experiments) -> list[Effect]:
    """Estimate over all runs on the runtime what each change does."""
    theirs = baseline_of(claim)
    architectures = claim.alternative, theirs.alternative
    apis = dict.fromkeys([claim.variant, theirs.variant, *experiments[str(claim.experiment)].variants])
    arms = [_compared(claim, runtime, (api, each), (api, each)) for api in apis for each in architectures]
    runs = [
        Run(arm.alternative, str(arm.variant), trial.block, float(np.log(values_of(arm, [trial])[0])))
        for arm in arms
        for trial in runs_of(arm, evidence)
    ]
    return effects_of(runs, architectures, paired=claim.timed)


def _parts(claim: Claim, runtime: str, evidence: Evidence, experiments: Experiments) -> Iterator[Part]:
    baseline = baseline_of(claim)
    (ours, here), (theirs, there) = ((each.variant, each.alternative) for each in (claim, baseline))
    others = [each for each in experiments[str(claim.experiment)].variants if each not in (ours, theirs)]
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
