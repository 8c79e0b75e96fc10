"""What a verdict is worth: how often the judging errs in simulated studies whose truth is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from study.report.chapter import Chapter, ReportData
from study.verdicts.tested import ALPHA

# What the claims of a rule state, in the order of the table.
STATE = {
    "order": "one is higher or lower than another",
    "equal": "two are the same",
    "value": "a number is as published",
    "curve": "a whole curve is as published",
}
# What an interval of a kind holds.
HOLDS = {
    "ratio": "the ratio of two arms, paired within blocks",
    "mean": "the mean of the runs",
    "difference": "the difference of two means",
    "one more run": "one more run",
    "one more curve": "one more curve, after every epoch",
}


@dataclass(frozen=True)
class Judging:
    """What was simulated, and what came of it: a row a kind of noise and number of runs."""

    simulated: Mapping[str, Any]
    worst: float
    limit: float
    power: float
    contradictions: Sequence[Mapping[str, Any]]
    coverage: Sequence[Mapping[str, Any]]
    sizes: Sequence[Mapping[str, Any]]
    holds: Mapping[str, str]

    @property
    def n_questions(self) -> int:
        """How many questions a simulated study asks."""
        return sum(self.simulated["questions"].values())

    @property
    def questions(self) -> Mapping[str, int]:
        """How many questions are of each kind, in words."""
        return {words: self.simulated["questions"].get(rule, 0) for rule, words in STATE.items()}


def _judging(report: ReportData) -> Judging | None:
    found = report.calibration
    if not found:
        return None
    return Judging(
        found["simulated_with"],
        found["any_false_contradicted"],
        ALPHA,
        found["power_at_3_percent"],
        found["false_contradictions"],
        found["coverage"],
        found["verdicts_by_size"],
        HOLDS,
    )


JUDGING = Chapter("judging", "What a verdict is worth", "judging.html.j2", _judging)
