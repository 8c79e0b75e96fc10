"""Gives a trial cores of its own among those that run at the same time.

TensorFlow's threads keep a core busy while they wait for work. Trials that are free to use any core so take from each
other what they need themselves.
"""

import fcntl
import os
import tempfile

FOLDER = os.path.join(tempfile.gettempdir(), f"keras-api-study-cores-{os.getuid()}")
_held = []  # open files: their locks last as long as this process


def reserve(n):
    """Bind this process, and what it starts, to `n` cores that no other process has reserved, until it ends.

    Returns
    -------
    bool
        False where so many are not free, which leaves the process as it is.
    """
    os.makedirs(FOLDER, exist_ok=True)
    reserved = {}
    for core in sorted(os.sched_getaffinity(0)):
        file = open(os.path.join(FOLDER, str(core)), "w")  # noqa: SIM115  closing it would free the core
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        reserved[core] = file
        if len(reserved) == n:
            _held.extend(reserved.values())
            os.sched_setaffinity(0, reserved)
            return True
    for file in reserved.values():
        file.close()
    return False
