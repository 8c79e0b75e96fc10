"""Tells the probe of structures what to build: every experiment's network, and what it reads."""

import argparse
import json
from pathlib import Path
from typing import get_args

from study.common.atomic import write_text
from study.common.command import run
from study.config.datasets import load_datasets
from study.config.runtimes import load_runtimes
from study.config.study import Architecture, Experiment, Scale, Study, load_study
from study.planning.plan import jobs


def architectures(study: Study) -> str:
    """JSON of every experiment's networks and of what they read, as it crosses the process boundary."""
    shapes = {name: dataset.image_shape for name, dataset in load_datasets().items()}
    networks = {
        name: {
            "image_shape": experiment.image_shape or shapes[str(experiment.dataset)],
            "arrangement": experiment.arrangement or "image",
            "architecture": experiment.architecture or {},
            "batch_size": experiment.batch_size,
            "optimizer": experiment.optimizer.model_dump(exclude_none=True),
            "loss": experiment.loss,
            "alternatives": other_architectures(experiment),
            "variants": list(experiment.variants),
        }
        for name, experiment in study.experiments.items()
    }
    return json.dumps({"datasets": datasets(study), "experiments": networks}, indent=1) + "\n"


def other_architectures(experiment: Experiment) -> dict[str, Architecture]:
    """Architectures of the alternatives that change the network, by their names."""
    named = {name: alternative.architecture for name, alternative in experiment.alternatives.items()}
    return {name: architecture for name, architecture in named.items() if architecture is not None}


def datasets(study: Study) -> list[str]:
    """Names of all datasets that the study trains on at its scale."""
    return sorted({trial.dataset for plan in jobs(study, list(load_runtimes())).values() for trial in plan.trials})


def main() -> None:
    """Write what the probe of structures reads."""
    parser = argparse.ArgumentParser(prog="python -m study.planning.architectures", description=__doc__)
    parser.add_argument("--out", required=True, type=Path, help="where the architectures (JSON) go")
    parser.add_argument("--scale", choices=get_args(Scale), help="how much of the study is run (default: its own)")
    arguments = parser.parse_args()
    text = architectures(load_study(overrides={"scale": arguments.scale} if arguments.scale else {}))
    write_text(arguments.out, text)


if __name__ == "__main__":
    run(main)
