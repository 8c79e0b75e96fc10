"""Pages made of a few records, for tests that look at what a page says."""

import re
from html.parser import HTMLParser

from factories import accuracy_claim, untimed

from study.claims.sources import load_sources
from study.config.study import load_study
from study.report.chapter import ReportData
from study.report.embedded import Embedded
from study.report.page import render
from study.verdicts.judge import judge

STUDY = load_study()
RUNTIME = {
    "runtime": {
        **{"tensorflow": "2.0.0", "git_version": "v2.0.0", "python": "3.7.17", "numpy": "1.18.5", "keras": "2.2.4-tf"},
        "lock_sha256": "1" * 64,
    },
    "machine": {"cpu": "a processor", "logical_cores": 2},
}
FIRST, SECOND = "000_526f6d27c917e2f4.txt", "003_6659b14af29248ba.txt"
TRIALS = untimed([0.93, 0.94, 0.95], environment=RUNTIME)


def page_of(claims=(), trials=TRIALS, observations=(), embedded=None, calibration=None):
    """Judge `claims` and render the page."""
    ledger = list(claims) or [accuracy_claim(0.94, source=FIRST)]
    verdicts = judge(ledger, trials, observations)
    known = (embedded or Embedded(), calibration or {})
    return render(ReportData(STUDY, load_sources(), ledger, verdicts, trials, observations, *known))


def section(page, name):
    """What stands under the heading called `name`, up to the next one of its rank or above."""
    heading = re.search(rf'<h([23]) id="{name}"', page)
    return re.split(rf'<h[2-{heading[1]}] id="', page[heading.end() :])[0]


class VisibleText(HTMLParser):
    """The words and numbers of a page, figures included; not its markup or style."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def handle_data(self, data):
        if self.cdata_elem is None:
            self.lines += [line for line in map(str.strip, data.splitlines()) if line]


def text_of(page):
    """Every visible piece of text of an HTML page, in order."""
    parser = VisibleText()
    parser.feed(page)
    return parser.lines


def words(html):
    return " ".join(text_of(html))
