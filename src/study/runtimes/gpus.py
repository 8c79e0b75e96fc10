"""Knows which runtime can train on which GPU, and refuses before any work starts what would end on the CPU."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from study.config.runtimes import Runtime
from study.config.study import Setup
from study.config.validation import ConfigError
from study.runtimes.commands import CommandFailedError, ask

# What nvidia-smi is asked. Drivers before 510 do not know the last field, and then tell nothing.
FIELDS = ("name", "driver_version", "compute_cap")


@dataclass(frozen=True)
class Gpu:
    """A GPU as nvidia-smi names it; `capability` is its compute capability, None where the driver does not tell."""

    name: str
    driver: str
    capability: str | None = None


def read(output: str) -> list[Gpu]:
    """GPUs in what nvidia-smi prints: the first two or all of `FIELDS`, a line for each GPU."""
    return [Gpu(*line.split(", ")) for line in output.splitlines() if line.strip()]


def present() -> list[Gpu]:
    """GPUs of this machine; none where nvidia-smi is missing or finds no driver."""
    for fields in (FIELDS, FIELDS[:2]):
        try:
            return read(ask("nvidia-smi", f"--query-gpu={','.join(fields)}", "--format=csv,noheader"))
        except CommandFailedError:
            continue
    return []


def refuse_unusable(setup: Setup, runtimes: Mapping[str, Runtime]) -> None:
    """Raise ConfigError if a runtime is to train on the GPU and cannot."""
    if setup.gpu and (refused := list(refusals(setup, runtimes, present()))):
        raise ConfigError("\n".join(refused))


def refusals(setup: Setup, runtimes: Mapping[str, Runtime], gpus: Sequence[Gpu]) -> Iterator[str]:
    """Why runtimes that are to train on the GPU cannot, and what can be done instead; nothing where they can."""
    for name in setup.gpu:
        for why in _reasons(runtimes[name], gpus):
            yield (
                f"{name} cannot train on the GPU: {why}. Leave it out of `gpu` in config/study.yaml, and it trains on "
                f"the CPU; or add another build of TensorFlow, such as NVIDIA's own of 1.15, to config/runtimes.yaml "
                f"as a runtime with a name of its own"
            )


def _reasons(runtime: Runtime, gpus: Sequence[Gpu]) -> Iterator[str]:
    if runtime.gpu is None:
        yield f"{runtime.lock} holds a TensorFlow that was built without GPUs"
    elif not gpus:
        yield "nvidia-smi shows none here; a driver must be installed"
    elif runtime.gpu.newest is not None:
        for gpu in dict.fromkeys(gpus):
            if gpu.capability is None:
                yield f"driver {gpu.driver} does not tell what the {gpu.name} can do; one from 510 on does"
            elif _number(gpu.capability) > _number(runtime.gpu.newest):
                yield (
                    f"it was built for CUDA {runtime.gpu.cuda}, which has no kernels for the {gpu.name} "
                    f"(compute capability {gpu.capability}; it has them up to {runtime.gpu.newest})"
                )


def _number(capability: str) -> tuple[int, ...]:
    return tuple(int(part) for part in capability.split("."))
