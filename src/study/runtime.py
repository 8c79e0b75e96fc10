"""Builds a runtime's environment from its lock, once a machine.

`python -m study.runtime RUNTIME --out results/runtimes/RUNTIME.json` makes the environment in a cache that all
checkouts share, or finds it there, and leaves at `--out` a link to its description.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import indent
from typing import Any

import uv

from study.config import Runtime, load_runtimes
from study.interpreters import find_interpreter
from study.yamlfiles import ConfigError, require_known

DESCRIBER = Path(__file__).parents[1] / "trials" / "describe.py"
LAST_LINES = 15
# Later releases of uv no longer offer CPython 3.7, but find one that an earlier release installed.
UV_WITH_OLD_PYTHONS = "0.5.31"


class BuildError(Exception):
    """A runtime could not be built, in words for the person who wants it."""


def environment_of(name: str, runtime: Runtime) -> Path:
    """Directory of the runtime's environment, whether or not it is built.

    Its name changes with any byte of the lock or of the describer and with the Python version, so neither an
    environment nor its description goes stale.

    Raises
    ------
    ConfigError
        If the lock cannot be read.
    """
    made_of = _lock_bytes(name, runtime) + runtime.python.encode() + DESCRIBER.read_bytes()
    key = hashlib.sha256(made_of).hexdigest()
    return _cache() / "runtimes" / f"{name}-{key[:12]}"


def python_of(name: str, runtime: Runtime) -> Path:
    """Path of the runtime's interpreter, whether or not it is built."""
    return environment_of(name, runtime) / "bin" / "python"


def description_of(name: str, runtime: Runtime) -> Path | None:
    """Path of the runtime's description, None where the runtime is not built."""
    environment = environment_of(name, runtime)
    return _description_of(environment) if _complete(environment) else None


def prepare(name: str, runtime: Runtime, describer: Path = DESCRIBER) -> Path:
    """Build the runtime's environment unless it is there.

    Parameters
    ----------
    name, runtime
        An entry of `config/runtimes.yaml`.
    describer
        Script that, run by the new environment's Python, prints as JSON what the environment is.

    Returns
    -------
    Path
        The environment's description. It is written last, so where it exists the environment is complete.

    Raises
    ------
    BuildError
        If there is no such Python, the lock cannot be installed, or what it installs is not the runtime.
        Nothing half-built is kept.
    """
    environment = environment_of(name, runtime)
    if not _complete(environment):
        with _turn(environment):
            if not _complete(environment):
                _build(name, runtime, environment, describer)
    return _description_of(environment)


def forget_stale(name: str, runtime: Runtime, out: Path) -> None:
    """Remove the link `out` unless it leads to the runtime's complete environment.

    Call this as the workflow is read, so that Snakemake builds the runtime again: Snakemake learns what exists by
    listing directories, takes a broken link for a file, and stops at it.
    """
    environment = environment_of(name, runtime)
    if not _complete(environment) or out.resolve() != _description_of(environment).resolve():
        out.unlink(missing_ok=True)


def _build(name: str, runtime: Runtime, environment: Path, describer: Path) -> None:
    shutil.rmtree(environment, ignore_errors=True)
    try:
        _create(name, runtime, environment)
        _install(name, runtime, environment)
        description = _describe(name, runtime, environment, describer)
        partial = environment / "runtime.json.partial"
        partial.write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
        partial.replace(_description_of(environment))
    except BaseException:
        shutil.rmtree(environment, ignore_errors=True)
        raise


def _create(name: str, runtime: Runtime, environment: Path) -> None:
    interpreter = find_interpreter(runtime.python)
    try:
        # Without --no-project uv warns that a runtime's Python is older than the one this project asks for.
        _run_uv("venv", "--no-project", "--python", interpreter or runtime.python, str(environment))
    except _CommandFailedError as error:
        if interpreter:
            raise BuildError(
                f"runtime '{name}': {interpreter} cannot make an environment; uv said:\n{error}"
            ) from error
        raise BuildError(
            f"runtime '{name}' needs CPython {runtime.python}: none is on PATH or in pyenv, "
            f"and uv has none. Get it in one of three ways, then run again:\n"
            f"  pyenv: pyenv install {runtime.python}\n"
            f"  uv, with network: uvx uv@{UV_WITH_OLD_PYTHONS} python install {runtime.python}\n"
            f"  system or conda: any package that puts python{runtime.python} on PATH\n"
            f"uv said:\n{error}"
        ) from error


