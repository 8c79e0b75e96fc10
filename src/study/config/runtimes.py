"""`config/runtimes.yaml`: the pinned TensorFlows."""

from collections.abc import Container
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field

from study.config.validation import StrictModel, load_yaml

# Of a container's image, or the path of a .sif, with or without its digest.
ImageName = Annotated[str, Field(pattern=r"^[^@]+(@sha256:[0-9a-f]{64})?$")]


class GpuBuild(StrictModel):
    """The build of a TensorFlow that uses GPUs: for which CUDA and cuDNN, and which GPUs it runs on.

    `newest` is the compute capability of the newest ones. Where it is left out, newer GPUs translate what the build has
    for older ones. `lock` and `image` are left out where they are those of the build for CPUs.
    """

    cuda: str
    cudnn: str
    newest: Annotated[str, Field(pattern=r"^\d+\.\d+$")] | None = None
    lock: str | None = None
    image: ImageName | None = None


class Runtime(StrictModel):
    """One pinned TensorFlow: its Python, and the lock that names every package with its hash.

    `image` holds the same for a container engine: an image's name or the path of a `.sif`, with or without the digest
    that it must have (`name@sha256:…`). A TensorFlow without `gpu` cannot use GPUs.
    """

    python: Annotated[str, Field(pattern=r"^3\.\d+$")]
    tensorflow: str
    lock: str
    image: ImageName | None = None
    gpu: GpuBuild | None = None

    def on_gpu(self) -> Self:
        """Return this runtime with the lock and the image of its build for GPUs."""
        build = self.gpu.model_dump(include={"lock", "image"}, exclude_none=True) if self.gpu else {}
        return self.model_copy(update=build)


def load_runtimes(path: str | Path = "config/runtimes.yaml", gpu: Container[str] = ()) -> dict[str, Runtime]:
    """Read the runtimes, by name; those in `gpu` with their build for GPUs."""
    runtimes = load_yaml(path, dict[str, Runtime])
    return {name: runtime.on_gpu() if name in gpu else runtime for name, runtime in runtimes.items()}


def version_of(runtime: str) -> tuple[int, ...]:
    """Version numbers in a runtime's name: `tf-2.10.0` gives (2, 10, 0)."""
    return tuple(int(part) for part in runtime.removeprefix("tf-").split("."))
