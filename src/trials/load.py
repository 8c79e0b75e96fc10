"""What else a machine does while a trial runs: since which boot, and how many cores others keep busy."""

import os
import time

STAT, BOOT_ID = "/proc/stat", "/proc/sys/kernel/random/boot_id"


class Watch:
    """Watches the machine from its making on; where Linux does not tell, there is nothing to say."""

    def __init__(self):
        self._began = _read()

    def seen(self):
        """Fields of a record: `boot_id`, and `busy_elsewhere`, the cores that other processes kept busy on average."""
        began, ended = self._began, _read()
        if began is None or ended is None:
            return {}
        *began, boot_id = began
        elapsed, busy, own = (after - before for before, after in zip(began, ended))
        return {"boot_id": boot_id, "busy_elsewhere": max(0.0, busy - own) / elapsed}


def _read():
    """Seconds of the clock, of all cores at work and of this process at work, and the boot; None if not to be read."""
    try:
        with open(BOOT_ID, encoding="ascii") as file:
            boot_id = file.read().strip()
        with open(STAT, encoding="ascii") as file:
            # user, nice, system, idle, iowait, irq, softirq, steal: that of a host's other guests is not ours either.
            user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    except (OSError, ValueError):
        return None
    ours = os.times()
    busy = (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
    return time.perf_counter(), busy, ours.user + ours.system + ours.children_user + ours.children_system, boot_id
