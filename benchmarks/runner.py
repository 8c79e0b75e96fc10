"""The runner against the source's own bare script: time of a steady epoch and peak memory, in interleaved runs."""

import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from study.config import load_runtimes, load_study
from study.plan import jobs
from study.runtime import python_of

VARIANTS = ("sequential", "subclass_tape")
RUNTIMES = ("tf-2.0.0", "tf-2.10.0", "tf-2.21.0")
EPOCHS = 6
ROUNDS = 5
DATASET = Path("data/processed/mnist/mnist.npz")
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
    command = [f"benchmarks/bare/{variant}.py", str(DATASET), str(EPOCHS)]
    process, seconds = _follow(runtime, command)
    _, _, usage = os.wait4(process.pid, 0)
    return seconds, usage.ru_maxrss * 1024.0


def _runner(runtime: str, variant: str) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        plan, records = Path(folder, "plan.json"), Path(folder, "records.jsonl")
        plan.write_text(json.dumps({"trials": [_planned(runtime, variant)]}), encoding="utf-8")
        command = ["-m", "trials", str(plan), str(records), "--dataset", str(DATASET)]
        command += ["--runtime", f"results/runtimes/{runtime}.json", "--journal", f"{folder}/journal.jsonl"]
        process, seconds = _follow(runtime, command)
        process.wait()
        return seconds, float(json.loads(records.read_text(encoding="utf-8"))["peak_memory_bytes"])


def _planned(runtime: str, variant: str) -> dict[str, object]:
    study = load_study(overrides={"scale": "full"})
    plans = jobs(study, list(load_runtimes()))
    trials = (trial for plan in plans.values() for trial in plan.trials if trial.timed)
    trial = next(trial for trial in trials if (trial.runtime, trial.variant) == (runtime, variant))
    return trial.model_dump() | {"n_epochs": EPOCHS}


def _follow(runtime: str, command: list[str]) -> tuple[subprocess.Popen[str], float]:
    """Run to the last line; return the process and the median seconds between the ends of its later epochs."""
    process = subprocess.Popen(  # noqa: S603  our own command
        [python_of(runtime, load_runtimes()[runtime]), *command],
        env=os.environ | {"PYTHONPATH": "src", "TF_CPP_MIN_LOG_LEVEL": "3"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    ends = [time.monotonic() for line in process.stderr if EPOCH_LINE.search(line)]
    if len(ends) != EPOCHS:
        sys.exit(f"{command[0]} on {runtime}: {len(ends)} of {EPOCHS} epochs ended")
    return process, statistics.median(after - before for before, after in itertools.pairwise(ends))
