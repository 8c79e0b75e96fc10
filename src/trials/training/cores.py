"""Gives a trial cores of its own among those that run at the same time.

TensorFlow's threads keep a core busy while they wait for work. Trials that are free to use any core so take from each
other what they need themselves.
"""

import errno
import fcntl
import os
import stat

FOLDER = "STUDY_CORES"  # variable that says where processes of this user agree on who uses which core
_held = []  # open files: their locks last as long as this process


def reserve(n):
    """Bind this process, and what it starts, to `n` cores that no other process has reserved, until it ends.

    Returns
    -------
    bool
        False, which leaves the process as it is, where so many are not free, or where there is no folder in which
        processes agree on them that is the user's alone.
    """
    reserved = {}
    for core in sorted(os.sched_getaffinity(0)):
        file = _lock(str(core))
        if file is None:
            continue
        reserved[core] = file
        if len(reserved) == n:
            _held.extend(reserved.values())
            os.sched_setaffinity(0, reserved)
            return True
    for file in reserved.values():
        os.close(file)
    return False


def _own_folder():
    """Open the folder; OSError where there is none, or it is a link, another user's, or open to others."""
    path = os.environ.get(FOLDER, "")
    opened = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    found = os.fstat(opened)
    if found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) == stat.S_IRWXU:
        return opened
    os.close(opened)
    raise OSError(errno.EPERM, "others may write to it", path)


def _lock(name):
    """Descriptor of a file in the folder that is locked for this process; None where it cannot be."""
    try:
        folder = _own_folder()
        try:
            file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600, dir_fd=folder)
        finally:
            os.close(folder)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        return None
    return file
