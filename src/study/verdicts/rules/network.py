"""How the rule `network` turns two descriptions of a network into a finding."""

from collections import defaultdict

from study.analysis.evidence import Evidence
from study.analysis.observed import compared, described, name_of, runtimes_of, seen_of
from study.claims.models import Claim, baseline_of
from study.networks.comparison import Comparison, compare
from study.records.models import Observation
from study.verdicts.finding import Finding, always


def network(claim: Claim, evidence: Evidence) -> Finding:
    """Whether two networks are the same one, or differ in exactly what is claimed, on every runtime.

    Fingerprints decide whether they are the same. Where a claim names no runtime, both are compared on each runtime.
    """
    baseline = baseline_of(claim)
    pairs, seen = compared(claim, evidence), [*seen_of(claim, evidence), *seen_of(baseline, evidence)]
    apart = claim.runtime != baseline.runtime
    names = " and ".join(f"{name_of(each)}{f' on {each.runtime}' if apart else ''}" for each in (claim, baseline))
    if not pairs:
        return Finding(always("inconclusive", f"No runtime has shown both {names}."))
    found: dict[str, list[Observation]] = defaultdict(list)
    as_claimed = True
    for one, other in pairs:
        comparison = compare(described(one), described(other))
        found[comparison.verdict(names)].append(one)
        as_claimed &= _fits(claim, comparison)
    shown = {each.runtime for pair in pairs for each in pair}
    missing = runtimes_of(each for each in seen if each.runtime not in shown)
    said = [
        "It depends on the version." if len(found) > 1 else "",
        *(f"On {runtimes_of(where)}: {verdict}" for verdict, where in found.items()),
        f"Nothing shows both on {missing}." if missing else "",
    ]
    return Finding(always("reproduced" if as_claimed else "contradicted", " ".join(filter(None, said))), n=len(pairs))


def _fits(claim: Claim, comparison: Comparison) -> bool:
    if comparison.same or claim.expected == "same":
        return comparison.same and claim.expected == "same"
    return not claim.differences or set(claim.differences) == set(comparison.causes)
