"""Derives every verdict and number of the reference reports again from their records, and fails if one differs."""

import argparse
import difflib
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import papermill

from study import collect, figures, judge, report
from study.claims import LEDGER, load_claims
from study.config import load_study
from study.records import read_verdicts
from study.reference import conclusions_table

REFERENCE = Path("reports/reference")


class VisibleText(HTMLParser):
    """The words and numbers of a page, figures included; not its markup or style."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is None:
            self.lines += [line for line in map(str.strip, data.splitlines()) if line]


def text_of(page: str) -> list[str]:
    """Every visible piece of text of an HTML page, in order."""
    parser = VisibleText()
    parser.feed(page)
    return parser.lines


def derive(records: Path, folder: Path) -> None:
    """Make the evidence and the report of `records` in `folder`."""
    trials, epochs = folder / "trials.parquet", folder / "epochs.parquet"
    verdicts, kept = folder / "verdicts.json", folder / "trials.jsonl.gz"
    collect.main([str(records), "--trials", str(trials), "--epochs", str(epochs), "--out", str(kept)])
    judge.main([str(kept), "--claims", LEDGER, "--out", str(verdicts)])
    for experiment in load_study().experiments:
        tables = ["--trials", str(trials), "--epochs", str(epochs)]
        out = folder / "figures" / experiment
        figures.main([experiment, *tables, "--verdicts", str(verdicts), "--out", str(out)])
        (folder / "notebooks").mkdir(exist_ok=True)
        papermill.execute_notebook(
            f"workflow/notebooks/{experiment}.ipynb",
            folder / "notebooks" / f"{experiment}.ipynb",
            {"trials": str(trials), "epochs": str(epochs), "experiment": experiment},
            kernel_name="python3",
            progress_bar=False,
        )
    report.main([str(kept), str(verdicts), "--chapters", str(folder), "--out", str(folder / "report.html")])


def differences(reference: Path, derived: Path) -> list[str]:
    """What differs between two folders of results, a line each; empty when every verdict and number agrees."""
    found = []
    before, after = (json.loads((folder / "verdicts.json").read_text("utf-8")) for folder in (reference, derived))
    for old, new in zip(before, after, strict=False):
        found += [
            f"{old['claim']}: {key}: {old[key]!r} is now {new.get(key)!r}" for key in old if old[key] != new.get(key)
        ]
    if len(before) != len(after):
        found.append(f"{len(before)} verdicts are now {len(after)}")
    old_page, new_page = (text_of((folder / "report.html").read_text("utf-8")) for folder in (reference, derived))
    return [*found, *difflib.unified_diff(old_page, new_page, "report.html", "derived again", n=0, lineterm="")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify every machine's reference results, or those named."""
    parser = argparse.ArgumentParser(prog="python -m study.verify", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep what was derived, after a change of rule or report")
    parser.add_argument("folders", nargs="*", type=Path, help=f"folders of results (default: all in {REFERENCE})")
    chosen = parser.parse_args(arguments)
    folders = chosen.folders or sorted(file.parent for file in REFERENCE.glob("*/origin.json"))
    if not folders:
        print(f"no reference results in {REFERENCE}", file=sys.stderr)
        return 1
    failed = False
    for folder in folders:
        with tempfile.TemporaryDirectory() as scratch:
            derive(folder / "trials.jsonl.gz", Path(scratch))
            if chosen.write:
                for name in ("verdicts.json", "report.html"):
                    shutil.copyfile(Path(scratch, name), folder / name)
                conclusions = conclusions_table(load_claims(), read_verdicts(folder / "verdicts.json"))
                (folder / "conclusions.md").write_text(conclusions, encoding="utf-8")
            found = differences(folder, Path(scratch))
        print(f"{folder}: " + (f"{len(found)} differences" if found else "every verdict and number agrees"))
        print("\n".join(found[:40]), file=sys.stderr, end="\n" if found else "")
        failed = failed or bool(found)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
