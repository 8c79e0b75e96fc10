"""Writes the parts of README that are looked up from the committed results, each between its two comments."""

import re
from collections import Counter
from collections.abc import Iterator
from html import escape
from itertools import groupby
from pathlib import Path
from typing import get_args

from study.claims.files import load_claims
from study.claims.sources import load_sources
from study.common.command import run
from study.report.conclusions import HEAD, cells, short, table
from study.verdicts.models import VerdictName, read_verdicts

README = Path("README.md")
# The first comment names the folder of results that the part is looked up from.
CONCLUSIONS = re.compile(r"(<!-- conclusions of (\S+), written by `make readme` -->\n).*?(<!-- end -->)", re.DOTALL)


def written(readme: str) -> str:
    """Text of README with its parts as the results that it names have them now.

    Raises
    ------
    StudyError
        If they have no verdict for a conclusion.
    """
    return CONCLUSIONS.sub(lambda part: part[1] + "\n".join(_conclusions(Path(part[2]))) + part[3], readme)


def _conclusions(results: Path) -> Iterator[str]:
    """What each source concludes, folded below its name and how many of its conclusions have which verdict."""
    titles = {short(source.file): source.title for source in load_sources()}
    rows = cells(load_claims(), read_verdicts(results / "verdicts.json"))
    for source, of_source in groupby(rows, key=lambda row: row[0]):
        conclusions = [row[1:] for row in of_source]
        counts = Counter(verdict for _, _, verdict, _ in conclusions)
        tally = ", ".join(f"{counts[name]} {name}" for name in get_args(VerdictName) if name in counts)
        title = escape(titles.get(source, ""), quote=False)
        yield f"<details><summary><b>{source}</b> {title}: <b>{tally}</b></summary>\n"
        yield table(HEAD[1:], conclusions)
        yield "</details>\n"


def main() -> None:
    """Write them."""
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    run(main)
