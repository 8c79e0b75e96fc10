"""Gathers what the steps of finished runs took of a machine, the most of each.

`study.planning.resources` asks for as much, and a margin. After a run on another machine, or of a new experiment:
`python -m study.planning.measured results reports/reference/*/`.
"""

import argparse
import csv
import math
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from study.common.atomic import write_text
from study.common.command import run
from study.common.errors import StudyError
from study.planning.resources import MEASURED, TRIALS, Measured, Step, Training
from study.records.collect import read_trials
from study.records.models import Trial

RECORDS = "trials.jsonl.gz"


def measure(folders: Iterable[Path]) -> Measured:
    """Gather what the steps of finished runs took.

    Parameters
    ----------
    folders
        Folders `results` of finished runs, and folders of reference results, which hold records of trials alone.

    Raises
    ------
    StudyError
        For a folder that holds neither records nor benchmarks, and if none has benchmarks.
    """
    steps: dict[str, list[tuple[float, float]]] = defaultdict(list)
    memory: dict[str, float] = defaultdict(float)
    trials: list[Trial] = []
    for folder in folders:
        if not (folder / RECORDS).is_file():
            raise StudyError(f"{folder}: no {RECORDS} there; name the folder `results` of a finished run")
        trials += [trial for trial in read_trials(folder / RECORDS) if trial.status == "completed"]
        for job, seconds, mem_mb in _benchmarks(folder / "benchmarks"):
            steps[job[0]].append((seconds, mem_mb))
            if job[0] == TRIALS:
                memory[job[2]] = max(memory[job[2]], mem_mb)
    if not steps:
        raise StudyError("none of these folders has benchmarks: name the folder `results` of a finished run too")
    most = {
        name: Step(seconds=_rounded(max(s for s, _ in each)), mem_mb=math.ceil(max(mb for _, mb in each)))
        for name, each in sorted(steps.items())
    }
    return Measured(cores=os.cpu_count() or 1, steps=most, trainings=list(_trainings(trials, memory)))


def _benchmarks(folder: Path) -> Iterator[tuple[tuple[str, ...], float, float]]:
    """Every job of a run: its place below `folder`, a step's name first, its seconds and megabytes."""
    for path in sorted(folder.rglob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        yield path.relative_to(folder).with_suffix("").parts, _most(rows, "s"), _most(rows, "max_rss")


def _most(rows: list[dict[str, str]], column: str) -> float:
    """Largest value of a column; what was over too soon to be measured is a dash."""
    return max((float(row[column]) for row in rows if row[column] not in {"-", "NA"}), default=0)


def _trainings(trials: Iterable[Trial], memory: dict[str, float]) -> Iterator[Training]:
    groups: dict[tuple[str, str, str], list[Trial]] = defaultdict(list)
    for trial in trials:
        groups[trial.experiment, trial.series, trial.alternative or ""].append(trial)
    for (experiment, series, alternative), group in sorted(groups.items()):
        peaks = [(trial.peak_memory_bytes or 0) / 1e6 for trial in group]
        rate = max(_rate([t for t in group if t.runtime == runtime]) for runtime in {t.runtime for t in group})
        yield Training(
            experiment=experiment,
            series=series,
            alternative=alternative or None,
            seconds_per_million_images=_rounded(1e6 * rate),
            mem_mb=math.ceil(max(*peaks, memory[experiment])),
        )


def _rate(trials: Sequence[Trial]) -> float:
    """Seconds that trials took for each image on which they trained, their start included."""
    return sum(map(_seconds, trials)) / sum(map(_images, trials))


def _images(trial: Trial) -> int:
    """How many images a trial trained on, those of every epoch counted."""
    return trial.n_train * len(trial.epochs)


def _seconds(trial: Trial) -> float:
    epochs = sum(epoch.seconds for epoch in trial.epochs)
    return (trial.build_seconds or 0) + (trial.trace_seconds or 0) + epochs


def _rounded(seconds: float) -> float:
    return float(f"{seconds:.3g}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Gather what the steps of finished runs took, the most of each."""
    parser = argparse.ArgumentParser(prog="python -m study.planning.measured", description=main.__doc__)
    parser.add_argument(
        "folders", nargs="+", type=Path, help="`results` of a finished run, folders of reference results"
    )
    parser.add_argument("--out", default=MEASURED, type=Path, help="where it goes (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    write_text(chosen.out, measure(chosen.folders).model_dump_json(indent=1) + "\n")


if __name__ == "__main__":
    run(main)
