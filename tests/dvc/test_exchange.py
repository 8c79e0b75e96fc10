"""Pushing and pulling with a real DVC in a small project: no changed byte passes, and every error says what to do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from checkout import PROJECT
from disks import mounted
from sshd import HOST, HOW_TO_INSTALL, SSHD, free_port, serving

from study.common.errors import StudyError
from study.dvc.exchange import ASIDE, everything, is_right, main

CONTENT = bytes(range(256)) * 16
NAME, FOLDER, RAW = "file.bin", "folder", "data/raw/set/raw.bin"
FILES = {NAME: CONTENT, f"{FOLDER}/one": b"one", f"{FOLDER}/two": b"two", RAW: CONTENT[::-1]}
LIST = "list of the folder"


def run(*command, cwd=None):
    subprocess.run(command, cwd=cwd, check=True, capture_output=True)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A folder with a project of which DVC keeps a file, a folder and a raw file, and a remote beside it."""
    folder = tmp_path_factory.mktemp("prepared")
    root = folder / "project"
    for name, content in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    for command in (
        ("git", "init", "-q"),
        ("dvc", "init", "-q"),
        ("dvc", "add", "-q", NAME, FOLDER, RAW),
        ("dvc", "remote", "add", "--default", "storage", "../storage"),
        ("dvc", "remote", "modify", "storage", "verify", "true"),
    ):
        run(*command, cwd=root)
    return folder


