"""The committed reference results: complete, true to their code, and what README says of them is what they say."""

import gzip
import json
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from study import verify
from study.claims import load_claims
from study.collect import read_trials
from study.config import load_runtimes, load_study
from study.plan import jobs
from study.records import read_verdicts
from study.reference import conclusions_table, machine_name

FOLDERS = sorted(path.parent for path in verify.REFERENCE.glob("*/origin.json"))


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def folder(request) -> Path:
    return request.param


def test_there_are_reference_results():
    assert FOLDERS


def test_every_verdict_and_number_is_derived_again(folder):
    assert verify.main([str(folder)]) == 0


def test_a_changed_record_is_found(folder, tmp_path, capsys):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    content = gzip.decompress((folder / "trials.jsonl.gz").read_bytes()).decode("utf-8")
    records = [json.loads(line) for line in content.removesuffix("\n").split("\n")]
    accurate = next(r for r in records if r["series"] == "accuracy" and r["status"] == "completed")
    accurate["epochs"][-1]["accuracy"] += 0.01
    with gzip.open(tmp_path / "trials.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)
    assert verify.main([str(tmp_path)]) == 1
    assert "differences" in capsys.readouterr().out


def test_all_planned_trials_are_there_and_none_was_left_out(folder):
    trials = read_trials(folder / "trials.jsonl.gz")
    experiments = {trial.experiment for trial in trials}
    planned = {
        trial.sha256()
        for job, plan in jobs(load_study(overrides={"scale": "full"}), list(load_runtimes())).items()
        for trial in plan.trials
        if job.experiment in experiments
    }
    found = Counter(trial.plan_sha256 for trial in trials)
    assert set(found) == planned
    assert set(found.values()) == {1}


def test_the_code_that_made_them_is_a_revision_of_this_repository(folder):
    origin = json.loads((folder / "origin.json").read_text("utf-8"))
    assert folder.name == machine_name(origin["machine"])
    shown = subprocess.run(["git", "cat-file", "-t", origin["revision"]], capture_output=True, text=True, check=False)
    assert shown.stdout.strip() == "commit", "a shallow clone does not hold it: git fetch --unshallow"


def test_readme_says_what_the_reference_results_say(folder):
    table = conclusions_table(load_claims(), read_verdicts(folder / "verdicts.json"))
    assert (folder / "conclusions.md").read_text("utf-8") == table
    assert table in Path("README.md").read_text("utf-8")


def test_every_command_in_readme_exists():
    makefile = Path("Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", Path("README.md").read_text("utf-8"), re.MULTILINE)) <= targets
