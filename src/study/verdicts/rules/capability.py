"""Whether something works, or fails, with an API."""

from collections import defaultdict
from collections.abc import Sequence

from study.analysis.evidence import Evidence
from study.analysis.observed import errors_of, lacks_a_package, runtimes_of
from study.claims.rules import CapabilityClaim
from study.common.text import sentence
from study.records.models import Observation
from study.verdicts.finding import Finding, always
from study.verdicts.models import VerdictName


def judge(claim: CapabilityClaim, evidence: Evidence) -> Finding:
    """Whether something works, or fails, with an API on every runtime that the claim speaks of.

    What works only after a remedy neither works nor fails by itself, whichever of the two is claimed, and of any API.
    Where a package is missing that the runtimes do not have, nothing is claimed.
    """
    observations = evidence.observed(claim.probe, claim.selection)
    if not observations:
        return Finding(always("not run", f"No runtime tried {claim.about}."))
    failing = [each for each in observations if each.status == "fails"]
    after = [each for each in observations if each.status == "works after"]
    reason = " ".join(filter(None, [_outcome(claim, observations, failing), _remedies(after), errors_of(failing)]))
    return Finding(always(_expected(claim, observations), reason), n=len(observations))


def _expected(claim: CapabilityClaim, observations: Sequence[Observation]) -> VerdictName:
    found = {"not installed" if lacks_a_package(each) else each.status for each in observations}
    if "not installed" in found:
        return "not testable here"
    if found == {claim.expected}:
        return "reproduced"
    return "contradicted" if found - {claim.expected, "works after"} else "works with a workaround"


def _outcome(claim: CapabilityClaim, observations: Sequence[Observation], failing: Sequence[Observation]) -> str:
    """Say where it works and where it fails."""
    about, where = sentence(claim.about), runtimes_of(observations)
    if not failing:
        return f"{about}: works on {where}."
    if len(failing) == len(observations):
        return f"{about}: fails on {where}."
    working = runtimes_of(each for each in observations if each.status != "fails")
    return f"{about}: depends on the version, works on {working}, fails on {runtimes_of(failing)}."


def _remedies(after: Sequence[Observation]) -> str:
    """Say where it works only with a remedy, and with which."""
    by_remedy: dict[str, list[Observation]] = defaultdict(list)
    for observation in after:
        by_remedy[str(observation.remedy)].append(observation)
    return " ".join(f"On {runtimes_of(group)} only with a remedy: {remedy}." for remedy, group in by_remedy.items())
