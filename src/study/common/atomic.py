"""Writes a file completely or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Give a path beside `out` to write to: it becomes `out` if the block ends well, and is gone if not."""
    part = out.with_name(f"{out.name}.part")
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield part
        part.replace(out)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
