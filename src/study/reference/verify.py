"""Derives every verdict and number of the reference reports again from their records, and fails if one differs."""

import argparse
import difflib
import json
import sys
import tempfile
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

from study.claims.files import CLAIMS
from study.common.atomic import copy, write_text
from study.common.command import run
from study.common.errors import StudyError
from study.config.study import load_study
from study.figures import __main__ as figures
from study.records import collect
from study.records.observations import gather_observations, write_observations
from study.report import conclusions, page, summary
from study.report.embedded import read_embedded
from study.report.notebooks import run_notebooks
from study.verdicts import judge

REFERENCE = Path("reports/reference")
# What is kept of all that is derived from the records.
COMPARED_BY_LINE = ("conclusions.md", "metrics.json", "curves.csv", "ratios.csv")
DERIVED = ("verdicts.json", *COMPARED_BY_LINE, "report.html")


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


def derive(trials: Path, observations: Path, samples: Path, folder: Path) -> None:
    """Make the evidence and the report of `trials` and `observations` in `folder`, which need not exist.

    Parameters
    ----------
    samples
        Folder of the datasets' sample images, which are shown as they are.

    Raises
    ------
    StudyError
        If the records cannot be read or judged.
    """
    tables = {name: folder / f"{name}.parquet" for name in ("trials", "epochs")}
    kept, observed, verdicts = (folder / name for name in ("trials.jsonl.gz", "observations.jsonl.gz", "verdicts.json"))
    claims, drawn, executed = Path(CLAIMS), folder / "figures", folder / "notebooks"
    folder.mkdir(parents=True)
    collect.write([trials], tables["trials"], tables["epochs"], kept)
    write_observations(observed, gather_observations([observations]))
    judge.write(kept, observed, claims, verdicts)
    conclusions.write(verdicts, claims, folder / "conclusions.md")
    summary.write(kept, verdicts, claims, folder)
    figures.write(kept, observed, claims, verdicts, drawn)
    run_notebooks(load_study().experiments, tables, executed)
    report = page.read_report(kept, observed, claims, verdicts, read_embedded(drawn, samples, executed))
    write_text(folder / "report.html", page.render(report))


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
    for name in COMPARED_BY_LINE:
        if (reference / name).exists():
            old, new = ((folder / name).read_text("utf-8").splitlines() for folder in (reference, derived))
            found += difflib.unified_diff(old, new, name, "derived again", n=0, lineterm="")
    old_page, new_page = (text_of((folder / "report.html").read_text("utf-8")) for folder in (reference, derived))
    return [*found, *difflib.unified_diff(old_page, new_page, "report.html", "derived again", n=0, lineterm="")]


def _verify(folder: Path, *, write: bool) -> list[str]:
    """What differs between the results in `folder` and what their records give; with `write`, that is kept."""
    with tempfile.TemporaryDirectory() as scratch:
        derived = Path(scratch, "derived")
        try:
            derive(folder / "trials.jsonl.gz", folder / "observations.jsonl.gz", folder / "samples", derived)
        except StudyError as error:
            return [str(error)]  # the other folders are still verified
        if write:
            for name in DERIVED:
                copy(derived / name, folder / name)
        return differences(folder, derived)


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify every machine's reference results, or those named."""
    parser = argparse.ArgumentParser(prog="python -m study.reference.verify", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep what was derived, after a change of rule or report")
    parser.add_argument("folders", nargs="*", type=Path, help=f"folders of results (default: all in {REFERENCE})")
    chosen = parser.parse_args(arguments)
    folders = chosen.folders or sorted(file.parent for file in REFERENCE.glob("*/origin.json"))
    if not folders:
        raise StudyError(f"no reference results in {REFERENCE}")
    failed = False
    for folder in folders:
        found = _verify(folder, write=chosen.write)
        print(f"{folder}: " + (f"{len(found)} differences" if found else "every verdict and number agrees"))
        print("\n".join(found[:40]), file=sys.stderr, end="\n" if found else "")
        failed = failed or bool(found)
    return int(failed)


if __name__ == "__main__":
    run(main)
