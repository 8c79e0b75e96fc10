"""Where results come from is said in a clone, in a downloaded archive, and nowhere else: real repositories."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from factories import ENVIRONMENT, make_observation, make_trial
from odd import RELEASE, clone, commit, downloaded

from study.common.errors import StudyError
from study.records.collect import write_trials
from study.records.observations import write_observations
from study.reference import keep, verify
from study.reference.archive import Archive, archive
from study.reference.contents import REFERENCE
from study.reference.scope import full_plan
from trials import code

SMALL = REFERENCE / "intel-xeon-2-cores"


@pytest.fixture(scope="module")
def unpacked(checkout, tmp_path_factory):
    """A downloaded archive of the project."""
    return downloaded(checkout, tmp_path_factory.mktemp("unpacked") / "study")


def revision(root: Path) -> str:
    return subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True).stdout[
        :-1
    ]


def test_an_archive_names_its_revision_and_release_and_a_clone_nothing(checkout, unpacked, tmp_path):
    assert archive(unpacked / ".git_archival.txt") == Archive(revision(checkout.root), RELEASE)
    assert archive() is None
    untagged = tmp_path / "untagged.txt"
    untagged.write_text(f"node: {'1' * 40}\ndescribe-name: %(describe:tags=true)\n", encoding="utf-8")
    assert archive(untagged) == Archive("1" * 40, "1" * 40), "an old git does not know how to describe"


def records(folder: Path) -> list[str]:
    """Records of a run of a part of the study with the code that is here; gives the command's arguments for them."""
    planned = [plan for plan in full_plan().values() if (plan.experiment, plan.series) == ("mlp_64", "controlled")][:2]
    runtime = dict.fromkeys(("tensorflow", "git_version", "python", "numpy", "keras"), "1") | {"lock_sha256": "1" * 64}
    environment = ENVIRONMENT | {"runtime": runtime}
    trials = [
        make_trial(
            accuracies=[0.5] * plan.n_epochs,
            **{name: getattr(plan, name) for name in plan.model_fields_set},
            environment=environment,
            code_sha256=code.sha256("trial", plan.experiment),
        )
        for plan in planned
    ]
    observation = make_observation("formulas", "graph", environment=environment, code_sha256=code.sha256("formulas"))
    folder.mkdir()
    (folder / "samples").mkdir()
    (folder / "samples/samples.json").write_text("[]", encoding="utf-8")
    write_trials(folder / "trials.jsonl.gz", trials)
    write_observations(folder / "seen.jsonl.gz", [observation])
    return [
        *(str(folder / "trials.jsonl.gz"), "--observations", str(folder / "seen.jsonl.gz")),
        *("--samples", str(folder / "samples"), "--out", str(folder / "reference")),
    ]


def test_results_that_are_kept_in_an_archive_say_so_and_name_the_release(checkout, unpacked, tmp_path, monkeypatch):
    monkeypatch.chdir(unpacked)
    keep.main(records(tmp_path / "run"))
    (kept,) = (tmp_path / "run/reference").iterdir()
    origin = json.loads((kept / "origin.json").read_text("utf-8"))
    assert set(origin["code"].values()) == {revision(checkout.root)}
    assert origin["archives"] == {revision(checkout.root): RELEASE}
    without = "the code of its revisions cannot be looked up: git: not a git repository"
    assert [each for each in verify.unheld(kept) if without in each]
    monkeypatch.chdir(checkout.root)
    assert not [each for each in verify.unheld(kept) if "origin.json" in each], "the history has that code"


def test_code_that_was_changed_in_an_archive_has_no_revision(unpacked, tmp_path, monkeypatch):
    changed = tmp_path / "changed"
    shutil.copytree(unpacked, changed, ignore=shutil.ignore_patterns("reports"))
    monkeypatch.chdir(changed)
    arguments = records(tmp_path / "run")
    with Path("src/trials/training/fit.py").open("a", encoding="utf-8") as file:
        file.write("# another\n")
    with pytest.raises(StudyError, match="no revision here holds the code"):
        keep.main(arguments)
    assert not (tmp_path / "run/reference").exists()


def copied(root: Path, folder: Path) -> Path:
    """A copy of a clone without its history."""
    shutil.copytree(root, folder, ignore=shutil.ignore_patterns(".git", "reports"))
    return folder


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("copy", "git: not a git repository (or any of the parent directories): .git."),
        ("in another repository", "git: no revision of the repository that this folder lies in has src/trials."),
        ("without git", "git cannot be run: No such file or directory."),
        ("of another user", "git: detected dubious ownership in repository at .*safe.directory "),
    ],
)
def test_where_nothing_names_the_code_that_is_said_in_one_sentence(checkout, tmp_path, monkeypatch, where, words):
    out = tmp_path / "reference"
    kept = (Path.cwd() / SMALL).absolute()
    if where == "without git":
        monkeypatch.chdir(checkout.root)
        monkeypatch.setenv("PATH", str(tmp_path))
    elif where == "of another user":
        monkeypatch.chdir(checkout.root)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    else:
        inside = copied(checkout.root, tmp_path / "other/study")
        monkeypatch.chdir(inside)
        if where == "in another repository":
            (tmp_path / "other/notes.txt").touch()
            subprocess.run(["git", "init", "-q"], cwd=tmp_path / "other", check=True)
            subprocess.run(["git", "add", "notes.txt"], cwd=tmp_path / "other", check=True)
            commit(tmp_path / "other")
    with pytest.raises(StudyError) as refused:
        keep.main(
            [
                *(str(kept / "trials.jsonl.gz"), "--observations", str(kept / "observations.jsonl.gz")),
                *("--samples", str(kept / "samples"), "--out", str(out)),
            ]
        )
    assert refused.match(words.replace("(", r"\(").replace(")", r"\)"))
    assert refused.match("Results name the revision of their code: keep them in a clone of the repository, or in a")
    assert "\n" not in str(refused.value)
    assert not out.exists()


def test_a_shallow_clone_knows_the_revision_that_it_has(checkout, tmp_path, monkeypatch):
    origin = clone(checkout.root, tmp_path / "origin")
    commit(origin, "--allow-empty")
    monkeypatch.chdir(clone(origin, tmp_path / "shallow", "--depth", "1"))
    trial = make_trial(code_sha256=code.sha256("trial", "mlp_64"))
    assert keep.code_of([trial], {}) == {trial.code_sha256: revision(origin)}


def test_a_clone_that_converts_line_ends_has_the_same_code(checkout, tmp_path):
    converting = clone(checkout.root, tmp_path / "clone", "-c", "core.autocrlf=true", "-c", "core.eol=crlf")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=converting, capture_output=True, text=True, check=True)
    names = listed.stdout.rstrip("\0").split("\0")
    assert len(names) > 400
    assert [name for name in names if (converting / name).read_bytes() != (checkout.root / name).read_bytes()] == []
