"""DVC keeps the bytes of a study that Snakemake ran: they agree, here and in other clones, and nothing trains again."""

import csv
import hashlib
import json
import shutil
from pathlib import Path

import pytest
import yaml
from checkout import Checkout
from sshd import HOST, HOW_TO_INSTALL, SSHD, serving

from study.common.errors import StudyError
from study.config.datasets import load_datasets
from study.dvc import pointers
from study.dvc.exchange import JOURNAL
from study.reference.contents import REFERENCE

NOTHING = "Nothing to be done"
UP_TO_DATE = "Data and pipelines are up to date."
ABSENT = "data/raw/cats_vs_dogs/cats_vs_dogs_180px.zip"
POINTERS = sorted(Path("data/raw").glob("*/*.dvc"))


def outputs():
    """Everything that the stage gives DVC to keep."""
    stage = yaml.safe_load(Path("dvc.yaml").read_text("utf-8"))["stages"]["study"]
    return [name for kind in ("outs", "metrics", "plots") for entry in stage[kind] for name in entry]


def bytes_of(root):
    """Every byte that DVC keeps, by file."""
    kept = [root / name for name in outputs()] + [root / pointer.with_suffix("") for pointer in POINTERS]
    files = [file for path in kept for file in (sorted(path.rglob("*")) if path.is_dir() else [path])]
    return {file.relative_to(root): file.read_bytes() for file in files if file.is_file()}


def numbers(metrics):
    """Every number of nested metrics, each a column of `dvc metrics show`."""
    for value in metrics.values():
        yield from numbers(value) if isinstance(value, dict) else [value]


def commit(checkout, message):
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    assert checkout.run("git", "add", "-A").returncode == 0
    done = checkout.run("git", *identity, "commit", "-q", "-m", message)
    assert done.returncode == 0, done.stdout


def dvc(checkout, *arguments):
    done = checkout.run("dvc", *arguments)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def kept(smoke, tmp_path_factory):
    """A copy of the finished smoke run that DVC keeps and git has a commit of. Tests must leave it as it is.

    It lacks a raw file that has a pointer, as it does for all who use another edition, or a scale that needs none.
    """
    finished = smoke.copy(tmp_path_factory.mktemp("kept") / "study")
    (finished.root / ABSENT).unlink()
    set_scale(finished, "smoke")
    done = dvc(finished, "repro")
    assert NOTHING in done, "Snakemake had finished the study before"
    commit(finished, "Keep the results")
    return finished


def set_scale(checkout, scale):
    (checkout.root / "params.yaml").write_text(f"scale: {scale}\n", encoding="utf-8")


@pytest.fixture
def changing(kept, tmp_path):
    """A copy of the same that a test may change."""
    return kept.copy(tmp_path / "changing")


def test_every_pointer_names_the_published_bytes_and_where_they_are():
    assert POINTERS
    for path in POINTERS:
        dataset = load_datasets()[path.parent.name]
        content, published = yaml.safe_load(path.read_text("utf-8")), dataset.files[path.stem]
        assert content["outs"][0]["size"] == published.bytes
        assert content["meta"]["sha256"] == published.sha256
        mirrors = dataset.mirrors if published.public else []
        assert content["meta"]["sources"] == [f"{mirror}/{path.stem}" for mirror in mirrors]


def test_pointers_are_those_of_what_a_run_fetched(smoke, tmp_path):
    raw = tmp_path / "raw"
    shutil.copytree(smoke.root / "data/raw", raw, ignore=shutil.ignore_patterns("*.dvc"))
    pointers.main(["--raw", str(raw)])
    written = {path.relative_to(raw): path.read_bytes() for path in raw.glob("*/*.dvc")}
    assert len(written) == len([path for path in raw.glob("*/*") if path.suffix != ".dvc"])
    assert written == {path.relative_to("data/raw"): path.read_bytes() for path in POINTERS}


def test_every_published_file_has_a_pointer_but_the_one_that_the_docs_name():
    files = {f"{name}/{file}" for name, dataset in load_datasets().items() for file in dataset.files}
    (missing,) = files - {path.relative_to("data/raw").with_suffix("").as_posix() for path in POINTERS}
    assert f"`{Path(missing).name}`" in Path("docs/dvc.md").read_text("utf-8")


