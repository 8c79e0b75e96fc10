"""How records of several runs become the reference results of a machine."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import get_args

import pytest
from factories import ENVIRONMENT, make_observation, make_trial

from study.common.errors import StudyError
from study.records.collect import read_trials, write_trials
from study.records.models import Probe
from study.records.observations import write_observations
from study.reference import checksums
from study.reference import keep as reference
from study.reference.contents import files_in
from study.reference.keep import Results, code_of, machine_name, machine_of, merge, origin_text
from study.reference.revisions import revisions_of
from study.reference.scope import differences, full_plan, load_scope, update
from trials import code


def test_every_command_in_readme_exists():
    makefile = Path("Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", Path("README.md").read_text("utf-8"), re.MULTILINE)) <= targets


def planned_by(*trials):
    return {trial.plan_sha256: trial for trial in trials}


def test_a_new_trial_replaces_the_kept_one_of_the_same_plan_and_others_stay():
    kept, other = make_trial(block=1, started="2026-01-01T00:00:00Z"), make_trial(block=2)
    again = make_trial(block=1, started="2026-01-02T00:00:00Z")
    merged = merge([kept, other], [again], planned_by(kept, other))
    assert {(trial.block, trial.started) for trial in merged} == {(1, again.started), (2, other.started)}


def test_of_two_new_trials_of_a_plan_the_later_one_stays():
    early, late = (make_trial(started=f"2026-01-0{day}T00:00:00Z") for day in (1, 2))
    assert merge([], [late, early], planned_by(early)) == [late]


def test_trials_that_are_not_planned_any_more_are_left_out():
    kept, new, planned = (make_trial(block=block) for block in (1, 2, 3))
    assert merge([kept], [new, planned], planned_by(planned)) == [planned]


def test_only_whole_trials_of_the_scale_full_are_kept():
    with pytest.raises(StudyError, match="scale full"):
        merge([], [make_trial(scale="quick")], {})
    failed = make_trial(error="ValueError: no")
    with pytest.raises(StudyError, match="1 trials did not end as planned, first softmax_regression/accuracy"):
        merge([], [failed], planned_by(failed))


@pytest.mark.parametrize(
    ("cpu", "name"),
    [
        ("AMD EPYC", "amd-epyc-2-cores"),
        ("Intel(R) Xeon(R) Processor", "intel-xeon-2-cores"),
        ("Intel(R) Core(TM) i7-9700 CPU @ 3.00GHz", "intel-core-i7-9700-3-00ghz-2-cores"),
    ],
)
def test_a_machine_is_named_by_its_processor(cpu, name):
    assert machine_name({"cpu": cpu, "logical_cores": 2}) == name


def test_records_of_two_machines_are_refused():
    other = ENVIRONMENT | {"machine": ENVIRONMENT["machine"] | {"logical_cores": 64}}
    trials = [make_trial(), make_trial(environment=other)]
    with pytest.raises(StudyError, match="2 different machines"):
        machine_of(trials, [])
    with pytest.raises(StudyError, match="2 different machines"):
        machine_of(trials[:1], [make_observation("formulas", "graph", environment=other)])
    found = machine_of(trials[:1], [make_observation("formulas", "graph")])
    assert found == {"cpu": "a processor", "logical_cores": 2, "ram_gib": 16, "os": "an operating system"}


def of_machine(**changes):
    return make_trial(environment=ENVIRONMENT | {"machine": ENVIRONMENT["machine"] | changes})


def test_another_build_of_the_same_kernel_is_the_same_machine():
    first, second = (
        of_machine(kernel="Linux 6.1.9-build-1", ram_bytes=2**34),
        of_machine(kernel="Linux 6.1.9-build-2", ram_bytes=2**34 - 12288),
    )
    assert machine_of([first], []) == machine_of([first, second], []) == machine_of([second], [])


@pytest.mark.parametrize(
    "changes", [{"kernel": "Linux 6.2.0-build-1"}, {"ram_bytes": 2**33}, {"os": "another"}, {"cpu": "another"}]
)
def test_another_kernel_memory_system_or_processor_is_another_machine(changes):
    kernel = {"kernel": "Linux 6.1.9-build-1"}
    with pytest.raises(StudyError, match="2 different machines"):
        machine_of([of_machine(**kernel), of_machine(**kernel | changes)], [])


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Repository with this project's runner, in the next revision another command line, in the last other training.

    Gives the second revision.
    """
    runner = tmp_path / "src/trials"
    shutil.copytree("src/trials", runner, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")

    def commit(*changed):
        for name in changed:
            (runner / name).write_text("changed = True\n", encoding="utf-8")
        for arguments in (["add", "-A"], [*identity, "commit", "-q", "-m", "Change"]):
            subprocess.run(["git", *arguments], check=True)
        return subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()

    subprocess.run(["git", "init", "-q"], check=True)
    commit()
    second = commit("__main__.py", "probes/__main__.py")
    commit("training/fork.py")
    return second


def test_code_is_found_in_the_newest_revision_that_had_it(repository):
    hashes = {code.sha256("trial", experiment) for experiment in ("softmax_regression", "deep_mlp")}
    hashes |= {code.sha256(probe) for probe in get_args(Probe)}
    assert len(hashes) == 2 + len(get_args(Probe))
    assert revisions_of(hashes | {"f" * 64}) == dict.fromkeys(hashes, repository)


def test_code_that_no_revision_holds_is_refused_unless_it_is_known():
    trial = make_trial(code_sha256="f" * 64)
    with pytest.raises(StudyError, match="no revision here holds the code ffffffffffffffff"):
        code_of([trial], {})
    assert code_of([trial], {"f" * 64: "a revision", "e" * 64: "of no record"}) == {"f" * 64: "a revision"}


RUNTIME = {"tensorflow": "2", "git_version": "v2", "python": "3", "numpy": "1", "keras": "2", "lock_sha256": "1" * 64}
MADE = {"environment": ENVIRONMENT | {"runtime": RUNTIME}, "code_sha256": "f" * 64}


def run_of(planned, **changes):
    """Trials that did what is planned."""
    return [
        make_trial(
            accuracies=[0.5] * plan.n_epochs,
            **({name: getattr(plan, name) for name in plan.model_fields_set} | MADE | changes),
        )
        for plan in planned
    ]


def test_runs_of_parts_of_the_study_add_up(tmp_path, capsys):
    planned = [plan for plan in full_plan().values() if (plan.experiment, plan.series) == ("mlp_64", "controlled")]
    out, samples, records = tmp_path / "reference", tmp_path / "samples", tmp_path / "records"
    folder = out / machine_name(ENVIRONMENT["machine"])
    samples.mkdir()
    records.mkdir()
    (samples / "samples.json").write_text("[]", encoding="utf-8")
    (samples / ".snakemake_timestamp").touch()
    write_trials(tmp_path / "first.jsonl.gz", run_of(planned[:2]))
    write_observations(tmp_path / "seen.jsonl.gz", [make_observation("formulas", "graph", status="fails", **MADE)])
    before = Results(run_of(planned[2:3]), [], {"f" * 64: "a revision"})
    folder.mkdir(parents=True)
    write_trials(folder / "trials.jsonl.gz", before.trials)
    write_observations(folder / "observations.jsonl.gz", before.observations)
    (folder / "origin.json").write_text(origin_text(before, machine_of(before.trials, [])), encoding="utf-8")
    checksums.write(folder, checksums.of(folder, files_in(folder)))
    update(folder, before.trials, full_plan())
    seen = ["--observations", str(tmp_path / "seen.jsonl.gz"), "--samples", str(samples)]
    reference.main([str(tmp_path / "first.jsonl.gz"), *seen, "--out", str(out)])
    assert "kept 3 trials" in capsys.readouterr().out
    again = [
        trial.model_dump_json(exclude_unset=True) for trial in run_of(planned[1:2], started="2026-02-02T00:00:00Z")
    ]
    (records / "1.jsonl").write_text("\n".join(again) + "\n", encoding="utf-8")
    reference.main([str(records), "--out", str(out)])
    said = capsys.readouterr().out
    assert "kept 3 trials" in said
    assert "1 of this run, 2 as before" in said
    assert f"missing: {len(planned) - 3} trials of mlp_64, controlled" in said
    images = [plan for plan in full_plan().values() if (plan.experiment, plan.series) == ("mini_vgg", "controlled")]
    editions = {plan.edition for plan in images}
    assert f"missing: {len(images) // len(editions)} trials of mini_vgg, controlled" in said
    started = {trial.plan_sha256: trial.started for trial in read_trials(folder / "trials.jsonl.gz")}
    assert set(started) == {plan.sha256() for plan in planned[:3]}
    assert [hash_ for hash_, at in started.items() if at.startswith("2026-02")] == [planned[1].sha256()]
    origin = json.loads((folder / "origin.json").read_text("utf-8"))
    assert (origin["trials"], origin["observations"], origin["code"]) == (3, 1, {"f" * 64: "a revision"})
    assert list(checksums.differences(folder)) == []
    assert [path.name for path in (folder / "samples").iterdir()] == ["samples.json"]
    scope = load_scope(folder / "scope.yaml", full_plan())
    assert list(differences(scope, read_trials(folder / "trials.jsonl.gz"), full_plan())) == []
    assert f"{folder}/scope.yaml is current" in said
    (samples := folder / "samples/samples.json").write_text("[ ]", encoding="utf-8")
    with pytest.raises(StudyError, match=f"{samples}.*\n.* is not as it was kept"):
        reference.main([str(records), "--out", str(out)])


def test_what_no_run_has_finished_is_not_kept(tmp_path):
    records = tmp_path / "trials.jsonl.gz"
    with pytest.raises(StudyError, match=rf"missing: {records}\. Only what a finished run made.*SCALE=full"):
        reference.main([str(records), "--out", str(tmp_path / "reference")])
    assert not list(tmp_path.iterdir())


def test_a_new_machine_needs_its_sample_images(tmp_path):
    write_trials(tmp_path / "trials.jsonl.gz", run_of([next(iter(full_plan().values()))]))
    with pytest.raises(StudyError, match=r"nothing is kept of .* yet: name the run's sample images, --samples"):
        reference.main([str(tmp_path / "trials.jsonl.gz"), "--out", str(tmp_path / "reference")])
    assert not (tmp_path / "reference").exists()
