"""The provider `docker`: each runtime in a container of its image."""

import json
import os
from pathlib import Path
from typing import Any

from study.config.runtimes import Runtime
from study.runtimes.commands import CommandFailedError, Start, ask, flags
from study.runtimes.providers.image import Image, image_of, isolated_python

OTHERWISE = "or choose another provider, as in --config provider=uv"
REMEDIES = {
    "cannot connect to the docker daemon": f"start Docker, {OTHERWISE}",
    "permission denied": f"add yourself to the group `docker`, {OTHERWISE}",
    "no such image": "build it with `make images`, or name another in config/runtimes.yaml",
}


def inputs(name: str, runtime: Runtime) -> str:
    """Return the digest of the image."""
    return digest(image_of(name, runtime))


def create(name: str, runtime: Runtime, environment: Path) -> dict[str, Any]:
    """Make nothing, as Docker keeps the image, and say which it is."""
    environment.mkdir(parents=True)
    image = image_of(name, runtime)
    return image.origin(digest(image))


def is_complete(environment: Path) -> bool:
    """Whether what was made is there: nothing was."""
    return True


def command(name: str, runtime: Runtime, environment: Path, start: Start) -> list[str]:
    """Return the command that starts the image's Python, as the user who asks and without network."""
    options = {
        "--network": ["none"],
        "--user": [f"{os.getuid()}:{os.getgid()}"],
        "--gpus": ["all"] if start.gpus else [],
        "--volume": [f"{folder}:{folder}" for folder in start.folders],
        "--workdir": [str(start.folders[0])],
    }
    image = image_of(name, runtime).name
    return ["docker", "run", "--rm", "--init", "--interactive", *flags(options), image, *isolated_python(start)]


def digest(image: Image) -> str:
    """Digest of an image that Docker has here.

    Raises
    ------
    StudyError
        If there is no Docker, it has no such image, or it has another one than pinned.
    """
    if image.is_file:
        raise image.error("is a file for Apptainer, which Docker cannot run", "choose --config provider=apptainer")
    try:
        digests = _digests(image)
    except CommandFailedError as error:
        raise error.explained(f"runtime '{image.runtime}': no image '{image.name}' in Docker", REMEDIES) from error
    image.require(*digests)
    return digests[0]


def holds(image: Image) -> bool:
    """Whether there is a Docker here that has the image."""
    try:
        return bool(_digests(image))
    except CommandFailedError:
        return False


def _digests(image: Image) -> list[str]:
    """By what Docker knows the image: what it is made of, then what registries call it."""
    found = json.loads(ask("docker", "image", "inspect", "--format", "{{json .}}", image.name))
    return [found["Id"], *(each.partition("@")[2] for each in found["RepoDigests"])]
