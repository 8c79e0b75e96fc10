"""Runs plans in a real runtime, as the workflow does."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from study.config.runtimes import load_runtimes
from study.config.study import load_study
from study.planning.plan import jobs
from study.runtimes.runtime import command_of

SOURCES = Path(__file__).resolve().parents[1] / "src"


def planned(series: str, runtime: str, variant: str, of: str = "softmax_regression", **changes) -> dict:
    """One planned trial at the scale smoke, changed as told."""
    study = load_study(overrides={"scale": "smoke"})
    for job, plan in jobs(study, list(load_runtimes())).items():
        if (job.experiment, job.series, job.runtime) == (of, series, runtime):
            trial = next(trial for trial in plan.trials if trial.variant == variant and trial.expect == "completed")
            return trial.planned() | changes
    raise LookupError(series)


def python_in(runtime: str, **variables: str) -> list[str]:
    """The command that starts a runtime's Python as the study does, with further variables."""
    *isolated, python = command_of(runtime, load_runtimes()[runtime])
    return [*isolated, *(f"{name}={value}" for name, value in variables.items()), python]


def run_in(runtime: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a runtime's Python as the study does, with further variables."""
    command = [*python_in(runtime, **variables), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)


@dataclass
class Runner:
    """Runs plans in one runtime, as the rule `trials` does."""

    smoke: Path
    folder: Path
    runtime: str
    data: Path | None = None
    sources: Path = SOURCES

    def command(self, trials: list[dict], python: list[str] | None = None) -> list[str]:
        self.folder.mkdir(exist_ok=True)
        plan = self.folder / "plan.json"
        plan.write_text(json.dumps({"trials": trials}), "utf-8")
        return [
            *(*(python or python_in(self.runtime, PYTHONPATH=str(self.sources))), "-m", "trials"),
            *(str(plan), str(self.folder / "records.jsonl")),
            *("--data", str(self.data or self.smoke / "data/processed")),
            *("--runtime", str(self.smoke / f"results/runtimes/{self.runtime}.json")),
            *("--journal", str(self.folder / "journal/journal.jsonl")),
        ]

    def run(self, trials: list[dict], python: list[str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(trials, python), capture_output=True, text=True, timeout=600, check=False)

    def records(self) -> list[dict]:
        return [json.loads(line) for line in (self.folder / "records.jsonl").read_text("utf-8").splitlines()]

    def journal(self) -> list[dict]:
        path = self.folder / "journal/journal.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
