"""Attacks on the study: each is tried many times, and what held is counted. `home` needs a study finished at smoke.

`python -m benchmarks faults` tries all, `python -m benchmarks faults tampering` one. The table of what held is
`docs/faults.csv`.
"""

import argparse
import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.faults import downloads, home, kills, tampering
from benchmarks.faults.outcome import Outcome
from study.config.validation import require_known

FAULTS: Mapping[str, Callable[[], Iterator[Outcome]]] = {
    "home": home.attack,
    "kills": kills.attack,
    "tampering": tampering.attack,
    "downloads": downloads.attack,
}
TABLE = Path("docs/faults.csv")


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the faults named, or all, and put what held in the table; fail if something did not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks faults", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of {', '.join(FAULTS)} (default: all)")
    names = parser.parse_args(arguments).names or list(FAULTS)
    for name in names:
        require_known("fault", name, list(FAULTS))
    held = [_try(name) for name in names]
    return int(not all(held))


def _try(name: str) -> bool:
    """Try a fault, put what held in the table instead of what held before, and return whether all did."""
    outcomes = []
    for outcome in FAULTS[name]():
        print(json.dumps({"fault": name, **outcome._asdict()}), flush=True)
        outcomes.append(outcome)
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["fault"] != name]
    rows += [{"fault": name, **outcome._asdict()} for outcome in outcomes]
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["fault", *Outcome._fields], lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: list(FAULTS).index(row["fault"])))
    return all(outcome.held == outcome.tried for outcome in outcomes)
