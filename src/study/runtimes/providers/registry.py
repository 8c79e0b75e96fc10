"""Finds the module that provides runtimes, by the name that the configuration gives."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from study.config.runtimes import Runtime
from study.config.study import ProviderName
from study.runtimes.commands import Start
from study.runtimes.providers import apptainer, docker, uv_environment


class Provider(Protocol):
    """What a module in `study.runtimes.providers` can do."""

    def inputs(self, name: str, runtime: Runtime) -> str:
        """Return what, beside its lock, a runtime is made of, without making it."""

    def create(self, name: str, runtime: Runtime, environment: Path) -> dict[str, Any]:
        """Make the runtime in the folder `environment`, which is not there; return what its description adds."""

    def is_complete(self, environment: Path) -> bool:
        """Whether what was made is still there."""

    def command(self, name: str, runtime: Runtime, environment: Path, start: Start) -> list[str]:
        """Return the command that starts the runtime's Python; that Python's arguments may follow."""


PROVIDERS: Mapping[ProviderName, Provider] = {"uv": uv_environment, "docker": docker, "apptainer": apptainer}
