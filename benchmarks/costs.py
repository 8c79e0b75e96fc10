"""What the study costs beside training, measured by a finished run: writes src/study/planning/costs.json.

How far what is expected is from what was taken goes to docs/estimates.csv.

Needs `results/` of a run that made everything, runtimes apart: what was not made is not measured. Whatever else the
machine did meanwhile is in it.
"""

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import lsq_linear

from study.config.runtimes import load_runtimes
from study.planning import needs
from study.planning.costs import PATH, Costs, costs
from study.planning.durations import RECORDS, REFERENCE, Durations, durations
from study.planning.forecast import AFTER_TRIALS, OF_A_DATASET, OF_IMAGES
from study.planning.preview import preview
from study.planning.run import whole
from study.planning.speed import kernel_seconds
from study.records.jsonlines import read_json_lines
from study.runtimes.runtime import environment_of

BENCHMARKS, TRIALS = Path("results/benchmarks"), Path("results/trials.jsonl.gz")
MEASURED = {*AFTER_TRIALS, *OF_A_DATASET, *OF_IMAGES, "probe", "architectures"}
CHECKS = Path("docs/estimates.csv")
KERNELS = 10
ROUNDS = 50
NEGLIGIBLE = 0.3  # seconds by which a job may be off without losing weight


def measure() -> Iterator[dict[str, object]]:
    """Measure, write the file, and yield how well it gives the times of the jobs that it was fitted to."""
    records = [record for _, record in read_json_lines(TRIALS)]
    jobs: dict[str, list[Any]] = {}
    for record in records:
        place = (record[name] for name in ("scale", "experiment", "series", "runtime", "block"))
        jobs.setdefault("/".join(map(str, place)), []).append(record)
    names = sorted({record["runtime"] for record in records})
    seconds = np.array([_seconds(BENCHMARKS / "trials" / f"{job}.tsv") for job in jobs])
    known = np.array([_known(of, names, durations()) for of in jobs.values()])
    fitted = _fitted(known, seconds)
    ratios = seconds / (known @ fitted)
    plans = [_seconds(path) for path in sorted((BENCHMARKS / "plan").rglob("*.tsv"))]
    steps = {str(path.relative_to(BENCHMARKS).with_suffix("")): path for path in sorted(BENCHMARKS.rglob("*.tsv"))}
    found = Costs(
        machine=records[0]["environment"]["machine"],
        scale=records[0]["scale"],
        run_seconds=_run_seconds(),
        overhead_seconds=0,
        kernel_seconds=round(min(kernel_seconds() for _ in range(KERNELS)), 6),
        speed=round(fitted[-1], 3),
        trial_seconds=round(fitted[-2], 3),
        job_seconds=dict(zip(names, np.round(fitted[: len(names)], 3).tolist(), strict=True)),
        job_ratios=(round(float(np.quantile(ratios, 0.1)), 2), round(float(np.quantile(ratios, 0.9)), 2)),
        step_seconds={name: _seconds(path) for name, path in steps.items() if name.split("/")[0] in MEASURED}
        | {"plan": round(float(np.mean(plans)), 3)},
        prepared_bytes=_prepared(records),
        runtimes=_sizes(),
    )
    found = found.model_copy(update={"overhead_seconds": _overhead(found)})
    PATH.write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")
    experiments = np.array([of[0]["experiment"] for of in jobs.values()])
    checks = [_check("jobs of that run", seconds, known @ fitted), *_left_out(known, seconds, experiments)]
    checks += [_recorded(folder) for folder in sorted(REFERENCE.iterdir())]
    with CHECKS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, checks[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(checks)
    yield from checks


def _check(what: str, taken: Any, expected: Any) -> dict[str, object]:
    """How much longer things took than is expected of them: all together, and the deciles of each."""
    low, high = np.quantile(taken / expected, [0.1, 0.9])
    total = round(float(taken.sum() / expected.sum()), 2)
    return {"what": what, "number": len(taken), "all": total, "10 %": round(low, 2), "90 %": round(high, 2)}


def _left_out(known: Any, seconds: Any, experiments: Any) -> Iterator[dict[str, object]]:
    """Jobs of an experiment, expected from those of all the others."""
    for name in sorted(set(experiments)):
        of = experiments == name
        expected = known[of] @ _fitted(known[~of], seconds[~of])
        yield _check(f"jobs of {name}, expected from the others", seconds[of], expected)


def _recorded(folder: Path) -> dict[str, object]:
    """Trials that a machine recorded: on the reference machine expected from themselves, so it shows their scatter."""
    records = [record for _, record in read_json_lines(folder / RECORDS) if record["status"] == "completed"]
    taken = [record.get("build_seconds", 0) + sum(e["seconds"] for e in record["epochs"]) for record in records]
    expected = [durations().of(record) for record in records]
    return _check(
        f"trials of {folder.name}, at the speed of {durations().machine}", np.array(taken), np.array(expected)
    )


def _known(trials: list[Any], runtimes: list[str], d: Durations) -> list[float]:
    """What is fitted to a job's seconds: which runtime starts, how many trials, and what they take on the reference."""
    started = [float(trials[0]["runtime"] == name) for name in runtimes]
    return [*started, len(trials), sum(d.of(trial) for trial in trials if trial["expect"] == "completed")]


def _fitted(known: Any, seconds: Any) -> Any:
    """Fit by least absolute deviations, reweighting least squares: one job that was delayed must not change all."""
    weights = np.ones(len(seconds))
    for _ in range(ROUNDS):
        fitted = lsq_linear(known * weights[:, None], seconds * weights, (0, np.inf)).x
        weights = 1 / np.sqrt(np.maximum(np.abs(seconds - known @ fitted), NEGLIGIBLE))
    return fitted


def _sizes() -> dict[str, Any]:
    """Bytes of each runtime on disk; what is downloaded for it is only known before, so it is kept."""
    downloads = {name: size.download_bytes for name, size in costs().runtimes.items()} if PATH.exists() else {}
    return {
        name: {
            "download_bytes": downloads[name],
            "disk_bytes": sum(p.lstat().st_blocks * 512 for p in environment_of(name, runtime).rglob("*")),
        }
        for name, runtime in load_runtimes().items()
        if name in downloads
    }


def _prepared(records: list[Any]) -> dict[str, int]:
    """Bytes of each prepared dataset, by its name and edition."""
    used = {(record["dataset"], record.get("edition")) for record in records}
    return {
        needs.name_of(dataset, edition): sum(path.stat().st_size for path in needs.PREPARED.joinpath(dataset).iterdir())
        for dataset, edition in sorted(used, key=str)
    }


def _overhead(found: Costs) -> float:
    """Seconds that the run took for each thing that it did, besides what those things took."""
    PATH.write_text(found.model_dump_json(), encoding="utf-8")
    costs.cache_clear()
    run = preview({"scale": found.scale}, os.cpu_count()).run
    things = 2 * len(run.jobs) + len(run.steps)
    return round(max(found.run_seconds - whole(run).seconds(run.cores), 0) / things, 3)


def _run_seconds() -> float:
    """From the first benchmark's start to the last one's end."""
    files = [(path.stat().st_mtime, _seconds(path)) for path in BENCHMARKS.rglob("*.tsv")]
    return round(max(end for end, _ in files) - min(end - seconds for end, seconds in files), 1)


def _seconds(path: Path) -> float:
    with path.open(encoding="utf-8") as file:
        return float(next(csv.DictReader(file, delimiter="\t"))["s"])


if __name__ == "__main__":
    print(*map(json.dumps, measure()), sep="\n")
