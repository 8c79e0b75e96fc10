"""What the folder of a machine's reference results holds."""

from pathlib import Path

REFERENCE = Path("reports/reference")
ORIGIN, SCOPE, CHECKSUMS = "origin.json", "scope.yaml", "SHA256SUMS"
RECORDS = ("trials.jsonl.gz", "observations.jsonl.gz")
# What is derived from the records; all else can only be kept.
DERIVED = (
    "verdicts.json",
    "conclusions.md",
    "metrics.json",
    "medians.json",
    "curves.csv",
    "ratios.csv",
    "report.html",
)


def files_in(folder: Path) -> set[str]:
    """Name of every file in a folder, however deep."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def machines() -> list[Path]:
    """Folder of every machine, and whatever else is beside them."""
    return sorted(REFERENCE.glob("*"))
