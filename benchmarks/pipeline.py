"""What reading and resizing images costs training: a step fed with images against one fed the same batch again."""

import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import runs
from study.config.study import load_study

EXPERIMENT = "mini_vgg"
ROUNDS = 5
RUNTIMES = ("tf-2.10.0", "tf-2.21.0")
# Each network in words, and how many steps of it take some ten seconds.
NETWORKS = {None: ("valid padding", 20), "same_stride_2": ("same padding, strides of 2", 200)}


def measure() -> Iterator[dict[str, object]]:
    """Yield, for each network, the speed with images as a share of the speed with one batch."""
    if not (prepared := runs.DATA / "cats_vs_dogs/cats_vs_dogs.npz").exists():
        sys.exit(f"{prepared} is not there: snakemake --cores all {prepared}")
    for runtime in RUNTIMES:
        for alternative, (network, steps) in NETWORKS.items():
            seconds = _seconds(runtime, alternative, steps)
            ratios = [one / many for one, many in zip(seconds["one batch"], seconds["images"], strict=True)]
            yield {
                "what": f"training on images / on one batch, {network}, {runtime}",
                "ratio": statistics.median(ratios),
                "range": (min(ratios), max(ratios)),
                "seconds a step": {name: round(statistics.median(each), 4) for name, each in seconds.items()},
            }


def _seconds(runtime: str, alternative: str | None, steps: int) -> dict[str, list[float]]:
    """Seconds of a step in each round, by what it is fed with."""
    everything = load_study().experiments[EXPERIMENT].n_train  # a timed trial's few images would run out
    planned = runs.planned(
        runtime, "sequential", "timing", experiment=EXPERIMENT, alternative=alternative, n_train=everything
    )
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder, "plan.json")
        plan.write_text(json.dumps({"trials": [planned.planned()]}), encoding="utf-8")
        command = ["benchmarks/bare/feed.py", str(plan), str(runs.DATA), str(ROUNDS), str(steps)]
        process = runs.start(runtime, command)
        _, told = process.communicate()
    if process.returncode:
        sys.exit(told)
    result: dict[str, list[float]] = json.loads(told.splitlines()[-1])
    return result
