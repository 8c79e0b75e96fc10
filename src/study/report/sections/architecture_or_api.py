"""Comparisons that changed the architecture and the API at once, each changed alone."""

from study.analysis.architecture_or_api import Decomposition, decompositions
from study.analysis.evidence import Evidence
from study.report.chapter import Chapter, ReportData


def _decompositions(report: ReportData) -> list[Decomposition]:
    return decompositions(report.claims, Evidence(report.trials, (), report.claims), report.study.experiments)


ARCHITECTURE_OR_API = Chapter(
    "architecture-or-api", "Architecture or API?", "architecture_or_api.html.j2", _decompositions
)
