"""Where the numbers come from: datasets, machines, runtimes, code."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from study.config.runtimes import version_of
from study.records.models import Observation, Trial
from study.report.chapter import Chapter, ReportData


@dataclass(frozen=True)
class Machines:
    """Fingerprints of the machines that made the records: the number of records of each, and its value of each field.

    A value is None where that machine could not tell it.
    """

    n_records: Sequence[int]
    fields: Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Provenance:
    """When and on what trials ran; `code` has the hashes of the code that ran each experiment."""

    started: str
    ended: str
    machines: Machines
    runtimes: Mapping[str, Mapping[str, Any]]
    code: Mapping[str, Sequence[str]]


def _provenance(report: ReportData) -> Provenance:
    trials = sorted(report.trials, key=lambda trial: version_of(trial.runtime))
    code = {
        name: sorted({trial.code_sha256 for trial in trials if trial.experiment == name})
        for name in report.study.experiments
    }
    return Provenance(
        min(trial.started for trial in trials),
        max(trial.started for trial in trials),
        _machines([*trials, *report.observations]),
        {trial.runtime: trial.environment["runtime"] for trial in trials},
        {name: hashes for name, hashes in code.items() if hashes},
    )


def _machines(records: Iterable[Trial | Observation]) -> Machines:
    """Fingerprints of all machines, the one with most records first."""
    counts = Counter(json.dumps(record.environment["machine"], sort_keys=True) for record in records).most_common()
    fingerprints = [json.loads(text) for text, _ in counts]
    fields = sorted(set().union(*fingerprints))
    return Machines([n for _, n in counts], {field: [each.get(field) for each in fingerprints] for field in fields})


DATASETS = Chapter("datasets", "Datasets", "datasets.html.j2", lambda report: report.embedded.samples)
PROVENANCE = Chapter("provenance", "Where the numbers come from", "provenance.html.j2", _provenance)
