"""Whether Keras does what a source says that it does."""

from study.analysis.evidence import Evidence
from study.analysis.observed import errors_of, runtimes_of
from study.claims.rules import BehaviourClaim
from study.common.text import sentence
from study.verdicts.finding import Finding, always


def judge(claim: BehaviourClaim, evidence: Evidence) -> Finding:
    """Whether nothing speaks against the statement on any runtime that the claim speaks of."""
    observations = evidence.observed(claim.probe, claim.selection)
    if not observations:
        return Finding(always("not run", f"No runtime has checked whether {claim.about}."))
    failing = [each for each in observations if each.status == "fails"]
    holding = [each for each in observations if each.status == "works"]
    texts = [
        f"{sentence(claim.about)}: so on {runtimes_of(holding)}." if holding else "",
        f"{'Not' if holding else f'{sentence(claim.about)}: not'} so on {runtimes_of(failing)}." if failing else "",
        errors_of(failing),
    ]
    return Finding(
        always("contradicted" if failing else "reproduced", " ".join(filter(None, texts))), n=len(observations)
    )
