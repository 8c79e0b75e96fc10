"""Records are checked line by line; tables and the file of all records depend on the records alone."""

import gzip
import json
import random
from pathlib import Path

import pandas as pd
import pytest
from factories import make_trial, timed, untimed

from study.common.errors import StudyError
from study.records import collect
from study.records.collect import read_trials
from study.records.metrics import epoch_value, metrics
from study.records.models import Trial


def line_of_json(trial: Trial) -> str:
    return json.dumps(trial.model_dump(mode="json", exclude_unset=True), sort_keys=True)


def write(path: Path, trials: list[Trial]) -> Path:
    path.write_text("".join(line_of_json(trial) + "\n" for trial in trials), encoding="utf-8")
    return path


def run(folder: Path, *records: Path) -> Path:
    folder.mkdir(exist_ok=True)
    tables = ["--trials", str(folder / "trials.parquet"), "--epochs", str(folder / "epochs.parquet")]
    out = folder / "trials.jsonl.gz"
    collect.main([*map(str, records), *tables, "--out", str(out)])
    return out


@pytest.fixture
def trials() -> list[Trial]:
    failed = make_trial(error="TypeError: no\u2028such thing\nmore", runtime="tf-1.15.0", expect="failed")
    return [*timed([1.0, 1.5]), *timed([1.1], replicate=1), *untimed([0.93, 0.94], variant="subclass"), failed]


def test_metrics_by_hand():
    # epochs after the first took 1, 4 and 3 s: median 3 s, over 60,000 samples 50 µs each
    trial = make_trial(seconds=(9, 1, 4, 3), accuracies=(0.5, 0.7, 0.9, 0.8))
    found = metrics(trial)
    assert found["first_epoch_seconds"] == 9
    assert found["steady_epoch_seconds"] == found["epoch_seconds"] == 3
    assert found["cost_per_sample"] == pytest.approx(50)
    assert (found["best_accuracy"], found["final_accuracy"], found["final_loss"]) == (0.9, 0.8, 0.25)
    assert (found["test_accuracy"], found["test_loss"]) == (0.92, 0.3)


def test_setting_up_and_validating_by_hand():
    curves = {"accuracy": (0.5, 0.6), "val_accuracy": (0.8, 0.7)}
    found = metrics(make_trial(curves=curves, build_seconds=0.25, trace_seconds=0.5))
    assert found["setup_seconds"] == 0.75
    assert found["best_val_accuracy"] == 0.8
    assert "setup_seconds" not in metrics(make_trial(build_seconds=0.25))


def test_a_network_with_several_outputs_has_losses_but_no_accuracy_of_its_own():
    outputs = [{"loss": (1.0, 0.5), "val_loss": (2.0, 1.0)}, {"loss": (3.0, 2.0), "val_loss": (4.0, 3.0)}]
    found = metrics(make_trial(outputs=outputs))
    assert found["final_loss"] == 2.5
    assert not {"best_accuracy", "final_accuracy", "best_val_accuracy", "test_accuracy"} & found.keys()


def test_the_value_of_an_epoch():
    trial = make_trial(curves={"loss": (3.0, 2.0, 1.0), "val_loss": (4.0, 5.0, 6.0)})
    assert [epoch_value(trial, epoch, "loss") for epoch in (1, 3, 4, None)] == [3, 1, None, 1]
    assert epoch_value(trial, 2, "val_loss") == 5
    assert epoch_value(trial, 2, "val_accuracy") is None
    assert epoch_value(trial, 1, "loss", output=1) is None
    assert epoch_value(make_trial(error="ValueError: x"), None, "loss") is None
    outputs = make_trial(outputs=[{"loss": (1.0, 0.5)}, {"loss": (3.0, 2.0), "accuracy": (0.1, 0.2)}])
    assert [epoch_value(outputs, 2, "loss", output) for output in (None, 1, 2, 3)] == [2.5, 0.5, 2, None]
    assert [epoch_value(outputs, 1, "accuracy", output) for output in (None, 2)] == [None, 0.1]


def test_what_was_not_measured_is_absent():
    assert metrics(make_trial(error="ValueError: x")) == {}
    assert "epoch_seconds" not in metrics(make_trial(seconds=(1,), accuracies=(0.9,)))


