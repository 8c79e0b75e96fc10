"""Runs a small program in a fresh process, and says what came of it."""

import os
import sys
import tempfile

from trials.training import errors, fork

SECONDS = 300  # what takes longer than this hangs


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
        return {"error": {"type": "TimeoutError", "message": str(error), "traceback": ""}}
    except fork.ProcessDiedError as error:
        return {"error": {"type": "ProcessDied", "message": str(error), "traceback": ""}}


def _try(program):
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # what a program writes goes with it
        try:
            outcome = {"values": program() or {}}
        except Exception as error:
            outcome = {"error": errors.described(error)}
        os.chdir(os.sep)
    return outcome
