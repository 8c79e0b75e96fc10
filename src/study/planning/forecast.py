"""How long a run should take: its trials by committed records, and everything else by one run that was measured.

All seconds are of the machine that `costs.json` names, until they are multiplied by how much slower another one is.
"""

import statistics
from collections.abc import Collection, Iterable, Mapping
from typing import get_args

from study.config.study import Study
from study.planning.architectures import datasets
from study.planning.costs import Costs, costs
from study.planning.durations import Durations, durations
from study.planning.plan import Job
from study.planning.run import Expected, ExpectedJob, Run, Step
from study.records.code import trial_code_sha256
from study.records.models import Plan, PlannedTrial, Probe

OF_A_DATASET, OF_IMAGES = ("prepare",), ("clean", "decode", "audit", "dropped")
AFTER_TRIALS = ("collect", "judge", "summary", "verdict_table", "figures", "notebooks", "report", "complete")


def forecast(
    study: Study, plans: Mapping[Job, Plan], runtimes: Iterable[str], images: Collection[str], cores: int
) -> Run:
    """Say what a run does and how long each part should take.

    Parameters
    ----------
    plans
        The jobs of the run, in planned order.
    images
        Names of the datasets whose images are cleaned and decoded.
    cores
        As Snakemake is given them.
    """
    measured, d = costs(), durations()
    code = {job.experiment: trial_code_sha256(job.experiment) for job in plans}
    expected = [_job(job, plan, code[job.experiment], measured, d) for job, plan in plans.items()]
    before = [f"{rule}/{name}" for name in datasets(study) for rule in (OF_IMAGES if name in images else OF_A_DATASET)]
    before += [
        "samples",
        "observations",
        "architectures",
        *(f"probe/{probe}/{runtime}" for probe in get_args(Probe) for runtime in runtimes),
    ]
    steps = [Step(name, _step_seconds(name, measured), name in AFTER_TRIALS) for name in (*before, *AFTER_TRIALS)]
    return Run(study.scale, study.edition, cores, measured.overhead_seconds, expected, steps)


def _job(job: Job, plan: Plan, code_sha256: str, measured: Costs, d: Durations) -> ExpectedJob:
    start = measured.job_seconds.get(job.runtime) or statistics.median(measured.job_seconds.values())
    return ExpectedJob(
        path=job.path,
        timed=plan.trials[0].timed,
        threads=max(trial.settings.threads or 1 for trial in plan.trials),
        code_sha256=code_sha256,
        start_seconds=round(start + _step_seconds("plan", measured), 2),
        trials=[Expected(_name(trial), trial.sha256(), _seconds(trial, measured, d)) for trial in plan.trials],
    )


def _seconds(trial: PlannedTrial, measured: Costs, d: Durations) -> float:
    """A trial that is to fail does so as it starts."""
    training = d.of(trial.planned()) if trial.expect == "completed" else 0
    return round(measured.trial_seconds + measured.speed * training, 2)


def _name(trial: PlannedTrial) -> str:
    """A trial within its job, in words."""
    alternative = f" ({trial.alternative})" if trial.alternative else ""
    return f"{trial.variant}{alternative}{' again' if trial.replicate else ''}"


def _step_seconds(name: str, measured: Costs) -> float:
    """Seconds of a step; of one that was not measured, what its like took."""
    rule = name.rpartition("/")[0]
    alike = [seconds for step, seconds in measured.step_seconds.items() if rule and step.startswith(f"{rule}/")]
    return measured.step_seconds.get(name) or (statistics.median(alike) if alike else 0.0)
