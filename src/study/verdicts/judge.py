"""Answers every claim with a verdict, from trial records and observations."""

import argparse
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from study.analysis.evidence import Evidence
from study.claims.files import CLAIMS, load_claims
from study.claims.margins import Fixed, Margins, load_margins
from study.claims.models import Assumption, Claim, Elsewhere
from study.common.atomic import write_text
from study.common.command import run
from study.common.errors import StudyError
from study.config.datasets import Dataset, load_datasets
from study.config.runtimes import load_runtimes
from study.config.study import load_study
from study.planning.plan import jobs
from study.records import observations as observed
from study.records.collect import read_trials
from study.records.models import Observation, PlannedTrial, Trial
from study.verdicts import gate
from study.verdicts.models import Answer, Asked, Verdict
from study.verdicts.tested import Tested, run_tests

# Enough for a reader, too few for the last bits in which processors differ.
DIGITS = 6


@dataclass(frozen=True)
class Background:
    """What is known besides the records: nothing, where it is left out.

    `planned` are the trials that the study plans at their scale: without, no number of runs counts as planned.
    `datasets` are those that the trials read; `margins` say when the rule and the margin of each claim were fixed.
    """

    planned: Sequence[PlannedTrial] = ()
    datasets: Mapping[str, Dataset] = field(default_factory=dict)
    margins: Margins = field(default_factory=dict)


def judge(
    claims: Sequence[Claim],
    trials: Sequence[Trial],
    observations: Sequence[Observation] = (),
    known: Background = Background(),
) -> list[Verdict]:
    """Judge every claim, in their order; the order of `trials` and `observations` does not matter.

    What several claims ask is tested once, and all tests of the study, under whichever assumption, share their errors
    (`study.verdicts.tested`): the chance of contradicting any claim that is true stays below 5 %, however many there
    are. What contradicts a claim must pass a gate besides (`study.verdicts.gate`).

    Raises
    ------
    StudyError
        If the trials are of different scales.
    """
    _refuse_mixed_scales(trials)
    ordered = sorted(trials, key=lambda trial: (trial.experiment, trial.series, trial.block, trial.plan_sha256))
    evidence = Evidence(ordered, sorted(observations, key=observed.place), claims, known.planned, known.datasets)
    tests = run_tests(claims, evidence.batch(confirming=False))
    return [_verdict(claim, tests, evidence, known.margins.get(claim.id)) for claim in claims]


def _refuse_mixed_scales(trials: Sequence[Trial]) -> None:
    scales = sorted({trial.scale for trial in trials})
    if len(scales) > 1:
        raise StudyError(f"the trials are of the scales {', '.join(scales)}: judge the trials of one scale at a time")


def _verdict(claim: Claim, tests: Mapping[str, Tested], evidence: Evidence, fixed: Fixed | None) -> Verdict:
    found = tests[claim.test]
    altered = evidence.altered_for(found.finding.trials)
    sensitivity = [_asked(claim, other, tests) for other in claim.sensitivity]
    answer = gate.passed(claim, _answer(found), sensitivity, evidence)
    return Verdict(
        **answer.model_dump(),
        claim=claim.id,
        fixed=fixed.since if fixed else None,
        began=min((trial.started for trial in found.finding.trials), default=None),
        test=hashlib.sha256(claim.test.encode()).hexdigest()[:16],
        scope=claim.scope,
        assumption=_deciding(claim, answer, sensitivity),
        data=altered.name if altered else None,
        published=claim.printed,
        trials=[trial.plan_sha256 for trial in found.finding.trials],
        sensitivity=sensitivity,
        also=[_asked(claim, other, tests) for other in claim.also],
    )


def _asked(claim: Claim, other: Assumption | Elsewhere, tests: Mapping[str, Tested]) -> Asked:
    return Asked(text=other.text, **_answer(tests[claim.varied(other).test]).model_dump())


def _deciding(claim: Claim, answer: Answer, sensitivity: Iterable[Asked]) -> str | None:
    """The assumption that decides: where another one gives another verdict, or where none was tried."""
    if claim.assumed and (not claim.sensitivity or any(other.verdict != answer.verdict for other in sensitivity)):
        return claim.assumed
    return None


def _answer(found: Tested) -> Answer:
    """What a test says, of the claim as it stands or asked otherwise."""
    finding = found.finding
    verdict, reason = finding.conclude(found.significant)
    interval: Any = finding.interval and tuple(_rounded(bound) for bound in finding.interval)
    return Answer(
        verdict=verdict,
        reason=reason,
        measured=_rounded(finding.measured),
        interval=interval,
        n=finding.n,
        p_value=_rounded(found.p_value),
        p_against=_rounded(found.p_against),
    )


def _rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.{DIGITS}g}")


def write(trials: Path, observations: Path | None, claims: Path, out: Path) -> None:
    """Judge the claims in `claims` by the records in `trials` and `observations`, and write the verdicts (JSON).

    Raises
    ------
    StudyError
        If a file cannot be read, or as `judge` does; then nothing is written.
    """
    found = observed.read_observations(observations) if observations else []
    ran = read_trials(trials)
    known = Background(_planned(ran), load_datasets(), load_margins())
    verdicts = judge(load_claims(claims), ran, found, known)
    # The claim comes first: what differs below it is then said of it, not of the claim before.
    entries = [{"claim": verdict.claim, **verdict.model_dump(mode="json")} for verdict in verdicts]
    content = json.dumps(entries, indent=1, ensure_ascii=False)
    write_text(out, content + "\n")


def _planned(trials: Sequence[Trial]) -> list[PlannedTrial]:
    """Trials that the study plans at the scale of these."""
    plans = [
        jobs(load_study(overrides={"scale": scale}), list(load_runtimes()))
        for scale in {trial.scale for trial in trials}
    ]
    return [trial for of_scale in plans for plan in of_scale.values() for trial in plan.trials]


def main(arguments: Sequence[str] | None = None) -> None:
    """Judge claims by the trials of one file and the observations of another."""
    parser = argparse.ArgumentParser(prog="python -m study.verdicts.judge", description=__doc__)
    parser.add_argument("trials", type=Path, help="trial records (JSON lines, may be compressed)")
    parser.add_argument("--observations", type=Path, help="what probes observed (JSON lines, may be compressed)")
    parser.add_argument("--claims", type=Path, default=Path(CLAIMS), help="claims (default: %(default)s)")
    parser.add_argument("--out", required=True, type=Path, help="where the verdicts (JSON) go")
    chosen = parser.parse_args(arguments)
    write(chosen.trials, chosen.observations, chosen.claims, chosen.out)


if __name__ == "__main__":
    run(main)
