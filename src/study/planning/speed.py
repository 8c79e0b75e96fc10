"""How fast this machine is, compared with the one that `costs.json` names.

By the jobs that have finished on it, where there are enough; else by a few seconds of training in NumPy, of which that
file says how long it took there.
"""

import statistics
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from study.common.surroundings import variables
from study.config.study import Scale
from study.planning.costs import costs
from study.planning.observed import BENCHMARKS, job_ratios
from study.planning.preview import preview

# Fewer finished jobs may all have been disturbed by the same thing.
ENOUGH = 10
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Slowness:
    """How many times as long as `costs.json` says this machine takes, by which method, and that in words.

    `spread` is by what a total may be off, downwards and upwards: of the method, as far as that was measured.
    """

    factor: float
    method: Literal["finished jobs", "calibration"]
    how: str
    spread: tuple[float, float]


def slowness(spread_of_machines: tuple[float, float]) -> Slowness:
    """Compare this machine, by its own finished jobs if there are `ENOUGH`, else by a calibration of a few seconds.

    Parameters
    ----------
    spread_of_machines
        How far machines are from differing by one factor (`Durations.spread`), which a calibration supposes.
    """
    ran = [scale for scale in get_args(Scale) if (BENCHMARKS / "trials" / scale).is_dir()]
    ratios = [ratio for scale in ran for ratio in job_ratios(preview({"scale": scale}).run)]
    low, high = costs().job_ratios
    if len(ratios) >= ENOUGH:
        how = f"{len(ratios)} jobs that have finished here"
        return Slowness(statistics.median(ratios), "finished jobs", how, (low, high))
    factor, how = calibrated()
    least, most = spread_of_machines
    return Slowness(factor, "calibration", how, (low * least, high * most))


def calibrated() -> tuple[float, str]:
    """Compare a few seconds of training in NumPy with what it took on the machine of `costs.json`."""
    here, there = kernel_seconds(), costs().kernel_seconds
    how = f"a calibration took {1000 * here:.1f} ms of a core, {1000 * there:.1f} ms on {_name(costs().machine)}"
    return here / there, how


def kernel_seconds() -> float:
    """Seconds that the calibration takes here; about two seconds pass."""
    command = [sys.executable, "-m", "study.planning.kernel"]
    environment = variables() | ONE_THREAD | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    return float(done.stdout)


def _name(machine: Mapping[str, object]) -> str:
    return f"{machine['logical_cores']} cores of {machine['cpu']}"
