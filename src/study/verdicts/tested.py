"""Every statistical test of the study, once, and what is significant among so many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from study.analysis.evidence import Evidence
from study.claims.models import Claim, MeasuredClaim
from study.statistics import holm
from study.verdicts.finding import Finding, Significance
from study.verdicts.rules import judged

ALPHA = 0.05


@dataclass(frozen=True)
class Tested:
    """What a test found, and its p-values, adjusted; None where nothing is left to chance."""

    finding: Finding
    significant: Significance
    p_value: float | None = None
    p_against: float | None = None


def run_tests(claims: Sequence[Claim], evidence: Evidence) -> dict[str, Tested]:
    """Test what the claims ask, in every way that they ask it; the keys are the claims' `test`.

    What could contradict a claim is one family for the whole study; what could uphold one is a family for times, and
    one for all else (Holm). What a setting was fitted to is no test.
    """
    asked = {way.test: way for claim in claims for way in ways_to_ask(claim)}
    found = {test: judged(claim, evidence) for test, claim in asked.items()}
    fair = {way.test for claim in claims if not claim.fitted for way in ways_to_ask(claim)}
    p_values = {test: finding.test for test, finding in found.items() if finding.test and test in fair}
    against = _adjusted({test: p.contradicts for test, p in p_values.items()})
    upholding = dict[str, float]()
    for timed in (True, False):
        upholding |= _adjusted({test: p.upholds for test, p in p_values.items() if _timed(asked[test]) == timed})
    alpha = ALPHA / max(1, len(p_values))

    def of(test: str, finding: Finding) -> Tested:
        p_value, p_against = upholding.get(test), against.get(test)
        return Tested(finding, Significance(_is_small(p_value), _is_small(p_against), alpha), p_value, p_against)

    return {test: of(test, finding) for test, finding in found.items()}


def _is_small(p_value: float | None) -> bool:
    return p_value is not None and p_value <= ALPHA


def ways_to_ask(claim: Claim) -> list[Claim]:
    """The claim as it stands, and asked otherwise."""
    return [claim, *(claim.varied(other) for other in (*claim.sensitivity, *claim.also))]


def _timed(claim: Claim) -> bool:
    return isinstance(claim, MeasuredClaim) and claim.timed


def _adjusted(p_values: Mapping[str, float]) -> dict[str, float]:
    """p-values of a family, adjusted for being one."""
    return dict(zip(p_values, holm(list(p_values.values())), strict=True))
