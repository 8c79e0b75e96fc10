"""Sums a run up in three small files, by which DVC shows what differs between two revisions.

`metrics.json` has the number of claims of each verdict and the medians of each arm, `curves.csv` the mean learning
curve of each arm, `ratios.csv` every ratio of times that a claim compares.
"""

import argparse
import json
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from study.claims.files import CLAIMS, load_claims
from study.claims.models import Claim
from study.claims.rules import OrderClaim
from study.common.atomic import write_text
from study.common.command import run
from study.records.collect import read_trials
from study.records.metrics import metrics
from study.records.models import Epoch, Trial
from study.verdicts.models import Verdict, counted, read_verdicts

DIGITS = 6
TIMES = ("setup_seconds", "epoch_seconds")  # of timed trials
LEVELS = ("best_accuracy", "test_accuracy")  # of the others
MEASURES = ("loss", "accuracy", "val_loss", "val_accuracy")


def summarized(trials: Iterable[Trial]) -> list[Trial]:
    """Finished trials as published, without those that look for causes and without the repeated ones of a block."""
    return [
        trial
        for trial in trials
        if trial.status == "completed"
        and trial.protocol == "as_published"
        and not trial.diagnostic
        and not (trial.timed and trial.replicate)
    ]


def arm_of(trial: Trial) -> str:
    """Name what trained, and on what: `sequential on tf-2.0.0`."""
    alternative = f", {trial.alternative}" if trial.alternative else ""
    return f"{trial.variant}{alternative} on {trial.runtime}"


def medians(trials: Iterable[Trial]) -> dict[str, dict[str, dict[str, float]]]:
    """Median of each metric over the trials of each arm, by experiment: seconds and fractions."""
    values: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for trial in trials:
        measured = metrics(trial)
        for name in (TIMES if trial.timed else LEVELS) & measured.keys():
            values[trial.experiment, arm_of(trial)][name].append(measured[name])
    found: dict[str, dict[str, dict[str, float]]] = defaultdict(dict)
    for (experiment, arm), named in values.items():
        found[experiment][arm] = {name: _rounded(statistics.median(each)) for name, each in named.items()}
    return found


def curves(trials: Iterable[Trial]) -> pd.DataFrame:
    """Mean of each measure after each epoch over the untimed trials of an arm: one row an arm and epoch."""
    rows = [
        {"experiment": trial.experiment, "arm": arm_of(trial), "epoch": epoch.epoch} | _measured(epoch)
        for trial in trials
        if not trial.timed
        for epoch in trial.epochs
    ]
    key = ["experiment", "arm", "epoch"]
    table = pd.DataFrame(rows, columns=[*key, *MEASURES])
    return table.astype(dict.fromkeys(MEASURES, "float64")).groupby(key, as_index=False).mean()


def _measured(epoch: Epoch) -> dict[str, float | None]:
    """Measures of an epoch; of a network with several outputs, accuracies are the first one's."""
    first = epoch.outputs[0] if epoch.outputs else epoch
    return {name: getattr(first if name.endswith("accuracy") else epoch, name) for name in MEASURES}


def ratios(claims: Iterable[Claim], verdicts: Iterable[Verdict]) -> pd.DataFrame:
    """Measured ratio of times of each claim that compares them, with its 95 % interval where there is one."""
    by_claim = {verdict.claim: verdict for verdict in verdicts}
    rows = [
        _ratio(claim, by_claim[claim.id])
        for claim in claims
        if isinstance(claim, OrderClaim) and claim.timed and by_claim[claim.id].measured is not None
    ]
    return pd.DataFrame(rows, columns=["claim", "compared", "ratio", "low", "high", "published"])


def _ratio(claim: OrderClaim, verdict: Verdict) -> dict[str, Any]:
    low, high = verdict.interval or (None, None)
    compared = " against ".join(claim.texts)
    return {
        "claim": claim.id,
        "compared": compared,
        "ratio": verdict.measured,
        "low": low,
        "high": high,
        "published": verdict.published,
    }


def _rounded(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")


def write(trials: Path, verdicts: Path, claims: Path, folder: Path) -> None:
    """Sum up the `trials` and the `verdicts` on the `claims` in three files of `folder`, which exists."""
    finished, judged = summarized(read_trials(trials)), read_verdicts(verdicts)
    summary = {"verdicts": counted(judged), "medians": medians(finished)}
    tables = {"curves": curves(finished), "ratios": ratios(load_claims(claims), judged)}
    write_text(folder / "metrics.json", json.dumps(summary, indent=1, sort_keys=True) + "\n")
    for name, table in tables.items():
        text = table.to_csv(index=False, lineterminator="\n", float_format=f"%.{DIGITS}g")
        write_text(folder / f"{name}.csv", text)


def main(arguments: Sequence[str] | None = None) -> None:
    """Sum up the trials of one file and the verdicts of another."""
    parser = argparse.ArgumentParser(prog="python -m study.report.summary", description=main.__doc__)
    parser.add_argument("trials", type=Path, help="trial records (JSON lines, may be compressed)")
    parser.add_argument("--verdicts", required=True, type=Path, help="verdicts (JSON)")
    parser.add_argument("--claims", default=Path(CLAIMS), type=Path, help="claims (default: %(default)s)")
    parser.add_argument("--out", required=True, type=Path, help="folder for metrics.json, curves.csv and ratios.csv")
    chosen = parser.parse_args(arguments)
    write(chosen.trials, chosen.verdicts, chosen.claims, chosen.out)


if __name__ == "__main__":
    run(main)
