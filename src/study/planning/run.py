"""What a run of the study does, written down as it starts: each trial, and how long everything should take.

`study status` reads this file beside the run and compares. It is JSON, and this module imports nothing that takes long.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from study.common.checkout import SNAKEMAKE
from study.common.errors import StudyError

PATH = SNAKEMAKE / "study.json"


@dataclass(frozen=True)
class Expected:
    """A trial: its name within its job, the hash of its plan, and seconds that it should take."""

    name: str
    plan_sha256: str
    seconds: float


@dataclass(frozen=True)
class ExpectedJob:
    """A job: `path` as in `results/trials`, and seconds that it should take to start.

    A `timed` job has the machine to itself; another shares it and computes with so many `threads`.
    """

    path: str
    timed: bool
    threads: int
    code_sha256: str
    start_seconds: float
    trials: list[Expected]

    @property
    def seconds(self) -> float:
        """Seconds that all of it should take."""
        return self.start_seconds + sum(trial.seconds for trial in self.trials)


@dataclass(frozen=True)
class Step:
    """Another step of the workflow: its benchmark's name below `results/benchmarks`, and seconds that it should take.

    It comes `after_trials`, and again whenever one ended, or before them and beside them.
    """

    name: str
    seconds: float
    after_trials: bool


@dataclass(frozen=True)
class Run:
    """A run: its scale, the edition that was asked for, its cores, its jobs in planned order, and its other steps.

    `overhead_seconds` is what the workflow takes for each thing that it does, besides.
    """

    scale: str
    edition: str | None
    cores: int
    overhead_seconds: float
    jobs: list[ExpectedJob]
    steps: list[Step]

    @property
    def trials(self) -> Iterator[Expected]:
        """Every trial."""
        return (trial for job in self.jobs for trial in job.trials)

    def text(self) -> str:
        """JSON that `read` reads."""
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Self:
        """Read what `text` wrote."""
        jobs = [ExpectedJob(**job | {"trials": [Expected(**each) for each in job["trials"]]}) for job in fields["jobs"]]
        return cls(**fields | {"jobs": jobs, "steps": [Step(**step) for step in fields["steps"]]})


def read(path: Path = PATH) -> Run | None:
    """Read what the last run here was to do; None if none was started since this is kept.

    Raises
    ------
    StudyError
        For a file that is none of these.
    """
    try:
        return Run.of(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise StudyError(
            f"{path}: cannot be read: {error}. The next run writes it anew; until then name a scale"
        ) from error


@dataclass(frozen=True)
class Left:
    """What of a run is left to do, each with its seconds; it gives the seconds that all of it takes together."""

    jobs: list[tuple[ExpectedJob, float]]
    steps: list[tuple[Step, float]]
    overhead_seconds: float

    def seconds(self, cores: int) -> float:
        """Seconds from start to end.

        Timed jobs have the machine to themselves. All else fills the cores, but takes no less than its longest part.
        What follows the trials comes one after another.
        """
        alone = sum(seconds for job, seconds in self.jobs if job.timed)
        shared = [(seconds, min(job.threads, cores)) for job, seconds in self.jobs if not job.timed]
        shared += [(seconds, 1) for step, seconds in self.steps if not step.after_trials]
        filled = sum(seconds * threads for seconds, threads in shared) / cores
        after = sum(seconds for step, seconds in self.steps if step.after_trials)
        # Of a job the workflow makes a plan and the trials.
        overhead = self.overhead_seconds * (2 * len(self.jobs) + len(self.steps))
        return alone + max([filled, *(seconds for seconds, _ in shared)]) + after + overhead


def whole(run: Run) -> Left:
    """All of a run, as it is left before it starts."""
    return Left([(job, job.seconds) for job in run.jobs], [(s, s.seconds) for s in run.steps], run.overhead_seconds)
