"""What a run says when it ends: where the report is, how the statements were judged, and what failed."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from study.common.text import count
from study.verdicts.models import counted, read_verdicts

REPORT, VERDICTS = Path("reports/report.html"), Path("results/verdicts.json")
LINES = 4  # of the end of a log


def answer(scale: str, is_evidence: bool) -> str:
    """Where the report is, and how many published statements have each verdict."""
    tally = counted(read_verdicts(VERDICTS))
    judged = ", ".join(f"{number} {name}" for name, number in tally.items() if number)
    warning = "" if is_evidence else f" (no evidence: the scale {scale} only shows that the study runs)"
    return f"The report: {REPORT.absolute()}\n{count(sum(tally.values()), 'published statement')}: {judged}{warning}"


def failures(failed: Iterable[tuple[str, Sequence[str]]]) -> str:
    """What failed, each step with its logs and how they end; or that the run was stopped, if nothing did."""
    listed = sorted((step, sorted(logs)) for step, logs in failed)
    if not listed:
        return "The run was stopped before its end: the same command goes on with it"
    lines = [f"{count(len(listed), 'step')} failed:"]
    for step, logs in listed:
        lines += [
            f"  {step}: {', '.join(logs) or 'no log'}",
            *(f"    {line}" for log in logs for line in _end(Path(log))),
        ]
    return "\n".join(lines)


def _end(log: Path) -> list[str]:
    """Last lines of a log, which may never have been begun."""
    if not log.is_file():
        return []
    return [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()][-LINES:]
