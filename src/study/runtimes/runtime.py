"""Builds a runtime from its lock or image, once a machine, and says how its Python is started.

`python -m study.runtimes.runtime RUNTIME --out results/runtimes/RUNTIME.json` makes the environment in a cache that all
checkouts share, or finds it there, and leaves at `--out` a copy of its description.
"""

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from study.common.atomic import replacing, write_text
from study.common.command import run
from study.common.disk import writing
from study.common.errors import about
from study.common.locks import turn
from study.common.surroundings import cache
from study.config.runtimes import Runtime, load_runtimes
from study.config.study import Setup
from study.config.validation import ConfigError, require_known
from study.runtimes import isolation
from study.runtimes.commands import Start
from study.runtimes.description import describe, used_gpus
from study.runtimes.gpus import present, refuse_unusable
from study.runtimes.providers.registry import PROVIDERS

DESCRIBER = isolation.SOURCES / "trials" / "describe.py"
DEFAULT = Setup()
# Folders of a checkout that may be links to a larger disk.
LARGE = (Path("data"), Path("data/processed"), Path("results"))


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
    inputs = _lock_bytes(name, runtime) + made_of(name, runtime, setup).encode() + DESCRIBER.read_bytes()
    key = hashlib.sha256(inputs + (b"gpu" if name in setup.gpu else b"")).hexdigest()
    return cache() / "runtimes" / f"{name}-{key[:12]}"


def made_of(name: str, runtime: Runtime, setup: Setup = DEFAULT) -> str:
    """What, beside its lock, a runtime is made of: a version of Python, an image. StudyError if there is no image."""
    return PROVIDERS[setup.provider].inputs(name, runtime)


def command_of(
    name: str, runtime: Runtime, setup: Setup = DEFAULT, *, folders: Sequence[Path] = (), alone: bool = False
) -> list[str]:
    """Return the command that starts the runtime's Python, whoever provides it; arguments of Python may follow.

    That Python has the runner (`src/trials`) on its path and, but for a short list, no variable of this process.

    Parameters
    ----------
    setup
        Who provides the runtime, and which runtimes train on the GPU.
    folders
        Absolute paths that a container must see, besides the working directory and what the study itself needs.
    alone
        Whether it has the machine to itself (`study.runtimes.machine`), for its records.
    """
    environment, uses_gpu = environment_of(name, runtime, setup), name in setup.gpu
    variables = isolation.variables(uses_gpu, alone)
    checkout = [Path.cwd(), *(folder.resolve() for folder in LARGE), isolation.SOURCES]
    shared = [Path(variables["STUDY_CORES"])] if "STUDY_CORES" in variables else []
    start = Start(
        variables=variables,
        places=isolation.places(uses_gpu),
        folders=_outermost([*checkout, environment, *shared, *folders]),
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
        lock = environment.with_name(f"{environment.name}.lock")
        with about("cache of runtimes, which may be elsewhere (STUDY_CACHE)"), writing(lock):
            lock.parent.mkdir(parents=True, exist_ok=True)
            lock.touch()
        # A command of a builder that was killed holds the lock until it ends itself.
        with turn(lock, f"another process that builds {environment}"):
            if not _complete(environment, setup):
                _build(name, runtime, environment, describer, setup)
    return _description_of(environment)


def _build(name: str, runtime: Runtime, environment: Path, describer: Path, setup: Setup) -> None:
    shutil.rmtree(environment, ignore_errors=True)
    source = runtime.lock if setup.provider == DEFAULT.provider else str(runtime.image)
    try:
        origin = PROVIDERS[setup.provider].create(name, runtime, environment)
        description = describe(name, runtime, command_of(name, runtime, setup), describer, source)
        gpus = used_gpus(name, runtime, description) if name in setup.gpu else {}
        lock_sha256 = hashlib.sha256(_lock_bytes(name, runtime)).hexdigest()
        described = {"runtime": name, "lock_sha256": lock_sha256, **description, **origin, **gpus}
        write_text(_description_of(environment), json.dumps(described, indent=2) + "\n")
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


def _complete(environment: Path, setup: Setup) -> bool:
    return _description_of(environment).exists() and PROVIDERS[setup.provider].is_complete(environment)


def _description_of(environment: Path) -> Path:
    return environment / "runtime.json"


def _lock_bytes(name: str, runtime: Runtime) -> bytes:
    try:
        return Path(runtime.lock).read_bytes()
    except OSError as error:
        raise ConfigError(
            f"runtime '{name}': lock '{runtime.lock}' cannot be read: {error.strerror}; `make lock` writes it"
        ) from error


def add_choice(parser: argparse.ArgumentParser) -> None:
    """Let a command line choose a runtime, who provides it, and what trains on the GPU."""
    parser.add_argument("runtime", help="which of the runtimes")
    parser.add_argument("--runtimes", type=Path, default=Path("config/runtimes.yaml"), help="the file that names them")
    parser.add_argument("--provider", choices=PROVIDERS, default=DEFAULT.provider, help="who provides it")
    parser.add_argument("--gpu", nargs="*", default=DEFAULT.gpu, help="runtimes that train on the GPU")


def chosen(options: argparse.Namespace) -> tuple[Runtime, Setup]:
    """Runtime and set-up that a command line chose (`add_choice`); raises as `require_known` does."""
    setup = Setup(provider=options.provider, gpu=options.gpu)
    runtimes = load_runtimes(options.runtimes, setup.gpu)
    for name in (options.runtime, *setup.gpu):
        require_known("runtime", name, list(runtimes))
    return runtimes[options.runtime], setup


def main(arguments: Sequence[str] | None = None) -> None:
    """Build one runtime and keep its description."""
    parser = argparse.ArgumentParser(prog="python -m study.runtimes.runtime", description=main.__doc__)
    add_choice(parser)
    parser.add_argument("--out", type=Path, required=True, help="where its description (JSON) goes")
    options = parser.parse_args(arguments)
    runtime, setup = chosen(options)
    refuse_unusable(setup, {options.runtime: runtime})
    description = prepare(options.runtime, runtime, setup=setup)
    with replacing(options.out) as part:
        shutil.copyfile(description, part)
    for gpu in [] if options.runtime in setup.gpu else present():
        print(f"{options.runtime} does not use the {gpu.name}: see `gpu` in config/study.yaml", file=sys.stderr)


if __name__ == "__main__":
    run(main)
