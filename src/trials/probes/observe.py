"""Records what a probe's programs show: one observation a line."""

import sys

from trials import code, header
from trials.probes import attempt

PLACE = ("subject", "variant", "alternative")


def observations(probe, cells, runtime):
    """Run every cell of a probe and yield its observation.

    Parameters
    ----------
    probe : str
        Name of the probe.
    cells : iterable of tuple
        Subject, variant and, where it matters, alternative (None where there is none), and the attempts, as
        `attempt.first_that_works` takes them.
    runtime : dict
        What `trials.describe` printed in this runtime.
    """
    shared = dict(header.environment(runtime), probe=probe, runtime=runtime["runtime"], code_sha256=code.sha256(probe))
    for *place, attempts in cells:
        observed = dict(attempt.first_that_works(attempts), **dict(zip(PLACE, place)), **shared)
        print(_line(observed), file=sys.stderr, flush=True)
        yield observed


def _line(observed):
    """What came of a program, in one line."""
    what = " ".join(filter(None, [observed["probe"], *map(observed.get, PLACE)]))
    error = observed.get("error", {"type": "", "message": ""})
    status = {
        "works": "works",
        "works after": "works after: {}".format(observed.get("remedy")),
        "fails": "fails: {}: {}".format(error["type"], (error["message"].strip().splitlines() or [""])[0][:200]),
    }
    return "{} {}: {}".format(observed["runtime"], what, status[observed["status"]])
