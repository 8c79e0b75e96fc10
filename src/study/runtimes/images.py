"""Builds the runtimes' images with Docker or Apptainer, and pins the images that they are built on.

`python -m study.runtimes.images build` builds what `config/runtimes.yaml` names; what follows is passed on to
`docker build` or `apptainer build`. `… pin` writes the digest of every base into the Dockerfile; `… check` fails where
one is missing.
"""

import argparse
import shutil
import sys
from collections.abc import Collection, Mapping, Sequence
from importlib.metadata import version

from study.common import command
from study.common.atomic import replacing, write_text
from study.common.errors import StudyError
from study.common.locks import turn
from study.config.runtimes import Runtime, load_runtimes
from study.config.validation import require_known
from study.runtimes.bases import DOCKERFILE, base_of, missing, pinned, unpinned
from study.runtimes.commands import CommandFailedError, ask, assignments, flags, run
from study.runtimes.labels import labels_of, origin, prefixed
from study.runtimes.providers import apptainer, docker
from study.runtimes.providers.image import image_of
from study.runtimes.sbom import sbom_file

# The driver's own image.
DRIVER = "keras-api-study"
BUILD_REMEDIES = {
    **docker.REMEDIES,
    "pull access denied": "name a base image that is here or in a registry, as in --build-arg PYTHON_3_11=…",
    "no such host": "check the network, or name a base image that is here, as in --build-arg PYTHON_3_11=…",
}
APPTAINER_REMEDIES = {
    **dict.fromkeys(
        ("no such host", "dial tcp"),
        "check the network, or name a base that is here, as in --build-arg BOOTSTRAP=localimage --build-arg BASE=….sif",
    ),
    "unprivileged user namespaces": (
        "build it where you are root or have user namespaces, and name the file in config/runtimes.yaml"
    ),
}


def options_of(name: str, runtime: Runtime, gpu: Collection[str] = ()) -> list[str]:
    """What `docker build` needs to know of a runtime; with its build for GPUs if it is one of `gpu`."""
    build = runtime.gpu if name in gpu else None
    arguments = {"PYTHON": runtime.python, "LOCK": runtime.lock, "SBOM": str(sbom_file(runtime))}
    labels = prefixed(labels_of(name, runtime, DOCKERFILE, gpu))
    return [
        *("--target", f"runtime-cuda-{build.cuda}" if build else "runtime"),
        *flags({"--build-arg": assignments(arguments), "--label": assignments(labels)}),
    ]


def build(runtimes: Mapping[str, Runtime], gpu: Collection[str], options: Sequence[str], engine: str) -> None:
    """Build the images of runtimes, `options` going to what the engine builds with; one of somebody else's is left out.

    Raises
    ------
    StudyError
        If the Dockerfile lacks a line that one of them needs, or the engine cannot build it; with what helps, if one
        fails: those before it are there.
    """
    ours = {name: runtime for name, runtime in runtimes.items() if runtime.image and image_of(name, runtime).is_ours}
    if lines := missing(ours.values(), DOCKERFILE.read_text(encoding="utf-8")):
        raise StudyError("\n  ".join([f"add to {DOCKERFILE}, each beside those like it:", *lines]))
    for name, runtime in ours.items():
        ENGINES[engine](name, runtime, gpu, options)


def _build_with_docker(name: str, runtime: Runtime, gpu: Collection[str], options: Sequence[str]) -> None:
    _docker_build(str(runtime.image), [*options_of(name, runtime, gpu), *options])


def _build_driver(options: Sequence[str]) -> None:
    labels = assignments(prefixed({"version": version(DRIVER), **origin(".")}))
    _docker_build(DRIVER, ["--target", "driver", *flags({"--label": labels}), *options])


def _docker_build(image: str, options: Sequence[str]) -> None:
    print(f"building {image}", file=sys.stderr, flush=True)
    try:
        run("docker", "build", "--tag", image, *options, ".")
    except CommandFailedError as error:
        raise error.explained(f"could not build the image '{image}'", BUILD_REMEDIES) from error


