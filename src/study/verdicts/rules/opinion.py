"""What is no matter of measurement."""

from study.analysis.evidence import Evidence
from study.claims.rules import OpinionClaim
from study.verdicts.finding import Finding, always


def judge(claim: OpinionClaim, evidence: Evidence) -> Finding:
    """Nothing: what is no matter of measurement is quoted and left as it is."""
    del evidence
    return Finding(always("opinion", claim.why))
