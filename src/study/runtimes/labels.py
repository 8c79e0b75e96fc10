"""What an image says of itself, in the labels that OCI defines (https://specs.opencontainers.org/image-spec/annotations)."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from study.config.runtimes import Runtime
from study.runtimes.commands import CommandFailedError, ask

PREFIX = "org.opencontainers.image."
# Of what the image is for; every package has its own, which lies beside it, as those of the base do.
LICENSE, LICENSE_ON_GPU = "Apache-2.0", "Apache-2.0 AND LicenseRef-NVIDIA-Proprietary"
# A repository on a server, however it is reached: where people find it, without a user or a password.
REMOTE = re.compile(r"^(?:(?:https?|ssh|git)://(?:[^@/]+@)?|[^@/:]+@)([\w.-]+)(?::\d+)?[:/](.+?)(?:\.git)?/?$")


def labels_of(name: str, runtime: Runtime, recipe: Path, gpu: Collection[str] = ()) -> dict[str, str]:
    """Labels of the image of a runtime that is built by a `recipe`, without their prefix.

    None says when it was built, and the revision is that of what it is built from: built again, they are the same.
    """
    on_gpu = bool(runtime.gpu and name in gpu)
    return {
        "title": f"{name}-gpu" if on_gpu else name,
        "version": runtime.tensorflow,
        "licenses": LICENSE_ON_GPU if on_gpu else LICENSE,
        **origin(recipe, runtime.lock),
    }


def origin(*paths: str | Path) -> dict[str, str]:
    """Where the code is, and the last revision that changed one of `paths`, as far as git knows."""
    server = REMOTE.match(_git("remote", "get-url", "origin"))
    source = f"https://{server[1]}/{server[2]}" if server else ""
    changed = "-dirty" if _git("status", "--porcelain", "--", *paths) else ""
    revision = _git("log", "-1", "--format=%H", "--", *paths)
    said = {"source": source, "revision": revision and revision + changed}
    return {label: text for label, text in said.items() if text}


def prefixed(labels: Mapping[str, str]) -> dict[str, str]:
    """Labels by their whole keys."""
    return {f"{PREFIX}{label}": text for label, text in labels.items()}


def _git(*arguments: str | Path) -> str:
    """What git answers, nothing where there is no git, no repository, or no answer."""
    try:
        return ask("git", *map(str, arguments)).strip()
    except CommandFailedError:
        return ""