def test_that_file_gets_its_pointer_once_it_is_there(checkout, tmp_path):
    copy, content, archive = checkout.copy(tmp_path / "copy"), b"stands for 0.8 GB", "kagglecatsanddogs_5340.zip"
    published = load_datasets()["cats_vs_dogs"].files[archive]
    config = copy.root / "config/datasets.yaml"
    text = config.read_text("utf-8").replace(published.sha256, hashlib.sha256(content).hexdigest())
    config.write_text(text.replace(str(published.bytes), str(len(content))), "utf-8")
    raw = copy.root / "data/raw/cats_vs_dogs" / archive
    raw.write_bytes(content)
    done = copy.run("python", "-m", "study.dvc.pointers")
    assert done.returncode == 0, done.stdout
    (source,) = yaml.safe_load(raw.with_name(f"{archive}.dvc").read_text("utf-8"))["meta"]["sources"]
    assert source.endswith(f"/{archive}")
    dvc(copy, "commit", f"{raw}.dvc")
    assert UP_TO_DATE in dvc(copy, "status", f"{raw}.dvc")
    listed = copy.run("git", "status", "--short", "data").stdout
    assert listed == f"?? data/raw/cats_vs_dogs/{archive}.dvc\n", "git keeps the pointer, not the bytes"


def test_other_bytes_get_no_pointer(tmp_path):
    dataset = next(iter(load_datasets().values()))
    path = tmp_path / next(iter(dataset.files))
    path.write_bytes(b"other")
    with pytest.raises(StudyError, match="not the published one"):
        pointers.pointer(dataset, path)


def test_every_reference_result_can_be_compared_between_revisions():
    pipeline = yaml.safe_load(Path("dvc.yaml").read_text("utf-8"))
    folders = sorted(path.parent for path in REFERENCE.glob("*/origin.json"))
    listed, machines = pipeline["stages"]["reference"]["foreach"], [folder.name for folder in folders]
    assert listed == machines, "name each folder of reports/reference in dvc.yaml, below `foreach`"


def test_a_machine_is_named_once(checkout, tmp_path):
    text = (checkout.root / "dvc.yaml").read_text("utf-8")
    machine = yaml.safe_load(text)["stages"]["reference"]["foreach"][0]
    assert text.count(machine) == 1
    folder = checkout.copy(tmp_path / "copy").root
    shutil.copytree(folder / REFERENCE / machine, folder / REFERENCE / "another")
    (folder / "dvc.yaml").write_text(text.replace(f"- {machine}\n", f"- {machine}\n      - another\n"), "utf-8")
    shown = Checkout(folder).run("dvc", "metrics", "show", "--json").stdout  # a line says that results are missing
    files = json.loads(next(line for line in shown.splitlines() if line.startswith("{")))[""]["data"]
    assert files["reports/reference/another/metrics.json"] == files[f"reports/reference/{machine}/metrics.json"]
    dvc(Checkout(folder), "plots", "show", "--out", "plots")
    page = (folder / "plots/index.html").read_text("utf-8")
    charts = {page.count(f"{REFERENCE}/{name}/curves.csv") for name in (machine, "another")}
    assert len(charts) == 1
    assert 0 not in charts


@pytest.mark.parametrize("machine", sorted(path.parent.name for path in REFERENCE.glob("*/origin.json")))
def test_metrics_are_few_enough_for_one_row_of_a_table(checkout, machine):
    path = f"{REFERENCE}/{machine}/metrics.json"
    shown = json.loads(dvc(checkout, "metrics", "show", "--json", path))[""]["data"][path]["data"]
    assert 0 < len(list(numbers(shown))) <= 20


def test_the_committed_lock_is_of_the_committed_results(checkout):
    said = dvc(checkout, "status", "reference")
    assert UP_TO_DATE in said, f"{said}\nto derive them again: dvc repro reference"


def test_after_a_finished_study_there_is_nothing_to_do(kept):
    assert UP_TO_DATE in dvc(kept, "status", "study", "reference")
    assert "didn't change, skipping" in dvc(kept, "repro")
    assert NOTHING in kept.snakemake("--dry-run").stdout


