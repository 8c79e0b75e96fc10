"""The provider `uv`: an environment of its own for each runtime. Needs neither root nor containers."""

import json
from pathlib import Path
from typing import Any

import uv
from rich.filesize import decimal

from study.common.disk import free_bytes
from study.config.runtimes import Runtime
from study.runtimes.commands import CommandFailedError, Start, assignments, run
from study.runtimes.interpreters import find_interpreter, ways_to_get
from study.runtimes.isolation import SOURCES

# Builds that uv may download although it no longer offers that version, in the format of its own list.
DOWNLOADS = SOURCES.parent / "workflow/envs/python-downloads.json"


def inputs(name: str, runtime: Runtime) -> str:
    """Return the version of Python."""
    return runtime.python


def create(name: str, runtime: Runtime, environment: Path) -> dict[str, Any]:
    """Make the environment and install the lock in it."""
    _make(name, runtime, environment)
    _install(name, runtime, environment)
    return {}


def is_complete(environment: Path) -> bool:
    """Whether its interpreter is there: it is a link, and dangles when the one that made it is uninstalled."""
    return python(environment).exists()


def command(name: str, runtime: Runtime, environment: Path, start: Start) -> list[str]:
    """Return the command that starts its Python."""
    return ["env", "-i", *assignments({**start.places, **start.variables}), str(python(environment))]


def python(environment: Path) -> Path:
    """Path of its interpreter, whether or not it is there."""
    return environment / "bin" / "python"


def _make(name: str, runtime: Runtime, environment: Path) -> None:
    interpreter = find_interpreter(runtime.python)
    archive = None if interpreter else _pinned_archive(runtime.python)
    # The file takes the place of uv's own list, so it is named only for what is in it.
    listed = {"UV_PYTHON_DOWNLOADS_JSON_URL": str(DOWNLOADS)} if archive else {}
    python = interpreter or runtime.python
    try:
        # Without --no-project uv warns that a runtime's Python is older than the one this project asks for.
        run(uv.find_uv_bin(), "venv", "--no-project", "--python", python, str(environment), **listed)
    except CommandFailedError as error:
        if interpreter:
            what = f"runtime '{name}': {interpreter} cannot make an environment{_room(environment)}"
            raise error.explained(what) from error
        raise error.explained(
            f"runtime '{name}' needs CPython {python}. {ways_to_get(python, archive)}\nNothing half-built was kept"
        ) from error


def _pinned_archive(version: str) -> str | None:
    """Address of the build of a version of Python that `DOWNLOADS` lists."""
    builds = json.loads(DOWNLOADS.read_text(encoding="utf-8")).values()
    return next((build["url"] for build in builds if f"{build['major']}.{build['minor']}" == version), None)


def _install(name: str, runtime: Runtime, environment: Path) -> None:
    # From where no project's pyproject.toml is seen: up to which day packages may be is the lock's own affair.
    elsewhere, interpreter, lock = environment.anchor, str(python(environment)), str(Path(runtime.lock).absolute())
    try:
        run(
            *(uv.find_uv_bin(), "--directory", elsewhere, "pip", "sync"),
            *("--require-hashes", "--python", interpreter, lock),
        )
    except CommandFailedError as error:
        raise error.explained(
            f"runtime '{name}': could not install {runtime.lock}{_room(environment)}. Nothing half-built was kept",
            otherwise="check the network and that the lock is as committed, then run again",
        ) from error


def _room(environment: Path) -> str:
    return f" in {environment.parent}, where {decimal(free_bytes(environment))} are free"
