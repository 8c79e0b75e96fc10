"""Every statement with its verdict, as a page and as a file."""

import csv
import io
import re
from pathlib import Path

import pytest

from study.claims.files import load_claims
from study.report.verdict_table import main
from study.verdicts.models import counted, read_verdicts

VERDICTS = Path("reports/reference/amd-epyc-2-cores/verdicts.json")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The table of a reference run, as page and as file."""
    folder = tmp_path_factory.mktemp("verdicts")
    main([str(VERDICTS), "--html", str(folder / "verdicts.html"), "--csv", str(folder / "verdicts.csv")])
    return (folder / "verdicts.html").read_text("utf-8"), (folder / "verdicts.csv").read_text("utf-8")


def test_both_have_every_claim_once_in_the_order_of_the_claims(written):
    page, table = written
    claims = [claim.id for claim in load_claims()]
    assert re.findall(r'<tr id="([^"]+)"', page) == claims
    assert [row["claim"] for row in csv.DictReader(io.StringIO(table))] == claims


def test_the_file_says_what_the_verdicts_say(written):
    rows = {row["claim"]: row for row in csv.DictReader(io.StringIO(written[1]))}
    for verdict in read_verdicts(VERDICTS):
        row = rows[verdict.claim]
        assert (row["verdict"], row["reason"], row["n"]) == (verdict.verdict, verdict.reason, str(verdict.n))
        assert bool(row["measured"]) == (verdict.measured is not None)


def test_the_page_counts_the_verdicts_and_needs_no_other_file(written):
    page = written[0]
    for name, number in counted(read_verdicts(VERDICTS)).items():
        assert f"<b>{number}</b> {name}" in page
    assert not re.search(r"""(src|href)=["']""", page)
