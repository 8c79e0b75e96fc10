"""Resolves what the locks are made from: each runtime's packages, and the driver's environment for conda."""

import subprocess
from pathlib import Path

import uv

from study.config import load_runtimes

# A C library that is old enough for the machines in use and new enough for every package locked here.
PLATFORM = "x86_64-manylinux_2_28"
CONDA = Path("environment.yml")
CONDA_HEADER = """\
# The driver environment for conda, with the versions of uv.lock. Made by `make lock`: do not edit.
#   conda env create --file environment.yml && conda activate keras-api-study && snakemake --cores all
name: keras-api-study
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python=3.11
  - git
  - make
  - pip
  - pip:
"""


def lock_runtimes() -> None:
    """Write `workflow/envs/<runtime>.lock.txt` from `<runtime>.in`, with a hash for every package."""
    for runtime in load_runtimes().values():
        requirements = runtime.lock.replace(".lock.txt", ".in")
        _uv(
            *("pip", "compile", "--quiet", "--upgrade", "--generate-hashes", "--custom-compile-command", "make lock"),
            *("--python-version", runtime.python, "--python-platform", PLATFORM),
            *("--output-file", runtime.lock, requirements),
        )


def conda_environment() -> str:
    """Text of the conda environment that holds what `uv.lock` holds, without the tools of development."""
    plain = ("--no-dev", "--no-hashes", "--no-emit-project", "--no-annotate", "--no-header")
    packages = _uv("export", "--quiet", "--locked", *plain).splitlines()
    return CONDA_HEADER + "".join(f'      - "{package}"\n' for package in packages)


def _uv(*arguments: str) -> str:
    done = subprocess.run([uv.find_uv_bin(), *arguments], stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    return done.stdout


def main() -> None:
    """Write every lock."""
    lock_runtimes()
    CONDA.write_text(conda_environment(), encoding="utf-8")


if __name__ == "__main__":
    main()
