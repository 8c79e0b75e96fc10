"""Builds a runtime from its lock or image, once a machine, and says how its Python is started.

`python -m study.runtimes.runtime RUNTIME --out results/runtimes/RUNTIME.json` makes the environment in a cache that all
checkouts share, or finds it there, and leaves at `--out` a link to its description.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from study.common.command import run
from study.config.runtimes import Runtime, load_runtimes
from study.config.study import Setup
from study.config.validation import ConfigError, require_known
from study.runtimes.commands import Start
from study.runtimes.description import describe, used_gpus
from study.runtimes.gpus import present, refuse_unusable
from study.runtimes.providers import uv_environment
from study.runtimes.providers.registry import PROVIDERS

DESCRIBER = Path(__file__).parents[2] / "trials" / "describe.py"
DEFAULT = Setup()
# Folders of a checkout that may be links to a larger disk.
LARGE = (Path("data"), Path("data/processed"), Path("results"))
NO_GPU = {"CUDA_VISIBLE_DEVICES": "-1"}


def environment_of(name: str, runtime: Runtime, setup: Setup = DEFAULT) -> Path:
    """Directory of the runtime's environment, whether or not it is built.

    Its name changes with any byte of the lock or of the describer and with what the provider makes it of (a version of
    Python, an image), so neither an environment nor its description goes stale.

    Raises
    ------
    ConfigError
        If the lock cannot be read.
    StudyError
        If there is no image to make it of.
    """
    inputs = _lock_bytes(name, runtime) + PROVIDERS[setup.provider].inputs(name, runtime) + DESCRIBER.read_bytes()
    key = hashlib.sha256(inputs + (b"gpu" if name in setup.gpu else b"")).hexdigest()
    return _cache() / "runtimes" / f"{name}-{key[:12]}"


def python_of(name: str, runtime: Runtime) -> Path:
    """Path of the interpreter of a runtime that uv provides, whether or not it is built."""
    return uv_environment.python(environment_of(name, runtime))


def command_of(
    name: str,
    runtime: Runtime,
    setup: Setup = DEFAULT,
    *,
    settings: Mapping[str, str] | None = None,
    folders: Sequence[Path] = (),
) -> list[str]:
    """Return the command that starts the runtime's Python, whoever provides it; arguments of Python may follow.

    Parameters
    ----------
    setup
        Who provides the runtime, and which runtimes train on the GPU.
    settings
        Variables that it finds in its environment.
    folders
        Absolute paths that a container must see, besides the working directory and this runtime's description.
    """
    environment = environment_of(name, runtime, setup)
    start = Start(
        settings={**(settings or {}), **({} if name in setup.gpu else NO_GPU)},
        folders=_outermost([Path.cwd(), *(folder.resolve() for folder in LARGE), environment, *folders]),
        # Also where this runtime uses none: all records of a run must tell of the same machine.
        gpus=bool(setup.gpu),
    )
    return PROVIDERS[setup.provider].command(name, runtime, environment, start)


def description_of(name: str, runtime: Runtime, setup: Setup = DEFAULT) -> Path | None:
    """Path of the runtime's description, None where the runtime is not built."""
    environment = environment_of(name, runtime, setup)
    return _description_of(environment) if _complete(environment, setup) else None


def prepare(name: str, runtime: Runtime, describer: Path = DESCRIBER, setup: Setup = DEFAULT) -> Path:
    """Build the runtime's environment unless it is there.

    Parameters
    ----------
    name, runtime
        An entry of `config/runtimes.yaml`.
    describer
        Script that, run by the new environment's Python, prints as JSON what the environment is.
    setup
        Who provides the runtime, and which runtimes train on the GPU.

    Returns
    -------
    Path
        The environment's description. It is written last, so where it exists the environment is complete.

    Raises
    ------
    StudyError
        If there is no such Python or image, the lock cannot be installed, or what is there is not the runtime.
        Nothing half-built is kept.
    """
    environment = environment_of(name, runtime, setup)
    if not _complete(environment, setup):
        with _turn(environment):
            if not _complete(environment, setup):
                _build(name, runtime, environment, describer, setup)
    return _description_of(environment)


