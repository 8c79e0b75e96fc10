"""Runs small programs, each in a fresh process, and says what came of each: one observation a line."""

import glob
import hashlib
import json
import os
import re
import sys
import tempfile
import traceback

from trials import describe, fork, job

SECONDS = 300  # what takes longer than this hangs
PLACE = ("subject", "variant", "alternative")
CODE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "*.py")


class WrongResultError(Exception):
    """A program ran, but what it computed is not what it should be."""


def require(condition, message):
    """Raise `WrongResultError` unless `condition` holds."""
    if not condition:
        raise WrongResultError(message)


def observations(probe, cells, runtime, code):
    """Run every cell and yield its observation.

    Parameters
    ----------
    probe : str
        Name of the probe.
    cells : iterable of tuple
        Subject, variant and, where it matters, alternative (None where there is none), and the attempts: pairs of a
        remedy (None for none) and a program, a function that returns the observed values or raises. The first attempt
        that works decides.
    runtime : dict
        What `trials.describe` said of this runtime.
    code : list of str
        Files whose hash stands for the programs.
    """
    shared = dict(_environment(runtime), probe=probe, runtime=runtime["runtime"], code_sha256=_sha256_of(code))
    for *place, attempts in cells:
        observed = dict(_first_that_works(attempts), **dict(zip(PLACE, place)), **shared)
        print(_line(observed), file=sys.stderr, flush=True)
        yield observed


def _first_that_works(attempts):
    """Outcome of the first attempt that works, or that of the first one; the first error is kept either way."""
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
    here = os.path.dirname(os.path.dirname(describe.__file__))
    for folder in (sys.prefix, here):
        text = text.replace(folder + os.sep, "")
    return re.sub(r" at 0x[0-9a-f]+", "", text)


def _environment(runtime):
    """Say where the programs run, as a trial's record does."""
    environment = {
        "machine": describe.machine(),
        "runtime": {field: runtime[field] for field in job.RUNTIME_FIELDS if field in runtime},
    }
    text = json.dumps(environment, sort_keys=True)
    return {"environment": environment, "environment_sha256": hashlib.sha256(text.encode()).hexdigest()}


def _sha256_of(patterns):
    """Hash of the files that match `patterns`, names and contents."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in glob.glob(pattern)):
        with open(path, "rb") as file:
            digest.update(f"{os.path.basename(path)} {hashlib.sha256(file.read()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _line(observed):
    """What came of a program, in one line."""
    what = " ".join(filter(None, [observed["probe"], *map(observed.get, PLACE)]))
    error = observed.get("error", {"type": "", "message": ""})
    said = {
        "works": "works",
        "works after": "works after: {}".format(observed.get("remedy")),
        "fails": "fails: {}: {}".format(error["type"], (error["message"].strip().splitlines() or [""])[0][:200]),
    }
    return "{} {}: {}".format(observed["runtime"], what, said[observed["status"]])
