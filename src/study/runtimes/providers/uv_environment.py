"""The provider `uv`: an environment of its own for each runtime. Needs neither root nor containers."""

from pathlib import Path
from typing import Any

import uv
from rich.filesize import decimal

from study.common.disk import free_bytes
from study.config.runtimes import Runtime
from study.runtimes.commands import CommandFailedError, Start, assignments, run
from study.runtimes.interpreters import find_interpreter

# Later releases of uv no longer offer CPython 3.7, but find one that an earlier release installed.
UV_WITH_OLD_PYTHONS = "0.5.31"


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
    try:
        # Without --no-project uv warns that a runtime's Python is older than the one this project asks for.
        run(uv.find_uv_bin(), "venv", "--no-project", "--python", interpreter or runtime.python, str(environment))
    except CommandFailedError as error:
        if interpreter:
            what = f"runtime '{name}': {interpreter} cannot make an environment{_room(environment)}"
            raise error.explained(what) from error
        raise error.explained(
            f"runtime '{name}' needs CPython {runtime.python}: none is on PATH or in pyenv, "
            f"and uv has none. Get it in one of three ways, then run again:\n"
            f"  pyenv: pyenv install {runtime.python}\n"
            f"  uv, with network: uvx uv@{UV_WITH_OLD_PYTHONS} python install {runtime.python}\n"
            f"  system or conda: any package that puts python{runtime.python} on PATH\n"
            f"Nothing half-built was kept"
        ) from error


def _install(name: str, runtime: Runtime, environment: Path) -> None:
    # From where this project's pyproject.toml is not seen: up to which day packages may be is the lock's own affair.
    elsewhere, interpreter, lock = str(environment), str(python(environment)), str(Path(runtime.lock).absolute())
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
