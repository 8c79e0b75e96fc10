"""The driver environment holds what its lock names, whatever is configured, missing or outdated on a machine."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import uv
from servers import LOGIN_PAGE, NOWHERE, Serve, serving, status

from study.common.errors import StudyError
from study.runtimes import own_uv
from study.runtimes.interpreters import find_interpreter
from study.runtimes.own_uv import find_uv

SOURCES = Path(__file__).parents[2] / "src"
PROJECT = """\
[project]
name = "small"
version = "1"
requires-python = ">=3.11"
dependencies = ["six==1.17.0"]

[dependency-groups]
uv = ["uv=={version}"]
extra = ["idna==3.11"]

[tool.uv]
default-groups = []
exclude-newer = "{day}"

[build-system]
requires = ["uv_build>=0.13,<0.14"]
build-backend = "uv_build"
"""
ITS_UV = Path(uv.find_uv_bin())
REAL = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["tool"]["uv"]


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small project with a lock, made by the command that makes the real one."""
    folder = tmp_path_factory.mktemp("project")
    version = own_uv.WHEEL.search(Path("uv.lock").read_text("utf-8"))
    assert version
    shutil.copy("uv.lock", folder)
    (folder / "src" / "small").mkdir(parents=True)
    (folder / "src" / "small" / "__init__.py").touch()
    (folder / "pyproject.toml").write_text(PROJECT.format(version=version["version"], day=REAL["exclude-newer"]))
    done = set_up(folder, "--lock")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def project(locked: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(locked, tmp_path / "project"))


def set_up(project: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What make does."""
    environment = os.environ | {"PYTHONPATH": str(SOURCES), "PATH": f"{ITS_UV.parent}:{os.environ['PATH']}"} | variables
    command = [sys.executable, "-m", "study.runtimes.driver", *arguments]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def installed(project: Path) -> list[str]:
    said = subprocess.check_output([ITS_UV, "pip", "freeze", "--python", project / ".venv"], text=True)
    subprocess.run([project / ".venv/bin/python", "-c", "import small"], check=True)
    return [line for line in said.splitlines() if "==" in line]


def test_what_the_lock_names_is_installed_and_groups_are_added_and_left_out(project: Path) -> None:
    for arguments, expected in (
        ((), ["six==1.17.0"]),
        (("--group", "extra"), ["idna==3.11", "six==1.17.0"]),
        (("--group", "extra", "--no-group", "extra"), ["six==1.17.0"]),
    ):
        done = set_up(project, *arguments)
        assert done.returncode == 0, done.stderr
        assert installed(project) == expected


def page(project: Path, address: str | None = None) -> Serve:
    """An index's page of six, as many are: it does not say when a package was published."""
    lock = tomllib.loads((project / "uv.lock").read_text("utf-8"))
    (six,) = (each for each in lock["package"] if each["name"] == "six")
    (wheel,) = six["wheels"]
    name = wheel["url"].rpartition("/")[-1]
    return Serve(f'<html><a href="{address or wheel["url"]}">{name}</a></html>'.encode(), type="text/html")


@pytest.mark.parametrize("how", ["UV_DEFAULT_INDEX", "UV_INDEX_URL", "uv.toml"])
def test_packages_come_from_the_index_that_is_configured_and_the_lock_stays(project: Path, how: str) -> None:
    lock = (project / "uv.lock").read_bytes()
    with serving(page(project)) as index:
        done = set_up(project, UV_CACHE_DIR=str(project / "cache"), **_configured(project, how, f"{index.url}/simple"))
    assert done.returncode == 0, done.stderr
    assert set(index.paths) == {"/simple/six/"}
    assert installed(project) == ["six==1.17.0"]
    assert (project / "uv.lock").read_bytes() == lock


def _configured(project: Path, how: str, address: str) -> dict[str, str]:
    if how != "uv.toml":
        return {how: address}
    (project / "config" / "uv").mkdir(parents=True)
    (project / "config" / "uv" / "uv.toml").write_text(f'[[index]]\nurl = "{address}"\ndefault = true\n')
    return {"XDG_CONFIG_HOME": str(project / "config")}


def test_an_index_that_has_another_file_of_that_name_is_refused(project: Path) -> None:
    other = _wheel(project / "other.whl", "six", "1.17.0").read_bytes()
    address = "/six-1.17.0-py2.py3-none-any.whl"
    with serving(Serve(other)) as files, serving(page(project, files.url + address)) as index:
        done = set_up(project, UV_CACHE_DIR=str(project / "cache"), UV_DEFAULT_INDEX=f"{index.url}/simple")
    assert done.returncode == 1
    assert "Hash mismatch" in done.stderr
    assert done.stderr.endswith("uv's own message stands above: mend what it names, often the network, and run again\n")


def _wheel(path: Path, name: str, version: str, **files: Path) -> Path:
    """A wheel that pip and uv accept, with files that become commands."""
    about = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
        for command, file in files.items():
            wheel.write(file, f"{name}-{version}.data/scripts/{command}")
    return path


def test_settings_that_would_choose_other_packages_do_not(project: Path) -> None:
    (project / "config" / "uv").mkdir(parents=True)
    (project / "config" / "uv" / "uv.toml").write_text('resolution = "lowest"\nprerelease = "allow"\n')
    done = set_up(project, XDG_CONFIG_HOME=str(project / "config"))
    assert done.returncode == 0, done.stderr
    assert installed(project) == ["six==1.17.0"]


def test_a_lock_that_is_not_what_the_project_asks_for_is_refused_without_network(project: Path) -> None:
    text = (project / "pyproject.toml").read_text("utf-8")
    (project / "pyproject.toml").write_text(text.replace("six==1.17.0", "six==1.16.0"), encoding="utf-8")
    done = set_up(project, HTTPS_PROXY=NOWHERE)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "uv.lock is not what pyproject.toml asks for: put one of them back, or run `make lock RUNTIME=driver`\n"
    )
    assert not (project / ".venv").exists()


