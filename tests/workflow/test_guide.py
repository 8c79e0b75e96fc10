"""The guide that adds an experiment and a claim, followed to the letter in a copy of the project."""

import json
import re
import shutil
from pathlib import Path

import pytest

from study.records.collect import read_trials

GUIDE = Path("docs/adding.md")
STEP = re.compile(
    r"^(?P<verb>Write|Append to) `(?P<path>[^`]+)`.*?^```\w+\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)


@pytest.fixture(scope="module")
def followed(smoke, tmp_path_factory):
    """A finished study, in which the guide was followed and the study run again."""
    checkout = smoke.copy(tmp_path_factory.mktemp("guide") / "study")
    for step in STEP.finditer(GUIDE.read_text("utf-8")):
        path = checkout.root / step["path"]
        before = path.read_text("utf-8") + "\n" if step["verb"] == "Append to" else ""
        path.write_text(before + step["text"], "utf-8")
    shutil.rmtree(checkout.root / "results/logs")  # so that it holds what ran now
    done = checkout.snakemake()
    assert done.returncode == 0, done.stdout[-4000:]
    return checkout


def test_the_guide_has_a_module_an_experiment_and_claims():
    assert [(step["verb"], step["path"]) for step in STEP.finditer(GUIDE.read_text("utf-8"))] == [
        ("Write", "src/trials/experiments/tanh_32.py"),
        ("Append to", "config/study.yaml"),
        ("Write", "config/claims/005_imagined.yaml"),
    ]


def test_only_the_new_trials_run(followed):
    logs = {path.relative_to(followed.root / "results/logs/trials/smoke").parts[0] for path in log_files(followed)}
    assert logs == {"tanh_32"}


def log_files(checkout):
    return (checkout.root / "results/logs/trials").rglob("*.log")


def test_the_new_trials_ran_and_the_new_claims_have_verdicts(followed):
    trials = [t for t in read_trials(followed.root / "results/trials.jsonl.gz") if t.experiment == "tanh_32"]
    assert len(trials) == 9
    assert {trial.status for trial in trials} == {"completed"}
    assert {trial.architecture["units"] for trial in trials} == {32}
    verdicts = {v["claim"]: v for v in json.loads((followed.root / "results/verdicts.json").read_text("utf-8"))}
    assert verdicts["005-accuracy"]["n"] == 3
    assert verdicts["005-accuracy"]["verdict"] == "contradicted", "two epochs on 2048 images do not reach 95 %"
    assert verdicts["005-api-does-not-matter"]["n"] == 6


def test_the_report_shows_the_new_experiment_and_its_claims(followed):
    page = (followed.root / "reports/report.html").read_text("utf-8")
    assert "One hidden layer of 32 units with tanh on MNIST" in page
    assert 'id="005-accuracy"' in page