def test_a_record_survives_collecting(trials, tmp_path):
    out = run(tmp_path / "out", write(tmp_path / "a.jsonl", trials))
    assert sorted(map(line_of_json, read_trials(out))) == sorted(map(line_of_json, trials))


def test_equal_records_give_equal_bytes_however_they_are_spread(trials, tmp_path):
    first = run(tmp_path / "first", write(tmp_path / "all.jsonl", trials))
    shuffled = random.Random(1).sample(trials, len(trials))
    parts = write(tmp_path / "b.jsonl", shuffled[:2]), write(tmp_path / "c.jsonl", shuffled[2:])
    second = run(tmp_path / "second", *parts)
    again = run(tmp_path / "again", second)
    assert first.read_bytes() == second.read_bytes() == again.read_bytes()


def test_the_tables_have_a_row_a_trial_and_a_row_an_epoch(trials, tmp_path):
    run(tmp_path, write(tmp_path / "a.jsonl", trials))
    table, epochs = (pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("trials", "epochs"))
    assert (len(table), len(epochs)) == (6, 10)
    assert table["plan_sha256"].is_unique
    failed = table[table["status"] == "failed"].iloc[0]
    assert (failed["error_type"], failed["error_message"].split("\n")[1]) == ("TypeError", "more")
    again = table[table["replicate"] == 1].iloc[0]
    assert (again["epoch_seconds"], again["runtime_tensorflow"], again["machine_cpu"]) == (1.1, "2.0.0", "a processor")
    assert (again["optimizer_learning_rate"], again["settings_progress_bar"]) == (0.001, True)
    assert (table["settings_threads"].dtype, epochs["val_loss"].dtype) == ("float64", "float64")
    assert set(epochs["plan_sha256"]) == set(table.loc[table["status"] == "completed", "plan_sha256"])


def test_tables_without_any_failure_still_have_columns_of_text_for_errors(tmp_path):
    run(tmp_path, write(tmp_path / "a.jsonl", untimed([0.9])))
    messages = pd.read_parquet(tmp_path / "trials.parquet")["error_message"]
    assert messages.isna().all()
    assert list(messages.dropna().str.strip()) == []


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda record: record | {"status": "complete"}, ["status", "did you mean 'completed'?"]),
        (lambda record: record | {"blok": 1}, ["blok: unknown key", "did you mean 'block'?"]),
        (lambda record: record | {"seed": 7}, ["plan_sha256 is", "the planned fields give"]),
    ],
)
def test_a_bad_record_is_named_and_nothing_is_written(trials, tmp_path, spoil, words):
    path = write(tmp_path / "bad.jsonl", trials)
    lines = path.read_text(encoding="utf-8").split("\n")
    lines[1] = json.dumps(spoil(json.loads(lines[1])))
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(StudyError) as raised:
        run(tmp_path / "out", path)
    assert list((tmp_path / "out").iterdir()) == []
    for word in (f"{path}:2: ", *words):
        assert word in str(raised.value)


def test_what_is_no_json_is_named_with_its_line(trials, tmp_path):
    path = tmp_path / "torn.jsonl"
    path.write_text(line_of_json(trials[0]) + "\n" + '{"experiment": "soft', encoding="utf-8")
    with pytest.raises(StudyError, match=r"torn.jsonl:2: not valid JSON"):
        read_trials(path)


def test_a_trial_that_comes_twice_is_refused(trials, tmp_path):
    path = write(tmp_path / "a.jsonl", trials)
    with pytest.raises(StudyError, match=f"b.jsonl:1: the same trial as {path}:4"):
        run(tmp_path / "out", path, write(tmp_path / "b.jsonl", trials[3:4]))


@pytest.mark.parametrize("name", ["missing.jsonl", "missing.jsonl.gz", "torn.jsonl.gz", "plain.jsonl.gz"])
def test_a_file_that_cannot_be_read_is_named(trials, tmp_path, name):
    (tmp_path / "torn.jsonl.gz").write_bytes(gzip.compress(line_of_json(trials[0]).encode())[:-20])
    (tmp_path / "plain.jsonl.gz").write_text("{}", encoding="utf-8")
    with pytest.raises(StudyError, match=rf"{name}: cannot be read: "):
        read_trials(tmp_path / name)
