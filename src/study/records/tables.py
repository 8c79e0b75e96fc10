"""Trials and epochs as tidy tables."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from study.records.metrics import metrics
from study.records.models import Output, Trial

# What a table says of machine and runtime; the records say the rest.
ENVIRONMENT = {
    "machine": ("cpu", "logical_cores", "ram_bytes", "os"),
    "runtime": ("tensorflow", "keras", "numpy", "python"),
}
TEXT = (
    *("alternative", "arrangement", "validation"),
    *("error_type", "error_message", "initial_weights_sha256", "weights_sha256", "batches_sha256"),
)
NESTED = {
    *("epochs", "optimizer", "architecture", "settings", "image_shape", "applied", "environment"),
    *("test_outputs", "test_scores", "error"),
}


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
