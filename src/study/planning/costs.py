"""What the study costs beside the training itself, as one finished run measured it: `costs.json`.

`python -m benchmarks costs` measures it again, on any machine.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from study.config.validation import StrictModel, load_yaml

PATH = Path(__file__).with_name("costs.json")


class RuntimeSize(StrictModel):
    """Bytes of a runtime: what its packages are to download, and what it takes on disk."""

    download_bytes: PositiveInt
    disk_bytes: PositiveInt


class Costs(StrictModel):
    """What was measured on `machine`, in a run at `scale` that took `run_seconds`; seconds and bytes.

    `overhead_seconds` are those that the workflow took for each thing that it did, besides.
    `kernel_seconds` is what the calibration took there. A trial took `speed` times as long as on the reference machine
    (`study.planning.durations`), `trial_seconds` more for its process, its data and its test, and a job the runtime's
    `job_seconds` to start. `step_seconds` are by the name of the step's file in `results/benchmarks`.
    `job_ratios` are the 10 % and 90 % quantiles of what jobs took, divided by what all this says. `prepared_bytes` are
    by the name of the dataset and, where it has several, its edition.
    """

    machine: Mapping[str, Any]
    scale: str
    run_seconds: PositiveFloat
    overhead_seconds: NonNegativeFloat
    kernel_seconds: PositiveFloat
    speed: PositiveFloat
    trial_seconds: PositiveFloat
    job_seconds: Mapping[str, PositiveFloat]
    job_ratios: tuple[PositiveFloat, PositiveFloat]
    step_seconds: Mapping[str, PositiveFloat]
    prepared_bytes: Mapping[str, PositiveInt]
    runtimes: Mapping[str, RuntimeSize]


@cache
def costs() -> Costs:
    """Read what was measured."""
    return load_yaml(PATH, Costs)
