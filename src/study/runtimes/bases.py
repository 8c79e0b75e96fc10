"""The images that the runtimes' images are built on: the first lines of the Dockerfile, and their digests."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from study.config.runtimes import Runtime

DOCKERFILE = Path("Dockerfile")
# A base image: the default of an argument that stands before the first stage.
BASE = re.compile(r"^(ARG ([A-Z]\w*)=)([\w./:-]+)(@sha256:[0-9a-f]{64})?$", re.MULTILINE)
# The driver's own Python.
DRIVERS = "3.11"


class Base(NamedTuple):
    """A base image: its name with a tag, and its digest ("sha256:…"), empty where it is not pinned."""

    image: str
    digest: str


def base_of(python: str, dockerfile: str) -> Base:
    """The base that holds a Python."""
    named = {argument: Base(image, digest.removeprefix("@")) for _, argument, image, digest in BASE.findall(dockerfile)}
    return named[_argument(python)]


def missing(runtimes: Iterable[Runtime], dockerfile: str) -> list[str]:
    """Lines that the Dockerfile needs for the Pythons and CUDAs of runtimes, and lacks; most runtimes need none."""
    needed: dict[str, None] = {}  # in order, each once
    for runtime in runtimes:
        python, argument = runtime.python, _argument(runtime.python)
        lines = [f"ARG {argument}=python:{python}-slim-bookworm", f"FROM ${{{argument}}} AS python-{python}"]
        if python != DRIVERS:
            lines.append(f"COPY --from=python-{python} /usr/local /opt/pyenv/versions/{python}.0")
        if runtime.gpu:
            lines.append(f"FROM runtime AS runtime-cuda-{runtime.gpu.cuda}")
        needed |= dict.fromkeys(lines)
    begins = {line: line.partition("=python:")[0] for line in needed}  # any base will do
    return [line for line, begin in begins.items() if not re.search(f"^{re.escape(begin)}", dockerfile, re.MULTILINE)]


def pinned(dockerfile: str, digest_of: Callable[[str], str]) -> str:
    """Text of the Dockerfile with the digest of every base."""
    before, first_stage = _split(dockerfile)
    return BASE.sub(lambda base: f"{base[1]}{base[3]}@{digest_of(base[3])}", before) + first_stage


def unpinned(dockerfile: str) -> list[str]:
    """Base images without a digest."""
    return [image for *_, image, digest in BASE.findall(_split(dockerfile)[0]) if not digest]


def _split(dockerfile: str) -> tuple[str, str]:
    start = dockerfile.index("\nFROM ")
    return dockerfile[:start], dockerfile[start:]


def _argument(python: str) -> str:
    """Argument of the Dockerfile that names the base with a Python."""
    return f"PYTHON_{python.replace('.', '_')}"
