"""Which version was it? What only some versions print, in the logs of sources that do not name theirs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from study.analysis.printed_sums import allowed, printed, recorded_by
from study.claims.rules import BehaviourClaim, SumClaim
from study.claims.sources import Source
from study.config.runtimes import version_of
from study.report.chapter import Chapter, ReportData
from study.report.conclusions import short


@dataclass(frozen=True)
class Sign:
    """What a source's log shows, with the claim about it, and for each runtime what it does and whether that fits."""

    what: str
    claim: str
    found: Mapping[str, str]
    fits: Mapping[str, bool]


@dataclass(frozen=True)
class Dated:
    """A source: the words with which it names its version, and the signs of its log."""

    name: str
    title: str
    named: str | None
    signs: Sequence[Sign]

    @property
    def fitting(self) -> list[str]:
        """The runtimes that every sign fits which was looked for there."""
        runtimes = {runtime for sign in self.signs for runtime in sign.fits}
        return sorted(
            (each for each in runtimes if all(sign.fits.get(each, True) for sign in self.signs)), key=version_of
        )


@dataclass(frozen=True)
class Versions:
    """All sources, and the runtimes that were looked at."""

    runtimes: Sequence[str]
    sources: Sequence[Dated]


def _versions(report: ReportData) -> Versions | None:
    sources = [_dated(source, report) for source in report.sources]
    runtimes = {runtime for source in sources for sign in source.signs for runtime in sign.found}
    return Versions(sorted(runtimes, key=version_of), sources) if runtimes else None


def _dated(source: Source, report: ReportData) -> Dated:
    return Dated(short(source.file), source.title, source.version, [*_printed(source, report), *_sums(source, report)])


def _printed(source: Source, report: ReportData) -> Iterator[Sign]:
    """What the log looks like."""
    for claim in report.claims:
        if isinstance(claim, BehaviourClaim) and claim.dates and claim.source == source.file:
            seen = {
                each.runtime: each
                for each in report.observations
                if (each.probe, each.subject) == (claim.probe, claim.subject)
            }
            fits = {runtime: each.status == "works" for runtime, each in seen.items()}
            found = {name: each.error.message if each.error else "so" for name, each in seen.items()}
            if seen:
                yield Sign(claim.about, claim.id, found, fits)


def _sums(source: Source, report: ReportData) -> Iterator[Sign]:
    """Whether printed losses miss their sums, as the versions do that average the one otherwise than the others."""
    claims = [claim for claim in report.claims if isinstance(claim, SumClaim) and claim.source == source.file]
    if not claims:
        return
    missing = [claim for claim in claims if abs(printed(claim)) > allowed(claim)]
    first = claims[0]
    # However wide the network is, and whichever API built it. As in the log, the samples must leave a batch that is not
    # full: where all are, every version's averages agree.
    ended = [
        trial
        for trial in report.trials
        if (trial.experiment, trial.status) == (first.experiment, "completed") and trial.n_trained % trial.batch_size
    ]
    runs = {each.runtime: [trial for trial in ended if trial.runtime == each.runtime] for each in ended}
    apart = {runtime: recorded_by(trials, first) for runtime, trials in runs.items()}
    off = {runtime: int((own > allowed(first)).sum()) for runtime, own in apart.items()}
    if off:
        found = {name: f"{beyond} of {len(apart[name])} epochs" for name, beyond in off.items()}
        fits = {name: bool(beyond) == bool(missing) for name, beyond in off.items()}
        what = f"{len(missing)} of {len(claims)} printed losses are not the sum of the outputs', beyond rounding"
        yield Sign(what, (missing or claims)[0].id, found, fits)


VERSIONS = Chapter("versions", "Which version was it?", "versions.html.j2", _versions)
