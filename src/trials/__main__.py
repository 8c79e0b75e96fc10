"""Command line of the runner: a plan goes in, trial records come out."""

import argparse
import json
import sys

from trials import job, plan, surroundings
from trials.progress import name_of, reason_of

UNEXPECTED_FAILURES = 3


def main():
    """Run a plan; exit 0, 2 for bad input, or 3 when a trial failed that was not expected to."""
    parser = argparse.ArgumentParser(prog="python -m trials", description=__doc__)
    parser.add_argument("plan", help="plan (JSON): which trials to run")
    parser.add_argument("records", help="where the trial records go (JSON lines), written when all trials ended")
    parser.add_argument("--data", required=True, help="folder of the prepared datasets")
    parser.add_argument("--runtime", required=True, help="description of the runtime (JSON)")
    parser.add_argument(
        "--journal", required=True, help="each record as its trial ends; an interrupted job resumes here"
    )
    arguments = parser.parse_args()
    try:
        planned = plan.read(arguments.plan)
        with open(arguments.runtime, encoding="utf-8") as file:
            runtime = json.load(file)
        with surroundings.own_home():
            failed = job.run(planned, arguments.data, runtime, arguments.journal, arguments.records)
    except job.REFUSED as error:
        print(f"python -m trials: {error}", file=sys.stderr)
        return 2
    for record in failed:
        print(f"FAILED {name_of(record)}: {reason_of(record)}", file=sys.stderr)
    return UNEXPECTED_FAILURES if failed else 0


if __name__ == "__main__":
    sys.exit(main())
