"""Locks on files that end with the processes that hold them, and tell which these are.

A lock is a descriptor: a process that inherits it holds the lock too, also after the one that took it was killed.
"""

import fcntl
import os
import pwd
import sys
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PROC = Path("/proc")
COMMAND_LETTERS = 100


def try_lock(descriptor: int, how: int = fcntl.LOCK_EX) -> bool:
    """Lock an open file, `how` being LOCK_EX or LOCK_SH, unless a process holds a lock that forbids it."""
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_for_lock(descriptor: int, how: int, what: str) -> None:
    """Lock an open file; if that takes waiting, say first for `what`, and for which processes."""
    if not try_lock(descriptor, how):
        print(f"waiting for {what}: {holders(descriptor)}", file=sys.stderr, flush=True)
        fcntl.flock(descriptor, how)


@contextmanager
def turn(path: Path, what: str) -> Iterator[None]:
    """Keep others out of what the lock at `path` stands for; processes that are started meanwhile may inherit it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(descriptor, True)
    try:
        wait_for_lock(descriptor, fcntl.LOCK_EX, what)
        yield
    finally:
        os.close(descriptor)


def holders(descriptor: int) -> str:
    """Name the other processes that hold a lock on an open file."""
    found = _held().get(os.fstat(descriptor).st_ino, set()) - {os.getpid()}
    return " and ".join(_named(pid) for pid in sorted(found)) or "a process that has just ended"


def held(paths: Iterable[Path]) -> dict[Path, list[int]]:
    """Those of `paths` on which this machine's processes hold a lock, with these; no file is opened."""
    locked = _held()
    inodes = {path: path.stat().st_ino for path in paths if path.exists()}
    return {path: sorted(locked[inode]) for path, inode in inodes.items() if inode in locked}


def _held() -> dict[int, set[int]]:
    """Processes that hold a lock, by the inode of the file."""
    found: dict[int, set[int]] = {}
    for line in (PROC / "locks").read_text(encoding="utf-8").splitlines():
        # "1: FLOCK ADVISORY WRITE 848 fd:00:1234 0 EOF"; one that waits has "->" in the second place.
        fields = line.split()
        if fields[1] == "FLOCK":
            found.setdefault(int(fields[5].split(":")[-1]), set()).add(int(fields[4]))
    return found


def _named(pid: int) -> str:
    try:
        command = (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        user = (PROC / str(pid)).stat().st_uid
    except OSError:
        return f"what process {pid} started, which has ended itself"
    name = f"user {user}"
    with suppress(KeyError):
        name = pwd.getpwuid(user).pw_name
    return f"process {pid} of {name} ({textwrap.shorten(command, COMMAND_LETTERS)})"
