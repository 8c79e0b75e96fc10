"""How much of a machine a step may take: what it was measured to take, times a margin.

`workflow/resources.json` holds what was measured, which `study.planning.measured` gathers from finished runs.
"""

import json
import math
from pathlib import Path

from study.config.validation import StrictModel
from study.records.models import Plan, PlannedTrial

MEASURED = Path("workflow/resources.json")
TRIALS = "trials"  # the step that trains
# Nodes differ, neighbours slow a step down, and a scheduler kills what takes more than it asked for.
MEMORY_MARGIN, TIME_MARGIN = 2, 3
LEAST_MB, LEAST_MINUTES = 1000, 30
# What a step or an experiment gets that was never measured.
UNKNOWN = {"mem_mb": 6000, "runtime": 24 * 60}


class Step(StrictModel):
    """The most that any job of a step took: wall time, and the memory of all its processes together."""

    seconds: float
    mem_mb: int


class Training(StrictModel):
    """What training took on the slowest runtime: of a series, under one assumption about what its source leaves out."""

    experiment: str
    series: str
    alternative: str | None
    seconds_per_million_images: float
    mem_mb: int


class Measured(StrictModel):
    """What the steps of finished runs took, with as many processes as `cores` where a step has several."""

    cores: int
    steps: dict[str, Step]
    trainings: list[Training]

    def step(self, name: str, threads: int = 0) -> dict[str, int]:
        """Memory (MB) and time (minutes) that a step may take, as Snakemake calls them; `threads`: its processes."""
        if name not in self.steps:
            return UNKNOWN
        took = self.steps[name]
        return _request(took.mem_mb * max(1, threads / self.cores), took.seconds)

    def job(self, plan: Plan) -> dict[str, int]:
        """Memory (MB) and time (minutes) that a job of planned trials may take, as Snakemake calls them."""
        found = [(self._training(trial), trial) for trial in plan.trials]
        known = [(training, trial) for training, trial in found if training]
        if len(known) < len(found):
            return UNKNOWN
        seconds = sum(each.seconds_per_million_images * t.n_train * t.n_epochs / 1e6 for each, t in known)
        return _request(max(each.mem_mb for each, _ in known), self.steps[TRIALS].seconds + seconds)

    def _training(self, trial: PlannedTrial) -> Training | None:
        """What was measured that is most like a trial: of other assumptions, or else series, the slowest."""
        same = [each for each in self.trainings if each.experiment == trial.experiment]
        alike = [each for each in same if each.series == trial.series]
        equal = [each for each in alike if each.alternative == trial.alternative]
        return max(equal or alike or same, key=lambda each: each.seconds_per_million_images, default=None)


def _request(mem_mb: float, seconds: float) -> dict[str, int]:
    return {
        "mem_mb": max(LEAST_MB, math.ceil(MEMORY_MARGIN * mem_mb)),
        "runtime": max(LEAST_MINUTES, math.ceil(TIME_MARGIN * seconds / 60)),
    }


def load_measured(path: Path = MEASURED) -> Measured:
    """Read what was measured."""
    return Measured(**json.loads(path.read_text(encoding="utf-8")))
