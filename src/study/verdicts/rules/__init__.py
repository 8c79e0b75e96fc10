"""How each rule answers a claim: a module a rule, of the rule's name, with a function `judge`."""

from importlib import import_module

from study.analysis.evidence import Evidence
from study.claims.models import Claim
from study.verdicts.finding import Finding


def judged(claim: Claim, evidence: Evidence) -> Finding:
    """Judge a claim by its rule."""
    finding: Finding = import_module(f"{__name__}.{claim.rule}").judge(claim, evidence)
    return finding
