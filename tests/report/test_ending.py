"""What a run says when it ends."""

import json
from pathlib import Path

import pytest

from study.report import ending

VERDICT = {
    "claim": "a",
    "test": "t",
    "scope": "this machine",
    "reason": "r",
    "measured": None,
    "interval": None,
    "published": None,
    "n": 0,
}


@pytest.fixture
def finished(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("results").mkdir()
    verdicts = [VERDICT | {"verdict": name} for name in ("reproduced", "contradicted", "reproduced")]
    Path("results/verdicts.json").write_text(json.dumps(verdicts), "utf-8")
    return tmp_path


def test_the_report_and_the_tally_are_said(finished):
    said = ending.answer("full", is_evidence=True)
    assert (
        said == f"The report: {finished}/reports/report.html\nthree published statements: 2 reproduced, 1 contradicted"
    )


def test_a_run_that_is_no_evidence_says_so(finished):
    assert "no evidence: the scale smoke" in ending.answer("smoke", is_evidence=False)


def test_what_failed_is_named_with_its_log_and_how_that_ends(tmp_path):
    log = tmp_path / "trials.log"
    log.write_text("".join(f"line {number}\n\n" for number in range(10)), "utf-8")
    said = ending.failures([("trials", [str(log)]), ("fetch", [str(tmp_path / "never begun.log")])])
    assert said.splitlines() == [
        "two steps failed:",
        f"  fetch: {tmp_path}/never begun.log",
        f"  trials: {log}",
        *(f"    line {number}" for number in range(6, 10)),
    ]


def test_a_run_that_was_stopped_failed_nowhere():
    assert ending.failures([]) == "The run was stopped before its end: the same command goes on with it"
