"""Takes comparisons apart in which two things changed at once: what the architecture does, and what the API does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from study.analysis.evidence import Evidence
from study.analysis.linear_model import Effect, Run, effects_of
from study.analysis.paired_ratio import PairedRatio, paired_ratio
from study.analysis.runs import runs_of, values_of
from study.claims.models import Claim
from study.claims.rules import OrderClaim
from study.claims.selection import Selection
from study.config.runtimes import version_of
from study.config.study import Experiment
from study.statistics import Interval

Experiments = Mapping[str, Experiment]


@dataclass(frozen=True)
class Contrast:
    """Two arms, what changes between them, and the ratio of what was measured of the first to that of the second."""

    changed: str
    first: Selection
    second: Selection
    ratio: PairedRatio


@dataclass(frozen=True)
class Decomposition:
    """A published comparison that changed API and architecture together, and each of the two alone, on one runtime.

    `contrasts`, at least one, are of pairs of arms; `effects` are what all runs together say of each change.
    """

    claim: OrderClaim
    runtime: str
    contrasts: Sequence[Contrast]
    effects: Sequence[Effect]

    def outcome(self, ratio: Interval | None) -> str:
        """Whether a change makes a difference, beyond the margin, or none, within it."""
        if ratio is None:
            return "too few blocks"
        (low, high), most = ratio, 1 + self.claim.margin
        if low > most or high < 1 / most:
            return "makes a difference"
        return "makes none" if 1 / most <= low and high <= most else "open"


def decompositions(claims: Sequence[Claim], evidence: Evidence, experiments: Experiments) -> list[Decomposition]:
    """Take every claim of an order apart that compares two variants in two architectures.

    It is done on the claim's own runtime and on every other one that ran both architectures. Over blocks that have all
    arms, the ratios of the two single changes of a way multiply to that of both together.
    """
    return [
        Decomposition(claim, runtime, contrasts, _effects(claim, runtime, evidence, experiments))
        for claim in claims
        if isinstance(claim, OrderClaim) and _changes_both(claim, experiments)
        for runtime in _runtimes(claim, evidence)
        if (contrasts := [each for each in _contrasts(claim, runtime, evidence, experiments) if each.ratio.n])
    ]


def _runtimes(claim: OrderClaim, evidence: Evidence) -> list[str]:
    """Runtimes that have trials of the claim's experiment, its own first."""
    found = {trial.runtime for trial in evidence.of_experiment(claim.experiment)}
    return sorted(found, key=lambda runtime: (runtime != claim.runtime, version_of(runtime)))


def _changes_both(claim: OrderClaim, experiments: Experiments) -> bool:
    """Whether the claim's baseline is another variant of another architecture of the same experiment."""
    ours, theirs = claim.selection, claim.baseline
    if (ours.experiment, ours.runtime) != (theirs.experiment, theirs.runtime):
        return False
    alternatives = experiments[claim.experiment].alternatives
    one, other = (alternatives[each.alternative].architecture if each.alternative else None for each in (ours, theirs))
    return ours.variant != theirs.variant and one != other


def _effects(claim: OrderClaim, runtime: str, evidence: Evidence, experiments: Experiments) -> list[Effect]:
    """Estimate over all runs on the runtime what each change does."""
    ours, theirs = claim.selection, claim.baseline
    apis = dict.fromkeys([claim.variant, str(theirs.variant), *experiments[claim.experiment].variants])
    runs = [
        Run(alternative, api, trial.block, float(np.log(values_of(claim.measure, [trial])[0])))
        for api in apis
        for alternative in (ours.alternative, theirs.alternative)
        for trial in runs_of(_arm(claim, runtime, (api, alternative)), claim.measure, evidence)
    ]
    return effects_of(runs, (ours.alternative, theirs.alternative), paired=claim.timed)


def _contrasts(claim: OrderClaim, runtime: str, evidence: Evidence, experiments: Experiments) -> Iterator[Contrast]:
    (ours, here), (theirs, there) = (
        (str(each.variant), each.alternative) for each in (claim.selection, claim.baseline)
    )
    others = [each for each in experiments[claim.experiment].variants if each not in (ours, theirs)]
    for changed, first, second in (
        ("both", (ours, here), (theirs, there)),
        ("the architecture", (ours, here), (ours, there)),
        ("the API", (ours, there), (theirs, there)),
        ("the API", (ours, here), (theirs, here)),
        ("the architecture", (theirs, here), (theirs, there)),
        *(("the architecture", (other, here), (other, there)) for other in others),
        *(("the API", (ours, alternative), (other, alternative)) for other in others for alternative in (here, there)),
    ):
        one, other = _arm(claim, runtime, first), _arm(claim, runtime, second)
        yield Contrast(changed, one, other, paired_ratio(one, other, claim.measure, evidence))


def _arm(claim: OrderClaim, runtime: str, built: tuple[str, str | None]) -> Selection:
    """Select what was built with a variant and an alternative, on `runtime`."""
    variant, alternative = built
    return claim.selection.changed(runtime=runtime, variant=variant, alternative=alternative)
