"""What probes observed: in which runtimes, of which networks, and what they could not try."""

from collections.abc import Iterable

from study.analysis.evidence import Evidence
from study.claims.rules import NetworkClaim
from study.common.text import listed
from study.networks.models import Network
from study.records.models import Observation


def network_pairs(claim: NetworkClaim, evidence: Evidence) -> list[tuple[Observation, Observation]]:
    """Observations of the two networks that `claim` compares, in pairs.

    They are of one runtime unless the claim names two. What could not be built is left out.
    """
    selection, baseline = claim.selection, claim.baseline
    ours, theirs = (
        [each for each in evidence.observed(claim.probe, of) if each.values.get("fingerprint")]
        for of in (selection, baseline)
    )
    across = selection.runtime != baseline.runtime
    return [(one, other) for one in ours for other in theirs if across or one.runtime == other.runtime]


def network_of(observation: Observation) -> Network:
    """Return the network that was observed."""
    return Network.model_validate(observation.values)


def lacks_a_package(observation: Observation) -> bool:
    """Whether something failed only because the runtime lacks a package that it needs."""
    error = observation.error
    return observation.status == "fails" and error is not None and error.type in ("ImportError", "ModuleNotFoundError")


def runtimes_of(observations: Iterable[Observation]) -> str:
    """Name the runtimes that showed something."""
    return listed(sorted({observation.runtime for observation in observations}))
