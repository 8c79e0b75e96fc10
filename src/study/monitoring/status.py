"""Compares what a run was to do with the records that are there, and says how long the rest will take."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from study.common.errors import StudyError
from study.monitoring.running import JOURNALS, RESULTS, Said, Work, last_said, work
from study.planning.observed import BENCHMARKS, observed_slowness
from study.planning.run import ExpectedJob, Left, Run, Step

TRIALS = RESULTS / "trials"
TrialState = Literal["done", "running", "missing", "failed"]
STATES: tuple[TrialState, ...] = ("done", "running", "missing", "failed")


@dataclass(frozen=True)
class Failure:
    """A trial that ended otherwise than planned, and why in one line."""

    job: str
    trial: str
    reason: str


@dataclass(frozen=True)
class JobStatus:
    """How many trials of a job are in each state, its failures, and what the runner last said of it."""

    job: ExpectedJob
    trials: Mapping[TrialState, int]
    failures: Sequence[Failure]
    said: Said
    expected_left: float

    @property
    def planned(self) -> int:
        """How many trials it has."""
        return len(self.job.trials)

    def seconds_left(self, slowness: float) -> float:
        """Seconds that its trials will still take, on a machine that takes `slowness` times as long as was expected."""
        said = self.said.seconds_left
        return self.expected_left * slowness if said is None else said


@dataclass(frozen=True)
class Status:
    """How far a run is.

    `slowness` is how many times as long as expected its finished jobs took, the median; None where none has finished.
    """

    run: Run
    work: Work
    jobs: Sequence[JobStatus]
    steps_left: Sequence[Step]
    slowness: float | None

    @property
    def trials(self) -> dict[TrialState, int]:
        """How many trials are in each state."""
        counted: Counter[TrialState] = sum((Counter(job.trials) for job in self.jobs), Counter())
        return {state: counted[state] for state in STATES}

    @property
    def failures(self) -> list[Failure]:
        """Every trial that failed unexpectedly."""
        return [failure for job in self.jobs for failure in job.failures]

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return not self.steps_left and self.trials["done"] == sum(job.planned for job in self.jobs)

    @property
    def seconds_left(self) -> float:
        """Seconds that a run at work, or one that is started now, still takes."""
        slowness = self.slowness or 1.0
        jobs = [(each.job, each.seconds_left(slowness)) for each in self.jobs if each.trials["done"] < each.planned]
        steps = [(step, step.seconds * slowness) for step in self.steps_left]
        return Left(jobs, steps, self.run.overhead_seconds * slowness).seconds(self.run.cores)


def status_of(run: Run) -> Status:
    """Look how far `run` is, in the working directory.

    Raises
    ------
    StudyError
        For a file of records that holds something else.
    """
    found = {job.path: _records(job) for job in run.jobs}
    unfinished = [job.path for job in run.jobs if not _ended(job)]
    at_work = work(unfinished)
    jobs = [_job_status(job, found[job.path], job.path in at_work.jobs) for job in run.jobs]
    return Status(run, at_work, jobs, list(_steps_left(run, jobs)), observed_slowness(run))


def _ended(job: ExpectedJob) -> bool:
    return (TRIALS / f"{job.path}.jsonl").exists()


def _records(job: ExpectedJob) -> list[dict[str, Any]]:
    """Records of a job's trials by the code as the run found it: those of an older one are made again."""
    path = (TRIALS if _ended(job) else JOURNALS) / f"{job.path}.jsonl"
    try:
        # The last line of a journal may be half-written.
        lines = path.read_bytes().splitlines(keepends=True)
        records = [json.loads(line) for line in lines if line.endswith(b"\n")]
        return [record for record in records if record["code_sha256"] == job.code_sha256]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StudyError(f"{path}: cannot be read as trial records: {error}") from error


def _job_status(job: ExpectedJob, records: Iterable[Mapping[str, Any]], runs: bool) -> JobStatus:
    ended: dict[str, Mapping[str, Any]] = {}
    for one in records:
        before = ended.get(one["plan_sha256"])
        if before is None or before["status"] != before["expect"]:
            ended[one["plan_sha256"]] = one
    left = [trial for trial in job.trials if trial.plan_sha256 not in ended]
    failures = [
        Failure(job.path, trial.name, _reason(record))
        for trial in job.trials
        if (record := ended.get(trial.plan_sha256)) and record["status"] != record["expect"]
    ]
    running = min(len(left), 1) if runs else 0
    counts = (len(job.trials) - len(left) - len(failures), running, len(left) - running, len(failures))
    expected = sum(trial.seconds for trial in left) + (job.start_seconds if left else 0)
    said = last_said(job.path) if running else Said()
    return JobStatus(job, dict(zip(STATES, counts, strict=True)), failures, said, expected)


def _reason(record: Mapping[str, Any]) -> str:
    error = record.get("error")
    return f"{error['type']}: {error['message'].strip().partition(chr(10))[0]}" if error else f"it {record['status']}"


def _steps_left(run: Run, jobs: Sequence[JobStatus]) -> Iterable[Step]:
    """Steps that are not done; those that follow the trials are done once they are newer than all records."""
    paths = [TRIALS / f"{job.path}.jsonl" for job in run.jobs]
    newest = max((path.stat().st_mtime for path in paths if path.exists()), default=0.0)
    waiting = any(job.trials["missing"] or job.trials["running"] for job in jobs)
    for step in run.steps:
        made = BENCHMARKS / f"{step.name}.tsv"
        is_new = made.exists() and (not step.after_trials or (made.stat().st_mtime >= newest and not waiting))
        if not is_new:
            yield step


def ends(status: Status) -> float:
    """When a run at work will have ended, as seconds of the epoch."""
    return time.time() + status.seconds_left
