"""Sums a run up in four small files, by which DVC shows what differs between two revisions.

`metrics.json` has the few numbers that answer the study's questions, `medians.json` what each arm measured,
`curves.csv` the mean learning curve of each arm, `ratios.csv` every ratio of times that a claim compares.
"""

import argparse
import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from study.analysis.bitwise import api_pairs, setups
from study.analysis.epoch_times import between_apis, between_versions, quartiles
from study.analysis.evidence import Evidence
from study.analysis.paired_ratio import PairedRatio
from study.claims.files import CLAIMS, load_claims
from study.claims.models import Claim
from study.claims.rules import OrderClaim
from study.common.atomic import write_text
from study.common.command import run
from study.config.study import load_study
from study.records.collect import read_trials
from study.records.metrics import metrics
from study.records.models import Epoch, Trial
from study.verdicts.models import APART, Verdict, counted, read_verdicts

DIGITS = 6
TIMES = ("setup_seconds", "epoch_seconds")  # of timed trials
LEVELS = ("best_accuracy", "test_accuracy")  # of the others
MEASURES = ("loss", "accuracy", "val_loss", "val_accuracy")


def answers(trials: Sequence[Trial], verdicts: Iterable[Verdict]) -> dict[str, dict[str, float]]:
    """Sum up in about twenty numbers: what a person reads at a glance; what was not measured is absent.

    Returns
    -------
    dict
        `verdicts`, claims of each that a run can confirm or deny; `trials`, how they ended; `bitwise`, pairs of
        controlled trials of two APIs on one version and how many are identical; `api_time`, ratios of two APIs' epoch
        times on one version, their median and quartiles; `version_time`, the median ratio of epoch times on each
        version to those on the one before.
    """
    pairs = [pair for setup in setups(load_study().experiments, trials) for _, pair in api_pairs(setup)]
    evidence = Evidence(trials)
    ended = Counter(trial.status for trial in trials)
    return {
        "verdicts": {name: n for name, n in counted(verdicts).items() if name not in APART},
        "trials": {status: ended[status] for status in ("completed", "failed")},
        "bitwise": {
            "pairs": sum(each.n for each in pairs),
            "identical": sum(each.n for each in pairs if each.identical),
        },
        "api_time": _spread(between_apis(evidence)),
        "version_time": {
            f"{newer} / {older}".replace("tf-", ""): _rounded(quartiles(ratios)[1])
            for (older, newer), ratios in between_versions(evidence).items()
            if ratios
        },
    }


def _spread(ratios: Sequence[PairedRatio]) -> dict[str, float]:
    found = (
        dict(zip(("quartile 1", "median", "quartile 3"), map(_rounded, quartiles(ratios)), strict=True))
        if ratios
        else {}
    )
    return {"ratios": len(ratios), **found}


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
    """Sum up the `trials` and the `verdicts` on the `claims` in four files of `folder`, which exists."""
    every, judged = read_trials(trials), read_verdicts(verdicts)
    finished = summarized(every)
    numbers = {"metrics": answers(every, judged), "medians": medians(finished)}
    tables = {"curves": curves(finished), "ratios": ratios(load_claims(claims), judged)}
    for name, found in numbers.items():
        write_text(folder / f"{name}.json", json.dumps(found, indent=1, sort_keys=True) + "\n")
    for name, table in tables.items():
        text = table.to_csv(index=False, lineterminator="\n", float_format=f"%.{DIGITS}g")
        write_text(folder / f"{name}.csv", text)


def main(arguments: Sequence[str] | None = None) -> None:
    """Sum up the trials of one file and the verdicts of another."""
    parser = argparse.ArgumentParser(prog="python -m study.report.summary", description=main.__doc__)
    parser.add_argument("trials", type=Path, help="trial records (JSON lines, may be compressed)")
    parser.add_argument("--verdicts", required=True, type=Path, help="verdicts (JSON)")
    parser.add_argument("--claims", default=Path(CLAIMS), type=Path, help="claims (default: %(default)s)")
    parser.add_argument("--out", required=True, type=Path, help="folder for the four files")
    chosen = parser.parse_args(arguments)
    write(chosen.trials, chosen.verdicts, chosen.claims, chosen.out)


if __name__ == "__main__":
    run(main)
