"""What became of one simulated study: what is contradicted and upheld, and which intervals hold what they promise."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from study import statistics as st
from study.analysis.evidence import Evidence
from study.analysis.runs import curves_of
from study.calibration.studies import LEVEL, Question, draw, effect_of
from study.calibration.worlds import WORLDS, normal
from study.claims.models import MeasuredClaim
from study.claims.rules import CurveClaim, EqualClaim, OrderClaim, ValueClaim
from study.records.models import Trial
from study.verdicts.finding import Finding
from study.verdicts.tested import run_tests


@dataclass(frozen=True)
class Cell:
    """One kind of study: its noise, the number of runs or blocks of each arm, and how true its claims are.

    `beyond` is how much farther than its margin a claimed difference is, as a share: 0.03 is 3 % beyond it, and below 0
    the claim is false. `deviation` is that of one run in comparisons of times; None is what was measured of each.
    """

    world: str
    n: int
    beyond: float = 0.0
    deviation: float | None = None


@dataclass(frozen=True)
class Outcome:
    """How many questions of a rule were asked, contradicted and upheld; how many intervals of a kind held, of all."""

    asked: Mapping[str, int]
    contradicted: Mapping[str, int]
    upheld: Mapping[str, int]
    held: Mapping[str, tuple[int, int]]


def outcome(cell: Cell, questions: Sequence[Question], seed: int) -> Outcome:
    """Draw a study, judge it by the study's own code, and count; the same seed draws the same study."""
    random = np.random.default_rng([seed, cell.n, sorted(WORLDS).index(cell.world)])
    drawn = [_drawn(question, cell, random) for question in questions]
    found = run_tests([claim for claim, _ in drawn], Evidence([trial for _, trials in drawn for trial in trials]))
    counts: dict[str, dict[str, int]] = {name: defaultdict(int) for name in ("asked", "contradicted", "upheld")}
    held: dict[str, list[bool]] = defaultdict(list)
    for claim, trials in drawn:
        answer = found[claim.test]
        counts["asked"][claim.rule] += 1
        counts["contradicted"][claim.rule] += answer.significant.contradicted
        counts["upheld"][claim.rule] += answer.significant.upheld
        for kind, holds in _held(claim, trials, answer.finding, cell):
            held[kind].append(holds)
    return Outcome(**counts, held={kind: (sum(of_kind), len(of_kind)) for kind, of_kind in held.items()})


def _drawn(question: Question, cell: Cell, random: np.random.Generator) -> tuple[MeasuredClaim, list[Trial]]:
    """Draw a question. Bursts and drift are of machines: what is no time varies normally, whatever the world is."""
    beyond = float(np.log1p(cell.beyond))
    if not question.claim.timed:
        return draw(question, cell.n, beyond, normal, random)
    chosen = question if cell.deviation is None else Question(question.claim, cell.deviation)
    return draw(chosen, cell.n, beyond, WORLDS[cell.world], random)


def _held(claim: MeasuredClaim, trials: Sequence[Trial], finding: Finding, cell: Cell) -> Iterator[tuple[str, bool]]:
    """Whether each interval that the rule of a claim uses holds what it should."""
    low, high = finding.interval or (-np.inf, np.inf)
    if isinstance(claim, OrderClaim):
        yield "ratio", bool(low <= np.exp(effect_of(claim, float(np.log1p(cell.beyond)))) <= high)
    elif isinstance(claim, EqualClaim):
        yield "difference", low <= claim.margin <= high
    elif isinstance(claim, ValueClaim):
        yield "mean", low <= LEVEL <= high
        # The interval of one more run is √(n + 1) times as wide as that of the mean of n.
        one_more = (high - low) / 2 * np.sqrt(finding.n + 1)
        yield "one more run", bool(abs(claim.published - (low + high) / 2) <= one_more)
    elif isinstance(claim, CurveClaim):
        yield "one more curve", _holds_curve(claim, np.array(curves_of(claim.measure, trials)))


def _holds_curve(claim: CurveClaim, x: st.Array) -> bool:
    """Whether the simultaneous band of one more curve holds the published one, after every epoch."""
    n_epochs = len(claim.published)
    (deviations, df), level = st.pooled_spread(x[:, :n_epochs]), st.simultaneous_level(n_epochs)
    errors = deviations * np.sqrt(1 + 1 / len(x))
    bands = [st.interval(st.Estimate(0.0, float(error), df), level) for error in errors]
    away = x[:, :n_epochs].mean(axis=0) - claim.published
    return all(low <= distance <= high for distance, (low, high) in zip(away, bands, strict=True))
