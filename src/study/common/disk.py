"""Says in words what a disk refuses: which file, how much is free there, and what to do."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.filesize import decimal

from study.common.errors import StudyError

REMEDIES = {
    errno.ENOSPC: "Make room there",
    errno.EDQUOT: "Make room there, or have your quota raised",
    errno.EFBIG: "Use a file system that holds files of this size",
    errno.EROFS: "Make it writable, or work in a folder that is",
    errno.EACCES: "Give yourself the right to write there",
    errno.EPERM: "Give yourself the right to write there",
    errno.EEXIST: "Move away the file that is in the place of a folder",
    errno.ENOTDIR: "Move away the file that is in the place of a folder",
    errno.EISDIR: "Move away the folder that is in its place",
    errno.EIO: "Check the disk",
}


@contextmanager
def writing(out: Path, *more: Path) -> Iterator[None]:
    """Say in words why `out` cannot be written, or a file that becomes it.

    Parameters
    ----------
    out
        The file that is written.
    more
        Files that are written for it.

    Raises
    ------
    StudyError
        For what a disk refuses. An error about any other file is passed on.
    """
    try:
        yield
    except OSError as error:
        # To copy a file to a full disk is an error about both.
        named = {Path(name) for name in (error.filename, error.filename2) if name is not None}
        if error.errno not in REMEDIES or (named and not named & {out, *more, *out.parents}):
            raise
        raise StudyError(_unwritable(out, error)) from error


def require_room(out: Path, needed: int) -> None:
    """Raise a StudyError if fewer bytes are free than `out` still needs."""
    if free_bytes(out) < needed:
        full = OSError(errno.ENOSPC, f"{decimal(needed)} are needed")
        raise StudyError(_unwritable(out, full))


def free_bytes(path: Path) -> int:
    """Bytes that are free where `path` is or would be."""
    return shutil.disk_usage(_existing(path)).free


def _unwritable(out: Path, error: OSError) -> str:
    reason = f"{error.strerror[:1].lower()}{error.strerror[1:]}" if error.strerror else str(error)
    free = f"{decimal(free_bytes(out))} are free in {_existing(out)}"
    remedy = f"{REMEDIES[error.errno or 0]}, then run the same command again."
    return f"{out}: cannot be written: {reason}; {free}. {remedy}"


def _existing(path: Path) -> Path:
    """The folder that `path` is in, or the nearest above it that exists."""
    return next(folder for folder in path.absolute().parents if folder.is_dir())
