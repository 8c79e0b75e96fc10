"""What each API can do, what Keras does, and whether the published formulas hold: a cell a runtime."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import get_args

from study.claims.models import Claim
from study.claims.rules import ProbedClaim
from study.claims.vocabulary import Api, Behaviour, Capability, Formula
from study.config.runtimes import version_of
from study.records.models import Observation, Probe
from study.report.chapter import Chapter, ReportData
from study.report.embedded import EmbeddedFigure


@dataclass(frozen=True)
class Row:
    """A subject and an API, if it is about one: what was observed on each runtime, and the claims about it."""

    subject: str
    variant: str | None
    cells: Sequence[Observation | None]
    claims: Sequence[Claim]


@dataclass(frozen=True)
class Matrix:
    """All that one probe showed, with its figures."""

    runtimes: Sequence[str]
    rows: Sequence[Row]
    figures: Sequence[EmbeddedFigure]


def _matrix(probe: Probe, subjects: Sequence[str], apis: Sequence[str | None], report: ReportData) -> Matrix | None:
    observed = [each for each in report.observations if each.probe == probe]
    runtimes = sorted({each.runtime for each in observed}, key=version_of)
    cells = {(each.subject, each.variant, each.runtime): each for each in observed}
    claims = [claim for claim in report.claims if isinstance(claim, ProbedClaim)]
    rows = [
        Row(
            subject,
            api,
            [cells.get((subject, api, runtime)) for runtime in runtimes],
            [claim for claim in claims if (claim.probe, claim.subject, claim.variant) == (probe, subject, api)],
        )
        for subject, api in itertools.product(subjects, apis)
        if any((subject, api, runtime) in cells for runtime in runtimes)
    ]
    figures = [figure for figure in report.embedded.figures_of(None) if figure.name == probe]
    return Matrix(runtimes, rows, figures) if rows else None


CAPABILITIES = Chapter(
    "capabilities",
    "What each API can do",
    "capabilities.html.j2",
    partial(_matrix, "capabilities", get_args(Capability), get_args(Api)),
)
BEHAVIOURS = Chapter(
    "behaviours",
    "What Keras does",
    "behaviours.html.j2",
    partial(_matrix, "behaviours", get_args(Behaviour), [None]),
)
FORMULAS = Chapter(
    "formulas",
    "Formulas",
    "formulas.html.j2",
    partial(_matrix, "formulas", get_args(Formula), get_args(Api)),
)
