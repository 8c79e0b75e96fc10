"""Images say where their code is and which revision of it they are made of, and no more than is known."""

import subprocess

import pytest

from study.config.runtimes import load_runtimes
from study.runtimes.labels import labels_of, origin, prefixed


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with two files and a commit for each."""
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet")
    for name in ("recipe", "other"):
        (tmp_path / name).write_text(name)
        git("add", name)
        git("-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "--quiet", "--message", name)
    return tmp_path


def git(*arguments):
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout.strip()


def test_the_revision_is_the_last_that_changed_what_the_image_is_made_of(repository):
    assert origin("recipe") == {"revision": git("rev-parse", "HEAD~1")}
    assert origin(".") == {"revision": git("rev-parse", "HEAD")}


def test_a_revision_that_is_not_what_is_built_says_so(repository):
    (repository / "recipe").write_text("changed")
    assert origin("recipe") == {"revision": f"{git('rev-parse', 'HEAD~1')}-dirty"}
    assert origin("other") == {"revision": git("rev-parse", "HEAD")}


@pytest.mark.parametrize(
    ("remote", "source"),
    [
        ("https://example.org/owner/study.git", "https://example.org/owner/study"),
        ("https://user:secret@example.org:8443/owner/group/study", "https://example.org/owner/group/study"),
        ("git@example.org:owner/study.git", "https://example.org/owner/study"),
        ("ssh://git@example.org:2222/owner/study.git", "https://example.org/owner/study"),
        ("/home/user/study", None),
        ("../study.git", None),
        ("file:///home/user/study", None),
    ],
)
def test_the_source_is_where_people_find_it_without_user_or_password(repository, remote, source):
    git("remote", "add", "origin", remote)
    assert origin("recipe").get("source") == source


def test_without_git_nothing_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert origin(".") == {}
    monkeypatch.setenv("PATH", str(tmp_path))
    assert origin(".") == {}


def test_the_image_for_gpus_names_what_else_is_in_it():
    for name, runtime in load_runtimes().items():
        plain, gpu = (labels_of(name, runtime, "Dockerfile", chosen) for chosen in ((), (name,)))
        assert (plain["title"], plain["version"], plain["licenses"]) == (name, runtime.tensorflow, "Apache-2.0")
        assert (gpu["title"], "NVIDIA" in gpu["licenses"]) == ((f"{name}-gpu", True) if runtime.gpu else (name, False))
    assert prefixed({"title": "a"}) == {"org.opencontainers.image.title": "a"}
