"""When each margin was fixed is looked up in the history: of this repository, and of one with a margin that changed."""

import subprocess

import pytest

from study.claims.margins import MARGINS, load_margins
from study.common.errors import StudyError
from study.reference.margins import PLACES, history, text
from study.reference.revisions import changes

CLAIM = "- {id: one, rule: value, metric: best_accuracy, margin: %s}\n"
DATES = ("2020-01-01T00:00:00+00:00", "2020-01-02T00:00:00+00:00", "2020-01-03T00:00:00+00:00")


def git(folder, *arguments, date=DATES[0]):
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    dated = {"GIT_COMMITTER_DATE": date, "GIT_AUTHOR_DATE": date, "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    return subprocess.run(["git", *identity, *arguments], cwd=folder, env=dated, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """One whose claim got another margin on the second day, and other words on the third."""
    git(tmp_path, "init", "-q")
    contents = {"config/claims.yaml": CLAIM % 1, "config/claims/000.yaml": CLAIM % 2}
    contents = [*contents.items(), ("config/claims/000.yaml", "# words\n" + CLAIM % 2.0)]
    for date, (name, content) in zip(DATES, contents, strict=True):
        (tmp_path / "config/claims.yaml").unlink(missing_ok=True)
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", "Change a claim", date=date)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_margin_is_fixed_since_it_was_last_changed(repository):
    (fixed,) = history().values()
    assert fixed.since.isoformat() == DATES[1]
    assert fixed.revision == git(repository, "rev-parse", "HEAD~1").stdout.decode().strip()


def test_by_a_part_of_the_history_it_is_fixed_later_never_earlier(repository, tmp_path_factory, monkeypatch):
    shallow = tmp_path_factory.mktemp("shallow") / "clone"
    git(repository, "clone", "-q", "--depth", "1", f"file://{repository}", str(shallow))
    monkeypatch.chdir(shallow)
    (fixed,) = history().values()
    assert fixed.since.isoformat() == DATES[2]


def test_what_is_merged_changes_nothing_of_what_was_there(repository):
    git(repository, "checkout", "-q", "-b", "aside", "HEAD~2")
    (repository / "config/claims.yaml").unlink()
    (repository / "config/claims").mkdir(exist_ok=True)
    (repository / "config/claims/001.yaml").write_text(CLAIM.replace("one", "two") % 3, encoding="utf-8")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "Add a claim", date="2020-01-04T00:00:00+00:00")
    git(repository, "checkout", "-q", "-")
    git(repository, "merge", "-q", "--no-ff", "-m", "Merge", "aside", date="2020-01-05T00:00:00+00:00")
    found = {name: each.since.isoformat() for name, each in history().items()}
    assert found == {"one": DATES[1], "two": "2020-01-05T00:00:00+00:00"}


def test_what_is_kept_is_what_the_history_says():
    kept = load_margins()
    assert MARGINS.read_text(encoding="utf-8") == text(kept)
    try:
        missing = {each.revision for each in kept.values()} - {revision for revision, _ in changes(PLACES)}
    except StudyError as error:
        pytest.skip(str(error))
    if missing:
        pytest.skip("a copy, or a part of the history")
    assert kept == history()
