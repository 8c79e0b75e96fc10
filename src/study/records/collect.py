"""Gathers the trial records of all jobs into two tidy tables and one file that holds them all."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from study.config.validation import ConfigError, check
from study.records.jsonlines import read_json_lines, write_json_lines
from study.records.models import Trial
from study.records.tables import epoch_table, trial_table

# What makes two records the same trial.
KEY = ("plan_sha256", "code_sha256", "dataset_sha256", "environment_sha256")


def read_trials(path: str | Path) -> list[Trial]:
    """Read the trial records of one file of JSON lines (`.jsonl` or `.jsonl.gz`).

    Raises
    ------
    ConfigError
        Naming file and line, for what is no trial record or does not come from the plan that it names.
    """
    return [trial for _, trial in _placed(path)]


def _placed(path: str | Path) -> Iterator[tuple[str, Trial]]:
    """Every trial of a file with the file and line that name it."""
    for where, record in read_json_lines(path):
        trial = check(record, Trial, lambda _, where=where: where)
        if trial.plan_sha256 != trial.sha256():
            raise ConfigError(
                f"{where}: plan_sha256 is {trial.plan_sha256}, but the planned fields give {trial.sha256()}"
            )
        yield where, trial


def gather(paths: Iterable[Path]) -> list[Trial]:
    """Every trial of all files, in an order that depends on the trials alone.

    Raises
    ------
    ConfigError
        As `read_trials` does, and for a trial that comes twice.
    """
    found: dict[tuple[str, ...], str] = {}
    trials = []
    for path in paths:
        for where, trial in _placed(path):
            key = tuple(getattr(trial, field) for field in KEY)
            if key in found:
                raise ConfigError(f"{where}: the same trial as {found[key]}: give each file of records once")
            found[key] = where
            trials.append(trial)
    return sorted(trials, key=_place)


def _place(trial: Trial) -> tuple[Any, ...]:
    names = ("scale", "experiment", "series", "block", "runtime", "variant", "replicate", *KEY)
    return tuple(getattr(trial, name) for name in names)


def write_trials(path: Path, trials: Iterable[Trial]) -> None:
    """Write `trials` as compressed JSON lines: equal trials give equal bytes."""
    write_json_lines(path, (trial.model_dump(mode="json", exclude_unset=True) for trial in trials))


def main(arguments: Sequence[str] | None = None) -> int:
    """Collect records; on a bad record, name it and write nothing."""
    parser = argparse.ArgumentParser(prog="python -m study.records.collect", description=__doc__)
    parser.add_argument("records", nargs="+", type=Path, help="trial records (JSON lines, may be compressed)")
    parser.add_argument("--trials", required=True, type=Path, help="where the table of trials (Parquet) goes")
    parser.add_argument("--epochs", required=True, type=Path, help="where the table of epochs (Parquet) goes")
    parser.add_argument("--out", required=True, type=Path, help="where all records (compressed JSON lines) go")
    chosen = parser.parse_args(arguments)
    try:
        trials = gather(chosen.records)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    trial_table(trials).to_parquet(chosen.trials, index=False)
    epoch_table(trials).to_parquet(chosen.epochs, index=False)
    write_trials(chosen.out, trials)
    return 0


if __name__ == "__main__":
    sys.exit(main())
