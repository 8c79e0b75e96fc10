"""Pushing and pulling with a real DVC in a small project: no changed byte passes, and every error says what to do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from sshd import HOST, free_port

from study.common.errors import StudyError
from study.dvc.exchange import ASIDE, cache_folder, changed, main

CONTENT = bytes(range(256)) * 16
NAME = "file.bin"


def run(*command, cwd=None):
    subprocess.run(command, cwd=cwd, check=True, capture_output=True)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A folder with a project that has one file in DVC's cache, and a remote beside it."""
    folder = tmp_path_factory.mktemp("prepared")
    root = folder / "project"
    root.mkdir()
    (root / NAME).write_bytes(CONTENT)
    for command in (
        ("git", "init", "-q"),
        ("dvc", "init", "-q"),
        ("dvc", "add", "-q", NAME),
        ("dvc", "remote", "add", "--default", "storage", "../storage"),
    ):
        run(*command, cwd=root)
    return folder


@pytest.fixture
def project(prepared, tmp_path, monkeypatch):
    """A copy of that project, which becomes the working directory."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def only(cache):
    (path,) = cache.glob("??/*")
    return path


def flip_one_byte(path):
    """Change one byte in the middle of a read-only file; its size and time stamp stay as they were."""
    times, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)
    path.chmod(0o444)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def clone(project, root, monkeypatch):
    """Another clone of the project, without its bytes; it becomes the working directory."""
    shutil.copytree(project, root, ignore=shutil.ignore_patterns("cache", "tmp", NAME))
    monkeypatch.chdir(root)
    return root


def test_what_one_clone_pushes_another_pulls(project, tmp_path, monkeypatch):
    main(["push"])
    other = clone(project, tmp_path / "other", monkeypatch)
    main(["pull"])
    assert (other / NAME).read_bytes() == CONTENT


def test_a_flipped_byte_in_the_cache_is_not_pushed_and_nothing_is_lost(project, tmp_path):
    flip_one_byte(only(cache_folder()))
    with pytest.raises(StudyError) as raised:
        main(["push"])
    assert "do not hold the bytes" in str(raised.value)
    assert "dvc commit" in str(raised.value)
    assert not list((tmp_path / "storage").rglob("*"))
    assert len(list(ASIDE.iterdir())) == 1, "the changed file is kept"
    run("dvc", "commit")
    main(["push"])
    assert only(tmp_path / "storage/files/md5").read_bytes() == CONTENT


def test_a_flipped_byte_in_the_cache_is_fetched_again(project, capfd):
    main(["push"])
    flip_one_byte(only(cache_folder()))
    Path(NAME).unlink()
    main(["pull"])
    assert "fetched again" in capfd.readouterr().err
    assert Path(NAME).read_bytes() == CONTENT
    assert changed(cache_folder()) == []


def test_wrong_bytes_that_a_remote_sends_are_not_put_in_place(project, tmp_path, monkeypatch):
    main(["push"])
    flip_one_byte(only(tmp_path / "storage/files/md5"))
    other = clone(project, tmp_path / "other", monkeypatch)
    with pytest.raises(StudyError, match="The remote sent them so"):
        main(["pull"])
    assert not (other / NAME).exists()


@pytest.mark.parametrize("command", ["push", "pull"])
def test_an_unreachable_remote_is_named_and_what_to_do(project, command, capfd):
    port = free_port()
    run("dvc", "remote", "modify", "storage", "url", f"ssh://{HOST}:{port}/storage")
    if command == "pull":
        shutil.rmtree(".dvc/cache")
    with pytest.raises(StudyError, match="dvc remote list"):
        main([command])
    assert str(port) in capfd.readouterr().err
    assert Path(NAME).read_bytes() == CONTENT


def test_without_a_remote_dvc_says_how_to_name_one(project, capfd):
    run("dvc", "remote", "remove", "storage")
    with pytest.raises(StudyError, match="its own message stands above"):
        main(["push"])
    assert "no remote" in capfd.readouterr().err


def test_a_file_that_was_changed_here_is_not_replaced(project):
    main(["push"])
    Path(NAME).write_bytes(b"mine")
    with pytest.raises(StudyError, match="dvc checkout --force"):
        main(["pull"])
    assert Path(NAME).read_bytes() == b"mine"
