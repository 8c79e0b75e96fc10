"""Every published statement with its answer, source by source, and first what the sources conclude."""

from collections.abc import Sequence
from dataclasses import dataclass

from study.analysis.bitwise import setups
from study.claims.models import Claim
from study.claims.rules import EqualClaim, OpinionClaim
from study.claims.sources import Source
from study.records.models import Trial
from study.report.chapter import Chapter, ReportData
from study.report.conclusions import concluding, short
from study.verdicts.models import Verdict, counted


@dataclass(frozen=True)
class Statement:
    """A claim, its verdict, and both numbers in the claim's unit."""

    claim: Claim
    verdict: Verdict
    measured: str
    without_trials: bool
    judged_bit_for_bit: bool


@dataclass(frozen=True)
class SourceStatements:
    """All claims of one source: those that are judged, and opinions, which cannot be.

    `source` is None where nothing is kept of it but its claims.
    """

    file: str
    source: Source | None
    statements: Sequence[Statement]

    @property
    def name(self) -> str:
        """How it is called for short."""
        return short(self.file)

    @property
    def title(self) -> str:
        """Its own title, or at least its file."""
        return self.source.title if self.source else self.file

    @property
    def judged(self) -> list[Statement]:
        """Claims that are no opinions."""
        return [each for each in self.statements if not isinstance(each.claim, OpinionClaim)]

    @property
    def opinions(self) -> list[Statement]:
        """Claims that nothing can measure."""
        return [each for each in self.statements if isinstance(each.claim, OpinionClaim)]

    @property
    def conclusions(self) -> dict[str, list[Statement]]:
        """Claims that the source draws as its conclusions, by what it says: one sentence may be several claims."""
        by_claim = {each.claim.id: each for each in self.statements}
        found: dict[str, list[Statement]] = {}
        for claim in concluding([each.claim for each in self.statements]):
            found.setdefault(claim.quote, []).append(by_claim[claim.id])
        return found

    @property
    def tally(self) -> dict[str, int]:
        """How many claims have each verdict."""
        return counted(each.verdict for each in self.statements)


def by_source(report: ReportData) -> list[SourceStatements]:
    """Statements of each source, in the order of the claims."""
    verdicts = {verdict.claim: verdict for verdict in report.verdicts}
    sources = {source.file: source for source in report.sources}
    controlled = bool(setups(report.study.experiments, report.trials))
    statements = [_statement(claim, verdicts[claim.id], report.trials, controlled) for claim in report.claims]
    return [
        SourceStatements(file, sources.get(file), [each for each in statements if each.claim.source == file])
        for file in dict.fromkeys(claim.source for claim in report.claims)
    ]


def _statement(claim: Claim, verdict: Verdict, trials: Sequence[Trial], controlled: bool) -> Statement:
    unseen = claim.needs_trials and not verdict.n and not any(map(claim.selection.selects, trials))
    bit_for_bit = controlled and isinstance(claim, EqualClaim) and claim.protocol == "controlled"
    return Statement(claim, verdict, claim.with_interval(verdict.measured, verdict.interval), unseen, bit_for_bit)


def _concluding(report: ReportData) -> list[SourceStatements]:
    return [source for source in by_source(report) if source.conclusions]


CONCLUSIONS = Chapter("conclusions", "What the sources conclude", "conclusions.html.j2", _concluding)
STATEMENTS = Chapter("statements", "Every statement, source by source", "statements.html.j2", by_source)
