"""Whether a published formula gives what the model gives."""

import math

from study.analysis.evidence import Evidence
from study.analysis.observed import runtimes_of
from study.claims.rules import FormulaClaim
from study.verdicts.finding import Finding, always

LARGEST = "largest_relative_difference"


def judge(claim: FormulaClaim, evidence: Evidence) -> Finding:
    """Whether what the source's formula gives is, within the margin, what the API's model gives on every runtime.

    Measured is the largest relative difference of any number on any runtime. Where a runtime could not compute it, a
    claim cannot be reproduced.
    """
    observations, margin = evidence.observed(claim.probe, claim.selection), claim.margin
    measured = {each.runtime: float(each.values[LARGEST]) for each in observations if LARGEST in each.values}
    if not measured:
        return Finding(always("not run", f"No runtime has computed {claim.about}."), n=len(observations))
    worst = max(measured, key=lambda runtime: (math.isnan(measured[runtime]), measured[runtime]))
    largest, without = measured[worst], runtimes_of(each for each in observations if each.runtime not in measured)
    where = runtimes_of(observations)
    head = f"On {where} formula and model differ by {largest:.1e} at most, relatively (on {worst}), "
    if not largest <= margin:  # so that no number at all is none within the margin
        return Finding(always("contradicted", f"{head}more than {margin:g}."), n=len(observations), measured=largest)
    if without:
        reason = f"{head}within {margin:g}, but {without} could not compute it."
        return Finding(always("unresolved", reason), n=len(observations), measured=largest)
    return Finding(always("reproduced", f"{head}within {margin:g}."), n=len(observations), measured=largest)
