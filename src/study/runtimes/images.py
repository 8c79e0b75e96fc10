"""Builds the runtimes' images with Docker, and pins the images that they are built on.

`python -m study.runtimes.images build` builds what `config/runtimes.yaml` names; what follows is passed on to
`docker build`. `… pin` writes the digest of every base into the Dockerfile; `… check` fails where one is missing.
"""

import argparse
import re
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

from study.common import command
from study.common.atomic import write_text
from study.common.errors import StudyError
from study.config.runtimes import Runtime, load_runtimes
from study.config.validation import require_known
from study.runtimes.commands import CommandFailedError, ask, run
from study.runtimes.providers.docker import REMEDIES

DOCKERFILE = Path("Dockerfile")
# A base image: the default of an argument that stands before the first stage.
BASE = re.compile(r"^(ARG [A-Z]\w*=)([\w./:-]+)(@sha256:[0-9a-f]{64})?$", re.MULTILINE)
# Names of images that are built here, not those of someone else, nor those that must have a digest.
OURS = re.compile(r"keras-api-study:[^@]+$")
# The driver's own Python.
DRIVERS = "3.11"
BUILD_REMEDIES = {
    **REMEDIES,
    "pull access denied": "name a base image that is here or in a registry, as in --build-arg PYTHON_3_11=…",
    "no such host": "check the network, or name a base image that is here, as in --build-arg PYTHON_3_11=…",
}


def options_of(name: str, runtime: Runtime, gpu: Collection[str] = ()) -> list[str]:
    """What `docker build` needs to know of a runtime; with its build for GPUs if it is one of `gpu`."""
    build = runtime.gpu if name in gpu else None
    labels = {"title": f"{name}-gpu" if build else name, "version": runtime.tensorflow}
    return [
        *("--target", f"runtime-cuda-{build.cuda}" if build else "runtime"),
        *("--build-arg", f"PYTHON={runtime.python}", "--build-arg", f"LOCK={runtime.lock}"),
        *(f"--label=org.opencontainers.image.{key}={value}" for key, value in labels.items()),
    ]


def missing(runtimes: Iterable[Runtime], dockerfile: str) -> list[str]:
    """Lines that the Dockerfile needs for the Pythons and CUDAs of runtimes, and lacks; most runtimes need none."""
    needed: dict[str, None] = {}  # in order, each once
    for runtime in runtimes:
        python, argument = runtime.python, f"PYTHON_{runtime.python.replace('.', '_')}"
        lines = [f"ARG {argument}=python:{python}-slim-bookworm", f"FROM ${{{argument}}} AS python-{python}"]
        if python != DRIVERS:
            lines.append(f"COPY --from=python-{python} /usr/local /opt/pyenv/versions/{python}.0")
        if runtime.gpu:
            lines.append(f"FROM runtime AS runtime-cuda-{runtime.gpu.cuda}")
        needed |= dict.fromkeys(lines)
    begins = {line: line.partition("=python:")[0] for line in needed}  # any base will do
    return [line for line, begin in begins.items() if not re.search(f"^{re.escape(begin)}", dockerfile, re.MULTILINE)]


def build(runtimes: Mapping[str, Runtime], gpu: Collection[str], options: Sequence[str]) -> None:
    """Build the images of runtimes, `options` going to `docker build`; an image of somebody else's is left out.

    Raises
    ------
    StudyError
        If the Dockerfile lacks a line that one of them needs; with what helps, if one cannot be built: those before
        it are there.
    """
    ours = {name: runtime for name, runtime in runtimes.items() if OURS.match(runtime.image or "")}
    if lines := missing(ours.values(), DOCKERFILE.read_text(encoding="utf-8")):
        raise StudyError("\n  ".join([f"add to {DOCKERFILE}, each beside those like it:", *lines]))
    for name, runtime in ours.items():
        print(f"building {runtime.image}", file=sys.stderr, flush=True)
        try:
            run("docker", "build", "--tag", str(runtime.image), *options_of(name, runtime, gpu), *options, ".")
        except CommandFailedError as error:
            raise error.explained(f"could not build the image '{runtime.image}'", BUILD_REMEDIES) from error


def digest_in_registry(image: str) -> str:
    """Digest by which the registry of an image knows it; downloads the image."""
    try:
        run("docker", "pull", "--quiet", image)
        known = ask("docker", "image", "inspect", "--format", "{{range .RepoDigests}}{{println .}}{{end}}", image)
    except CommandFailedError as error:
        raise error.explained(f"could not find the digest of '{image}'", BUILD_REMEDIES) from error
    return known.split()[0].partition("@")[2]


def pinned(dockerfile: str, digest_of: Callable[[str], str]) -> str:
    """Text of the Dockerfile with the digest of every base."""
    before, first_stage = _split(dockerfile)
    return BASE.sub(lambda base: f"{base[1]}{base[2]}@{digest_of(base[2])}", before) + first_stage


def unpinned(dockerfile: str) -> list[str]:
    """Base images without a digest."""
    return [image for _, image, digest in BASE.findall(_split(dockerfile)[0]) if not digest]


def _split(dockerfile: str) -> tuple[str, str]:
    start = dockerfile.index("\nFROM ")
    return dockerfile[:start], dockerfile[start:]


def main(arguments: Sequence[str] | None = None) -> None:
    """Build images, or pin what they are built on."""
    parser = argparse.ArgumentParser(prog="python -m study.runtimes.images", description=main.__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    building = commands.add_parser("build", allow_abbrev=False, help="build the runtimes' images")
    building.add_argument("--runtime", action="append", help="build only this one; may be given again")
    building.add_argument("--gpu", action="append", default=[], help="build this one for GPUs; may be given again")
    commands.add_parser("pin", help="write the digest of every base image into the Dockerfile")
    commands.add_parser("check", help="fail if a base image has no digest")
    chosen, options = parser.parse_known_args(arguments)
    COMMANDS[chosen.command](chosen, options)


def _build(chosen: argparse.Namespace, options: Sequence[str]) -> None:
    runtimes = load_runtimes(gpu=chosen.gpu)
    wanted = chosen.runtime or list(runtimes)
    for name in (*wanted, *chosen.gpu):
        require_known("runtime", name, list(runtimes))
    build({name: runtimes[name] for name in wanted}, chosen.gpu, options)


def _pin(_chosen: argparse.Namespace, _options: Sequence[str]) -> None:
    text = DOCKERFILE.read_text(encoding="utf-8")
    write_text(DOCKERFILE, pinned(text, digest_in_registry))


def _check(_chosen: argparse.Namespace, _options: Sequence[str]) -> None:
    if missing := unpinned(DOCKERFILE.read_text(encoding="utf-8")):
        raise StudyError(f"base images without a digest: {', '.join(missing)}. `make pin-images` pins them")


COMMANDS = {"build": _build, "pin": _pin, "check": _check}


if __name__ == "__main__":
    command.run(main)
