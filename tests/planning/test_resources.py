"""What a step asks of a cluster is what it was measured to take, times a margin."""

import json
from collections import Counter
from pathlib import Path

import pytest
from factories import make_trial

from study.common.errors import StudyError
from study.config.runtimes import load_runtimes
from study.config.study import load_study
from study.planning.measured import measure
from study.planning.plan import jobs
from study.planning.resources import MEMORY_MARGIN, TIME_MARGIN, UNKNOWN, load_measured
from study.records.collect import read_trials, write_trials
from study.records.models import Plan

REFERENCES = sorted(Path("reports/reference").glob("*/trials.jsonl.gz"))
BENCHMARK = "s\th:m:s\tmax_rss\tcpu_time\n{seconds}\t0:00:01\t{megabytes}\t1\n"


@pytest.fixture
def results(tmp_path):
    """A finished run of one step and of one job, whose trial trained 2 epochs on 60,000 images."""
    for name, seconds, megabytes in (
        ("judge", 1200, 4000.5),
        ("trials/full/softmax_regression/accuracy/tf-2.0.0/1", 60, "-"),
    ):
        path = tmp_path / f"benchmarks/{name}.tsv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(BENCHMARK.format(seconds=seconds, megabytes=megabytes), "utf-8")
    epochs = [{"epoch": number, "seconds": 3000.0, "loss": 1.0, "accuracy": 0.5} for number in (1, 2)]
    trial = make_trial(epochs=epochs, build_seconds=0.0, trace_seconds=0.0, peak_memory_bytes=3 * 10**9)
    write_trials(tmp_path / "trials.jsonl.gz", [trial])
    return tmp_path


def plan_of(trial):
    return Plan(trials=[trial.planned()])


def test_a_step_asks_for_twice_the_memory_and_three_times_the_time(results):
    assert measure([results]).step("judge") == {"mem_mb": MEMORY_MARGIN * 4001, "runtime": TIME_MARGIN * 20}


def test_a_step_of_many_processes_asks_for_more_memory(results):
    measured = measure([results])
    assert measured.step("judge", 8 * measured.cores)["mem_mb"] == 8 * measured.step("judge")["mem_mb"]


def test_a_job_asks_for_the_start_and_the_images_that_its_trials_train_on(results):
    (trial,) = read_trials(results / "trials.jsonl.gz")
    request = measure([results]).job(plan_of(trial))
    assert request == {"mem_mb": MEMORY_MARGIN * 3000, "runtime": TIME_MARGIN * (60 + 6000) // 60}


def test_another_series_or_assumption_asks_for_what_its_experiment_took(results):
    (trial,) = read_trials(results / "trials.jsonl.gz")
    measured = measure([results])
    for changes in ({"series": "controlled"}, {"alternative": "sgd"}):
        assert measured.job(plan_of(trial.model_copy(update=changes))) == measured.job(plan_of(trial))


def test_what_was_never_measured_asks_for_a_day(results):
    (trial,) = read_trials(results / "trials.jsonl.gz")
    assert measure([results]).job(plan_of(trial.model_copy(update={"experiment": "new"}))) == UNKNOWN
    assert measure([results]).step("new") == UNKNOWN


def test_a_folder_without_a_run_is_named(tmp_path, results):
    with pytest.raises(StudyError, match=r"nothing: no trials\.jsonl\.gz there; name the folder `results`"):
        measure([results, tmp_path / "nothing"])
    with pytest.raises(StudyError, match="none of these folders has benchmarks"):
        measure([REFERENCES[0].parent])


def test_every_experiment_that_ran_was_measured_at_every_scale(ran):
    measured = load_measured()
    for scale in ("smoke", "quick", "full"):
        for job, plan in jobs(load_study(overrides={"scale": scale}), list(load_runtimes())).items():
            assert measured.job(plan) != UNKNOWN or job.experiment not in ran["experiments"], job.path


@pytest.mark.parametrize("records", REFERENCES, ids=lambda path: path.parent.name)
def test_no_job_of_the_reference_runs_took_longer_or_more_memory_than_it_would_ask_for(records):
    plans = {job.path: plan for job, plan in jobs(load_study(), list(load_runtimes())).items()}
    seconds, peaks = Counter(), Counter()
    for trial in read_trials(records):
        job = f"{trial.scale}/{trial.experiment}/{trial.series}/{trial.runtime}/{trial.block}"
        seconds[job] += sum(epoch.seconds for epoch in trial.epochs) + (trial.build_seconds or 0)
        peaks[job] = max(peaks[job], (trial.peak_memory_bytes or 0) / 1e6)
    assert seconds
    for job in seconds.keys() & plans.keys():
        request = load_measured().job(plans[job])
        assert seconds[job] < 60 * request["runtime"], job
        assert peaks[job] < request["mem_mb"], job


def test_the_file_of_what_was_measured_is_as_it_is_written():
    text = Path("workflow/resources.json").read_text("utf-8")
    assert load_measured().model_dump_json(indent=1) + "\n" == text
    assert json.loads(text)["steps"]
