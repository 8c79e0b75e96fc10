"""Finds a CPython of a given version on this machine.

Standard library only, and runs as a plain script before any environment exists:
`python3 src/study/runtimes/interpreters.py 3.11` prints what to give to uv's `--python`.
"""

from __future__ import annotations

import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

PROBE = "import platform, sys; print(platform.python_implementation(), '%d.%d' % sys.version_info[:2], sys.executable)"


def find_interpreter(version: str) -> str | None:
    """Path of a CPython `version` ("3.11") that really runs, or None.

    Looks on PATH, then at the running interpreter, then among pyenv's installations, newest patch first.
    """
    found = (_probe(candidate, version) for candidate in _candidates(version))
    return next((path for path in found if path), None)


def ways_to_get(version: str, archive: str | None = None) -> str:
    """Say how to get a CPython `version` that uv could not download, from the address `archive` if it is known."""
    return (
        f"None is on PATH or in pyenv, and uv could not download it. Get it in one of three ways, then run again:\n"
        f"  pyenv: pyenv install {version}\n"
        f"  system or conda: any package that puts python{version} on PATH\n"
        f"  uv, from a file: put {archive or 'what uv names as its address'} into a folder under the last two parts of "
        f"that address, as <folder>/<release>/<file>, and export UV_PYTHON_INSTALL_MIRROR=file://<folder>"
    )


def _candidates(version: str) -> Iterator[str]:
    # Every directory of PATH, not the first hit: pyenv's shims often stand before a system Python that works.
    for directory in os.get_exec_path():
        executable = shutil.which(f"python{version}", path=directory)
        if executable:
            yield executable
    yield sys.executable
    yield from _of_pyenv(version)


def _of_pyenv(version: str) -> list[str]:
    # None of this fails where there is no home, or another user's that may not be read.
    root = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    patches = {}
    for directory in glob.glob(os.path.join(glob.escape(root), "versions", f"{version}.*")):
        patch = re.fullmatch(re.escape(version) + r"\.(\d+)", os.path.basename(directory))
        if patch:
            patches[int(patch[1])] = os.path.join(directory, "bin", "python")
    return [patches[patch] for patch in sorted(patches, reverse=True)]


def _probe(candidate: str, version: str) -> str | None:
    # What it calls itself, not `candidate`: a shim leads elsewhere once the directory or PYENV_VERSION changes.
    try:
        answer = subprocess.run(  # noqa: S603
            [candidate, "-I", "-c", PROBE], capture_output=True, text=True, check=True, timeout=60
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    implementation, found, executable = [*answer.strip().split(" ", maxsplit=2), "", "", ""][:3]
    return executable if (implementation, found) == ("CPython", version) else None


def main() -> None:
    """Print the interpreter's path, or the version itself, which asks uv to download it."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("version", help="such as 3.11")
    version = parser.parse_args().version
    print(find_interpreter(version) or version)


if __name__ == "__main__":
    main()
