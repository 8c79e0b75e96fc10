"""The image that a runtime runs in: its name, and its digest where that is pinned."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.common.errors import StudyError
from study.config.runtimes import Runtime
from study.runtimes.commands import Start, assignments

SIF = ".sif"
OURS = "keras-api-study:"
# Only the image knows where its Python and its libraries are.
ISOLATE = 'exec env -i PATH="$PATH" ${LD_LIBRARY_PATH:+LD_LIBRARY_PATH="$LD_LIBRARY_PATH"} "$@"'


@dataclass(frozen=True)
class Image:
    """An image as `config/runtimes.yaml` names it.

    Attributes
    ----------
    runtime
        Name of the runtime.
    name
        What a container engine calls it, or the path of a `.sif`.
    pinned
        The digest that it must have ("sha256:…"), None where any will do.
    """

    runtime: str
    name: str
    pinned: str | None

    @property
    def is_file(self) -> bool:
        """Whether it is one file, for Apptainer."""
        return self.name.endswith(SIF)

    @property
    def is_ours(self) -> bool:
        """Whether `make images` builds it: it is nobody else's, nor one that must have a digest."""
        return self.name.startswith(OURS) and not self.pinned

    def error(self, wrong: str, remedy: str) -> StudyError:
        """Say what is wrong with it and what helps."""
        return StudyError(
            f"runtime '{self.runtime}': the image '{self.name}' {wrong}: {remedy}, "
            f"or name another image in config/runtimes.yaml"
        )

    def require(self, *digests: str) -> None:
        """Refuse an image that is known by `digests`, unless one of them is the pinned one."""
        if self.pinned and self.pinned not in digests:
            raise self.error(f"is {digests[0]}, but should be {self.pinned}", "get or build that one again")

    def origin(self, digest: str) -> dict[str, Any]:
        """What a runtime's description says of it; of a file without its folder, which may name the user."""
        return {"image": {"name": Path(self.name).name if self.is_file else self.name, "digest": digest}}


def image_of(name: str, runtime: Runtime) -> Image:
    """Image of a runtime.

    Raises
    ------
    StudyError
        If the configuration names none.
    """
    if runtime.image is None:
        raise StudyError(
            f"runtime '{name}' has no `image:` in config/runtimes.yaml: name one, or use --config provider=uv"
        )
    image, _, pinned = runtime.image.partition("@")
    return Image(name, image, pinned or None)


def isolated_python(start: Start) -> list[str]:
    """What starts the Python of an image in it, with the variables of `start` and none that the engine adds."""
    return ["sh", "-c", ISOLATE, "sh", *assignments(start.variables), "python"]
