"""What probes observed of the subject of a claim."""

from collections.abc import Iterable

from study.analysis.evidence import Evidence
from study.claims.models import Claim, baseline_of
from study.common.text import listed
from study.networks.models import Network
from study.records.models import Observation


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


def name_of(claim: Claim) -> str:
    """Name the network that `claim` speaks of, as on the command line."""
    return "/".join(filter(None, [claim.subject, claim.variant, claim.alternative]))


def lacks_a_package(observation: Observation) -> bool:
    """Whether something failed only because the runtime lacks a package that it needs."""
    error = observation.error
    return observation.status == "fails" and error is not None and error.type in ("ImportError", "ModuleNotFoundError")


PROBES = {"structure": "structures", "network": "structures", "capability": "capabilities", "formula": "formulas"}


def seen_of(claim: Claim, evidence: Evidence) -> list[Observation]:
    """Observations that `claim` speaks of; a variant or runtime that it leaves out means all.

    An alternative that it leaves out means the base reading.
    """
    return [
        observation
        for observation in evidence.observations
        if observation.probe == PROBES[claim.rule]
        and observation.subject == claim.subject
        and observation.alternative == claim.alternative
        and claim.variant in (None, observation.variant)
        and claim.runtime in (None, observation.runtime)
    ]


def subject_name(claim: Claim) -> str:
    """Name what `claim` says that an API can do, or computes."""
    return f"{str(claim.subject).replace('_', ' ')} ({claim.variant})"


def runtimes_of(observations: Iterable[Observation]) -> str:
    """Name the runtimes that showed something."""
    return listed(sorted({observation.runtime for observation in observations}))
