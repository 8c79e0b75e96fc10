"""Verdicts as files hold them."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, get_args

from study.config.validation import Count, Sha256, StrictModel


class Sensitivity(StrictModel):
    """The same claim judged under another assumption about what the source left out."""

    assumption: str
    verdict: "VerdictName"
    reason: str
    measured: float | None
    interval: tuple[float, float] | None
    n: Count


VerdictName = Literal["reproduced", "consistent", "contradicted", "inconclusive", "not testable here"]


class Verdict(StrictModel):
    """The answer to one claim. `measured`, `interval` and `published` share the claim's unit."""

    claim: str
    verdict: VerdictName
    reason: str
    measured: float | None
    interval: tuple[float, float] | None
    published: float | list[float] | None
    n: Count
    p_value: float | None = None
    trials: list[Sha256] = []
    sensitivity: list[Sensitivity] = []


def read_verdicts(path: Path) -> list[Verdict]:
    """Read verdicts in the order of the claims."""
    return [Verdict(**verdict) for verdict in json.loads(path.read_text(encoding="utf-8"))]


def counted(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """How many claims have each verdict."""
    found = Counter(verdict.verdict for verdict in verdicts)
    return {name: found[name] for name in get_args(VerdictName)}
