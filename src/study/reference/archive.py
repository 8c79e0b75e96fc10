"""What a downloaded archive says of itself: `git archive` and code hosts fill in the placeholders of a file."""

import re
from dataclasses import dataclass
from pathlib import Path

FILE = Path(".git_archival.txt")
REVISION = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
NAME = re.compile(r"[\w.-]+")


@dataclass(frozen=True)
class Archive:
    """A downloaded archive of this repository.

    Attributes
    ----------
    revision
        The revision that it holds.
    release
        Name of the release, `v1.0.0`, or of the nearest before it, `v1.0.0-12-g0123abc`; the revision if there is none.
    """

    revision: str
    release: str


def archive(file: Path = FILE) -> Archive | None:
    """Which archive was unpacked here; None in a clone, where nobody has filled in the placeholders."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    said = {name: value for name, _, value in (line.partition(": ") for line in lines)}
    revision, release = said.get("node", ""), said.get("describe-name", "")
    if not REVISION.fullmatch(revision):
        return None
    return Archive(revision, release if NAME.fullmatch(release) else revision)
