"""Gathers the trial records of all jobs into two tidy tables and one file that holds them all."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from study.common.atomic import replacing
from study.common.command import run
from study.common.errors import StudyError
from study.config.validation import check
from study.records.jsonlines import read_json_lines, write_json_lines
from study.records.models import Trial
from study.records.tables import epoch_table, trial_table

# What makes two records the same trial.
KEY = ("plan_sha256", "code_sha256", "dataset_sha256", "environment_sha256")


def read_trials(path: str | Path) -> list[Trial]:
    """Read the trial records of one file of JSON lines (`.jsonl` or `.jsonl.gz`).

    Raises
    ------
    StudyError
        Naming file and line, for what is no trial record or does not come from the plan that it names.
    """
    return [trial for _, trial in placed_trials(path)]


def placed_trials(path: str | Path) -> Iterator[tuple[str, Trial]]:
    """Every trial of a file with the file and line that name it."""
    for where, record in read_json_lines(path):
        trial = check(record, Trial, lambda _, where=where: where)
        if trial.plan_sha256 != trial.sha256():
            raise StudyError(
                f"{where}: plan_sha256 is {trial.plan_sha256}, but the planned fields give {trial.sha256()}"
            )
        yield where, trial


def gather(paths: Iterable[Path]) -> list[Trial]:
    """Every trial of all files, in an order that depends on the trials alone.

    Raises
    ------
    StudyError
        As `read_trials` does, and for a trial that comes twice.
    """
    found: dict[tuple[str, ...], str] = {}
    trials = []
    for path in paths:
        for where, trial in placed_trials(path):
            key = tuple(getattr(trial, field) for field in KEY)
            if key in found:
                raise StudyError(f"{where}: the same trial as {found[key]}: give each file of records once")
            found[key] = where
            trials.append(trial)
    return sorted(trials, key=_place)


def _place(trial: Trial) -> tuple[Any, ...]:
    names = ("scale", "experiment", "series", "block", "runtime", "variant", "replicate", *KEY)
    return tuple(getattr(trial, name) for name in names)


def write_trials(path: Path, trials: Iterable[Trial]) -> None:
    """Write `trials` as compressed JSON lines: equal trials give equal bytes."""
    write_json_lines(path, (trial.model_dump(mode="json", exclude_unset=True) for trial in trials))


def write(records: Iterable[Path], trials: Path, epochs: Path, out: Path) -> None:
    """Gather the trials of `records`, and write them as two tables (Parquet) and as one file of records.

    Raises
    ------
    StudyError
        As `gather` does; then nothing is written.
    """
    gathered = gather(records)
    for path, table in ((trials, trial_table(gathered)), (epochs, epoch_table(gathered))):
        with replacing(path) as part:
            table.to_parquet(part, index=False)
    write_trials(out, gathered)


def main(arguments: Sequence[str] | None = None) -> None:
    """Collect records; on a bad record, name it and write nothing."""
    parser = argparse.ArgumentParser(prog="python -m study.records.collect", description=__doc__)
    parser.add_argument("records", nargs="+", type=Path, help="trial records (JSON lines, may be compressed)")
    parser.add_argument("--trials", required=True, type=Path, help="where the table of trials (Parquet) goes")
    parser.add_argument("--epochs", required=True, type=Path, help="where the table of epochs (Parquet) goes")
    parser.add_argument("--out", required=True, type=Path, help="where all records (compressed JSON lines) go")
    chosen = parser.parse_args(arguments)
    write(chosen.records, chosen.trials, chosen.epochs, chosen.out)


if __name__ == "__main__":
    run(main)
