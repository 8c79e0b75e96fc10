"""Whether published numbers agree with each other."""

from collections.abc import Sequence

import numpy as np

from study.analysis.evidence import Evidence
from study.claims.models import Number
from study.claims.rules import ArithmeticClaim
from study.common.text import plain
from study.statistics import Array
from study.verdicts.finding import Finding, always


def judge(claim: ArithmeticClaim, evidence: Evidence) -> Finding:
    """Whether published numbers agree with each other, each within half the worth of its last printed digit."""
    del evidence
    products = [_product(term) for term in claim.terms]
    computed, low, high = (float(part) for part in np.sum(products, axis=0))
    published, half = claim.published, claim.resolution / 2
    agree = low <= published + half and high >= published - half
    shown = [" × ".join(plain(number.value) for number in term) for term in claim.terms]
    sums = " + ".join(shown).replace("+ -", "- ")
    reason = (
        f"{sums} = {plain(computed)}, which rounding leaves between {plain(low)} and {plain(high)}; the published "
        f"{plain(published)} stands for {plain(published - half)} to {plain(published + half)}: "
        f"the numbers {'agree' if agree else 'do not agree'}."
    )
    return Finding(always("reproduced" if agree else "contradicted", reason), measured=computed, interval=(low, high))


def _product(numbers: Sequence[Number]) -> Array:
    """Product of printed numbers and its least and greatest value within their rounding, shape (3,)."""
    computed, bounds = 1.0, np.ones(2)
    for number in numbers:
        computed *= number.value
        half = number.resolution / 2
        corners = np.outer(bounds, [number.value - half, number.value + half])
        bounds = np.array([corners.min(), corners.max()])
    return np.array([computed, *bounds])
