"""Command line of the probes: observations of one runtime come out."""

import argparse
import importlib
import json
import os
import sys

from trials import surroundings
from trials.journal import write_records
from trials.probes import observe

PROBES = ("capabilities", "behaviours", "formulas", "structures", "programs")
READ_NETWORKS = ("structures", "programs")


def main():
    """Run a probe; exit 0 whatever it shows, or 2 for bad input."""
    parser = argparse.ArgumentParser(prog="python -m trials.probes", description=__doc__)
    parser.add_argument("probe", choices=PROBES)
    parser.add_argument("out", help="where the observations go (JSON lines), written when all are there")
    parser.add_argument("--runtime", required=True, help="description of the runtime (JSON)")
    parser.add_argument(
        "--architectures", help="the experiments' networks and datasets (JSON); for " + " and ".join(READ_NETWORKS)
    )
    parser.add_argument(
        "--data",
        default="data/processed",
        help="folder of the prepared datasets; for structures (default: %(default)s)",
    )
    parser.add_argument(
        "--before-call",
        action="store_true",
        help="look at networks as they are before their first call; for structures",
    )
    arguments = parser.parse_args()
    if arguments.probe in READ_NETWORKS and not arguments.architectures:
        parser.error(arguments.probe + " needs --architectures")
    try:
        with open(arguments.runtime, encoding="utf-8") as file:
            runtime = json.load(file)
        with surroundings.own_home():
            probe = _load(arguments.probe, runtime)
            write_records(arguments.out, list(observe.observations(arguments.probe, probe.cells(arguments), runtime)))
    except (surroundings.SurroundingsError, OSError) as error:
        print(f"python -m trials.probes: {error}", file=sys.stderr)
        return 2
    return 0


def _load(name, runtime):
    """Import a probe and, with it, TensorFlow: once, so that every fork has it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow  # noqa: PLC0415  the command line is checked before

    tensorflow.get_logger().setLevel("ERROR")
    surroundings.refuse_other_defaults(tensorflow, runtime)
    return importlib.import_module("trials.probes." + name)


if __name__ == "__main__":
    sys.exit(main())
