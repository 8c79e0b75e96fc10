"""How the rule `network` turns two descriptions of a network into a finding."""

from collections import defaultdict

from study.claims import Claim, baseline_of
from study.finding import Evidence, Finding, always
from study.networks import Comparison, Network, compare
from study.probe_rules import runtimes_of, seen_of
from study.records import Observation


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


def compared(claim: Claim, evidence: Evidence) -> list[tuple[Observation, Observation]]:
    """Observations that a claim of the rule `network` compares, the two networks of each pair.

    They are of one runtime unless the claim names two. What could not be built is left out.
    """
    baseline = baseline_of(claim)
    others = [each for each in seen_of(baseline, evidence) if each.values.get("fingerprint")]
    return [
        (one, other)
        for one in seen_of(claim, evidence)
        for other in others
        if one.values.get("fingerprint") and (claim.runtime != baseline.runtime or one.runtime == other.runtime)
    ]


def described(observation: Observation) -> Network:
    """Return the network that was observed."""
    return Network.model_validate(observation.values)


def _fits(claim: Claim, comparison: Comparison) -> bool:
    if comparison.same or claim.expected == "same":
        return comparison.same and claim.expected == "same"
    return not claim.differences or set(claim.differences) == set(comparison.causes)


def name_of(claim: Claim) -> str:
    """Name the network that `claim` speaks of, as on the command line."""
    return "/".join(filter(None, [claim.subject, claim.variant, claim.alternative]))