def test_an_experiment_runs_at_the_scale_that_is_asked_for(changing):
    set_scale(changing, "full")
    commit(changing, "Ask for everything")
    module = changing.root / "src/study/report/summary.py"
    module.write_text(module.read_text("utf-8") + "# changed\n", "utf-8")
    done = dvc(changing, "exp", "run", "-S", "scale=smoke")
    assert "--config scale=smoke" in done
    assert "summary" in done.split("Job stats:")[1]
    assert "trials" not in done.split("Job stats:")[1].split("total")[0]
    shown = json.loads(dvc(changing, "exp", "show", "--json"))
    (found,) = [each["experiments"] for each in shown if each["experiments"]]
    assert found[0]["revs"][0]["data"]["params"]["params.yaml"]["data"]["scale"] == "smoke"


def test_an_experiment_deletes_no_journal_of_trials_that_dvc_does_not_keep_yet():
    assert not any(Path(name) in (JOURNAL, *JOURNAL.parents) for name in outputs())


def test_metrics_and_plots_show_what_a_rerun_changed(changing):
    job = "smoke/softmax_regression/timing/tf-2.21.0/1.jsonl"
    (changing.root / "results/journal" / job).unlink()
    done = changing.snakemake("--forcerun", f"results/trials/{job}")
    assert done.returncode == 0, done.stdout[-3000:]
    dvc(changing, "repro")
    assert "results/medians.json" not in dvc(changing, "metrics", "diff")
    diff = dvc(changing, "metrics", "diff", "--json", "--targets", "results/medians.json", "results/metrics.json")
    changed = json.loads(diff)["results/medians.json"]
    assert changed
    assert {name for name in changed if "tf-2.21.0" not in name or "softmax_regression" not in name} == set()
    assert all(name.endswith("_seconds") for name in changed)
    dvc(changing, "plots", "diff", "HEAD", "--out", "plots")
    page = (changing.root / "plots/index.html").read_text("utf-8")
    for revision in ("HEAD", "workspace"):
        assert f'"rev": "{revision}"' in page
    with (changing.root / "results/ratios.csv").open(encoding="utf-8", newline="") as file:
        assert all(f'"ratio": "{row["ratio"]}"' in page for row in csv.DictReader(file))


def test_results_go_over_ssh_to_another_clone_where_nothing_is_left_to_do(changing, tmp_path):
    if SSHD is None:
        pytest.skip(HOW_TO_INSTALL)
    folder = tmp_path / "sshd"
    folder.mkdir()
    with serving(folder) as server:
        dvc(changing, "remote", "add", "--default", "storage", f"ssh://{HOST}:{server.port}{tmp_path}/storage")
        dvc(changing, "remote", "modify", "storage", "verify", "true")
        dvc(changing, "remote", "modify", "storage", "keyfile", str(server.key))
        commit(changing, "Name the remote")
        pushed = changing.run("python", "-m", "study.dvc.exchange", "push")
        assert pushed.returncode == 0, pushed.stdout
        assert changing.run("git", "clone", "-q", str(changing.root), str(tmp_path / "other")).returncode == 0
        other = Checkout(tmp_path / "other")
        pulled = other.run("python", "-m", "study.dvc.exchange", "pull")
        assert pulled.returncode == 0, pulled.stdout
    assert bytes_of(other.root) == bytes_of(changing.root)
    assert UP_TO_DATE in dvc(other, "status", "study", "reference")
    assert NOTHING in other.snakemake("--dry-run").stdout
    other.touch_everything()
    done = other.snakemake("--dry-run")
    assert NOTHING in done.stdout, done.stdout[-3000:]
    assert "didn't change, skipping" in dvc(other, "repro")
    job = "results/trials/smoke/softmax_regression/timing/tf-2.21.0/1.jsonl"
    trained = (other.root / job).read_bytes()
    again = other.snakemake("--forcerun", job, "--until", "timed_trials")
    assert again.returncode == 0, again.stdout[-3000:]
    assert (other.root / job).read_bytes() == trained, "it did not train again"
