"""Whether a printed loss is the sum of those of the outputs, or as far from it as the version itself prints."""

from study.analysis.evidence import Evidence
from study.analysis.printed_sums import allowed, printed, recorded
from study.analysis.runs import runs_of
from study.claims.rules import SumClaim
from study.common.text import count, plain
from study.verdicts.finding import Finding, always, not_run


def judge(claim: SumClaim, evidence: Evidence) -> Finding:
    """Whether the printed numbers add up within their rounding, or miss by what the version's own sums miss.

    A version may average the loss of the network otherwise than those of its outputs. What its runs here record, after
    any epoch, shows how far apart the two then are.
    """
    apart = abs(printed(claim))
    shown = f"{' + '.join(map(plain, claim.terms))} = {plain(sum(claim.terms))}; printed is {plain(claim.published)}"
    if apart <= allowed(claim):
        return Finding(always("reproduced", f"{shown}: within rounding."), measured=sum(claim.terms))
    runs = runs_of(claim.selection, claim.measure, evidence)
    if not runs:
        return not_run(claim.selection, claim, evidence)
    own = recorded(claim, evidence)
    beyond, largest = int((own > allowed(claim)).sum()), float(own.max())
    said = (
        f"{shown}, {apart:.4f} away. On {claim.runtime} {beyond} of {count(len(own), 'epoch')} of this network "
        f"end with a loss that is farther from the sum than rounding explains; the farthest is {largest:.4f} away"
    )
    if apart - allowed(claim) <= largest:
        return Finding(always("consistent", f"{said}: so does the version print."), runs, len(runs), sum(claim.terms))
    return Finding(always("contradicted", f"{said}."), runs, len(runs), sum(claim.terms))
