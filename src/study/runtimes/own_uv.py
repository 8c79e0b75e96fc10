"""Finds the uv that `uv.lock` names, or fetches it into this checkout. Standard library only."""

import hashlib
import importlib.util
import io
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

from study.common.errors import StudyError

LOCK = Path("uv.lock")
WHEEL = re.compile(
    r'url = "(?P<url>[^"]+/uv-(?P<version>[\d.]+)-py3-none-manylinux_2_17_x86_64[^"]*\.whl)", '
    r'hash = "sha256:(?P<sha256>[0-9a-f]{64})"'
)
FOLDER = Path(".uv")
TIMEOUT = 60  # seconds


def find_uv() -> str:
    """Path of a uv of the locked version: on PATH, or fetched into `.uv`, checked by its hash.

    Another version is not good enough: an older one finds fault with a lock that a newer one wrote.

    Raises
    ------
    StudyError
        If it is not there and cannot be fetched.
    """
    wheel = next(WHEEL.finditer(LOCK.read_text(encoding="utf-8")))
    own = str(FOLDER.absolute() / "bin" / "uv")
    if found := next((each for each in (shutil.which("uv"), own) if _is(each, wheel["version"])), None):
        return found
    said = [complaint for complaint in _fetch(**wheel.groupdict()) if complaint]
    if not _is(own, wheel["version"]):
        tried = indent("\n".join(said), "  ")
        raise StudyError(
            f"uv {wheel['version']}, which installs all else, could not be fetched. Check the network, or put this "
            f"version of uv on PATH yourself, then run again. What was tried:\n{tried}"
        )
    return own


def _is(candidate: str | None, version: str) -> bool:
    try:
        said = subprocess.run([str(candidate), "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return False
    return said.stdout.split()[:2] == ["uv", version]


def _fetch(url: str, version: str, sha256: str) -> Iterator[str]:
    """Fetch it in one way after another until one succeeds; what each that does not succeed says."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    for installer in _installers():
        if not (said := _install(installer, f"uv=={version} --hash=sha256:{sha256}")):
            return
        yield said
    yield _download(url, sha256)


def _installers() -> Iterator[list[str]]:
    """Commands that install packages from wherever this machine is set up to get them."""
    if another := shutil.which("uv"):
        yield [another, "--directory", "/", "pip", "install", "--python", sys.executable]
    if importlib.util.find_spec("pip"):
        yield [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--retries", "1"]


def _install(installer: list[str], requirement: str) -> str:
    options = ["--quiet", "--no-deps", "--require-hashes", "--target", str(FOLDER.absolute())]
    done = subprocess.run(  # noqa: S603
        [*installer, *options, "--requirement", "/dev/stdin"],
        input=requirement,
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{installer[0]}: {done.stderr.strip()}" if done.returncode else ""


def _download(url: str, sha256: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:  # noqa: S310
            content = answer.read()
    except OSError as error:
        return f"{url}: {error}"
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        return f"{url}: has the sha256 {found}, but should have {sha256}"
    with zipfile.ZipFile(io.BytesIO(content)) as wheel:
        program = next(name for name in wheel.namelist() if name.endswith(".data/scripts/uv"))
        FOLDER.joinpath("bin").mkdir(parents=True)
        part = FOLDER / "bin" / "uv.part"
        part.write_bytes(wheel.read(program))
    part.chmod(0o755)
    part.replace(part.with_name("uv"))
    return ""
