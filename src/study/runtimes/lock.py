"""Resolves the locks: each runtime's packages, and from the locks the same environments for conda, and their SBOMs."""

import argparse
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import uv

from study.common.atomic import write_text
from study.common.command import run
from study.common.errors import StudyError
from study.config.runtimes import Runtime, load_runtimes
from study.config.validation import require_known
from study.runtimes.commands import CommandFailedError, ask
from study.runtimes.driver import NO_CONFIGURATION, PYPI
from study.runtimes.sbom import sbom, sbom_file

# A C library that is old enough for the machines in use and new enough for every package locked here.
PLATFORM = "x86_64-manylinux_2_28"
CONDA = Path("environment.yml")
# What is locked beside the runtimes, by `study.runtimes.driver`; only what is made of its lock is made here.
DRIVER = "driver"
CONDA_ENVIRONMENT = """\
# {title} for conda, with the versions of {lock}. Made by `make lock`: do not edit.
#   conda env create --file {file} && conda activate {name}{then}
name: {name}
channels:
  - conda-forge
  - nodefaults
dependencies:
{packages}  - pip:
{pinned}"""
PIN = re.compile(r"^([\w.-]+)==([^\s;]+)", re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    """Version of every package that the text of a lock names."""
    return {re.sub(r"[-_.]+", "-", package).lower(): version for package, version in PIN.findall(lock)}


def locked() -> dict[str, Runtime]:
    """Runtimes, and those of their builds for GPUs that have a lock of their own, by the name of the lock."""
    names = list(load_runtimes())
    runtimes = [*load_runtimes().values(), *load_runtimes(gpu=names).values()]
    return {Path(runtime.lock).name.removesuffix(".lock.txt"): runtime for runtime in runtimes}


def lock(name: str, runtime: Runtime, day: date) -> None:
    """Write `workflow/envs/<runtime>.lock.txt` from `<runtime>.in`, with a hash for every package.

    Parameters
    ----------
    name
        What `locked` calls the runtime.
    day
        Packages that were published later are not considered; the lock's first lines name it.

    Raises
    ------
    StudyError
        If there is no `<runtime>.in`, or its packages cannot be resolved.
    """
    requirements = runtime.lock.replace(".lock.txt", ".in")
    if not Path(requirements).exists():
        raise StudyError(f"write {requirements}, as in: tensorflow-cpu=={runtime.tensorflow}")
    made_by = f"make lock RUNTIME={name}  # of packages published up to {day}"
    _uv(
        runtime.lock,
        *("pip", "compile", "--quiet", "--upgrade", "--generate-hashes", "--custom-compile-command", made_by),
        *("--python-version", runtime.python, "--python-platform", PLATFORM, "--exclude-newer", day.isoformat()),
        *("--output-file", runtime.lock, requirements),
    )


def conda_environments() -> dict[Path, str]:
    """Text of every conda environment, by the file that holds it: the driver's, and one for each runtime."""
    runtimes = {conda_file(runtime): _conda_runtime(name, runtime) for name, runtime in locked().items()}
    return {CONDA: _driver(), **runtimes}


def conda_file(runtime: Runtime) -> Path:
    """Where a runtime's conda environment is."""
    return Path(runtime.lock.replace(".lock.txt", ".yml"))


def _driver() -> str:
    """What a study needs of `uv.lock`: neither the tools of development nor DVC."""
    plain = ("--no-default-groups", "--no-hashes", "--no-emit-project", "--no-annotate", "--no-header")
    return _conda(
        title="The driver environment",
        lock="uv.lock",
        file=CONDA,
        name="keras-api-study",
        then=" && snakemake --cores all",
        packages=["python=3.11", "git", "make", "pip"],
        pinned=_uv(str(CONDA), "export", "--quiet", "--locked", *plain).splitlines(),
    )


def _conda_runtime(name: str, runtime: Runtime) -> str:
    lock = Path(runtime.lock).read_text(encoding="utf-8")
    return _conda(
        title=f"The runtime {name}",
        lock=Path(runtime.lock).name,
        file=conda_file(runtime),
        name=name,
        then="",
        packages=[f"python={runtime.python}", "pip"],
        pinned=[f"{package}=={version}" for package, version in pins(lock).items()],
    )


def _conda(*, packages: list[str], pinned: list[str], **words: object) -> str:
    return CONDA_ENVIRONMENT.format(
        packages="".join(f"  - {package}\n" for package in packages),
        pinned="".join(f'      - "{package}"\n' for package in pinned),
        **words,
    )


def _uv(what: str, *arguments: str) -> str:
    try:
        return ask(uv.find_uv_bin(), *arguments, *PYPI, **NO_CONFIGURATION)
    except CommandFailedError as error:
        raise error.explained(
            f"{what} could not be resolved, and is as it was",
            {"failed to fetch": "check the network: packages are resolved on PyPI, whichever index is configured"},
            otherwise="correct what uv names",
        ) from error


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the lock, the conda environment and the SBOM of one runtime, or of all, and the driver's for conda."""
    parser = argparse.ArgumentParser(prog="python -m study.runtimes.lock", description=main.__doc__)
    parser.add_argument("runtime", nargs="?", help=f"resolve the packages of this one only; '{DRIVER}': none")
    chosen, runtimes = parser.parse_args(arguments).runtime, locked()
    if chosen:
        require_known("runtime", chosen, [*runtimes, DRIVER])
    for name in [chosen] if chosen else [*runtimes, DRIVER]:
        if name == DRIVER:
            write_text(CONDA, _driver())
        else:
            lock(name, runtimes[name], datetime.now(UTC).date())
            write_text(conda_file(runtimes[name]), _conda_runtime(name, runtimes[name]))
            write_text(sbom_file(runtimes[name]), sbom(name, runtimes[name]))


if __name__ == "__main__":
    run(main)
