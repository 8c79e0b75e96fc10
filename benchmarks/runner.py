"""The runner against the source's own bare script: time of a steady epoch and peak memory, in interleaved runs."""

import itertools
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from benchmarks import runs

VARIANTS = ("sequential", "subclass_tape")
RUNTIMES = ("tf-2.0.0", "tf-2.10.0", "tf-2.21.0")
EPOCHS = 6
ROUNDS = 5
EPOCH_LINE = re.compile(r"^epoch$|: epoch \d+/\d+: ")


def measure() -> Iterator[dict[str, object]]:
    """Compare every variant on every runtime; ratios are runner to bare script, the median of the rounds."""
    for runtime in RUNTIMES:
        for variant in VARIANTS:
            rounds = []
            for number in range(ROUNDS):
                sides = {"bare": _bare, "runner": _runner}
                order = sorted(sides, reverse=bool(number % 2))
                rounds.append({side: sides[side](runtime, variant) for side in order})
            seconds = [pair["runner"][0] / pair["bare"][0] for pair in rounds]
            memory = [pair["runner"][1] / pair["bare"][1] for pair in rounds]
            yield {
                "what": f"runner / bare script, {variant}, {runtime}",
                "epoch time": statistics.median(seconds),
                "epoch time, range": (min(seconds), max(seconds)),
                "peak memory": statistics.median(memory),
            }


def _bare(runtime: str, variant: str) -> tuple[float, float]:
    process, seconds = _follow(
        runtime, [f"benchmarks/bare/{variant}.py", str(runs.DATA / "mnist/mnist.npz"), str(EPOCHS)]
    )
    _, _, usage = os.wait4(process.pid, 0)
    return seconds, usage.ru_maxrss * 1024.0


def _runner(runtime: str, variant: str) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        trial = runs.planned(runtime, variant, "timing", n_epochs=EPOCHS)
        process, seconds = _follow(runtime, runs.runner_command(runtime, Path(folder), trial))
        process.wait()
        return seconds, cast("float", runs.record(Path(folder))["peak_memory_bytes"])


def _follow(runtime: str, arguments: Sequence[str]) -> tuple[subprocess.Popen[str], float]:
    """Run to the last line; return the process and the median seconds between the ends of its later epochs."""
    process = runs.start(runtime, arguments)
    assert process.stderr is not None
    ends = [time.monotonic() for line in process.stderr if EPOCH_LINE.search(line)]
    if len(ends) != EPOCHS:
        sys.exit(f"{arguments[0]} on {runtime}: {len(ends)} of {EPOCHS} epochs ended")
    return process, statistics.median(after - before for before, after in itertools.pairwise(ends))
