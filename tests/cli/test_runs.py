"""`study status` and `study plan` as they are called: what they print, their exit statuses, and what they cost."""

import json
import os
import resource
import subprocess
import sys

import pytest
from checkout import PROJECT

from study.cli.main import main
from study.monitoring.status import TRIALS
from study.planning.observed import BENCHMARKS
from study.planning.preview import preview
from study.planning.run import PATH, read
from study.planning.speed import ENOUGH

HEAVY = {"pydantic", "numpy", "pandas", "yaml", "snakemake", "study.config.study"}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with the project's configuration, in which a run at the scale smoke was started."""
    for name in ("config", "src", "workflow", "reports"):
        (tmp_path / name).symlink_to(PROJECT / name)
    monkeypatch.chdir(tmp_path)
    PATH.parent.mkdir()
    PATH.write_text(preview({"scale": "smoke", "edition": "180px"}, 2).run.text(), encoding="utf-8")
    return tmp_path


def test_status_is_of_the_run_that_was_started(project, capsys):
    assert main(["status"]) == 3
    out = capsys.readouterr().out
    planned = len(list(preview({"scale": "smoke"}).run.trials))
    assert out.startswith(f"smoke: {planned} trials: 0 done, {planned} missing\n")
    assert "No run is at work here. The same command again goes on: about " in out
    assert "\x1b" not in out


def test_status_of_another_scale_is_by_the_configuration(project, capsys):
    assert main(["status", "quick"]) == 3
    assert capsys.readouterr().out.startswith("quick: ")


def test_status_as_json_is_as_its_help_says(project, capsys):
    assert main(["status", "--json"]) == 3
    found = json.loads(capsys.readouterr().out)
    main(["status", "--help"])
    said = capsys.readouterr().out
    assert all(name in said for name in found)
    assert found["trials"]["planned"] == sum(job["planned"] for job in found["jobs"])
    assert found["steps"]["done"] == 0
    assert (found["at_work"], found["failures"], found["slowness"]) == (False, [], None)


def test_a_failed_trial_gives_its_own_exit_status(project, capsys):
    job = preview({"scale": "smoke", "edition": "180px"}).run.jobs[0]
    out = TRIALS / f"{job.path}.jsonl"
    out.parent.mkdir(parents=True)
    error = {"type": "ResourceExhaustedError", "message": "OOM when allocating", "traceback": ""}
    record = {"plan_sha256": job.trials[0].plan_sha256, "code_sha256": job.code_sha256, "status": "failed"}
    out.write_text(json.dumps(record | {"expect": "completed", "error": error}) + "\n", encoding="utf-8")
    assert main(["status"]) == 1
    failed = f"failed: {job.path}: {job.trials[0].name}: ResourceExhaustedError: OOM when allocating\n"
    assert failed in capsys.readouterr().out


def test_a_file_that_is_no_run_is_named(project):
    PATH.write_text("{}", encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "study", "status"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("study status: .snakemake/study.json: cannot be read: ")
    assert done.stderr.count("\n") == 1


def test_status_loads_nothing_that_takes_long_and_so_costs_little(project):
    code = f"import sys; from study.cli.main import main; main(['status']); sys.exit(str({HEAVY!r} & set(sys.modules)))"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.stderr == "set()\n"
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2


def test_in_a_terminal_there_is_colour_and_a_bar(project):
    command = ["script", "--quiet", "--return", "--command", f"{sys.executable} -m study status", "/dev/null"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"TERM": "xterm-256color"}
    )
    assert "\x1b[" in done.stdout
    assert "━" in done.stdout


def test_plan_says_what_a_run_takes(project, capsys):
    assert main(["plan", "smoke", "--edition", "180px", "--cores", "2"]) in {0, 1}
    out = capsys.readouterr().out
    run = preview({"scale": "smoke", "edition": "180px"}).run
    assert out.startswith(f"smoke: {len(list(run.trials))} trials in {len(run.jobs)} jobs on 2 cores\n")
    assert "a calibration took" in out
    for line in ("time      about ", "download  ", "disk      "):
        assert f"\n{line}" in out
    assert "\x1b" not in out


def test_plan_as_json_is_as_its_help_says(project, capsys):
    main(["plan", "smoke", "--json"])
    found = json.loads(capsys.readouterr().out)
    main(["plan", "--help"])
    said = capsys.readouterr().out
    assert all(name in said for name in found)
    assert 0 < found["seconds"]["low"] < found["seconds"]["expected"] < found["seconds"]["high"]
    assert sum(each["trials"] for each in found["experiments"].values()) == found["trials"]
    assert (found["speed"]["method"], found["guessed_trials"]) == ("calibration", 0)


def test_a_larger_scale_takes_longer_and_more_cores_less(project, capsys):
    seconds = {}
    for scale, cores in (("smoke", "2"), ("smoke", "4"), ("full", "2")):
        main(["plan", scale, "--cores", cores, "--json"])
        found = json.loads(capsys.readouterr().out)
        seconds[scale, cores] = found["seconds"]["expected"] / found["speed"]["factor"]
    assert seconds["smoke", "4"] < seconds["smoke", "2"] < seconds["full", "2"] / 20


def test_jobs_that_have_finished_here_tell_more_than_a_calibration(project, capsys):
    for job in preview({"scale": "smoke"}).run.jobs[:ENOUGH]:
        path = BENCHMARKS / f"trials/{job.path}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"s\th:m:s\n{3 * job.seconds}\t0:00:00\n", encoding="utf-8")
    main(["plan", "full", "--json"])
    speed = json.loads(capsys.readouterr().out)["speed"]
    assert (speed["factor"], speed["method"]) == (3.0, "finished jobs")


def test_of_a_finished_run_everything_is_done_and_took_about_what_was_expected(smoke):
    done = smoke.run("study", "status", "--json")
    assert done.returncode == 0, done.stdout
    found = json.loads(done.stdout)
    assert found["trials"]["done"] == found["trials"]["planned"]
    assert (found["at_work"], found["seconds_left"]) == (False, 0)
    assert 0.1 < found["slowness"] < 10


def test_every_step_that_is_no_job_is_expected(smoke):
    made = {path.relative_to(smoke.root / BENCHMARKS) for path in (smoke.root / BENCHMARKS).rglob("*.tsv")}
    steps = {str(path.with_suffix("")) for path in made if path.parts[0] not in ("fetch", "runtime", "plan", "trials")}
    assert steps == {step.name for step in read(smoke.root / PATH).steps}
