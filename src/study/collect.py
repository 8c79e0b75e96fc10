"""Gathers the trial records of all jobs into two tidy tables and one file that holds them all."""

import argparse
import gzip
import json
import statistics
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from study.records import Trial
from study.yamlfiles import ConfigError, check

MICROSECONDS = 1e6
# What a table says of machine and runtime; the records say the rest.
ENVIRONMENT = {
    "machine": ("cpu", "logical_cores", "ram_bytes", "os"),
    "runtime": ("tensorflow", "keras", "numpy", "python"),
}
# What makes two records the same trial.
KEY = ("plan_sha256", "code_sha256", "dataset_sha256", "environment_sha256")
TEXT = ("error_type", "error_message", "initial_weights_sha256", "weights_sha256")
NESTED = {"epochs", "optimizer", "settings", "applied", "environment", "error"}


def read_trials(path: str | Path) -> list[Trial]:
    """Read the trial records of one file of JSON lines (`.jsonl` or `.jsonl.gz`).

    Raises
    ------
    ConfigError
        Naming file and line, for what is no trial record or does not come from the plan that it names.
    """
    return [trial for _, trial in _numbered(path)]


def metrics(trial: Trial) -> dict[str, float]:
    """Derive what a trial measured; what does not apply is absent.

    Returns
    -------
    dict
        `first_epoch_seconds`; `steady_epoch_seconds` and `epoch_seconds`, the median of the epochs after the first;
        `cost_per_sample`, the microseconds of such an epoch per training sample; `best_accuracy`, the best training
        accuracy after any epoch; `final_accuracy` and `final_loss`, those of the last; `test_accuracy`, `test_loss`.
    """
    found: dict[str, float | None] = {"test_accuracy": trial.test_accuracy, "test_loss": trial.test_loss}
    if trial.epochs:
        found["first_epoch_seconds"] = trial.epochs[0].seconds
        found["best_accuracy"] = max(epoch.accuracy for epoch in trial.epochs)
        found["final_accuracy"] = trial.epochs[-1].accuracy
        found["final_loss"] = trial.epochs[-1].loss
    if len(trial.epochs) > 1:
        steady = statistics.median(epoch.seconds for epoch in trial.epochs[1:])
        found["steady_epoch_seconds"] = found["epoch_seconds"] = steady
        found["cost_per_sample"] = steady / trial.n_train * MICROSECONDS
    return {name: value for name, value in found.items() if value is not None}


def trial_table(trials: Iterable[Trial]) -> pd.DataFrame:
    """One row a trial: its plan, settings, outcome, metrics and where it ran."""
    return _table([_trial_row(trial) for trial in trials])


def epoch_table(trials: Iterable[Trial]) -> pd.DataFrame:
    """One row an epoch, with what names its trial."""
    names = ("experiment", "variant", "runtime", "protocol", "series", "block", "replicate", "seed", "timed")
    return _table(
        [
            {name: getattr(trial, name) for name in (*names, "plan_sha256")} | epoch.model_dump()
            for trial in trials
            for epoch in trial.epochs
        ]
    )


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Make a table of `rows` in which missing values do not blur what a column holds."""
    table = pd.DataFrame(rows)
    dtypes = {}
    for column in table.columns[table.dtypes == "object"]:
        held = pd.api.types.infer_dtype(table[column], skipna=True)
        nothing = "str" if column in TEXT else "float64"
        dtypes[column] = {"boolean": "boolean", "empty": nothing}.get(held, "str")
    return table.astype(dtypes)


def _trial_row(trial: Trial) -> dict[str, Any]:
    error = trial.error.model_dump(include={"type", "message"}) if trial.error else {"type": None, "message": None}
    row = trial.model_dump(exclude=NESTED) | metrics(trial)
    row |= _prefixed("optimizer", trial.optimizer.model_dump())
    row |= _prefixed("settings", trial.settings.model_dump())
    row |= _prefixed("applied", trial.applied)
    row |= _prefixed("error", error)
    for part, names in ENVIRONMENT.items():
        row |= _prefixed(part, {name: trial.environment.get(part, {}).get(name) for name in names})
    return row


def _prefixed(prefix: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}_{name}": value for name, value in fields.items()}


def _numbered(path: str | Path) -> Iterator[tuple[int, Trial]]:
    """Every trial of a file with the number of its line."""
    for number, line in enumerate(_lines(Path(path)), start=1):
        where = f"{path}:{number}"
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise ConfigError(f"{where}: not valid JSON: {error.msg}") from error
        trial = check(record, Trial, lambda _, where=where: where)
        if trial.plan_sha256 != trial.sha256():
            raise ConfigError(
                f"{where}: plan_sha256 is {trial.plan_sha256}, but the planned fields give {trial.sha256()}"
            )
        yield number, trial


def _lines(path: Path) -> list[str]:
    """Lines of a text file that may be compressed."""
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (EOFError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    # Not splitlines: an error's message may hold other line separators.
    return text.removesuffix("\n").split("\n") if text else []


def gather(paths: Iterable[Path]) -> list[Trial]:
    """Every trial of all files, in an order that depends on the trials alone.

    Raises
    ------
    ConfigError
        As `read_trials` does, and for a trial that comes twice.
    """
    seen: dict[tuple[str, ...], str] = {}
    trials = []
    for path in paths:
        for number, trial in _numbered(path):
            key = tuple(getattr(trial, field) for field in KEY)
            if key in seen:
                raise ConfigError(f"{path}:{number}: the same trial as {seen[key]}: give each file of records once")
            seen[key] = f"{path}:{number}"
            trials.append(trial)
    return sorted(trials, key=_place)


def _place(trial: Trial) -> tuple[Any, ...]:
    names = ("scale", "experiment", "series", "block", "runtime", "variant", "replicate", *KEY)
    return tuple(getattr(trial, name) for name in names)


def write_trials(path: Path, trials: Iterable[Trial]) -> None:
    """Write `trials` as compressed JSON lines: equal trials give equal bytes."""
    lines = [json.dumps(trial.model_dump(mode="json", exclude_unset=True), sort_keys=True) + "\n" for trial in trials]
    with path.open("wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as file:
        file.write("".join(lines).encode("utf-8"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Collect records; on a bad record, name it and write nothing."""
    parser = argparse.ArgumentParser(prog="python -m study.collect", description=__doc__)
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
