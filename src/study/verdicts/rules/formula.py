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
    seen, margin = evidence.observed(claim.probe, claim.selection), claim.margin
    measured = {o.runtime: float(o.values[LARGEST]) for o in seen if LARGEST in o.values}
    if not measured:
        return Finding(always("inconclusive", f"No runtime has computed {claim.about}."), n=len(seen))
    worst = max(measured, key=lambda runtime: (math.isnan(measured[runtime]), measured[runtime]))
    largest, without = measured[worst], runtimes_of(o for o in seen if o.runtime not in measured)
    said = f"On {runtimes_of(seen)} formula and model differ by {largest:.1e} at most, relatively (on {worst}), "
    if not largest <= margin:  # so that no number at all is none within the margin
        return Finding(always("contradicted", f"{said}more than {margin:g}."), n=len(seen), measured=largest)
    if without:
        said = f"{said}within {margin:g}, but {without} could not compute it."
        return Finding(always("inconclusive", said), n=len(seen), measured=largest)
    return Finding(always("reproduced", f"{said}within {margin:g}."), n=len(seen), measured=largest)
