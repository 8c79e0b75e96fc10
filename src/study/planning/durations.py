"""How long trials take: what committed records say of the reference machine, carried over to trials of another size.

A trial takes as long as such networks took there to be built and traced, and then for every sample of every epoch what
a sample took. Where no trial of the same network, runtime and settings was recorded, the nearest ones tell.
"""

import json
import statistics
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from study.records.jsonlines import read_json_lines

REFERENCE = Path("reports/reference")
RECORDS = "trials.jsonl.gz"

# A planned trial, or the record of one, as JSON has it.
Fields = Mapping[str, Any]
# What trials must have in common for one to tell of the other, the nearest first.
Likeness = Sequence[Callable[[Fields], Hashable]]

OF_SAMPLES: Likeness = (
    lambda t: (t["experiment"], t.get("alternative"), t["series"], t["variant"], t["runtime"], _settings(t)),
    lambda t: (t["experiment"], t.get("alternative"), t["variant"], t["runtime"]),
    lambda t: (t["experiment"], t.get("alternative"), t["runtime"]),
    lambda t: (t["experiment"], t.get("alternative")),
    lambda t: t["experiment"],
    lambda _: None,
)
# From here on a recorded trial says little of a planned one.
GUESSED = 3
# A trial has one setup, which other work may have delayed: so variants are taken together.
OF_SETUP: Likeness = (lambda t: (t["experiment"], t["runtime"]), lambda t: t["runtime"], lambda _: None)

# The median of what was recorded, by what the trials have in common, for each likeness.
Table = list[dict[Hashable, float]]


@dataclass(frozen=True)
class Durations:
    """What trials take on the reference machine, that of which most trials are recorded; seconds.

    `spread` is how far other machines are from being slower by one factor: the 10 % and 90 % quantiles, over the trials
    that both have, of each trial's own factor divided by the median.
    """

    machine: str
    samples: Table
    setups: Table
    spread: tuple[float, float]

    def of(self, trial: Fields) -> float:
        """Seconds of a planned trial; 0 where nothing was ever recorded."""
        sample, setup = _nearest(self.samples, OF_SAMPLES, trial), _nearest(self.setups, OF_SETUP, trial)
        return setup[0] + sample[0] * float(trial["n_train"] * trial["n_epochs"])

    def guesses(self, trial: Fields) -> bool:
        """Whether what is recorded says little of a planned trial."""
        return _nearest(self.samples, OF_SAMPLES, trial)[1] >= GUESSED


@cache
def durations(folder: Path = REFERENCE) -> Durations:
    """Read what is committed of all machines: where the reference machine lacks a trial, another one tells.

    Raises
    ------
    StudyError
        If records cannot be read.
    """
    recorded = {
        path.parent.name: [record for _, record in read_json_lines(path) if record["epochs"]]
        for path in sorted(folder.glob(f"*/{RECORDS}"))
    }
    machine, *others = sorted(recorded, key=lambda name: -len(recorded[name])) or [""]
    samples, setups = _tables(recorded.get(machine, []))
    factors = []
    for name in others:
        other, _ = _tables(recorded[name])
        ratios = [cost / other[0][key] for key, cost in samples[0].items() if key in other[0]]
        slower = statistics.median(ratios) if ratios else 1.0
        factors += [one / slower for one in ratios]
        for costs, more in zip(samples, other, strict=True):
            costs.update({key: cost * slower for key, cost in more.items() if key not in costs})
    deciles = statistics.quantiles(factors, n=10) if len(factors) > 1 else [1.0]
    return Durations(machine, samples, setups, (deciles[0], deciles[-1]))


def _tables(records: Iterable[Fields]) -> tuple[Table, Table]:
    every = list(records)
    return _medians(every, OF_SAMPLES, _per_sample), _medians(every, OF_SETUP, _setup)


def _medians(records: Iterable[Fields], likeness: Likeness, cost: Callable[[Fields], float]) -> Table:
    found: list[dict[Hashable, list[float]]] = [defaultdict(list) for _ in likeness]
    for record in records:
        for alike, costs in zip(likeness, found, strict=True):
            costs[alike(record)].append(cost(record))
    return [{key: statistics.median(of) for key, of in costs.items()} for costs in found]


def _nearest(table: Table, likeness: Likeness, trial: Fields) -> tuple[float, int]:
    """What the nearest recorded trials took, and the place of what they have in common with `trial`."""
    for place, (alike, costs) in enumerate(zip(likeness, table, strict=True)):
        if (key := alike(trial)) in costs:
            return costs[key], place
    return 0.0, len(likeness)


def _per_sample(record: Fields) -> float:
    """Seconds a training sample in an epoch after the first, whose first step is part of the setup."""
    first, *others = (epoch["seconds"] for epoch in record["epochs"])
    steady = statistics.median(others) if others else max(first - record.get("trace_seconds", 0), 0)
    return float(steady / record.get("n_train_available", record["n_train"]))


def _setup(record: Fields) -> float:
    return float(record.get("build_seconds", 0) + record.get("trace_seconds", 0))


def _settings(trial: Fields) -> str:
    return json.dumps(trial["settings"], sort_keys=True)
