"""A rerun does only what is missing: content decides, not time stamps."""

import shutil

import pytest
from checkout import Checkout

from study.config.runtimes import load_runtimes

NOTHING = "Nothing to be done"


@pytest.fixture
def finished(smoke, tmp_path):
    """A copy of the finished smoke run that a test may change."""
    return smoke.copy(tmp_path / "finished")


def test_nothing_is_done_twice(finished):
    assert NOTHING in finished.snakemake("--dry-run").stdout


def test_another_cache_and_another_home_rerun_nothing_and_a_dry_run_removes_nothing(finished, tmp_path):
    elsewhere = {"STUDY_CACHE": str(tmp_path / "cache"), "HOME": str(tmp_path / "home")}
    done = finished.run("snakemake", "--dry-run", "--config", "scale=smoke", **elsewhere)
    assert NOTHING in done.stdout, done.stdout[-3000:]
    assert all((finished.root / f"results/runtimes/{runtime}.json").is_file() for runtime in load_runtimes())


def test_touching_every_file_reruns_nothing(finished):
    finished.touch_everything()
    done = finished.snakemake("--dry-run")
    assert NOTHING in done.stdout, done.stdout[-3000:]


def test_checking_out_another_revision_and_coming_back_reruns_nothing(finished):
    for path in (finished.root / "src").rglob("*.py"):
        path.write_text(path.read_text("utf-8") + "# another revision\n", "utf-8")
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    for command in (("checkout", "-q", "-b", "another"), (*identity, "commit", "-q", "-a", "-m", "Change")):
        assert finished.run("git", *command).returncode == 0
    assert NOTHING not in finished.snakemake("--dry-run").stdout
    assert finished.run("git", "checkout", "-q", "-").returncode == 0
    done = finished.snakemake("--dry-run")
    assert NOTHING in done.stdout, done.stdout[-3000:]


def test_moving_a_clone_reruns_nothing(finished, tmp_path):
    moved = Checkout(tmp_path / "elsewhere/study")
    moved.root.parent.mkdir()
    shutil.move(finished.root, moved.root)
    moved.touch_everything()
    done = moved.snakemake("--dry-run")
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


def test_a_changed_byte_of_code_that_no_number_depends_on_reruns_no_trial_and_no_probe(finished):
    for name in ("progress.py", "journal.py", "__main__.py", "probes/__main__.py", "probes/observe.py"):
        path = finished.root / "src/trials" / name
        path.write_text(path.read_text("utf-8") + "# changed\n", "utf-8")
    done = finished.snakemake("--dry-run")
    assert NOTHING in done.stdout, done.stdout[-3000:]


@pytest.mark.parametrize(("file", "reruns"), [("margins.json", "judge"), ("origins.yaml", "report")])
def test_what_verdicts_and_report_say_of_the_configuration_follows_it(finished, file, reruns):
    path = finished.root / "config" / file
    path.write_text(path.read_text("utf-8") + "\n", "utf-8")
    jobs = finished.snakemake("--dry-run").stdout.split("Job stats:")[1].split("total")[0].split()
    assert reruns in jobs
    assert not {"trials", "timed_trials", "probe"} & set(jobs)
