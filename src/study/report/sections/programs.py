"""What training compiles to, experiment by experiment."""

from study.analysis.programs import Comparison, compared
from study.report.chapter import Chapter, ReportData


def _compared(report: ReportData) -> Comparison | None:
    found = compared(report.study, report.observations)
    return found if found.rows else None


PROGRAMS = Chapter("programs", "What training compiles to", "programs.html.j2", _compared)
