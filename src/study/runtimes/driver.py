"""Sets up the driver environment, `.venv`, with the packages of `uv.lock` and no others.

Standard library only, as no environment exists yet. `make environment` runs it; where there is no make,
`PYTHONPATH=src python3 -m study.runtimes.driver` does the same, with any Python from 3.10 on.
"""

import argparse
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from study.common import location
from study.common.command import run
from study.common.errors import StudyError
from study.runtimes.interpreters import find_interpreter, ways_to_get
from study.runtimes.own_uv import find_uv

PYTHON = "3.11"
ENVIRONMENT = Path(".venv")
# A lock is resolved on PyPI and names it, whatever is configured on the machine that writes or reads it.
PYPI = ("--default-index", "https://pypi.org/simple")
NO_CONFIGURATION = {"UV_NO_SYSTEM_CONFIG": "1", "XDG_CONFIG_HOME": os.devnull}
SAID = "uv's own message stands above"
NO_SUCCESS = f"the driver environment could not be set up; {SAID}: mend what it names, often the network, and run again"


def main(arguments: Sequence[str] | None = None) -> None:
    """Set up the driver environment, or bring it up to date with the lock."""
    parser = argparse.ArgumentParser(prog="python -m study.runtimes.driver", description=main.__doc__)
    parser.add_argument("--lock", action="store_true", help="only resolve its packages again, and write uv.lock")
    parser.add_argument("--group", action="append", default=[], help="install this group of packages too")
    parser.add_argument("--no-group", action="append", default=[], help="leave this group of packages out")
    options = parser.parse_args(arguments)
    location.refuse_unusable(Path.cwd())
    uv = find_uv()
    python = find_interpreter(PYTHON) or _from_uv(uv)
    lock = [uv, "lock", "--python", python]
    if options.lock:
        _do([*lock, *PYPI], f"uv.lock could not be resolved, and is as it was; {SAID}", **NO_CONFIGURATION)
        return
    check = [*lock, "--check", "--offline"]
    if not _succeeds([*check, *PYPI], **NO_CONFIGURATION):
        raise StudyError(
            "uv.lock is not what pyproject.toml asks for: put one of them back, or run `make lock RUNTIME=driver`"
        )
    groups = [f"--group={name}" for name in options.group] + [f"--no-group={name}" for name in options.no_group]
    if not ENVIRONMENT.exists():
        # So that it moves with its checkout.
        _do([uv, "venv", "--quiet", "--relocatable", "--python", python, str(ENVIRONMENT)])
    if _succeeds(check):
        _do([uv, "sync", "--frozen", "--python", python, *groups])
    else:
        _install_by_hash(uv, python, groups)


def _install_by_hash(uv: str, python: str, groups: Sequence[str]) -> None:
    """Install what the lock names from an index that is configured in place of PyPI, by version and hash.

    uv itself would take packages from PyPI's addresses in the lock, or resolve all of them again.
    """
    environment, locked = ENVIRONMENT.absolute(), ENVIRONMENT.absolute() / "locked.txt"
    _do([uv, "export", "--quiet", "--frozen", "--no-emit-project", *groups, "--output-file", str(locked)])
    # Not from here, where pyproject.toml names a day: many an index does not say on which a package was published.
    _do([uv, "--directory", "/", "pip", "sync", "--require-hashes", "--python", str(environment), str(locked)])
    _do([uv, "pip", "install", "--quiet", "--no-deps", "--python", str(environment), "--editable", "."])


def _from_uv(uv: str) -> str:
    """Path of an interpreter that uv has, or downloads."""
    find = [uv, "python", "find", "--no-project", PYTHON]
    if not _succeeds(find):
        _do([uv, "python", "install", "--no-bin", PYTHON], f"{SAID}. CPython {PYTHON} is needed. {ways_to_get(PYTHON)}")
    return subprocess.run(find, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603


def _do(command: Sequence[str], failed: str = NO_SUCCESS, **variables: str) -> None:
    if subprocess.run(command, env={**os.environ, **variables}, check=False).returncode:  # noqa: S603
        raise StudyError(failed)


def _succeeds(command: Sequence[str], **variables: str) -> bool:
    done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, check=False)  # noqa: S603
    return done.returncode == 0


if __name__ == "__main__":
    run(main)
