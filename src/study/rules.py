"""How each rule turns evidence into a finding: `RULES` names them all; here are those of failures and arithmetic."""

from collections.abc import Sequence

import numpy as np

from study.claims import Claim, Number
from study.comparison_rules import equal, order
from study.finding import Evidence, Finding, Rule, always, told
from study.level_rules import curve, value
from study.network_rules import network
from study.probe_rules import capability, formula, opinion, structure
from study.statistics import Array
from study.words import arm, count, number_word, plain


def fails(claim: Claim, evidence: Evidence) -> Finding:
    """Whether every trial failed, timed ones only where there are no others."""
    ended = evidence.trials_of(claim)
    ended = [trial for trial in ended if not trial.timed] or ended
    ran = sum(trial.status == "completed" for trial in ended)
    total = count(len(ended), "trial")
    if not ended:
        return Finding(always("inconclusive", f"There is no trial of {arm(claim)}."))
    if ran:
        return Finding(
            always("contradicted", f"It ran to its end in {number_word(ran)} of {total}."), ended, len(ended)
        )
    errors = {told(trial.error) for trial in ended if trial.error}
    reason = f"It failed each time it was run ({total}): {' '.join(sorted(errors))}"
    return Finding(always("reproduced", reason), ended, len(ended))


def arithmetic(claim: Claim, evidence: Evidence) -> Finding:
    """Whether published numbers agree with each other, each within half the worth of its last printed digit."""
    del evidence
    products = [_product(term) for term in claim.terms]
    computed, low, high = (float(part) for part in np.sum(products, axis=0))
    published, half = claim.number, claim.resolution / 2
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


RULES: dict[str, Rule] = {
    "value": value,
    "curve": curve,
    "order": order,
    "equal": equal,
    "fails": fails,
    "arithmetic": arithmetic,
    "structure": structure,
    "network": network,
    "capability": capability,
    "formula": formula,
    "opinion": opinion,
}
