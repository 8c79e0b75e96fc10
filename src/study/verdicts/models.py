"""Verdicts as files hold them."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, get_args

from pydantic import AwareDatetime

from study.claims.models import Scope
from study.config.validation import Count, Sha256, StrictModel

VerdictName = Literal[
    "reproduced",
    "consistent",
    "direction only",
    "works with a workaround",
    "contradicted",
    "unresolved",
    "too few runs",
    "not run",
    "not testable here",
    "followed",
    "fitted",
    "opinion",
]
# What nothing here can confirm or deny, so that it is counted apart: a set-up that was copied, a number that a setting
# was fitted to, and an opinion.
APART: tuple[VerdictName, ...] = ("followed", "fitted", "opinion")


# What an answer rests on that another assumption would change.
ASSUMPTION = "an assumption"


class Answer(StrictModel):
    """What the evidence says, of a claim or of the claim asked otherwise.

    `p_value` is of the claim being so, `p_against` of its not being so, each adjusted for all tests of its family; None
    where nothing is left to chance.
    """

    verdict: VerdictName
    reason: str
    measured: float | None = None
    interval: tuple[float, float] | None = None
    n: Count = 0
    p_value: float | None = None
    p_against: float | None = None


class Asked(Answer):
    """The claim asked otherwise: under another assumption, or elsewhere."""

    text: str


class Verdict(Answer):
    """The answer to one claim. `measured`, `interval` and `published` share the claim's unit.

    `fixed` is when the claim's rule and margin were committed, `began` when the first of its trials did. `test` is the
    same for claims that ask the same. `scope` says on what the answer rests, and `assumption` on which
    assumption besides, where another one that was tried gives another verdict or none was tried; `data` is what
    data were used that are not as published. `sensitivity` are the answers under other assumptions, `also` those
    elsewhere.
    """

    claim: str
    fixed: AwareDatetime | None = None
    began: AwareDatetime | None = None
    test: str
    scope: Scope
    assumption: str | None = None
    data: str | None = None
    published: float | list[float] | None
    trials: list[Sha256] = []
    sensitivity: list[Asked] = []
    also: list[Asked] = []

    @property
    def post_hoc(self) -> bool:
        """Whether its rule and margin were fixed after the first of its trials had begun."""
        return self.fixed is not None and self.began is not None and self.fixed > self.began

    @property
    def rests_on(self) -> str:
        """On what the answer rests, in words: its scope, data that were altered, or the assumption that decides."""
        if self.assumption:
            return ASSUMPTION
        return self.data if self.data and self.scope == "these data" else self.scope


def read_verdicts(path: Path) -> list[Verdict]:
    """Read verdicts in the order of the claims."""
    return [Verdict(**verdict) for verdict in json.loads(path.read_text(encoding="utf-8"))]


def counted(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """How many claims have each verdict."""
    found = Counter(verdict.verdict for verdict in verdicts)
    return {name: found[name] for name in get_args(VerdictName)}


def by_scope(verdicts: Iterable[Verdict]) -> dict[str, dict[str, int]]:
    """How many different tests have each verdict, by what their answers rest on; without what is counted apart."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for verdict in distinct(verdicts):
        if verdict.verdict not in APART:
            found[verdict.verdict][verdict.rests_on] += 1
    return {name: dict(found[name]) for name in get_args(VerdictName) if name in found}


def foundations(verdicts: Iterable[Verdict]) -> list[str]:
    """Everything that answers rest on, the most certain first."""
    found = {verdict.rests_on for verdict in verdicts if verdict.verdict not in APART}
    known = [*get_args(Scope), *sorted(found - {*get_args(Scope), ASSUMPTION}), ASSUMPTION]
    return [name for name in known if name in found]


def distinct(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Verdicts of different tests: of the claims that ask the same, the first."""
    return list({verdict.test: verdict for verdict in reversed(list(verdicts))}.values())[::-1]
