"""Runs a planned trial of the study as its rule does, with changes that a benchmark needs."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from study.config.runtimes import load_runtimes
from study.config.study import load_study
from study.planning.plan import jobs
from study.records.models import PlannedTrial
from study.runtimes.runtime import command_of

EXPERIMENT = "softmax_regression"
DATA = Path("data/processed")


def planned(
    runtime: str,
    variant: str,
    series: str,
    *,
    experiment: str = EXPERIMENT,
    alternative: str | None = None,
    **changes: object,
) -> PlannedTrial:
    """Return the full study's first trial of a variant on a runtime, changed as told."""
    plans = jobs(load_study(overrides={"scale": "full"}), list(load_runtimes())).values()
    wanted = (experiment, variant, alternative, runtime, series)
    trials = (trial for plan in plans for trial in plan.trials)
    trial = next(t for t in trials if (t.experiment, t.variant, t.alternative, t.runtime, t.series) == wanted)
    return trial.model_copy(update=changes)


def runner_command(runtime: str, folder: Path, trial: PlannedTrial) -> list[str]:
    """Arguments of Python that run `trial` with the study's runner; its record goes to `folder`/records.jsonl."""
    folder.mkdir(parents=True, exist_ok=True)
    plan = folder / "plan.json"
    plan.write_text(json.dumps({"trials": [trial.planned()]}), encoding="utf-8")
    files = {"--data": DATA, "--runtime": f"results/runtimes/{runtime}.json", "--journal": folder / "journal.jsonl"}
    options = [str(part) for option in files.items() for part in option]
    return ["-m", "trials", str(plan), str(folder / "records.jsonl"), *options]


def start(runtime: str, arguments: Sequence[str]) -> subprocess.Popen[str]:
    """Start a runtime's Python; its standard error can be read."""
    return subprocess.Popen(  # noqa: S603  our own command
        [*command_of(runtime, load_runtimes()[runtime]), *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def record(folder: Path) -> dict[str, object]:
    """Record of the one trial that ran in `folder`."""
    result: dict[str, object] = json.loads((folder / "records.jsonl").read_text(encoding="utf-8"))
    return result
