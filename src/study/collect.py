"""Gathers the trial records of all jobs into two tidy tables and one file that holds them all."""

import argparse
import statistics
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from study.jsonlines import read_json_lines, write_json_lines
from study.records import Epoch, Output, Trial
from study.yamlfiles import ConfigError, check

MICROSECONDS = 1e6
# What a table says of machine and runtime; the records say the rest.
ENVIRONMENT = {
    "machine": ("cpu", "logical_cores", "ram_bytes", "os"),
    "runtime": ("tensorflow", "keras", "numpy", "python"),
}
# What makes two records the same trial.
KEY = ("plan_sha256", "code_sha256", "dataset_sha256", "environment_sha256")
TEXT = (
    *("alternative", "arrangement", "validation"),
    *("error_type", "error_message", "initial_weights_sha256", "weights_sha256", "batches_sha256"),
)
NESTED = {
    *("epochs", "optimizer", "architecture", "settings", "image_shape", "applied", "environment"),
    *("test_outputs", "test_scores", "error"),
}


def read_trials(path: str | Path) -> list[Trial]:
    """Read the trial records of one file of JSON lines (`.jsonl` or `.jsonl.gz`).

    Raises
    ------
    ConfigError
        Naming file and line, for what is no trial record or does not come from the plan that it names.
    """
    return [trial for _, trial in _placed(path)]


def metrics(trial: Trial) -> dict[str, float]:
    """Derive what a trial measured; what does not apply is absent.

    Returns
    -------
    dict
        `first_epoch_seconds`; `steady_epoch_seconds` and `epoch_seconds`, the median of the epochs after the first;
        `cost_per_sample`, the microseconds of such an epoch per training sample; `setup_seconds`, those of building
        the network and of its first step; `best_accuracy` and `best_val_accuracy`, the best training and validation
        accuracy after any epoch; `final_accuracy` and `final_loss`, those of the last; `test_accuracy`, `test_loss`.
        A network with several outputs has no accuracy of its own.
    """
    found: dict[str, float | None] = {"test_accuracy": trial.test_accuracy, "test_loss": trial.test_loss}
    if trial.build_seconds is not None and trial.trace_seconds is not None:
        found["setup_seconds"] = trial.build_seconds + trial.trace_seconds
    if trial.epochs:
        found["first_epoch_seconds"] = trial.epochs[0].seconds
        found["best_accuracy"] = _best(epoch.accuracy for epoch in trial.epochs)
        found["best_val_accuracy"] = _best(epoch.val_accuracy for epoch in trial.epochs)
        found["final_accuracy"] = trial.epochs[-1].accuracy
        found["final_loss"] = trial.epochs[-1].loss
    if len(trial.epochs) > 1:
        steady = statistics.median(epoch.seconds for epoch in trial.epochs[1:])
        found["steady_epoch_seconds"] = found["epoch_seconds"] = steady
        found["cost_per_sample"] = steady / trial.n_trained * MICROSECONDS
    return {name: value for name, value in found.items() if value is not None}


def _best(accuracies: Iterable[float | None]) -> float | None:
    return max((accuracy for accuracy in accuracies if accuracy is not None), default=None)


def epoch_value(trial: Trial, epoch: int | None, metric: str, output: int | None = None) -> float | None:
    """Look up a loss or an accuracy after an epoch; None where there is none.

    Parameters
    ----------
    epoch
        From 1; None is the last.
    metric
        `loss`, `accuracy`, `val_loss` or `val_accuracy`.
    output
        From 1, of a network with several outputs; None is the whole network.
    """
    if len(trial.epochs) < (epoch or 1):
        return None
    found = trial.epochs[-1 if epoch is None else epoch - 1]
    outputs: dict[int | None, Epoch | Output] = {None: found, **dict(enumerate(found.outputs or [], start=1))}
    value: float | None = getattr(outputs.get(output), metric, None)
    return value


def trial_table(trials: Iterable[Trial]) -> pd.DataFrame:
    """One row a trial: its plan, settings, outcome, metrics and where it ran."""
    return _table([_trial_row(trial) for trial in trials])


def epoch_table(trials: Iterable[Trial]) -> pd.DataFrame:
    """One row an epoch, with what names its trial."""
    names = ("experiment", "variant", "alternative", "runtime", "protocol", "series", "block", "replicate", "seed")
    return _table(
        [
            {name: getattr(trial, name) for name in (*names, "timed", "plan_sha256")}
            | epoch.model_dump(exclude={"outputs"})
            | _outputs("output", epoch.outputs)
            for trial in trials
            for epoch in trial.epochs
        ]
    )


def _outputs(prefix: str, outputs: Sequence[Output] | None) -> dict[str, Any]:
    """Metrics of each output of a network with several, a column each."""
    row: dict[str, Any] = {}
    for number, output in enumerate(outputs or [], start=1):
        row |= _prefixed(f"{prefix}_{number}", output.model_dump(exclude_none=True))
    return row


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
    row |= _prefixed("architecture", trial.architecture or {})
    row |= _prefixed("settings", trial.settings.model_dump())
    row |= _outputs("test_output", trial.test_outputs)
    row |= _prefixed("applied", trial.applied)
    row |= _prefixed("error", error)
    for part, names in ENVIRONMENT.items():
        row |= _prefixed(part, {name: trial.environment.get(part, {}).get(name) for name in names})
    return row


def _prefixed(prefix: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}_{name}": value for name, value in fields.items()}


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
    seen: dict[tuple[str, ...], str] = {}
    trials = []
    for path in paths:
        for where, trial in _placed(path):
            key = tuple(getattr(trial, field) for field in KEY)
            if key in seen:
                raise ConfigError(f"{where}: the same trial as {seen[key]}: give each file of records once")
            seen[key] = where
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
