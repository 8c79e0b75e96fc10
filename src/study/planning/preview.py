"""Says what a run would do and need, as the workflow would be configured; nothing is started or written."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from study.config.datasets import MIRROR_VARIABLE, load_datasets
from study.config.editions import editions, names, reasons
from study.config.runtimes import load_runtimes
from study.config.study import load_study
from study.planning.architectures import datasets
from study.planning.durations import durations
from study.planning.forecast import forecast
from study.planning.needs import Needs, needs
from study.planning.plan import jobs
from study.planning.run import Run


@dataclass(frozen=True)
class Preview:
    """A run that was not started: what it does and needs, how many trials are `guessed`, and what to be told.

    `reference` is the machine whose records say most of it; `spread`, how far machines are from differing by a factor.
    """

    run: Run
    needs: Needs
    guessed: int
    reference: str
    spread: tuple[float, float]
    notes: list[str]


def preview(overrides: Mapping[str, object], cores: int | None = None) -> Preview:
    """Look at the run that `snakemake --config` with `overrides` would be.

    Raises
    ------
    ConfigError
        For a mistake in the configuration.
    """
    study = load_study(overrides=dict(overrides))
    runtimes = list(load_runtimes(gpu=study.gpu))
    mirror = os.environ.get(MIRROR_VARIABLE)
    chosen = editions(load_datasets(), study.edition, mirror)
    plans = jobs(study, runtimes, names(chosen))
    recorded = durations()
    run = forecast(study, plans, runtimes, chosen, cores or len(os.sched_getaffinity(0)))
    planned: list[dict[str, Any]] = [trial.planned() for plan in plans.values() for trial in plan.trials]
    return Preview(
        run=run,
        needs=needs(study, chosen, mirror),
        guessed=sum(recorded.guesses(trial) for trial in planned),
        reference=recorded.machine,
        spread=recorded.spread,
        notes=list(reasons({name: chosen[name] for name in datasets(study) if name in chosen})),
    )


def planned_run(overrides: Mapping[str, object]) -> Run:
    """Return what such a run does, as `study status` compares it with what is there."""
    return preview(overrides).run
