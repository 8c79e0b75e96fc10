"""What a verdict is worth: how often the judging errs in simulated studies whose truth is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from study.report.chapter import Chapter, ReportData
from study.verdicts.tested import ALPHA


@dataclass(frozen=True)
class Judging:
    """What the committed calibration found, which share of errors is agreed, and how many timed blocks are planned."""

    found: Mapping[str, Any]
    agreed: float
    planned: Sequence[int]


def _judging(report: ReportData) -> Judging | None:
    series = [each for experiment in report.study.experiments.values() for each in experiment.series.values()]
    planned = sorted({each.blocks["full"] for each in series if each.timed})
    return Judging(report.calibration, ALPHA, planned) if report.calibration else None


JUDGING = Chapter("judging", "What a verdict is worth", "judging.html.j2", _judging)
