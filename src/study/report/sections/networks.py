"""What the report says of networks: which are the same, and what differs where a source says that something does."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from study.analysis.evidence import Evidence
from study.analysis.observed import network_of, network_pairs
from study.claims.models import Claim
from study.claims.rules import NetworkClaim
from study.config.runtimes import version_of
from study.config.study import Study
from study.networks.comparison import compare
from study.networks.tables import Part, side_by_side, totals
from study.records.models import Observation
from study.report.chapter import Chapter, ReportData

SHORT = 12  # digits of a fingerprint, enough to tell some hundred apart


@dataclass(frozen=True)
class Row:
    """A network: its totals on the newest runtime, and on which runtimes it is this one."""

    name: str
    totals: dict[str, str]
    same_on: list[str]
    other_on: list[str]


@dataclass(frozen=True)
class Beside:
    """Two networks that a source says differ, side by side, with the claims about them."""

    names: tuple[str, str]
    claims: list[NetworkClaim]
    runtime: str
    parts: list[Part]
    verdict: str


@dataclass(frozen=True)
class Networks:
    """Every network of the study, and those that a source says differ."""

    rows: list[Row]
    beside: list[Beside]


def _networks(report: ReportData) -> Networks | None:
    """Put together what the report says of networks; None where nobody looked at any."""
    observed = [each for each in report.observations if each.probe == "structures" and each.values.get("fingerprint")]
    beside = _beside(report.claims, Evidence(observations=report.observations))
    return Networks(list(_rows(report.study, observed)), list(beside)) if observed else None


def _rows(study: Study, observed: Sequence[Observation]) -> Iterator[Row]:
    for name, experiment in study.experiments.items():
        for alternative in (None, *experiment.alternatives):
            for variant in experiment.variants:
                network = (name, variant, alternative)
                if of := [each for each in observed if (each.subject, each.variant, each.alternative) == network]:
                    yield _row("/".join(filter(None, [name, variant, alternative])), of)


def _row(name: str, of: Sequence[Observation]) -> Row:
    ordered = sorted(of, key=lambda each: version_of(each.runtime))
    newest = ordered[-1]
    same = [each.runtime for each in ordered if each.values["fingerprint"] == newest.values["fingerprint"]]
    of_newest = totals(network_of(newest))
    other = [each.runtime for each in ordered if each.runtime not in same]
    return Row(name, of_newest | {"fingerprint": of_newest["fingerprint"][:SHORT]}, same, other)


def _beside(claims: Iterable[Claim], evidence: Evidence) -> Iterator[Beside]:
    """Each two networks of which a claim says that they differ, once, on the newest runtime that shows both."""
    about: dict[tuple[str, str], list[NetworkClaim]] = {}
    for claim in claims:
        if isinstance(claim, NetworkClaim):
            about.setdefault((claim.selection.network, claim.baseline.network), []).append(claim)
    for names, group in about.items():
        pairs = network_pairs(group[0], evidence)
        if pairs and any(claim.expected == "differs" for claim in group):
            one, other = max(pairs, key=lambda pair: version_of(pair[0].runtime))
            comparison = compare(network_of(one), network_of(other))
            yield Beside(names, group, one.runtime, side_by_side(comparison), comparison.verdict())


NETWORKS = Chapter("networks", "Is it the same network?", "networks.html.j2", _networks)
