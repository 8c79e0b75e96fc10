"""Knows whether a Snakemake still works in a checkout, which Snakemake's own lock does not say.

That lock outlives a process that was killed, and then refuses every run.
"""

import fcntl
import os
import sys
from pathlib import Path

from study.common.locks import holders, try_lock

SNAKEMAKE = Path(".snakemake")
LOCK = SNAKEMAKE / "study.lock"


def enter(folder: Path = SNAKEMAKE) -> int:
    """Say that this process works in a checkout, until it ends; call this before Snakemake looks for its lock.

    The lock of a run that was killed is lifted, which is said; that of one that still runs is named with its process.

    Returns
    -------
    int
        Descriptor of an open file: closing it would end what was said.
    """
    folder.mkdir(exist_ok=True)
    descriptor = os.open(folder / LOCK.name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    locks = list((folder / "locks").glob("*.lock"))
    if not try_lock(descriptor):
        if locks:
            print(f"This checkout is in use by {holders(descriptor)}", file=sys.stderr)
    elif locks:
        for lock in locks:
            lock.unlink()
        print("The run before was killed; its lock is lifted, and what it finished is kept", file=sys.stderr)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor
