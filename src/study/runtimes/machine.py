"""Gives a timed trial the machine to itself, among all trials of the study: of any checkout, user, or killed run.

Within one Snakemake timed jobs run alone already. A lock that everyone can take and nobody can write to does the rest:
timed trials hold it alone, all others share it, for as long as any of their processes lives.
"""

import fcntl
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

from study.common.locks import wait_for_lock

LOCK = Path("/tmp/keras-api-study.lock")  # noqa: S108  the same for all users


def share(alone: bool) -> bool:
    """Wait until this process may train, and let what it becomes or starts hold the lock until it ends.

    Returns
    -------
    bool
        Whether there is a lock: not where another user has put something else in its place, which is said.
    """
    try:
        descriptor = _open()
    except OSError as error:
        print(f"trials of other checkouts may run at the same time: {LOCK}: {error.strerror}", file=sys.stderr)
        return False
    os.set_inheritable(descriptor, True)
    how, what = (fcntl.LOCK_EX, "the machine to be free") if alone else (fcntl.LOCK_SH, "a timed trial to end")
    wait_for_lock(descriptor, how, what)
    return True


def _open() -> int:
    """Open the lock to read, which is enough to lock it: no link is followed, and nothing can be emptied."""
    with suppress(FileExistsError):
        made = os.open(LOCK, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW)
        os.fchmod(made, stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
        return made
    # A pipe, which another user may have put there, would keep this process waiting.
    return os.open(LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
