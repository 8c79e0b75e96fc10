"""Says in words what a disk refuses: which file, how much is free there, and what to do."""

import contextlib
import errno
import os
import shutil

REMEDIES = {
    errno.ENOSPC: "Make room there",
    errno.EDQUOT: "Make room there, or have your quota raised",
    errno.EROFS: "Make it writable, or work in a folder that is",
    errno.EACCES: "Give yourself the right to write there",
    errno.EPERM: "Give yourself the right to write there",
    errno.EIO: "Check the disk",
}


@contextlib.contextmanager
def writing(path):
    """Raise an OSError in words where the disk refuses what is written to `path`."""
    try:
        yield
    except OSError as error:
        if error.errno not in REMEDIES:
            raise
        folder = os.path.dirname(os.path.abspath(path))
        while not os.path.isdir(folder):
            folder = os.path.dirname(folder)
        reason = error.strerror[:1].lower() + error.strerror[1:]
        free = f"{shutil.disk_usage(folder).free / 1e6:.1f} MB are free in {folder}"
        remedy = f"{REMEDIES[error.errno]}, then run the same command again: trials that have ended are kept."
        raise OSError(f"{path}: cannot be written: {reason}; {free}. {remedy}") from error
