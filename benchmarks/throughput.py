"""How well untimed trials use the machine: all cores against one, many steps an execution against one."""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import runs
from study.config.runtimes import load_runtimes
from study.records.metrics import metrics
from study.records.models import Trial

EPOCHS = 8
ROUNDS = 3
CORES = os.cpu_count() or 1


def measure() -> Iterator[dict[str, object]]:
    """Yield the throughput of all cores against one, and of the planned settings against plain `fit`."""
    for runtime in load_runtimes():
        ratios = [_seconds(runtime, 1) * CORES / _seconds(runtime, CORES) for _ in range(ROUNDS)]
        yield _result(f"throughput of untimed trials, {CORES} cores / one core, {runtime}", ratios)
    for runtime in ("tf-2.10.0", "tf-2.21.0"):
        ratios = [_epoch_seconds(runtime, 1) / _epoch_seconds(runtime, None) for _ in range(ROUNDS)]
        yield _result(f"throughput of untimed trials, steps_per_execution / plain fit, {runtime}", ratios)


def _result(what: str, ratios: list[float]) -> dict[str, object]:
    return {"what": what, "ratio": statistics.median(ratios), "range": (min(ratios), max(ratios))}


def _seconds(runtime: str, n_cores: int) -> float:
    """Seconds that as many trials as cores take at once, start of TensorFlow included.

    They get no other core: a trial of one thread has others for what is no arithmetic, and uses more than one core if
    it can.
    """
    trial = runs.planned(runtime, "sequential", "accuracy", n_epochs=EPOCHS)
    with tempfile.TemporaryDirectory() as folder, _on_cores(n_cores):
        commands = [runs.runner_command(runtime, Path(folder, str(number)), trial) for number in range(n_cores)]
        started = time.monotonic()
        for process in [runs.start(runtime, command) for command in commands]:
            process.communicate()
        return time.monotonic() - started


@contextmanager
def _on_cores(n: int) -> Iterator[None]:
    """Let this process and those that it starts use `n` cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:n])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _epoch_seconds(runtime: str, steps_per_execution: int | None) -> float:
    """Seconds of a later epoch of an untimed trial, with the planned steps an execution or those given."""
    trial = runs.planned(runtime, "sequential", "accuracy", n_epochs=EPOCHS)
    if steps_per_execution:
        settings = trial.settings.model_copy(update={"steps_per_execution": steps_per_execution})
        trial = trial.model_copy(update={"settings": settings})
    with tempfile.TemporaryDirectory() as folder:
        runs.start(runtime, runs.runner_command(runtime, Path(folder), trial)).communicate()
        return metrics(Trial.model_validate(runs.record(Path(folder))))["epoch_seconds"]
