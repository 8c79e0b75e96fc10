"""Writes a file completely or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from study.common.disk import writing


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Give a path beside `out` to write to: it becomes `out` if the block ends well, and is gone if not.

    Raises
    ------
    StudyError
        If the disk refuses it.
    """
    part = out.with_name(f"{out.name}.part")
    try:
        with writing(out, part):
            out.parent.mkdir(parents=True, exist_ok=True)
            yield part
            part.replace(out)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def write_text(out: Path, text: str) -> None:
    """Write a text, completely or not at all; see `replacing`."""
    with replacing(out) as part:
        part.write_text(text, encoding="utf-8")


def copy(source: Path, out: Path) -> None:
    """Copy a file, completely or not at all; see `replacing`."""
    with replacing(out) as part:
        shutil.copyfile(source, part)