def forget_stale(name: str, runtime: Runtime, out: Path, setup: Setup = DEFAULT) -> None:
    """Remove the link `out` unless it leads to the runtime's complete environment.

    Call this as the workflow is read, so that Snakemake builds the runtime again: Snakemake learns what exists by
    listing directories, takes a broken link for a file, and stops at it.
    """
    description = description_of(name, runtime, setup)
    if description is None or out.resolve() != description.resolve():
        out.unlink(missing_ok=True)


def _build(name: str, runtime: Runtime, environment: Path, describer: Path, setup: Setup) -> None:
    shutil.rmtree(environment, ignore_errors=True)
    source = runtime.lock if setup.provider == DEFAULT.provider else str(runtime.image)
    try:
        origin = PROVIDERS[setup.provider].create(name, runtime, environment)
        description = describe(name, runtime, command_of(name, runtime, setup), describer, source)
        gpus = used_gpus(name, runtime, description) if name in setup.gpu else {}
        lock_sha256 = hashlib.sha256(_lock_bytes(name, runtime)).hexdigest()
        described = {"runtime": name, "lock_sha256": lock_sha256, **description, **origin, **gpus}
        partial = environment / "runtime.json.partial"
        partial.write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
        partial.replace(_description_of(environment))
    except BaseException:
        shutil.rmtree(environment, ignore_errors=True)
        raise


def _outermost(folders: Sequence[Path]) -> list[Path]:
    """Leave out folders that lie in one before them."""
    kept: list[Path] = []
    for folder in folders:
        if not any(folder.is_relative_to(other) for other in kept):
            kept.append(folder)
    return kept


@contextmanager
def _turn(environment: Path) -> Iterator[None]:
    """Wait until no other process builds this environment, then keep others waiting."""
    environment.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(environment.with_name(f"{environment.name}.lock"))
    try:
        turn = lock.acquire(blocking=False)
    except Timeout:
        print(f"another process builds {environment}; waiting for it", file=sys.stderr, flush=True)
        turn = lock.acquire()
    with turn:
        yield


def _complete(environment: Path, setup: Setup) -> bool:
    return _description_of(environment).exists() and PROVIDERS[setup.provider].is_complete(environment)


def _description_of(environment: Path) -> Path:
    return environment / "runtime.json"


def _cache() -> Path:
    return Path(os.environ.get("STUDY_CACHE") or user_cache_path("keras-api-study")).expanduser().absolute()


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


def main(arguments: Sequence[str] | None = None) -> None:
    """Build one runtime and link its description."""
    parser = argparse.ArgumentParser(prog="study.runtimes.runtime", description=main.__doc__)
    parser.add_argument("runtime")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--runtimes", type=Path, default=Path("config/runtimes.yaml"))
    parser.add_argument("--provider", choices=PROVIDERS, default=DEFAULT.provider, help="who provides it")
    parser.add_argument("--gpu", nargs="*", default=DEFAULT.gpu, help="runtimes that train on the GPU")
    options = parser.parse_args(arguments)
    setup = Setup(provider=options.provider, gpu=options.gpu)
    runtimes = load_runtimes(options.runtimes, setup.gpu)
    for name in (options.runtime, *setup.gpu):
        require_known("runtime", name, list(runtimes))
    refuse_unusable(setup, runtimes)
    _link(options.out, prepare(options.runtime, runtimes[options.runtime], setup=setup))
    for gpu in [] if options.runtime in setup.gpu else present():
        print(f"{options.runtime} does not use the {gpu.name}: see `gpu` in config/study.yaml", file=sys.stderr)


if __name__ == "__main__":
    run(main)