def test_a_lock_is_resolved_on_pypi_whichever_index_is_configured(project: Path) -> None:
    lock = (project / "uv.lock").read_bytes()
    text = (project / "pyproject.toml").read_text("utf-8")
    (project / "pyproject.toml").write_text(text.replace("idna==3.11", "idna==3.10"), encoding="utf-8")
    done = set_up(project, "--lock", HTTPS_PROXY=NOWHERE, UV_HTTP_RETRIES="0", UV_CACHE_DIR=str(project / "cache"))
    assert done.returncode == 1
    assert done.stderr.endswith("uv.lock could not be resolved, and is as it was; uv's own message stands above\n")
    assert (project / "uv.lock").read_bytes() == lock
    assert set_up(project, "--lock", UV_DEFAULT_INDEX=NOWHERE).returncode == 0
    assert NOWHERE not in (project / "uv.lock").read_text("utf-8")
    assert set_up(project).returncode == 0


# Where uv itself comes from


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout on a machine without uv and without pip: the folder `bin` is all of PATH."""
    (tmp_path / "bin").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    if importlib.util.find_spec("pip"):
        pytest.skip("the driver environment that these tests run in has pip, as that of conda has")
    return tmp_path


VERSION = subprocess.check_output([ITS_UV, "--version"], text=True).split()[1]
NAME = f"uv-{VERSION}-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an index has of uv, but for all that is not used: made of the uv that is installed here."""
    return _wheel(tmp_path_factory.mktemp("wheels") / NAME, "uv", VERSION, uv=ITS_UV)


def _lock(server: str, wheel: Path) -> None:
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    own_uv.LOCK.write_text(f'    {{ url = "{server}/{NAME}", hash = "sha256:{sha256}", size = 1 }},\n')


def test_without_uv_and_pip_it_is_downloaded_once_from_the_address_in_the_lock(machine: Path, wheel: Path) -> None:
    with serving(Serve(wheel.read_bytes())) as server:
        _lock(server.url, wheel)
        assert find_uv() == find_uv() == str(machine / ".uv/bin/uv")
    assert len(server.paths) == 1
    assert subprocess.check_output([".uv/bin/uv", "--version"], text=True).split()[1] == VERSION


def test_the_locked_uv_on_path_is_taken_and_another_one_is_not(machine: Path, wheel: Path) -> None:
    (machine / "bin" / "uv").write_text("#!/bin/sh\necho uv 0.4.30\n")
    (machine / "bin" / "uv").chmod(0o755)
    _lock(NOWHERE, wheel)
    with pytest.raises(StudyError, match=f"uv {VERSION}.*could not be fetched"):
        find_uv()
    (machine / "bin" / "uv").unlink()
    (machine / "bin" / "uv").symlink_to(ITS_UV)
    assert find_uv() == str(machine / "bin" / "uv")


