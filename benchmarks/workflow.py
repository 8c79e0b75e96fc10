"""How long Snakemake takes to see that nothing is to be done, and `study status` to say how far a run is."""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator

from study.records.collect import read_trials

ROUNDS = 5


def measure() -> Iterator[dict[str, object]]:
    """Time the dry run of a finished study, before and after every tracked file got a new time stamp."""
    yield {"what": "study status", **_status()}
    with tempfile.TemporaryDirectory() as empty:
        yield {"what": "study status, its bytecode not cached", **_status(PYTHONPYCACHEPREFIX=empty)}
    yield {"what": "snakemake -n, nothing to do", **_dry_runs()}
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True)  # noqa: S607
    for name in tracked.stdout.splitlines():
        os.utime(name)
    yield {"what": "snakemake -n, every tracked file touched", **_dry_runs()}


def _dry_runs() -> dict[str, object]:
    seconds, said = [], ""
    for _ in range(ROUNDS):
        started = time.monotonic()
        command = ["snakemake", "-n", "--cores", "all", "--config", f"scale={_finished_scale()}"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
        seconds.append(time.monotonic() - started)
    return {"seconds": statistics.median(seconds), "nothing to be done": "Nothing to be done" in said}


def _status(**variables: str) -> dict[str, object]:
    """Time `study status`; the processor's time is what it takes from trials that run meanwhile."""
    seconds, processor = [], []
    for _ in range(1 if variables else ROUNDS):
        started, before = time.monotonic(), os.times()
        subprocess.run(["study", "status"], env=os.environ | variables, capture_output=True, check=False)  # noqa: S607
        after = os.times()
        seconds.append(time.monotonic() - started)
        processor.append(sum(after[2:4]) - sum(before[2:4]))
    return {"seconds": statistics.median(seconds), "of a core": round(statistics.median(processor), 2)}


def _finished_scale() -> str:
    """Scale of the study that ran last here."""
    return read_trials("results/trials.jsonl.gz")[0].scale
