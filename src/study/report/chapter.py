"""What a chapter of the page is, and what chapters are made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from study.claims.models import Claim
from study.claims.sources import Source
from study.config.study import Scale, Study
from study.records.models import Observation, Trial
from study.report.embedded import Embedded
from study.verdicts.models import Verdict


@dataclass(frozen=True)
class ReportData:
    """Everything that a page is made of; `calibration` is what `study.calibration.summary` found of the judging."""

    study: Study
    sources: Sequence[Source]
    claims: Sequence[Claim]
    verdicts: Sequence[Verdict]
    trials: Sequence[Trial]
    observations: Sequence[Observation]
    embedded: Embedded
    calibration: Mapping[str, Any] = field(default_factory=dict)

    @property
    def scale(self) -> Scale:
        """How much of the study was run."""
        return self.trials[0].scale


@dataclass(frozen=True)
class Chapter:
    """A chapter of the page: `data` makes what its template (in `workflow/report/`) shows.

    Where that is nothing, false or empty, the page does without the chapter.
    """

    anchor: str
    title: str
    template: str
    data: Callable[[ReportData], Any]
