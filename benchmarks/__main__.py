"""Runs the benchmarks and prints each result as it comes. They need a finished study (`make study`)."""

import argparse
import json
import sys
from pathlib import Path

from benchmarks import cleaning, costs, faults, pipeline, runner, throughput, workflow
from study.common.command import run
from study.common.errors import StudyError
from study.config.validation import require_known

BENCHMARKS = {
    "workflow": workflow.measure,
    "throughput": throughput.measure,
    "runner": runner.measure,
    "cleaning": cleaning.measure,
    "costs": costs.measure,
    "pipeline": pipeline.measure,
}
RESULTS = Path("results/benchmarks/by_hand.json")


def main() -> int | None:
    """Run the benchmarks named, or all; after `faults`, try the faults named, or all."""
    if sys.argv[1:2] == ["faults"]:
        return faults.main(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of {', '.join(BENCHMARKS)} (default: all)")
    names = parser.parse_args().names or list(BENCHMARKS)
    for name in names:
        require_known("benchmark", name, list(BENCHMARKS))
    if not Path("results/complete.json").exists():
        raise StudyError("the benchmarks need a finished study: make study")
    results = []
    for name in names:
        for result in BENCHMARKS[name]():
            results.append(result)
            print(json.dumps(result), flush=True)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return None


if __name__ == "__main__":
    run(main)
