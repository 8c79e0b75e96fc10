"""Ends a run: says what came of all trials, and fails if one ended otherwise than planned."""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from study.common.atomic import write_text
from study.common.command import run
from study.common.errors import StudyError
from study.records.collect import read_trials
from study.records.models import Trial


def unexpected(trials: Iterable[Trial]) -> list[Trial]:
    """Trials that ended otherwise than planned."""
    return [trial for trial in trials if trial.status != trial.expect]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the summary of a run, or name the trials that are missing from it."""
    parser = argparse.ArgumentParser(prog="python -m study.report.complete", description=__doc__)
    parser.add_argument("trials", type=Path, help="trial records (JSON lines, may be compressed)")
    parser.add_argument("verdicts", type=Path, help="verdicts (JSON)")
    parser.add_argument("--config", default="", help="how the run was configured, for the command that repeats a trial")
    parser.add_argument("--out", required=True, type=Path, help="where the summary (JSON) goes")
    chosen = parser.parse_args(arguments)
    trials = read_trials(chosen.trials)
    if failed := unexpected(trials):
        raise StudyError("\n".join(_how_to_repeat(trial, chosen.config) for trial in failed))
    verdicts = json.loads(chosen.verdicts.read_text(encoding="utf-8"))
    summary = {
        "trials": Counter(trial.status for trial in trials),
        "verdicts": Counter(verdict["verdict"] for verdict in verdicts),
    }
    write_text(chosen.out, json.dumps(summary, indent=1, sort_keys=True) + "\n")


def _how_to_repeat(trial: Trial, config: str) -> str:
    job = f"{trial.scale}/{trial.experiment}/{trial.series}/{trial.runtime}/{trial.block}"
    reason = f"{trial.error.type}: {trial.error.message.splitlines()[0]}" if trial.error else f"it {trial.status}"
    return (
        f"{job}: {trial.variant} was to be {trial.expect}, but {reason}\n"
        f"  whole traceback: results/trials/{job}.jsonl; to repeat only this trial:\n"
        f"  snakemake --cores all --forcerun results/trials/{job}.jsonl --config {config or f'scale={trial.scale}'}"
    )


if __name__ == "__main__":
    run(main)
