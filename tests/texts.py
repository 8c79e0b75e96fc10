"""The texts of the sources, or as much of them as is kept, and sources that a test makes up."""

import os
from pathlib import Path

from factories import SHA

from study.claims.sources import Source

# A folder with the texts of the sources; without it their passages must do.
TEXTS = os.environ.get("STUDY_SOURCES")


def text_of(source: Source) -> str:
    """The text of a source, or as much of it as is kept."""
    if TEXTS:
        return (Path(TEXTS) / source.file).read_text(encoding="utf-8")
    return "\n".join(source.passages)


def made_of(*passages: str, **changes: object) -> Source:
    """Make a source called `a source`."""
    return Source.model_validate(
        {"file": "a source", "title": "A title", "sha256": SHA, "passages": passages} | changes
    )
