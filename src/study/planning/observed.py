"""How fast this machine was in the jobs that have finished on it. Imports nothing that takes long."""

import csv
import statistics
from pathlib import Path

from study.planning.run import Run

BENCHMARKS = Path("results/benchmarks")


def observed_slowness(run: Run) -> float | None:
    """How many times as long as expected the jobs of `run` took that have ended here; None where none has."""
    found = job_ratios(run)
    return statistics.median(found) if found else None


def job_ratios(run: Run) -> list[float]:
    """What each job that has ended here took, as Snakemake measured it, divided by what was expected."""
    measured = ((job, _seconds(BENCHMARKS / "trials" / f"{job.path}.tsv")) for job in run.jobs)
    return [seconds / job.seconds for job, seconds in measured if seconds is not None]


def _seconds(path: Path) -> float | None:
    try:
        with path.open(encoding="utf-8") as file:
            return float(next(csv.DictReader(file, delimiter="\t"))["s"])
    except (OSError, StopIteration, KeyError, ValueError):
        return None
