"""Runs a small program in a fresh process, and says what came of it."""

import os
import re
import sys
import tempfile
import traceback

from trials.training import fork

SECONDS = 300  # what takes longer than this hangs
SOURCES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class WrongResultError(Exception):
    """A program ran, but what it computed is not what it should be."""


def require(condition, message):
    """Raise `WrongResultError` unless `condition` holds."""
    if not condition:
        raise WrongResultError(message)


def first_that_works(attempts):
    """Outcome of the first of `attempts` that works, or that of the first one if none does.

    Parameters
    ----------
    attempts : list of tuple
        Pairs of a remedy (None for none) and a program, a function that returns the observed values or raises.

    Returns
    -------
    dict
        Fields `status`, `remedy`, `values` and `error` of an observation, as far as they apply. The first error is
        kept whether or not a later attempt works.
    """
    error = None
    for remedy, program in attempts:
        outcome = tried(program)
        error = error or outcome.get("error")
        if "error" not in outcome and remedy is None:
            return {"status": "works", "values": outcome["values"]}
        if "error" not in outcome:
            return dict(
                status="works after", remedy=remedy, values=outcome["values"], **({"error": error} if error else {})
            )
    return {"status": "fails", "error": error}


def tried(program):
    """Run `program` in a process of its own, and say what came of it: its `values`, or the `error`."""
    try:
        return fork.call(_try, program, seconds=SECONDS)
    except TimeoutError as error:
        return _failed("TimeoutError", str(error))
    except ChildProcessError as error:
        return _failed("ProcessDied", str(error))


def _try(program):
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # what a program writes goes with it
        try:
            outcome = {"values": program() or {}}
        except Exception as error:
            outcome = _failed(type(error).__name__, str(error), traceback.format_exc())
        os.chdir(os.sep)
    return outcome


def _failed(name, message, trace=""):
    """What failed, without the folders of this machine and the addresses of this process."""
    return {"error": {"type": name, "message": _anonymous(message), "traceback": _anonymous(trace)}}


def _anonymous(text):
    for folder in (sys.prefix, SOURCES):
        text = text.replace(folder + os.sep, "")
    return re.sub(r" at 0x[0-9a-f]+", "", text)
