"""Asks a runtime what it is, and refuses one that is not what the configuration says."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from study.common.errors import StudyError
from study.config.runtimes import Runtime
from study.runtimes.commands import CommandFailedError, ask
from study.runtimes.lock import pins

REMEDIES = {
    "could not select device driver": "install the NVIDIA Container Toolkit, or leave `gpu` in config/study.yaml empty",
}


def describe(name: str, runtime: Runtime, command: Sequence[str], describer: Path, source: str) -> dict[str, Any]:
    """Describe a runtime in its own words.

    Parameters
    ----------
    command
        What starts its Python.
    describer
        Script that prints as JSON what the runtime is.
    source
        The lock or the image, for errors.

    Raises
    ------
    StudyError
        If TensorFlow does not run, or is not the runtime's, or a package is not as locked, or products are wrong.
    """
    try:
        answer = ask(*command, "-I", "-", stdin=describer.read_text(encoding="utf-8"))
    except CommandFailedError as error:
        raise error.explained(f"runtime '{name}': in {source} TensorFlow does not run", REMEDIES) from error
    description: dict[str, Any] = json.loads(answer)
    if wrong := _mismatch(runtime, description):
        raise StudyError(
            f"runtime '{name}' should have {wrong[0]}, but {source} has {wrong[1]}: "
            f"build the image again with `make images`, or correct the runtimes' file or the lock"
        )
    _refuse_wrong_products(name, description.get("matrix_products", {}))
    return description


def _refuse_wrong_products(name: str, errors: Mapping[str, float]) -> None:
    for library, error in errors.items():
        if not error <= 1:  # also where it is no number
            raise StudyError(
                f"runtime '{name}': {library} computes wrong matrix products on this processor, {error:.1g} times as "
                f"far off as rounding can explain. If it is NumPy's OpenBLAS, let it use an older processor's kernels: "
                f"export OPENBLAS_CORETYPE=Haswell"
            )


def _mismatch(runtime: Runtime, description: dict[str, Any]) -> tuple[str, str] | None:
    """The first thing in which a description differs: what it should be, and what it is."""
    if description["tensorflow"] != runtime.tensorflow:
        return f"TensorFlow {runtime.tensorflow}", description["tensorflow"]
    locked, installed = pins(Path(runtime.lock).read_text(encoding="utf-8")), pins("\n".join(description["packages"]))
    for package, version in locked.items():
        if installed.get(package) != version:
            return f"{package} {version}", installed.get(package, "none")
    return None


def used_gpus(name: str, runtime: Runtime, description: dict[str, Any]) -> dict[str, Any]:
    """Return what a record says of the GPUs that a runtime trains on.

    Raises
    ------
    StudyError
        If its TensorFlow sees none: it would train on the CPU.
    """
    devices = [device["name"] for device in description["devices"] if device["type"] == "GPU"]
    if runtime.gpu is None or not devices:
        needed = f"CUDA {runtime.gpu.cuda} and cuDNN {runtime.gpu.cudnn}" if runtime.gpu else "another build"
        raise StudyError(
            f"runtime '{name}' is to train on the GPU, but its TensorFlow sees none. It needs {needed}, on "
            f"LD_LIBRARY_PATH or in its image; a container also needs NVIDIA's Container Toolkit (Docker) or a driver "
            f"that --nv finds (Apptainer). Or leave it out of `gpu` in config/study.yaml, and it trains on the CPU"
        )
    return {"gpu": {"devices": devices, "cuda": runtime.gpu.cuda, "cudnn": runtime.gpu.cudnn}}
