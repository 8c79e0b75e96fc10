"""A notebook finds the project and a run wherever it is opened, and says which run it shows, or what is wrong."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import papermill
import pytest
from factories import learned

from study.common.errors import StudyError
from study.notebooks.run import open_run
from study.records.tables import epoch_table, trial_table
from study.report import notebooks

PROJECT = Path(__file__).resolve().parents[2]
NOTEBOOKS = Path("workflow/notebooks")
TRIALS = learned([[0.6, 0.4], [0.5, 0.2]], experiment="deep_mlp", scale="smoke")
COMMITTED = "the committed records of amd-epyc-2-cores (`reports/reference/amd-epyc-2-cores/trials.jsonl.gz`)"


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """What a notebook reads of a fresh clone."""
    root = tmp_path_factory.mktemp("clone")
    for name in ("config", "workflow/notebooks", "reports/reference"):
        shutil.copytree(PROJECT / name, root / name, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return root


@pytest.fixture
def finished(clone, tmp_path):
    """A clone in which a run has finished."""
    shutil.copytree(clone, tmp_path / "finished")
    write_tables(tmp_path / "finished/results")
    return tmp_path / "finished"


def write_tables(folder, trials=TRIALS):
    folder.mkdir(exist_ok=True)
    trial_table(trials).to_parquet(folder / "trials.parquet")
    epoch_table(trials).to_parquet(folder / "epochs.parquet")


def shown(notebook):
    """What an executed notebook says of the run that it shows."""
    texts = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    return [text["text/markdown"] for text in texts if "Shown:" in text.get("text/markdown", "")]


@pytest.mark.parametrize("where", [NOTEBOOKS, "."])
def test_a_fresh_clone_shows_the_committed_records_from_any_of_its_folders(clone, where):
    done = papermill.execute_notebook(
        clone / NOTEBOOKS / "experiment.ipynb", None, progress_bar=False, cwd=clone / where
    )
    assert shown(done) == [f"*Shown: {COMMITTED}. No run has finished here yet: `make study` starts one.*"]
    tables = [
        output for cell in done.cells for output in cell.get("outputs", []) if "text/html" in output.get("data", {})
    ]
    assert len(tables) >= 5
    assert "tf-2.21.0" in str(tables)


def test_from_outside_of_the_project_it_is_found_by_its_code(tmp_path):
    done = papermill.execute_notebook(
        PROJECT / NOTEBOOKS / "experiment.ipynb",
        None,
        {"machine": "intel-xeon-2-cores", "experiment": "mini_vgg"},
        progress_bar=False,
        cwd=tmp_path,
    )
    assert "intel-xeon-2-cores" in shown(done)[0]


def test_a_run_of_ones_own_comes_first_with_its_scale(finished, monkeypatch):
    monkeypatch.chdir(finished / NOTEBOOKS)
    opened = open_run()
    assert opened.note.data == (
        "*Shown: the last run here, at the scale smoke, which cuts the data and so is no evidence"
        " (`results/trials.parquet`).*"
    )
    assert set(opened.trials["experiment"]) == {"deep_mlp"}
    assert len(opened.epochs) == 4
    assert Path.cwd() == finished / NOTEBOOKS, "what comes after in the notebook finds its files where it looked before"
    write_tables(finished / "results", [trial.model_copy(update={"scale": "full"}) for trial in TRIALS])
    assert open_run().note.data == "*Shown: the last run here, at the scale full (`results/trials.parquet`).*"
    assert "committed records of intel" in open_run(machine="intel-xeon-2-cores").note.data
    (finished / "results/epochs.parquet").unlink()
    assert COMMITTED in open_run().note.data


def test_tables_that_are_named_are_found_from_the_folder_of_the_notebook_and_need_no_note(clone, tmp_path, monkeypatch):
    write_tables(tmp_path / "kept")
    monkeypatch.chdir(clone / NOTEBOOKS)
    kept = os.path.relpath(tmp_path / "kept")
    opened = open_run(trials=f"{kept}/trials.parquet", epochs=f"{kept}/epochs.parquet")
    assert opened.note is None
    assert len(opened.trials) == len(TRIALS)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"machine": "intel-xeon"}, "unknown machine 'intel-xeon': did you mean 'intel-xeon-2-cores'?"),
        ({"machine": 3}, "unknown machine '3': valid: amd-epyc-2-cores, intel-xeon-2-cores"),
        (
            {"trials": "results/trials.parquet"},
            "name either a machine, or the tables of one run: both `trials` and `epochs`",
        ),
        (
            {"machine": "intel-xeon-2-cores", "trials": "a", "epochs": "b"},
            "name either a machine, or the tables of one run",
        ),
        ({"trials": 5, "epochs": "results/epochs.parquet"}, "trials: 5 is not the path of a table"),
        (
            {"trials": "results/trails.parquet", "epochs": "b"},
            "trials: results/trails.parquet is not there (from {root}); did you mean 'trials.parquet'?",
        ),
        ({"trials": "nowhere/trials.parquet", "epochs": "b"}, "its folder has no table"),
        ({"trials": "config/study.yaml", "epochs": "b"}, "trials: config/study.yaml cannot be read as Parquet: "),
        ({"trials": "config", "epochs": "b"}, "trials: config cannot be read as Parquet: "),
        (
            {"trials": "results/epochs.parquet", "epochs": "b"},
            "trials: results/epochs.parquet is not the table of trials: it has no scale and status",
        ),
    ],
)
def test_a_wrong_parameter_is_named(finished, monkeypatch, parameters, words):
    monkeypatch.chdir(finished)
    with pytest.raises(StudyError) as error:
        open_run(**parameters)
    assert words.format(root=finished) in str(error.value)


def test_a_checkout_without_any_run_says_how_to_start_one(clone, tmp_path, monkeypatch):
    shutil.copytree(clone / "config", tmp_path / "config")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        StudyError, match="no run has finished here, and reports/reference has no records: `make study`"
    ):
        open_run()


def test_code_that_is_installed_without_a_checkout_says_that_it_has_none(tmp_path):
    shutil.copytree(PROJECT / "src/study", tmp_path / "installed/study", ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-c", "from study.notebooks.run import open_run; open_run()"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert f"StudyError: {tmp_path} is not in a checkout of the study" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-p", "experiment", "minivgg"], "unknown experiment 'minivgg': did you mean 'mini_vgg'?"),
        (["-p", "experiment", "3"], "unknown experiment '3': valid: deep_mlp, "),
    ],
)
def test_papermill_ends_in_one_sentence(clone, arguments, words):
    command = [sys.executable, "-m", "papermill", "experiment.ipynb", "/dev/null", "--no-progress-bar"]
    machine = ["-p", "machine", "intel-xeon-2-cores"]
    done = subprocess.run(
        [*command, *machine, *arguments], cwd=clone / NOTEBOOKS, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    _, raised = done.stderr.split('Exception encountered at "In [3]":\n')
    assert raised.strip().startswith(words)
    assert len(raised.strip().splitlines()) == 1


def test_the_step_that_runs_the_notebooks_ends_in_one_sentence(capsys, tmp_path):
    with pytest.raises(StudyError, match=r"^workflow/notebooks/experiment.ipynb: trials: nonsuch.parquet is not there"):
        notebooks.main(["--trials", "nonsuch.parquet", "--epochs", "nonsuch.parquet", "--out", str(tmp_path)])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", sorted((PROJECT / NOTEBOOKS).glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_committed_notebook_holds_no_outputs(path):
    for cell in nbformat.read(path, 4).cells:
        assert not cell.get("outputs"), "clear all outputs before you commit it"
        assert cell.get("execution_count") is None