def _install(name: str, runtime: Runtime, environment: Path) -> None:
    python = environment / "bin" / "python"
    try:
        _run_uv("pip", "sync", "--require-hashes", "--python", str(python), runtime.lock)
    except _CommandFailedError as error:
        raise BuildError(
            f"runtime '{name}': could not install {runtime.lock}. Nothing half-built was kept; "
            f"check the network and that the lock is as committed, then run again. uv said:\n{error}"
        ) from error


def _describe(name: str, runtime: Runtime, environment: Path, describer: Path) -> dict[str, Any]:
    # TF_* settings of the caller's shell would pass for the runtime's own defaults; -I does the same for PYTHON*.
    settings = {key: value for key, value in os.environ.items() if not key.startswith("TF_")}
    command = [str(environment / "bin" / "python"), "-I", str(describer)]
    answer = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)  # noqa: S603
    if answer.returncode:
        last = "\n".join(answer.stderr.splitlines()[-LAST_LINES:])
        raise BuildError(f"runtime '{name}': {runtime.lock} installs, but TensorFlow does not run; it said:\n{last}")
    description = json.loads(answer.stdout)
    if description["tensorflow"] != runtime.tensorflow:
        raise BuildError(
            f"runtime '{name}' is TensorFlow {runtime.tensorflow}, but {runtime.lock} installs "
            f"{description['tensorflow']}: correct `tensorflow:` in the runtimes' file, or the lock"
        )
    lock_sha256 = hashlib.sha256(_lock_bytes(name, runtime)).hexdigest()
    return {"runtime": name, "lock_sha256": lock_sha256, **description}


class _CommandFailedError(Exception):
    """A command failed; the text is its last lines."""


def _run_uv(*arguments: str) -> None:
    """Run uv, pass on what it says as it says it, and keep its last lines for the error."""
    last: deque[str] = deque(maxlen=LAST_LINES)
    with subprocess.Popen(  # noqa: S603
        [uv.find_uv_bin(), *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            print(line, end="", file=sys.stderr, flush=True)
            last.append(line)
    if process.returncode:
        raise _CommandFailedError(indent("".join(last).rstrip(), "  "))


@contextmanager
def _turn(environment: Path) -> Iterator[None]:
    """Wait until no other process builds this environment, then keep others waiting."""
    environment.parent.mkdir(parents=True, exist_ok=True)
    with environment.with_name(f"{environment.name}.lock").open("w") as turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"another process builds {environment}; waiting for it", file=sys.stderr, flush=True)
            fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _complete(environment: Path) -> bool:
    # The interpreter is a link to the one that made the environment, and dangles when that one is uninstalled.
    return _description_of(environment).exists() and (environment / "bin" / "python").exists()


def _description_of(environment: Path) -> Path:
    return environment / "runtime.json"


def _cache() -> Path:
    study = os.environ.get("STUDY_CACHE")
    user = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return (Path(study) if study else Path(user) / "keras-api-study").expanduser().absolute()


def _lock_bytes(name: str, runtime: Runtime) -> bytes:
    try:
        return Path(runtime.lock).read_bytes()
    except OSError as error:
        raise ConfigError(
            f"runtime '{name}': lock '{runtime.lock}' cannot be read: {error.strerror}; `make lock` writes it"
        ) from error


def _link(out: Path, description: Path) -> None:
    # A link, not a copy: it breaks once the cache is emptied, so that the runtime is then built again.
    out.parent.mkdir(parents=True, exist_ok=True)
    out.unlink(missing_ok=True)
    out.symlink_to(description)


def main(arguments: list[str] | None = None) -> None:
    """Build one runtime and link its description."""
    parser = argparse.ArgumentParser(prog="study.runtime", description=main.__doc__)
    parser.add_argument("runtime")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--runtimes", type=Path, default=Path("config/runtimes.yaml"))
    options = parser.parse_args(arguments)
    try:
        runtimes = load_runtimes(options.runtimes)
        require_known("runtime", options.runtime, list(runtimes))
        _link(options.out, prepare(options.runtime, runtimes[options.runtime]))
    except (BuildError, ConfigError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
