"""The CPython that uv no longer offers: where there is none, uv downloads it, checks it, and it is used."""

import io
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pyarrow
import pytest
import uv
from servers import NOWHERE, Serve, serving

from study.common.errors import StudyError
from study.config.runtimes import Runtime, load_runtimes
from study.runtimes.interpreters import find_interpreter
from study.runtimes.providers import uv_environment
from study.runtimes.runtime import environment_of, prepare

PINNED = json.loads(uv_environment.DOWNLOADS.read_text("utf-8"))
BUILD = PINNED["cpython-3.7.9-linux-x86_64-gnu"]
VERSION = "3.7"
PATH_OF_ARCHIVE = "/" + "/".join(BUILD["url"].split("/")[-2:])
SIX = """\
six==1.17.0 \\
    --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274
"""
DESCRIBER = """\
import json, six, sys
print(json.dumps({"tensorflow": six.__version__, "python": "%d.%d" % sys.version_info[:2], "prefix": sys.base_prefix,
                  "packages": ["six==" + six.__version__], "devices": []}))
"""
LEFT_OUT = {"test", "tests", "site-packages", "__pycache__", "idlelib", "lib2to3", "tkinter", "ensurepip"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CPython 3.7 of this machine, packed as the pinned build is, under its name."""
    python = find_interpreter(VERSION)
    if python is None:
        pytest.skip(f"no Python {VERSION} here to pack")
    prefix = Path(subprocess.check_output([python, "-c", "import sys; print(sys.base_prefix)"], text=True).strip())
    path = tmp_path_factory.mktemp("mirror") / PATH_OF_ARCHIVE[1:]
    path.parent.mkdir()
    with pyarrow.output_stream(path, compression="zstd") as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        description = tarfile.TarInfo("python/PYTHON.json")
        description.size = 2
        tar.addfile(description, io.BytesIO(b"{}"))
        for part in (f"bin/python{VERSION}", *_libraries(prefix)):
            tar.add(prefix / part, f"python/install/{part}", filter=_needed)
    return path


def _libraries(prefix: Path) -> list[str]:
    return [f"lib/{path.name}" for path in prefix.joinpath("lib").glob("*python3*")]


def _needed(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    name = Path(member.name).name
    return None if name in LEFT_OUT or name.startswith("config-") else member


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without that version, with a cache, a home and a uv of its own."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "env").symlink_to(str(shutil.which("env")))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "pythons"))
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path / "cache"))
    assert find_interpreter(VERSION) is None
    return tmp_path


@pytest.fixture
def ours(archive: Path, bare: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The committed list, but for the sum: that of the archive that was packed here."""
    listed = bare / "python-downloads.json"
    sha256 = subprocess.check_output(["/usr/bin/sha256sum", archive], text=True).split()[0]
    listed.write_text(uv_environment.DOWNLOADS.read_text("utf-8").replace(BUILD["sha256"], sha256))
    monkeypatch.setattr(uv_environment, "DOWNLOADS", listed)
    return listed


def _six(folder: Path, python: str = VERSION) -> tuple[Runtime, Path]:
    """A runtime that holds six, and what describes it."""
    (folder / "six.lock.txt").write_text(SIX)
    (folder / "describe.py").write_text(DESCRIBER)
    runtime = Runtime(python=python, tensorflow="1.17.0", lock=str(folder / "six.lock.txt"))
    return runtime, folder / "describe.py"


def test_what_is_pinned_is_what_uv_offers_and_no_runtime_has_to_be_asked_for() -> None:
    said = subprocess.check_output(
        [
            uv.find_uv_bin(),
            "python",
            "list",
            "--only-downloads",
            "--python-downloads-json-url",
            uv_environment.DOWNLOADS,
        ],
        text=True,
    )
    assert [line.split()[0] for line in said.splitlines()] == list(PINNED)
    offered = subprocess.check_output([uv.find_uv_bin(), "python", "list", "--only-downloads"], text=True)
    for version in {runtime.python for runtime in load_runtimes().values()}:
        assert f"cpython-{version}." in said + offered


def test_a_version_that_this_uv_does_not_offer_is_downloaded_and_used(
    archive: Path, bare: Path, ours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Serve(archive.read_bytes())) as server:
        monkeypatch.setenv("UV_PYTHON_INSTALL_MIRROR", server.url)
        description = json.loads(prepare("six", *_six(bare)).read_text())
    assert server.paths == [PATH_OF_ARCHIVE]
    assert (description["python"], description["packages"]) == (VERSION, ["six==1.17.0"])
    assert Path(description["prefix"]).is_relative_to(bare / "pythons")
    # Once it is there, neither a server nor the list is needed.
    ours.unlink()
    shutil.rmtree(bare / "cache")
    ours.write_text("{}")
    assert json.loads(prepare("six", *_six(bare)).read_text()) == description


def test_an_archive_that_was_brought_serves_without_network(
    archive: Path, bare: Path, ours: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_PYTHON_INSTALL_MIRROR", f"file://{archive.parents[1]}")
    monkeypatch.setenv("HTTPS_PROXY", NOWHERE)
    runtime, _ = _six(bare)
    uv_environment._make("six", runtime, bare / "six")
    python = uv_environment.python(bare / "six")
    assert subprocess.check_output([python, "-c", "print(1)"]) == b"1\n"


def test_another_archive_than_the_pinned_one_is_refused_and_nothing_kept(
    archive: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime, describer = _six(bare)
    with serving(Serve(archive.read_bytes())) as server:
        monkeypatch.setenv("UV_PYTHON_INSTALL_MIRROR", server.url)
        with pytest.raises(StudyError, match=f"Hash mismatch(.|\n)*{BUILD['sha256']}"):
            prepare("six", runtime, describer)
    assert not environment_of("six", runtime).exists()
    assert not list(bare.glob("pythons/cpython*"))


def test_a_machine_that_has_the_version_downloads_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if find_interpreter(VERSION) is None:
        pytest.skip(f"no Python {VERSION} here")
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "pythons"))
    with serving(Serve(b"")) as server:
        monkeypatch.setenv("UV_PYTHON_INSTALL_MIRROR", server.url)
        uv_environment._make("six", _six(tmp_path)[0], tmp_path / "six")
    assert server.paths == []


def test_without_network_the_ways_to_get_it_are_named(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    with pytest.raises(StudyError) as caught:
        prepare("six", *_six(bare))
    for said in (
        f"pyenv install {VERSION}",
        f"python{VERSION} on PATH",
        BUILD["url"],
        "UV_PYTHON_INSTALL_MIRROR=file://",
    ):
        assert said in str(caught.value)
