"""How far a run is, from what real journals, logs, locks and Snakemake's marks leave on disk."""

import base64
import fcntl
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from checkout import PROJECT

from study.common import checkout
from study.common.errors import StudyError
from study.common.locks import turn
from study.monitoring.running import JOURNALS, LOGS
from study.monitoring.status import TRIALS, status_of
from study.planning.observed import BENCHMARKS
from study.planning.run import Expected, ExpectedJob, Run, Step
from trials.journal import KEY, Journal
from trials.progress import Progress

CODE = "c" * 64
PATH = "smoke/experiment/accuracy/tf-2.0.0/1"
TIMED = "smoke/experiment/timing/tf-2.0.0/1"
NAMES = ("sequential", "functional", "subclass")


def job(path=PATH, timed=False, names=NAMES):
    return ExpectedJob(path, timed, 1, CODE, 2.0, [Expected(name, f"{path} {name}", 10.0) for name in names])


def run(*jobs, steps=(), cores=2):
    return Run("smoke", None, cores, 0.0, list(jobs), list(steps))


def record(name, path=PATH, status="completed", **changes):
    error = {"type": "ValueError", "message": "first line\nsecond", "traceback": ""} if status == "failed" else None
    key = dict.fromkeys(KEY, "0") | {"plan_sha256": f"{path} {name}", "code_sha256": CODE}
    return key | {"status": status, "expect": "completed", "error": error} | changes


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def journal(path=PATH):
    return Journal(str(JOURNALS / f"{path}.jsonl"))


def end(path=PATH, seconds=None, *records):
    """A job that has ended, in `seconds` if Snakemake measured it."""
    out = TRIALS / f"{path}.jsonl"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("".join(json.dumps(each) + "\n" for each in records or map(record, NAMES)), encoding="utf-8")
    if seconds:
        benchmark("trials/" + path, seconds)


def benchmark(name, seconds):
    path = BENCHMARKS / f"{name}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"s\th:m:s\n{seconds}\t0:00:00\n", encoding="utf-8")


def counts(status):
    return tuple(status.trials[state] for state in ("done", "running", "missing", "failed"))


def test_before_anything_ran_all_is_missing():
    status = status_of(run(job()))
    assert counts(status) == (0, 0, 3, 0)
    assert (status.finished, status.slowness, status.seconds_left) == (False, None, 32.0)


def test_while_a_journal_is_held_its_job_runs_one_trial():
    held = journal()
    held.append(record("sequential"))
    status = status_of(run(job()))
    assert counts(status) == (1, 1, 1, 0)
    assert (status.work.jobs, status.work.snakemake) == ({PATH}, [])
    del held  # the lock ends with the process, here with the file
    assert counts(status_of(run(job()))) == (1, 0, 2, 0)


def test_a_record_of_older_code_or_another_plan_is_not_done():
    journal().append(record("sequential", code_sha256="d" * 64))
    journal().append(record("sequential", plan_sha256="e" * 64))
    assert counts(status_of(run(job()))) == (0, 0, 3, 0)


def test_a_trial_that_failed_is_named_until_it_has_succeeded():
    journal().append(record("functional", status="failed"))
    status = status_of(run(job()))
    assert counts(status) == (0, 0, 2, 1)
    assert [vars(each) for each in status.failures] == [
        {"job": PATH, "trial": "functional", "reason": "ValueError: first line"}
    ]
    journal().append(record("functional"))
    assert counts(status_of(run(job()))) == (1, 0, 2, 0)


def test_a_trial_that_was_to_fail_is_done():
    journal().append(record("functional", status="failed", expect="failed"))
    assert counts(status_of(run(job()))) == (1, 0, 2, 0)


