"""Calibrates the judging: simulates studies with a known truth, and sums up how often their verdicts err."""

import argparse
import json
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from study.analysis.evidence import Evidence
from study.analysis.paired_ratio import paired_ratio
from study.analysis.runs import MIN_RUNS, curves_of, runs_of, values_of
from study.calibration.measure import Cell, Outcome, outcome
from study.calibration.studies import Question, questions
from study.calibration.worlds import WORLDS
from study.claims.files import CLAIMS, load_claims
from study.claims.models import Claim
from study.claims.rules import CurveClaim, EqualClaim, OrderClaim, ValueClaim
from study.common.atomic import write_text
from study.common.command import run
from study.common.parallel import each
from study.records.collect import read_trials
from study.statistics import pooled_spread
from study.verdicts.tested import ways_to_ask

STUDIES = 200
RUNS = (3, 10, 20)
# How far runs of one network lie apart on a quiet machine.
QUIET = 0.018
# How much farther than its margin a difference is; below 0 it is not what is claimed.
BEYOND = (0.0, 0.005, 0.01, 0.03, 0.1, -0.05, -0.1)
BLOCKS = 20
DIGITS = 4


def deviations(claims: Sequence[Claim], evidence: Evidence) -> dict[str, float]:
    """Standard deviation of one of the runs that a claim is judged by, by the claim's `test`, where it was measured."""
    asked = {way.test: way for claim in claims for way in ways_to_ask(claim)}
    found = {test: _deviation(claim, evidence) for test, claim in asked.items()}
    return {test: deviation for test, deviation in found.items() if deviation}


def _deviation(claim: Claim, evidence: Evidence) -> float | None:
    if isinstance(claim, OrderClaim):
        logs = paired_ratio(claim.selection, claim.baseline, claim.measure, evidence).log_ratios
        # A ratio has the noise of two runs; where the baseline ran twice, of one and a half.
        return float(logs.std(ddof=1) / np.sqrt(1.5 if claim.timed else 2)) if len(logs) >= MIN_RUNS else None
    if not isinstance(claim, EqualClaim | ValueClaim | CurveClaim) or claim.timed:
        return None
    runs = runs_of(claim.selection, claim.measure, evidence)
    if len(runs) < MIN_RUNS:
        return None
    if isinstance(claim, CurveClaim):
        n_epochs = min(map(len, curves_of(claim.measure, runs)))
        curves = np.array([curve[:n_epochs] for curve in curves_of(claim.measure, runs)])
        return float(np.sqrt(np.mean(np.square(pooled_spread(curves).deviations))))
    return float(values_of(claim.measure, runs).std(ddof=1))


def simulate(cell: Cell, asked: Sequence[Question], n_studies: int, processes: int) -> list[Outcome]:
    """Judge so many studies of a kind."""
    name = f"{cell.world}, {cell.n} runs, {100 * cell.beyond:g} % beyond"
    return [*each(name, partial(outcome, cell, asked), range(n_studies), processes, chunk=4)]


def share(outcomes: Sequence[Outcome], of: str, rule: str) -> float:
    """Share of the questions of a rule of which an outcome is so."""
    asked = sum(each.asked.get(rule, 0) for each in outcomes)
    return sum(getattr(each, of).get(rule, 0) for each in outcomes) / asked if asked else float("nan")


def any_contradicted(outcomes: Sequence[Outcome]) -> float:
    """Share of the studies that contradict anything."""
    return float(np.mean([any(each.contradicted.values()) for each in outcomes]))


def coverage(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Share of the intervals of each kind that held."""
    kinds = sorted({kind for each in outcomes for kind in each.held})
    pairs = {kind: np.sum([each.held[kind] for each in outcomes if kind in each.held], axis=0) for kind in kinds}
    return {kind: float(held / total) for kind, (held, total) in pairs.items()}


def calibrate(asked: Sequence[Question], n_studies: int, runs: Iterable[int], processes: int) -> dict[str, Any]:
    """Simulate every kind of study and sum them up."""
    true, held = list[dict[str, Any]](), list[dict[str, Any]]()
    for world in WORLDS:
        for n in runs:
            outcomes = simulate(Cell(world, n), asked, n_studies, processes)
            rules = sorted({rule for each in outcomes for rule in each.asked})
            contradicted = {rule: share(outcomes, "contradicted", rule) for rule in rules}
            true.append({"noise": world, "n": n, "share": any_contradicted(outcomes), "of_questions": contradicted})
            held.append({"noise": world, "n": n} | coverage(outcomes))
    sizes = list[dict[str, Any]]()
    for beyond in BEYOND:
        outcomes = simulate(Cell("normal", BLOCKS, beyond, QUIET), asked, max(1, n_studies // 5), processes)
        row = {"beyond": beyond, "n": BLOCKS, "deviation": QUIET}
        sizes.append(row | {of: share(outcomes, of, "order") for of in ("upheld", "contradicted")})
    by_rule = {rule: sum(q.claim.rule == rule for q in asked) for rule in sorted({q.claim.rule for q in asked})}
    return {
        "simulated_with": {"studies": n_studies, "questions": by_rule, "noise": list(WORLDS), "runs": list(runs)},
        "any_false_contradicted": max(row["share"] for row in true),
        "false_contradictions": true,
        "coverage": held,
        "power_at_3_percent": next(row["upheld"] for row in sizes if row["beyond"] == 0.03),  # noqa: PLR2004
        "verdicts_by_size": sizes,
    }


def rounded(value: Any) -> Any:
    """The same with its fractions to four digits."""
    if isinstance(value, dict):
        return {name: rounded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return round(value, DIGITS) if isinstance(value, float) else value


def main(arguments: Sequence[str] | None = None) -> None:
    """Simulate studies and write what their verdicts are worth (JSON)."""
    parser = argparse.ArgumentParser(prog="python -m study.calibration.summary", description=__doc__)
    parser.add_argument("trials", type=Path, help="records (JSON lines, may be compressed) whose noise is taken")
    parser.add_argument("--claims", type=Path, default=Path(CLAIMS), help="claims (default: %(default)s)")
    parser.add_argument("--studies", type=int, default=STUDIES, help="studies of each kind (default: %(default)s)")
    parser.add_argument("--cores", type=int, default=1, help="processes (default: %(default)s)")
    parser.add_argument("--out", required=True, type=Path, help="where the summary (JSON) goes")
    chosen = parser.parse_args(arguments)
    claims = load_claims(chosen.claims)
    asked = questions(claims, deviations(claims, Evidence(read_trials(chosen.trials))))
    summary = calibrate(asked, chosen.studies, RUNS, chosen.cores)
    write_text(chosen.out, json.dumps(rounded(summary), indent=1) + "\n")


if __name__ == "__main__":
    run(main)
