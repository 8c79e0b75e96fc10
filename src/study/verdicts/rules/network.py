"""Whether two networks are the same one."""

from collections import defaultdict

from study.analysis.evidence import Evidence
from study.analysis.observed import network_of, network_pairs, runtimes_of
from study.claims.rules import NetworkClaim
from study.networks.comparison import Comparison, compare
from study.records.models import Observation
from study.verdicts.finding import Finding, always


def judge(claim: NetworkClaim, evidence: Evidence) -> Finding:
    """Whether two networks are the same one, or differ in exactly what is claimed, on every runtime.

    Fingerprints decide whether they are the same. Where a claim names no runtime, both are compared on each runtime.
    """
    networks, pairs = (claim.selection, claim.baseline), network_pairs(claim, evidence)
    observations = [observation for each in networks for observation in evidence.observed(claim.probe, each)]
    across = networks[0].runtime != networks[1].runtime
    names = " and ".join(f"{each.network}{f' on {each.runtime}' if across else ''}" for each in networks)
    if not pairs:
        return Finding(always("not run", f"No runtime has shown both {names}."))
    found: dict[str, list[Observation]] = defaultdict(list)
    as_claimed = True
    for one, other in pairs:
        comparison = compare(network_of(one), network_of(other))
        found[comparison.verdict(names)].append(one)
        as_claimed &= _fits(claim, comparison)
    shown = {each.runtime for pair in pairs for each in pair}
    missing = runtimes_of(each for each in observations if each.runtime not in shown)
    texts = [
        "It depends on the version." if len(found) > 1 else "",
        *(f"On {runtimes_of(where)}: {verdict}" for verdict, where in found.items()),
        f"Nothing shows both on {missing}." if missing else "",
    ]
    return Finding(always("reproduced" if as_claimed else "contradicted", " ".join(filter(None, texts))), n=len(pairs))


def _fits(claim: NetworkClaim, comparison: Comparison) -> bool:
    if comparison.same or claim.expected == "same":
        return comparison.same and claim.expected == "same"
    return not claim.differences or set(claim.differences) == set(comparison.causes)
