"""A rerun does only what is missing: content decides, not time stamps."""

import os
import time

import pytest

NOTHING = "Nothing to be done"


@pytest.fixture
def finished(smoke, tmp_path):
    """A copy of the finished smoke run that a test may change."""
    return smoke.copy(tmp_path / "finished")


def touch_everything(root):
    now = time.time()
    for number, path in enumerate(sorted(root.rglob("*"), reverse=True)):
        if path.is_file() and ".snakemake" not in path.parts and not path.is_symlink():
            os.utime(path, (now + number % 7, now + number % 7))


def test_nothing_is_done_twice(finished):
    assert NOTHING in finished.snakemake("--dry-run").stdout


def test_touching_every_file_reruns_nothing(finished):
    touch_everything(finished.root)
    done = finished.snakemake("--dry-run")
    assert NOTHING in done.stdout, done.stdout[-3000:]


def test_a_changed_byte_reruns_what_depends_on_it_and_nothing_else(finished):
    style = finished.root / "workflow/report/report.css"
    style.write_text(style.read_text("utf-8") + "\n/* changed */\n", "utf-8")
    planned = finished.snakemake("--dry-run").stdout
    assert "rule report:" in planned or "report " in planned
    assert "trials" not in planned.split("Job stats:")[1].split("total")[0]


def test_a_changed_byte_of_an_experiment_reruns_its_trials(finished):
    module = finished.root / "src/trials/experiments/softmax_regression.py"
    module.write_text(module.read_text("utf-8") + "# changed\n", "utf-8")
    planned = finished.snakemake("--dry-run").stdout
    assert "trials" in planned.split("Job stats:")[1].split("total")[0]
