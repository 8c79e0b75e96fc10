"""Whether a printed loss is the sum of those of the outputs, or as far from it as the version itself prints."""

import numpy as np

from study.analysis.evidence import Evidence
from study.analysis.runs import curves_of, runs_of
from study.claims.rules import SumClaim
from study.common.text import count, plain
from study.verdicts.finding import Finding, always, not_run

# Sums of numbers in binary miss the last printed digit by less.
TINY = 1e-9


def judge(claim: SumClaim, evidence: Evidence) -> Finding:
    """Whether the printed numbers add up within their rounding, or miss by what the version's own sums miss.

    A version may average the loss of the network otherwise than those of its outputs. What its runs here record, after
    any epoch, shows how far apart the two then are.
    """
    apart, allowed = claim.published - sum(claim.terms), claim.resolution / 2 * (1 + len(claim.terms))
    shown = f"{' + '.join(map(plain, claim.terms))} = {plain(sum(claim.terms))}; printed is {plain(claim.published)}"
    if abs(apart) <= allowed + TINY:
        return Finding(always("reproduced", f"{shown}: within rounding."), measured=sum(claim.terms))
    runs = runs_of(claim.selection, claim.measure, evidence)
    if not runs:
        return not_run(claim.selection, claim, evidence)
    own = _own(claim, evidence)
    beyond, largest = int((own > allowed).sum()), float(own.max())
    said = (
        f"{shown}, {abs(apart):.4f} away. On {claim.runtime} {beyond} of {count(len(own), 'epoch')} of this network "
        f"end with a loss that is farther from the sum than rounding explains; the farthest is {largest:.4f} away"
    )
    if abs(apart) - allowed <= largest:
        return Finding(always("consistent", f"{said}: so does the version print."), runs, len(runs), sum(claim.terms))
    return Finding(always("contradicted", f"{said}."), runs, len(runs), sum(claim.terms))


def _own(claim: SumClaim, evidence: Evidence) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """How far the loss of each epoch of each run is from the sum of the outputs' losses."""
    runs = runs_of(claim.selection, claim.measure, evidence)
    whole = curves_of(claim.measure, runs)
    outputs = [
        curves_of(claim.measure.model_copy(update={"output": number}), runs)
        for number in range(1, 1 + len(claim.terms))
    ]
    return np.concatenate(
        [np.abs(loss - np.sum(of_run, axis=0)) for loss, *of_run in zip(whole, *outputs, strict=True)]
    )
