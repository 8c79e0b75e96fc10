"""The provider `apptainer`: each runtime in its image as one file (`.sif`), which runs without root."""

import hashlib
import re
import shutil
from pathlib import Path
from typing import Any

from study.common.surroundings import cache
from study.config.runtimes import Runtime
from study.runtimes.commands import CommandFailedError, Start, flags, run
from study.runtimes.providers import docker
from study.runtimes.providers.image import SIF, Image, image_of, isolated_python

PROGRAM = "apptainer"
DEFINITION = Path("Apptainer.def")
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
    if path := _file(image, runtime):
        return f"{path} {path.stat().st_size} {path.stat().st_mtime_ns} {image.pinned}"
    return " ".join(_source(image))


def create(name: str, runtime: Runtime, environment: Path) -> dict[str, Any]:
    """Link the file that is named or was built, or make one from the image that Docker or a registry has."""
    environment.mkdir(parents=True)
    image, sif = image_of(name, runtime), _sif(environment)
    if path := _file(image, runtime):
        sif.symlink_to(path)
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


def built(runtime: Runtime) -> Path:
    """Where `make images` leaves what Apptainer builds of a runtime with an image of ours, whether or not it is there.

    Its name changes with any byte of what it is built from, so that no older one is found.
    """
    made_of = DEFINITION.read_bytes() + Path(runtime.lock).read_bytes() + runtime.python.encode()
    tag = str(runtime.image).rpartition(":")[2]
    return cache() / "images" / f"{tag}-{hashlib.sha256(made_of).hexdigest()[:12]}{SIF}"


def reference(image: str, digest: str) -> str:
    """An image of a registry by its digest, without the tag, as Apptainer wants it."""
    return f"{re.sub(':[^:/]+$', '', image)}@{digest}" if digest else image


def _sif(environment: Path) -> Path:
    return environment / "image.sif"


def _file(image: Image, runtime: Runtime) -> Path | None:
    """The file that holds the image already: the one that is named, or that `make images` built."""
    if image.is_file:
        return _found(image)
    return built(runtime) if image.is_ours and built(runtime).exists() else None


def _found(image: Image) -> Path:
    try:
        return Path(image.name).resolve(strict=True)
    except OSError as error:
        raise image.error(f"cannot be read ({error.strerror})", "make it with `apptainer build`") from error


def _source(image: Image) -> tuple[str, str]:
    """Where Apptainer gets the image, and the image's digest, empty where only the registry knows it."""
    if docker.holds(image):
        return f"docker-daemon:{image.name}", docker.digest(image)
    if image.is_ours:
        raise image.error("is neither in Docker nor built with Apptainer", "build it with `make images`")
    return f"docker://{reference(image.name, image.pinned or '')}", image.pinned or ""


def _convert(image: Image, source: str, sif: Path) -> None:
    try:
        run(PROGRAM, "build", str(sif), source)
    except CommandFailedError as error:
        raise error.explained(f"runtime '{image.runtime}': no {sif.name} from {source}", REMEDIES) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