@pytest.fixture
def project(prepared, tmp_path, monkeypatch):
    """A copy of that project, which becomes the working directory."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def cached(name):
    """Where the cache has a file, or the list of the folder."""
    if name == LIST:
        return next(kept.cached for kept in everything() if kept.cached.suffix == ".dir")
    return next(kept.cached for kept in everything() if kept.path == Path(name))


def stored(name, storage):
    """Where the remote has it."""
    return storage / "files/md5" / Path(*cached(name).parts[-2:])


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
    shutil.copytree(project, root, ignore=shutil.ignore_patterns("cache", "tmp", *map(os.path.basename, FILES)))
    monkeypatch.chdir(root)
    return root


def there(root):
    """Bytes of those files that are there."""
    return {name: (root / name).read_bytes() for name in FILES if (root / name).exists()}


def without_raw():
    return {name: content for name, content in FILES.items() if name != RAW}


def named(message):
    """Files and objects that a message lists, each in a line of its own."""
    return {line.strip() for line in message.splitlines() if line.startswith("  ") and " " not in line.strip()}


def message_of(command):
    with pytest.raises(StudyError) as raised:
        main([command])
    return str(raised.value)


def test_what_one_clone_pushes_another_pulls(project, tmp_path, monkeypatch):
    main(["push"])
    other = clone(project, tmp_path / "other", monkeypatch)
    assert there(other) == {}
    main(["pull"])
    assert there(other) == FILES


@pytest.mark.parametrize("command", ["push", "pull"])
def test_without_a_remote_the_error_says_so_and_how_to_name_one(project, tmp_path, command, monkeypatch, capfd):
    run("dvc", "remote", "remove", "storage")
    other = clone(project, tmp_path / "other", monkeypatch)
    message = message_of(command)
    assert message.startswith("DVC has no remote here")
    assert "dvc remote add --default" in message
    assert capfd.readouterr().err == "", "nothing was tried"
    assert there(other) == {}


def test_the_commands_of_that_error_name_one(project, tmp_path, monkeypatch):
    run("dvc", "remote", "remove", "storage")
    *commands, verify = [line.split() for line in message_of("push").splitlines() if line.startswith("  dvc")]
    for command in commands:
        run(*command[:-1], str(tmp_path / "elsewhere"))
    assert message_of("push").splitlines()[-1].split() == verify, "the next error names the next command"
    run(*verify)
    main(["push"])
    other = clone(project, tmp_path / "other", monkeypatch)
    main(["pull"])
    assert there(other) == FILES


def test_flipped_bytes_in_the_cache_are_not_pushed_and_nothing_is_lost(project, tmp_path):
    paths = [cached(name) for name in (NAME, f"{FOLDER}/two", RAW)]
    for path in paths:
        flip_one_byte(path)
    changed = {path.read_bytes() for path in paths}
    message = message_of("push")
    assert named(message) == {NAME, f"{FOLDER}/two", RAW}
    assert not list((tmp_path / "storage").rglob("*"))
    assert {path.read_bytes() for path in ASIDE.iterdir()} == changed, "the changed files are kept"
    run(*message.splitlines()[-1].split())
    main(["push"])
    assert all(map(is_right, everything()))
    assert all(stored(name, tmp_path / "storage").read_bytes() == content for name, content in FILES.items())


@pytest.mark.parametrize("name", [f"{FOLDER}/two", LIST])
def test_flipped_bytes_in_the_cache_are_fetched_again(project, name, capfd):
    main(["push"])
    for each in (NAME, name):
        flip_one_byte(cached(each))
    Path(NAME).unlink()
    shutil.rmtree(FOLDER)
    main(["pull"])
    assert "fetched again" in capfd.readouterr().err
    assert there(project) == FILES
    assert all(map(is_right, everything()))


def test_wrong_bytes_that_a_server_sends_are_not_put_in_place(project, tmp_path, monkeypatch):
    if SSHD is None:
        pytest.skip(HOW_TO_INSTALL)
    folder, storage = tmp_path / "sshd", tmp_path / "storage"
    folder.mkdir()
    with serving(folder) as server:
        run("dvc", "remote", "modify", "storage", "url", f"ssh://{HOST}:{server.port}{storage}")
        run("dvc", "remote", "modify", "storage", "keyfile", str(server.key))
        main(["push"])
        for name in (NAME, f"{FOLDER}/two", RAW):
            flip_one_byte(stored(name, storage))
        other = clone(project, tmp_path / "other", monkeypatch)
        message = message_of("pull")
        assert named(message) >= {NAME, f"{FOLDER}/two"}
        assert there(other) == {}
        for path in [storage / name for name in named(message) if (storage / name).exists()]:
            path.unlink()  # as it says
        monkeypatch.chdir(project)
        main(["push"])
        monkeypatch.chdir(other)
        main(["pull"])
    assert there(other) == without_raw(), "what is published is fetched from there"


def test_wrong_bytes_in_a_folder_that_is_the_remote_are_not_put_in_place(project, tmp_path, monkeypatch):
    main(["push"])
    for name in (NAME, f"{FOLDER}/two"):
        flip_one_byte(stored(name, tmp_path / "storage"))
    other = clone(project, tmp_path / "other", monkeypatch)
    assert named(message_of("pull")) >= {NAME, f"{FOLDER}/two"}
    assert there(other) == {}


def test_a_list_of_a_folder_that_is_wrong_at_the_remote_is_named_as_corrupted(project, tmp_path, monkeypatch, capfd):
    main(["push"])
    wrong = stored(LIST, tmp_path / "storage")
    flip_one_byte(wrong)
    other = clone(project, tmp_path / "other", monkeypatch)
    assert "An object that it calls corrupted is so at the remote" in message_of("pull")
    assert f"{wrong.parent.name}{wrong.name} is corrupted" in capfd.readouterr().err
    assert there(other) == {}
    wrong.unlink(missing_ok=True)  # as it says
    monkeypatch.chdir(project)
    main(["push"])
    monkeypatch.chdir(other)
    main(["pull"])
    assert there(other) == FILES


def test_raw_data_that_the_remote_lacks_keeps_nothing_else_from_coming(project, tmp_path, monkeypatch, capfd):
    Path(RAW).unlink()
    shutil.rmtree(cached(RAW).parent)
    main(["push"])
    other = clone(project, tmp_path / "other", monkeypatch)
    main(["pull"])
    assert there(other) == without_raw()
    assert f"a run fetches what it needs of it:\n  {RAW}\n" in capfd.readouterr().err


def test_an_empty_remote_of_a_project_that_has_nothing_but_raw_data_is_no_error(project, tmp_path, monkeypatch, capfd):
    for name in (NAME, FOLDER):
        Path(f"{name}.dvc").unlink()
    Path("dvc.yaml").write_text("stages: {study: {cmd: 'true', outs: [never.txt]}}\n", encoding="utf-8")
    other = clone(project, tmp_path / "other", monkeypatch)
    main(["pull"])
    assert there(other) == {}
    shown = capfd.readouterr().err
    assert f"  {RAW}\n" in shown
    assert "ERROR" not in shown


def test_fetched_raw_data_is_sent_though_nobody_committed_it(project, tmp_path):
    shutil.rmtree(cached(RAW).parent)
    main(["push"])
    assert stored(RAW, tmp_path / "storage").read_bytes() == FILES[RAW]


def test_other_raw_data_is_not_taken_for_the_published(project, tmp_path):
    pointer = Path(f"{RAW}.dvc").read_bytes()
    path = cached(RAW)
    shutil.rmtree(path.parent)
    Path(RAW).write_bytes(b"other")
    assert "names the\npublished bytes" in message_of("push")
    assert Path(f"{RAW}.dvc").read_bytes() == pointer
    assert not path.exists()


def test_a_result_that_is_neither_in_the_cache_nor_there_is_named_and_how_to_take_it(project, tmp_path):
    shutil.rmtree(cached(NAME).parent)
    message = message_of("push")
    assert message.startswith(f"Neither DVC's cache nor the remote has these files:\n  {NAME}\n")
    run(*message.splitlines()[-1].split())
    main(["push"])
    assert stored(NAME, tmp_path / "storage").read_bytes() == CONTENT


def test_with_nothing_to_send_the_error_says_so(project):
    shutil.rmtree(".dvc/cache")
    shutil.rmtree("data/raw/set")
    for name in (NAME, FOLDER):
        Path(f"{name}.dvc").unlink()
    assert message_of("push").startswith("There is nothing here to send")


@pytest.mark.parametrize("command", ["push", "pull"])
def test_an_unreachable_remote_is_named_and_what_to_do(project, command, capfd):
    port = free_port()
    run("dvc", "remote", "modify", "storage", "url", f"ssh://{HOST}:{port}/storage")
    if command == "pull":
        shutil.rmtree(".dvc/cache")
    assert "dvc remote list" in message_of(command)
    assert str(port) in capfd.readouterr().err
    assert there(project) == FILES


@pytest.mark.parametrize(("remedy", "expected"), [("commit", b"mine"), ("checkout", CONTENT)])
def test_a_file_that_was_changed_here_is_not_replaced_until_that_is_asked_for(project, remedy, expected):
    main(["push"])
    Path(NAME).write_bytes(b"mine")
    message = message_of("pull")
    assert Path(NAME).read_bytes() == b"mine"
    command = next(line.split() for line in message.splitlines() if line.startswith(f"  dvc {remedy}"))
    run(*command, *(["--force"] if remedy == "commit" else []))  # which a terminal would ask for
    assert Path(NAME).read_bytes() == expected


def test_what_dvc_cannot_read_is_an_error_of_one_sentence(project):
    Path("dvc.yaml").write_text("stages: none\n", encoding="utf-8")
    assert message_of("push").startswith("DVC: './dvc.yaml'")


@pytest.fixture
def shared(tmp_path, monkeypatch):
    """A cache on another disk that all projects of this user share, and links to it, as a global configuration asks."""
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "configuration"))
    with mounted(tmp_path / "shared", "size=4m") as disk:
        run("dvc", "config", "--global", "cache.dir", str(disk))
        run("dvc", "config", "--global", "cache.type", "symlink")
        yield disk


def test_in_a_shared_cache_the_files_of_other_projects_are_left_alone(project, tmp_path, shared, monkeypatch):
    foreign = shared / "files/md5/00/112233445566778899aabbccddeeff"
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"wrong, but not of this project")
    run("dvc", "commit", "--force")
    flip_one_byte(cached(NAME))
    assert cached(NAME).is_relative_to(shared)
    message = message_of("push")
    assert named(message) == {NAME}
    Path(NAME).unlink()  # a link to what is wrong
    Path(NAME).write_bytes(CONTENT)
    run(*message.splitlines()[-1].split())
    main(["push"])
    other = clone(project, tmp_path / "other", monkeypatch)
    main(["pull"])
    assert there(other) == FILES
    assert foreign.exists()


def test_results_are_no_links_to_a_shared_cache_whatever_is_configured_for_all_projects(project, shared):
    shutil.copy(PROJECT / ".dvc/config", ".dvc/config")
    run("dvc", "commit", "--force")
    run("dvc", "checkout", "--relink")
    right = cached(NAME)
    assert right.is_relative_to(shared)
    with Path(NAME).open("r+b") as file:  # as Snakemake writes what it remembers
        file.write(b"else")
    assert right.read_bytes() == CONTENT
