"""Finding a CPython: only what really runs, and really is what its name says, is found."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from study.runtimes import interpreters
from study.runtimes.interpreters import find_interpreter

ABSENT = "3.5"  # Too old to run these tests, so only the scripts that they write can be found.
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"


def _script(path: Path, body: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def _interpreter(path: Path, implementation: str = "CPython", version: str = ABSENT) -> str:
    """Write an interpreter that answers the question what it is."""
    return _script(path, f'echo {implementation} {version} "$0"')


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Leave no interpreter to find: an empty directory is all of PATH and of pyenv."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return tmp_path


def test_none_where_there_is_none(bare: Path) -> None:
    assert find_interpreter(ABSENT) is None


def test_the_running_interpreter_needs_no_path(bare: Path) -> None:
    assert find_interpreter(RUNNING) == sys.executable


def test_a_shim_that_does_not_run_is_passed_over(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _script(bare / "shims" / f"python{ABSENT}", "exit 127")
    monkeypatch.setenv("PATH", f"{bare / 'shims'}:{bare / 'bin'}")
    assert find_interpreter(ABSENT) is None
    works = _interpreter(bare / "bin" / f"python{ABSENT}")
    assert find_interpreter(ABSENT) == works


@pytest.mark.parametrize(("implementation", "version"), [("PyPy", ABSENT), ("CPython", "3.6"), ("", "")])
def test_an_interpreter_that_is_not_what_its_name_says_is_passed_over(
    bare: Path, implementation: str, version: str
) -> None:
    _interpreter(bare / "bin" / f"python{ABSENT}", implementation, version)
    assert find_interpreter(ABSENT) is None


def test_pyenv_gives_the_newest_patch_that_runs(bare: Path) -> None:
    versions = bare / "pyenv" / "versions"
    _interpreter(versions / f"{ABSENT}.9" / "bin" / "python")
    newest = _interpreter(versions / f"{ABSENT}.10" / "bin" / "python")
    _script(versions / f"{ABSENT}.11" / "bin" / "python", "exit 1")
    (versions / f"{ABSENT}.12").mkdir()
    _interpreter(versions / f"{ABSENT}-dev" / "bin" / "python")
    assert find_interpreter(ABSENT) == newest


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
@pytest.mark.parametrize("unreadable", [False, True])
def test_a_user_without_a_home_or_with_that_of_another_has_none_of_pyenv(tmp_path: Path, unreadable: bool) -> None:
    tmp_path.chmod(0o700)
    done = subprocess.run(
        ["python3", "-", ABSENT],
        input=Path(interpreters.__file__).read_text("utf-8"),
        cwd="/",
        env={"PATH": "/usr/bin:/bin"} | ({"PYENV_ROOT": str(tmp_path)} if unreadable else {}),
        user=54321,
        group=54321,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.returncode) == (ABSENT, 0), done.stderr


def test_path_comes_before_pyenv(bare: Path) -> None:
    on_path = _interpreter(bare / "bin" / f"python{ABSENT}")
    _interpreter(bare / "pyenv" / "versions" / f"{ABSENT}.1" / "bin" / "python")
    assert find_interpreter(ABSENT) == on_path


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13"])
def test_runs_as_a_plain_script_without_any_environment(version: str, tmp_path: Path) -> None:
    """What the Makefile does; under each Python that this machine has."""
    python = find_interpreter(version)
    if python is None:
        pytest.skip(f"no Python {version} here")
    script = shutil.copy(interpreters.__file__, tmp_path)
    for wanted, answer in ((version, python), ("3.99", "3.99")):
        said = subprocess.run([python, "-I", script, wanted], capture_output=True, text=True, check=True).stdout
        assert said.strip() == answer
