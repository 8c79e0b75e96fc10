"""The provider `apptainer`: each runtime in its image as one file (`.sif`), which runs without root."""

import hashlib
import re
import shutil
from pathlib import Path
from typing import Any

from study.config.runtimes import Runtime
from study.runtimes.commands import CommandFailedError, Start, flags, run
from study.runtimes.providers import docker
from study.runtimes.providers.image import Image, image_of, isolated_python

PROGRAM = "apptainer"
ELSEWHERE = "build the image with `make images`, or name another in config/runtimes.yaml"
REMEDIES = {
    "access to the resource is denied": f"log in to its registry, {ELSEWHERE}",
    "manifest unknown": f"correct its name, {ELSEWHERE}",
    "dial tcp": f"check the network, {ELSEWHERE}",
}


def inputs(name: str, runtime: Runtime) -> str:
    """Return which image it is, as far as that is known without reading it."""
    if shutil.which(PROGRAM) is None:
        raise CommandFailedError(PROGRAM, "command not found").explained(f"runtime '{name}' needs Apptainer")
    image = image_of(name, runtime)
    if image.is_file:
        path = _found(image)
        return f"{path} {path.stat().st_size} {path.stat().st_mtime_ns} {image.pinned}"
    return " ".join(_source(image))


def create(name: str, runtime: Runtime, environment: Path) -> dict[str, Any]:
    """Link the file that is named, or make one from the image that Docker or a registry has."""
    environment.mkdir(parents=True)
    image, sif = image_of(name, runtime), _sif(environment)
    if image.is_file:
        sif.symlink_to(_found(image))
        digest = _sha256(sif)
        image.require(digest)
    else:
        source, digest = _source(image)
        _convert(image, source, sif)
    return image.origin(digest or _sha256(sif))


def is_complete(environment: Path) -> bool:
    """Whether the file is there."""
    return _sif(environment).exists()


def command(name: str, runtime: Runtime, environment: Path, start: Start) -> list[str]:
    """Return the command that starts the image's Python; it sees `start.folders`, /tmp, and no network."""
    options = {
        "--bind": [str(folder) for folder in start.folders],
        "--pwd": [str(start.folders[0])],
    }
    nvidia = ["--nv"] if start.gpus else []
    arguments = ["--cleanenv", "--no-home", "--net", "--network", "none", *nvidia, *flags(options)]
    return [PROGRAM, "exec", *arguments, str(_sif(environment)), *isolated_python(start)]


def _sif(environment: Path) -> Path:
    return environment / "image.sif"


def _found(image: Image) -> Path:
    try:
        return Path(image.name).resolve(strict=True)
    except OSError as error:
        raise image.error(f"cannot be read ({error.strerror})", "make it with `apptainer build`") from error


def _source(image: Image) -> tuple[str, str]:
    """Where Apptainer gets the image, and the image's digest, empty where only the registry knows it."""
    if docker.holds(image):
        return f"docker-daemon:{image.name}", docker.digest(image)
    if image.pinned:
        return f"docker://{re.sub(':[^:/]+$', '', image.name)}@{image.pinned}", image.pinned
    return f"docker://{image.name}", ""


def _convert(image: Image, source: str, sif: Path) -> None:
    try:
        run(PROGRAM, "build", str(sif), source)
    except CommandFailedError as error:
        raise error.explained(f"runtime '{image.runtime}': no {sif.name} from {source}", REMEDIES) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
