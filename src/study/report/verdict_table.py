"""Every published statement with its verdict as one table: a page to read, and a file (CSV) to reckon with."""

import argparse
import csv
import io
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from study.claims.files import CLAIMS, load_claims
from study.claims.models import Claim
from study.common.atomic import write_text
from study.common.command import run
from study.report.conclusions import short
from study.verdicts.models import Verdict, counted, read_verdicts

TEMPLATES = Path("workflow/report")
HEAD = ("claim", "source", "statement", "place", "published", "measured", "n", "verdict", "reason")


def rows(claims: Sequence[Claim], verdicts: Sequence[Verdict]) -> list[dict[str, str]]:
    """What stands below `HEAD`, a row a verdict, in the order of the verdicts."""
    by_id = {claim.id: claim for claim in claims}
    return [_row(by_id[verdict.claim], verdict) for verdict in verdicts]


def _row(claim: Claim, verdict: Verdict) -> dict[str, str]:
    cells = (
        *(claim.id, short(claim.source), claim.quote, claim.place, claim.published_text),
        *(claim.with_interval(verdict.measured, verdict.interval), str(verdict.n), verdict.verdict, verdict.reason),
    )
    return dict(zip(HEAD, cells, strict=True))


def as_csv(table: Sequence[dict[str, str]]) -> str:
    """The table as a file that other programs read."""
    text = io.StringIO()
    writer = csv.DictWriter(text, HEAD, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


def as_html(table: Sequence[dict[str, str]], tally: dict[str, int]) -> str:
    """The table as a self-contained page, below how many statements have each verdict."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = Markup((TEMPLATES / "report.css").read_text(encoding="utf-8"))  # noqa: S704  our own file
    return environment.get_template("verdicts.html.j2").render(style=style, table=table, tally=tally)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the table of verdicts."""
    parser = argparse.ArgumentParser(prog="python -m study.report.verdict_table", description=main.__doc__)
    parser.add_argument("verdicts", type=Path, help="verdicts (JSON)")
    parser.add_argument("--claims", type=Path, default=Path(CLAIMS), help="claims (default: %(default)s)")
    parser.add_argument("--html", required=True, type=Path, help="where the page (HTML) goes")
    parser.add_argument("--csv", required=True, type=Path, help="where the file (CSV) goes")
    chosen = parser.parse_args(arguments)
    verdicts = read_verdicts(chosen.verdicts)
    table = rows(load_claims(chosen.claims), verdicts)
    write_text(chosen.html, as_html(table, counted(verdicts)))
    write_text(chosen.csv, as_csv(table))


if __name__ == "__main__":
    run(main)