@pytest.mark.parametrize(
    ("manner", "said"),
    [
        (status(404), "HTTP Error 404"),
        (Serve(LOGIN_PAGE), "has the sha256"),
        (Serve(b"x", announced=False), "has the sha256"),
    ],
)
def test_what_is_not_that_wheel_is_refused_and_not_kept(machine: Path, wheel: Path, manner, said: str) -> None:
    with serving(manner) as server:
        _lock(server.url, wheel)
        with pytest.raises(StudyError, match=rf"Check the network, or put this version of uv on PATH(.|\n)*{said}"):
            find_uv()
    assert not (machine / ".uv").exists()


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
def test_the_command_needs_nothing_but_a_python(version: str, tmp_path: Path) -> None:
    python = find_interpreter(version)
    if python is None:
        pytest.skip(f"no Python {version} here")
    said = subprocess.run(
        [python, "-S", "-m", "study.runtimes.driver", "--help"],
        env={"PYTHONPATH": str(SOURCES), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "--group" in said


@pytest.mark.parametrize("installer", ["pip", "another uv"])
def test_pip_or_another_uv_fetches_the_locked_one_from_where_it_is_set_up_to(
    installer: str, machine: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = find_interpreter("3.10")
    if (
        python is None
        or subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode
    ):
        pytest.skip("no Python 3.10 with pip here")
    _lock(NOWHERE, wheel)
    settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheel.parent)}
    if installer == "another uv":
        settings = {"UV_NO_INDEX": "1", "UV_FIND_LINKS": str(wheel.parent), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
        another = machine / "bin" / "uv"
        another.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo uv 0.5.31 && exit\nexec {ITS_UV} "$@"\n')
        another.chmod(0o755)
    code = "from study.runtimes.own_uv import find_uv; print(find_uv())"
    environment = os.environ | {"PYTHONPATH": str(SOURCES)} | settings
    done = subprocess.run([python, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == str(machine / ".uv/bin/uv"), done.stderr
    assert subprocess.check_output([".uv/bin/uv", "--version"], text=True).split()[1] == VERSION


# What make starts it with


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A checkout on a machine whose PATH, the folder `bin`, holds what make needs and no Python."""
    shutil.copy("Makefile", tmp_path)
    for name in ("pyproject.toml", "uv.lock"):
        (tmp_path / name).touch()
    (tmp_path / "bin").mkdir()
    for name in ("bash", "make"):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    return tmp_path


def _python(bare: Path, name: str, body: str) -> None:
    (bare / "bin" / name).write_text(f"#!/bin/bash\n{body}\n")
    (bare / "bin" / name).chmod(0o755)


def _make(bare: Path, *arguments: str, target: str = "environment") -> str:
    command = ["make", "--dry-run", target, *arguments]
    done = subprocess.run(
        command,
        cwd=bare,
        env={"PATH": str(bare / "bin")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def test_make_takes_any_python_that_runs_and_is_new_enough(bare: Path) -> None:
    _python(bare, "python3", "exit 127")
    _python(bare, "python3.11", "exit 1")
    _python(bare, "python3.12", f'exec {sys.executable} "$@"')
    assert re.search(r"^PYTHONPATH=src python3\.12 -m study\.runtimes\.driver$", _make(bare), re.MULTILINE)
    _python(bare, "python3", f'exec {sys.executable} "$@"')
    assert re.search(r"^PYTHONPATH=src python3 -m study\.runtimes\.driver$", _make(bare), re.MULTILINE)


def test_make_says_what_to_do_where_there_is_no_python(bare: Path) -> None:
    said = _make(bare)
    assert "No Python 3.10 or later is on PATH: install one, or let a uv" in said
    advised = re.search(r'PYTHON="(.*?)"', said)
    assert advised
    assert f"PYTHONPATH=src {advised[1]} -m study.runtimes.driver" in _make(bare, f"PYTHON={advised[1]}")


@pytest.mark.parametrize(("chosen", "locks"), [("", True), ("driver", True), ("tf-2.21.0", False)])
def test_make_resolves_the_drivers_packages_only_where_they_are_asked_for(bare: Path, chosen: str, locks: bool) -> None:
    said = _make(bare, f"RUNTIME={chosen}", "PYTHON=python3", target="lock")
    assert ("study.runtimes.driver --lock" in said) == locks
    assert f"python -m study.runtimes.lock {chosen}".rstrip() in said
