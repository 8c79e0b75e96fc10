"""What is no matter of measurement."""

from study.analysis.evidence import Evidence
from study.claims.models import Claim
from study.verdicts.finding import Finding, always


def opinion(claim: Claim, evidence: Evidence) -> Finding:
    """Nothing: what is no matter of measurement is quoted and left as it is."""
    del evidence
    return Finding(always("not testable here", str(claim.why)))
