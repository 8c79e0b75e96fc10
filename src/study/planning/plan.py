"""Turns the study's configuration into jobs and the planned trials of each. Pure: the same study, the same plan."""

import argparse
import hashlib
import os
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import NamedTuple, TypeVar

from study.common.atomic import write_text
from study.common.command import run
from study.config.datasets import MIRROR_VARIABLE, EditionName, load_datasets
from study.config.editions import editions, names
from study.config.runtimes import load_runtimes
from study.config.study import Arm, Experiment, Scale, Series, Settings, Study, load_study
from study.config.validation import require_known
from study.records.models import Plan, PlannedTrial

T = TypeVar("T")


@dataclass(frozen=True)
class Job:
    """Trials that one process of one runtime runs: a block of a series."""

    scale: Scale
    experiment: str
    series: str
    runtime: str
    block: int

    @property
    def path(self) -> str:
        """Where the job's files lie below `results/plans`, `results/trials` and so on, without suffix."""
        return f"{self.scale}/{self.experiment}/{self.series}/{self.runtime}/{self.block}"


def jobs(study: Study, runtimes: list[str], editions: Mapping[str, EditionName] | None = None) -> dict[Job, Plan]:
    """Plan every job of the study at its scale; `editions` says which is used of the datasets that have several.

    Jobs come block by block, the runtimes of a block in random order, so that a change in the machine meets all that
    is timed alike; within a job the trials are in random order too.
    """
    planned: dict[Job, Plan] = {}
    for job in sorted(_jobs(study, runtimes), key=lambda job: job.block):
        experiment = study.experiments[job.experiment]
        trials = [
            trial.model_copy(update={"edition": (editions or {}).get(trial.dataset)})
            for trial in _trials(study, experiment, experiment.series[job.series], job)
        ]
        if trials:
            planned[job] = Plan(trials=_shuffled(trials, study.seed, *job.path.split("/")))
    return planned


def _jobs(study: Study, runtimes: list[str]) -> Iterator[Job]:
    for name, experiment in study.experiments.items():
        for series_name, series in experiment.series.items():
            for block in range(1, 1 + max(_batches(series, arm, study.scale).all for arm in series.arms)):
                for runtime in _shuffled(runtimes, study.seed, name, series_name, block):
                    yield Job(study.scale, name, series_name, runtime, block)


@dataclass(frozen=True)
class _Choice:
    """What one trial of an arm is: a variant, an assumption about what the source leaves out, and a setting."""

    arm: Arm
    variant: str
    alternative: str | None
    settings: Settings


def _trials(study: Study, experiment: Experiment, series: Series, job: Job) -> Iterator[PlannedTrial]:
    for arm in series.arms:
        if arm.runs_on(job.runtime) and job.block <= _batches(series, arm, job.scale).all:
            for choice in _choices(experiment, series, arm):
                yield _trial(study, _as_read(experiment, choice.alternative), series, choice, job)


def _choices(experiment: Experiment, series: Series, arm: Arm) -> Iterator[_Choice]:
    """Every trial of an arm in a block on a runtime, all variants of an alternative before those of the next."""
    alternatives = list(experiment.alternatives) if arm.alternatives == "all" else arm.alternatives
    variants = list(experiment.variants) if arm.variants == "all" else arm.variants
    settings = arm.factors.combinations(arm.settings or series.settings)
    for alternative, variant, chosen in product(alternatives, variants, settings):
        yield _Choice(arm, variant, alternative, chosen)


def _as_read(experiment: Experiment, alternative: str | None) -> Experiment:
    """Fill in what the source leaves out as an alternative does."""
    if alternative is None:
        return experiment
    return experiment.model_copy(update=experiment.alternatives[alternative].changes())


def _trial(study: Study, experiment: Experiment, series: Series, choice: _Choice, job: Job) -> PlannedTrial:
    limits = experiment.limits.get(job.scale, study.scales[job.scale])
    return PlannedTrial(
        experiment=job.experiment,
        variant=choice.variant,
        alternative=choice.alternative,
        runtime=job.runtime,
        protocol=series.protocol,
        series=job.series,
        scale=job.scale,
        block=job.block,
        replicate=choice.arm.replicate,
        seed=_seed(study.seed, series, choice, job),
        timed=series.timed,
        expect=choice.arm.expect,
        diagnostic=series.diagnostic,
        confirms=job.block > _batches(series, choice.arm, job.scale).first or None,
        dataset=str(experiment.dataset),  # an experiment with trials has one
        n_train=_least(experiment.n_train, series.n_train, limits.n_train),
        n_validation=_least(experiment.n_validation, series.n_validation, limits.n_validation),
        n_test=_least(experiment.n_test, series.n_test, limits.n_test),
        arrangement=experiment.arrangement,
        validation=experiment.validation,
        n_skipped=experiment.n_skipped,
        image_shape=experiment.image_shape,
        n_epochs=(series.epochs | choice.arm.epochs)[job.scale],
        batch_size=experiment.batch_size,
        optimizer=experiment.optimizer,
        loss=experiment.loss,
        architecture=experiment.architecture,
        checkpoints=series.checkpoints,
        settings=choice.settings,
    )


def _least(n: int, *limits: int | None) -> int:
    return min([n, *(limit for limit in limits if limit is not None)])


class _Batches(NamedTuple):
    """How many blocks an arm runs: those that decide, and all, with those that confirm."""

    first: int
    all: int


def _batches(series: Series, arm: Arm, scale: Scale) -> _Batches:
    first = (series.blocks | arm.blocks)[scale]
    return _Batches(first, first + (series.confirming | arm.confirming).get(scale, 0))


def _seed(base: int, series: Series, choice: _Choice, job: Job) -> int:
    """Derive a trial's seed: its own, or one for the whole block where the series shares it or is controlled."""
    parts: list[object] = [base, job.experiment, job.series, job.block]
    if series.protocol == "as_published" and not series.shared_seed:
        parts += [job.runtime, choice.variant, choice.arm.replicate]
        parts += [choice.alternative] if choice.alternative else []
    return _hash(parts) % 2**31


def _shuffled(items: list[T], *key: object) -> list[T]:
    return random.Random(_hash(key)).sample(items, len(items))


def _hash(parts: object) -> int:
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:8], "big")


def main() -> None:
    """Write the plan of one job."""
    parser = argparse.ArgumentParser(prog="python -m study.planning.plan", description=__doc__)
    parser.add_argument("job", help="SCALE/EXPERIMENT/SERIES/RUNTIME/BLOCK")
    parser.add_argument("--out", required=True, type=Path, help="where the plan (JSON) goes")
    parser.add_argument("--edition", help="which edition of its dataset, if that has several (default: the workflow's)")
    arguments = parser.parse_args()
    requested = {"edition": arguments.edition} if arguments.edition else {}
    study = load_study(overrides={"scale": arguments.job.split("/")[0], **requested})
    chosen = names(editions(load_datasets(), study.edition, os.environ.get(MIRROR_VARIABLE)))
    plans = {job.path: plan for job, plan in jobs(study, list(load_runtimes()), chosen).items()}
    require_known("job", arguments.job, list(plans))
    write_text(arguments.out, plans[arguments.job].text())


if __name__ == "__main__":
    run(main)
