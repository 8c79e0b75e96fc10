"""Tells the probe of structures what to build: every experiment's network, and what it reads."""

import argparse
import json
import sys
from pathlib import Path

from study.config import Study, load_study
from study.yamlfiles import ConfigError


def architectures(study: Study) -> str:
    """JSON of every experiment's architecture, dataset and arrangement, as it crosses the wall."""
    networks = {
        name: {
            "dataset": experiment.dataset,
            "arrangement": experiment.arrangement or "image",
            "architecture": experiment.architecture or {},
            "batch_size": experiment.batch_size,
            "optimizer": experiment.optimizer.model_dump(exclude_none=True),
            "loss": experiment.loss,
        }
        for name, experiment in study.experiments.items()
    }
    return json.dumps({"datasets": datasets(study), "experiments": networks}, indent=1) + "\n"


def datasets(study: Study) -> list[str]:
    """Names of all datasets that an experiment or one of its alternatives trains on."""
    experiments = study.experiments.values()
    alternatives = (alternative for experiment in experiments for alternative in experiment.alternatives.values())
    named = {experiment.dataset for experiment in experiments} | {each.dataset for each in alternatives if each.dataset}
    return sorted(named)


def main() -> int:
    """Write what the probe of structures reads."""
    parser = argparse.ArgumentParser(prog="python -m study.architectures", description=__doc__)
    parser.add_argument("--out", required=True, type=Path, help="where the architectures (JSON) go")
    arguments = parser.parse_args()
    try:
        text = architectures(load_study())
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    arguments.out.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