def test_a_line_that_is_being_written_is_not_read():
    journal().append(record("sequential"))
    with (JOURNALS / f"{PATH}.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"plan_sha256": "')
    assert counts(status_of(run(job()))) == (1, 0, 2, 0)


def test_other_bytes_than_records_are_named_with_their_file():
    end(PATH, None, record("sequential"))
    (TRIALS / f"{PATH}.jsonl").write_text("[]\n", encoding="utf-8")
    with pytest.raises(StudyError, match=rf"results/trials/{PATH}\.jsonl: cannot be read as trial records"):
        status_of(run(job()))


def test_what_the_runner_says_is_understood(capsys):
    """The line is the runner's own, and what it says of the job's end is believed."""
    kept = journal()
    trial = {"n_epochs": 4, "experiment": "experiment", "series": "accuracy", "runtime": "tf-2.0.0", "block": 1}
    trial |= {"variant": "sequential", "replicate": 0}
    Progress([trial, trial]).epoch(trial, {"epoch": 2, "seconds": 100.0, "loss": 0.5, "accuracy": 0.9})
    log = LOGS / f"{PATH}.log"
    log.parent.mkdir(parents=True)
    log.write_text(capsys.readouterr().err, encoding="utf-8")
    os.utime(JOURNALS / f"{PATH}.jsonl", (0, 0))
    (one,) = status_of(run(job())).jobs
    assert one.said.epoch == (2, 4)
    assert one.said.seconds_left == pytest.approx(300, abs=5)
    kept.append(record("sequential"))  # now the line is about a trial that has ended
    later = log.stat().st_mtime + 5
    os.utime(JOURNALS / f"{PATH}.jsonl", (later, later))
    (one,) = status_of(run(job())).jobs
    assert one.said.epoch is None


def test_what_a_job_waits_for_is_told(tmp_path):
    """The line is the one that a process prints which finds the machine in use."""
    lock = tmp_path / "lock"
    waiting = f"import sys; sys.path.insert(0, {str(PROJECT / 'src')!r}); from pathlib import Path; "
    waiting += f"from study.common.locks import turn; turn(Path({str(lock)!r}), 'the machine').__enter__()"
    log = LOGS / f"{PATH}.log"
    log.parent.mkdir(parents=True)
    entered = checkout.enter()
    mark = (
        checkout.SNAKEMAKE / "incomplete" / base64.urlsafe_b64encode(f"results/trials/{PATH}.jsonl".encode()).decode()
    )
    mark.parent.mkdir()
    mark.touch()
    with turn(lock, "nothing"), log.open("wb") as out:
        waits = subprocess.Popen([sys.executable, "-c", waiting], stderr=out)
        while not log.stat().st_size:
            assert waits.poll() is None
            time.sleep(0.05)
        waits.kill()
        waits.wait()
    (one,) = status_of(run(job())).jobs
    assert one.said.waiting is not None
    assert one.said.waiting.startswith(f"waiting for the machine: process {os.getpid()} of ")
    os.close(entered)


def test_finished_jobs_tell_how_slow_the_machine_is():
    end(PATH, 64)
    other = job(TIMED, timed=True)
    status = status_of(run(job(), other))
    assert (counts(status), status.slowness) == ((3, 0, 3, 0), 2.0)
    assert status.seconds_left == 64.0


def test_timed_jobs_have_the_machine_to_themselves_and_others_share_it():
    paths = [f"smoke/experiment/accuracy/tf-2.0.0/{number}" for number in range(1, 5)]
    shared = [job(path) for path in paths]
    assert status_of(run(*shared)).seconds_left == 64.0
    assert status_of(run(*shared, cores=1)).seconds_left == 128.0
    assert status_of(run(*shared, cores=64)).seconds_left == 32.0
    assert status_of(run(*shared, job(TIMED, timed=True))).seconds_left == 96.0


def test_what_follows_the_trials_is_done_once_it_is_newer_than_they():
    steps = [Step("prepare/mnist", 1.0, False), Step("report", 5.0, True)]
    benchmark("prepare/mnist", 1)
    benchmark("report", 5)
    os.utime(BENCHMARKS / "report.tsv", (0, 0))
    end()
    assert [step.name for step in status_of(run(job(), steps=steps)).steps_left] == ["report"]
    benchmark("report", 5)
    status = status_of(run(job(), steps=steps))
    assert (status.finished, status.seconds_left) == (True, 0.0)


def test_a_run_is_at_work_while_its_snakemake_says_so():
    entered = checkout.enter()
    mark = checkout.SNAKEMAKE / "incomplete" / base64.urlsafe_b64encode(b"reports/figures").decode()
    mark.parent.mkdir()
    mark.touch()
    status = status_of(run(job()))
    assert (status.work.snakemake, status.work.begun) == ([os.getpid()], {"reports/figures"})
    os.close(entered)
    status = status_of(run(job()))  # it was killed: the mark stayed
    assert (status.work.snakemake, status.work.begun) == ([], set())


def test_on_another_machine_of_a_cluster_snakemakes_mark_tells_that_a_job_runs():
    entered = checkout.enter()
    name = base64.urlsafe_b64encode(f"results/trials/{PATH}.jsonl".encode()).decode()
    mark = checkout.SNAKEMAKE / "incomplete" / f"@{name[:40]}" / name[40:]
    mark.parent.mkdir(parents=True)
    mark.touch()
    assert counts(status_of(run(job()))) == (0, 1, 2, 0)
    os.close(entered)


def test_no_lock_is_waited_for_or_taken():
    files = [Path(checkout.LOCK), JOURNALS / f"{PATH}.jsonl"]
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    opened = [path.open("rb") for path in files]
    for file in opened:
        fcntl.flock(file, fcntl.LOCK_EX)
    assert counts(status_of(run(job()))) == (0, 1, 2, 0)
    for file in opened:
        file.close()
    assert status_of(run(job())).work.jobs == set()
    with files[1].open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_the_run_is_read_as_it_was_written():
    written = run(job(), job(TIMED, timed=True), steps=[Step("report", 5.0, True)])
    assert Run.of(json.loads(written.text())) == written