def _build_with_apptainer(name: str, runtime: Runtime, gpu: Collection[str], options: Sequence[str]) -> None:
    if name in gpu and runtime.gpu and runtime.gpu.lock is None:
        raise StudyError(
            f"runtime '{name}': its image for GPUs holds the CUDA {runtime.gpu.cuda} of another image, which only "
            f"Docker puts there: build it with --engine docker, and Apptainer makes a file of it"
        )
    sif = apptainer.built(runtime)
    sif.parent.mkdir(parents=True, exist_ok=True)
    print(f"building {runtime.image} as {sif}", file=sys.stderr, flush=True)
    with turn(sif.with_suffix(".lock"), f"another process that builds {sif}"), replacing(sif) as part:
        arguments = flags({"--build-arg": assignments(definition_of(name, runtime, gpu))})
        try:
            run(apptainer.PROGRAM, "build", "--force", *arguments, *options, str(part), str(apptainer.DEFINITION))
        except CommandFailedError as error:
            raise error.explained(f"could not build the image '{runtime.image}'", APPTAINER_REMEDIES) from error


def definition_of(name: str, runtime: Runtime, gpu: Collection[str] = ()) -> dict[str, str]:
    """Arguments with which Apptainer.def is the definition of a runtime, on the base that the Dockerfile names."""
    base = base_of(runtime.python, DOCKERFILE.read_text(encoding="utf-8"))
    return {
        "BASE": apptainer.reference(*base),
        "PYTHON": runtime.python,
        "LOCK": runtime.lock,
        "SBOM": str(sbom_file(runtime)),
        **{label.upper(): text for label, text in labels_of(name, runtime, apptainer.DEFINITION, gpu).items()},
    }


ENGINES = {"docker": _build_with_docker, "apptainer": _build_with_apptainer}


def engine_here() -> str:
    """Docker where it is installed, else Apptainer where that is."""
    return next((engine for engine in ENGINES if shutil.which(engine)), "docker")


def digest_in_registry(image: str) -> str:
    """Digest by which the registry of an image knows it; downloads the image."""
    try:
        run("docker", "pull", "--quiet", image)
        known = ask("docker", "image", "inspect", "--format", "{{range .RepoDigests}}{{println .}}{{end}}", image)
    except CommandFailedError as error:
        raise error.explained(f"could not find the digest of '{image}'", BUILD_REMEDIES) from error
    return known.split()[0].partition("@")[2]


def main(arguments: Sequence[str] | None = None) -> None:
    """Build images, or pin what they are built on."""
    parser = argparse.ArgumentParser(prog="python -m study.runtimes.images", description=main.__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    building = commands.add_parser("build", allow_abbrev=False, help="build the runtimes' images")
    building.add_argument("--runtime", action="append", help="build only this one; may be given again")
    building.add_argument("--gpu", action="append", default=[], help="build this one for GPUs; may be given again")
    building.add_argument("--engine", choices=ENGINES, default=engine_here(), help="what builds (here: %(default)s)")
    building.add_argument("--driver", action="store_true", help="build the image of the whole study, with Docker")
    commands.add_parser("pin", help="write the digest of every base image into the Dockerfile")
    commands.add_parser("check", help="fail if a base image has no digest")
    chosen, options = parser.parse_known_args(arguments)
    COMMANDS[chosen.command](chosen, options)


def _build(chosen: argparse.Namespace, options: Sequence[str]) -> None:
    if chosen.driver:
        return _build_driver(options)
    runtimes = load_runtimes(gpu=chosen.gpu)
    wanted = chosen.runtime or list(runtimes)
    for name in (*wanted, *chosen.gpu):
        require_known("runtime", name, list(runtimes))
    return build({name: runtimes[name] for name in wanted}, chosen.gpu, options, chosen.engine)


def _pin(_chosen: argparse.Namespace, _options: Sequence[str]) -> None:
    text = DOCKERFILE.read_text(encoding="utf-8")
    write_text(DOCKERFILE, pinned(text, digest_in_registry))


def _check(_chosen: argparse.Namespace, _options: Sequence[str]) -> None:
    if missing := unpinned(DOCKERFILE.read_text(encoding="utf-8")):
        raise StudyError(f"base images without a digest: {', '.join(missing)}. `make pin-images` pins them")


COMMANDS = {"build": _build, "pin": _pin, "check": _check}


if __name__ == "__main__":
    command.run(main)
