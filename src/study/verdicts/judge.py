"""Answers every claim with a verdict, from trial records and observations."""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from study.analysis.evidence import Evidence
from study.claims.files import CLAIMS, load_claims
from study.claims.models import Claim
from study.common.atomic import write_text
from study.common.command import run
from study.common.errors import StudyError
from study.common.text import listed
from study.records import observations as observed
from study.records.collect import read_trials
from study.records.models import Observation, Trial
from study.statistics import holm
from study.verdicts.finding import Finding
from study.verdicts.models import Sensitivity, Verdict, VerdictName
from study.verdicts.rules import judged

ALPHA = 0.05
# Enough for a reader, too few for the last bits in which processors differ.
DIGITS = 6


def judge(claims: Sequence[Claim], trials: Sequence[Trial], observations: Sequence[Observation] = ()) -> list[Verdict]:
    """Judge every claim, in their order; the order of `trials` and `observations` does not matter.

    The claims of a source that share a rule are a family: their p-values are adjusted together (Holm) and reported
    adjusted. Under alternative assumptions a claim is judged by the same rule; those of one claim are a family.

    Raises
    ------
    StudyError
        If the trials are of different scales.
    """
    _refuse_mixed_scales(trials)
    ordered = sorted(trials, key=lambda trial: (trial.experiment, trial.series, trial.block, trial.plan_sha256))
    evidence = Evidence(ordered, sorted(observations, key=observed.place), claims)
    findings = [judged(claim, evidence) for claim in claims]
    p_values = _adjusted(findings, [(claim.source, claim.rule) for claim in claims])
    return [
        _verdict(claim, finding, p_value, _sensitivity(claim, evidence))
        for claim, finding, p_value in zip(claims, findings, p_values, strict=True)
    ]


def _refuse_mixed_scales(trials: Sequence[Trial]) -> None:
    scales = sorted({trial.scale for trial in trials})
    if len(scales) > 1:
        raise StudyError(f"the trials are of the scales {', '.join(scales)}: judge the trials of one scale at a time")


def _sensitivity(claim: Claim, evidence: Evidence) -> list[Sensitivity]:
    findings = [judged(claim.assuming(other), evidence) for other in claim.sensitivity]
    p_values = _adjusted(findings, [claim.id] * len(findings))
    return [
        Sensitivity(assumption=other.assumption, **_answer(finding, p_value))
        for other, finding, p_value in zip(claim.sensitivity, findings, p_values, strict=True)
    ]


def _verdict(claim: Claim, finding: Finding, p_value: float | None, sensitivity: list[Sensitivity]) -> Verdict:
    answer = _answer(finding, p_value)
    different: dict[VerdictName, list[str]] = defaultdict(list)
    for other in sensitivity:
        if other.verdict != answer["verdict"]:
            different[other.verdict].append(f"“{other.assumption}”")
    if different:
        how = ", ".join(f"{name} for {listed(read)}" for name, read in different.items())
        answer["reason"] = f"{answer['reason'].rstrip('.')}. Other assumptions give another verdict: {how}."
    return Verdict(
        claim=claim.id,
        **answer,
        published=claim.printed,
        p_value=_rounded(p_value),
        trials=[trial.plan_sha256 for trial in finding.trials],
        sensitivity=sensitivity,
    )


def _answer(finding: Finding, p_value: float | None) -> dict[str, Any]:
    """What a verdict says, of the claim as it stands or under another assumption."""
    verdict, reason = finding.conclude(p_value is not None and p_value <= ALPHA)
    interval = finding.interval and tuple(_rounded(bound) for bound in finding.interval)
    measured = {"measured": _rounded(finding.measured), "interval": interval, "n": finding.n}
    return {"verdict": verdict, "reason": reason, **measured}


def _adjusted(findings: Sequence[Finding], families: Sequence[object]) -> list[float | None]:
    """p-value of each finding, adjusted within its family; None where a finding has none."""
    p_values = [finding.p_value for finding in findings]
    for family in set(families):
        members = {
            place: p
            for place, (p, of) in enumerate(zip(p_values, families, strict=True))
            if of == family and p is not None
        }
        for place, adjusted in zip(members, holm(list(members.values())), strict=True):
            p_values[place] = adjusted
    return p_values


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
    verdicts = judge(load_claims(claims), read_trials(trials), found)
    content = json.dumps([verdict.model_dump(mode="json") for verdict in verdicts], indent=1, ensure_ascii=False)
    write_text(out, content + "\n")


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
