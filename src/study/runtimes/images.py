"""Builds the runtimes' images with Docker, and pins the images that they are built on.

`python -m study.runtimes.images build` builds what `config/runtimes.yaml` names; what follows is passed on to
`docker build`. `… pin` writes the digest of every base into the Dockerfile; `… check` fails where one is missing.
"""

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from study.common import command
from study.common.errors import StudyError
from study.config.runtimes import Runtime, load_runtimes
from study.config.validation import require_known
from study.runtimes.commands import CommandFailedError, ask, run
from study.runtimes.providers.docker import REMEDIES

DOCKERFILE = Path("Dockerfile")
# A base image: the default of an argument that stands before the first stage.
BASE = re.compile(r"^(ARG [A-Z]\w*=)([\w./:-]+)(@sha256:[0-9a-f]{64})?$", re.MULTILINE)
STAGE = re.compile(r"^FROM \S+ AS (\S+)$", re.MULTILINE)
BUILD_REMEDIES = {
    **REMEDIES,
    "pull access denied": "name a base image that is here or in a registry, as in --build-arg PYTHON_3_11=…",
    "no such host": "check the network, or name a base image that is here, as in --build-arg PYTHON_3_11=…",
}


def targets(runtimes: Mapping[str, Runtime], dockerfile: str) -> dict[str, str]:
    """Stage of the Dockerfile for each image that it makes: the tag of the image's name."""
    stages, images = STAGE.findall(dockerfile), [runtime.image for runtime in runtimes.values() if runtime.image]
    tagged = {image: image.rpartition(":")[2] for image in images}
    return {image: stage for image, stage in tagged.items() if stage in stages}


def build(runtimes: Mapping[str, Runtime], options: Sequence[str]) -> None:
    """Build the images of runtimes, `options` going to `docker build`.

    Raises
    ------
    StudyError
        With what helps, if one cannot be built; those before it are there.
    """
    for image, stage in targets(runtimes, DOCKERFILE.read_text(encoding="utf-8")).items():
        print(f"building {image}", file=sys.stderr, flush=True)
        try:
            run("docker", "build", "--target", stage, "--tag", image, *options, ".")
        except CommandFailedError as error:
            raise error.explained(f"could not build the image '{image}'", BUILD_REMEDIES) from error


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
    build({name: runtimes[name] for name in wanted}, options)


def _pin(_chosen: argparse.Namespace, _options: Sequence[str]) -> None:
    text = DOCKERFILE.read_text(encoding="utf-8")
    DOCKERFILE.write_text(pinned(text, digest_in_registry), encoding="utf-8")


def _check(_chosen: argparse.Namespace, _options: Sequence[str]) -> None:
    if missing := unpinned(DOCKERFILE.read_text(encoding="utf-8")):
        raise StudyError(f"base images without a digest: {', '.join(missing)}. `make pin-images` pins them")


COMMANDS = {"build": _build, "pin": _pin, "check": _check}


if __name__ == "__main__":
    command.run(main)
