"""What probes observed: in which runtimes, of which networks, and what they could not try."""

import re
from collections import defaultdict
from collections.abc import Iterable

from study.analysis.evidence import Evidence
from study.claims.rules import NetworkClaim
from study.common.text import listed
from study.networks.models import Network
from study.records.models import Observation, TrialError

ADDRESS = re.compile(r" at 0x[0-9a-f]+")


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


def errors_of(failing: Iterable[Observation]) -> str:
    """Say on which runtimes which error was seen, a sentence an error."""
    by_error: dict[str, list[Observation]] = defaultdict(list)
    for observation in failing:
        if observation.error:
            by_error[describe_error(observation.error).rstrip(".")].append(observation)
    return " ".join(f"On {runtimes_of(group)}: {error}." for error, group in by_error.items())


def describe_error(error: TrialError) -> str:
    """Name an error by its type and the first line of its message, the same in every run: without addresses."""
    first = next(iter(error.message.strip().splitlines()), "")
    return f"{error.type}: {ADDRESS.sub('', first)}"


def runtimes_of(observations: Iterable[Observation]) -> str:
    """Name the runtimes that showed something."""
    return listed(sorted({observation.runtime for observation in observations}))
