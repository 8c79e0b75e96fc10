"""Gives each trial a process of its own, forked after TensorFlow was imported as its settings need it."""

import os
import sys
import time

from trials.training import fork

# Settings that TensorFlow reads only once in a process.
READ_ONCE = ("deterministic", "onednn")


def groups(trials):
    """Split planned trials into those that forks of one process can run, each group in the planned order."""
    found = {}
    for trial in trials:
        found.setdefault(_read_once(trial), []).append(trial)
    return list(found.values())


def prepare(trials):
    """Import TensorFlow into this process, so that every fork has it, with what the trials of a group have set.

    Returns
    -------
    module
        TensorFlow.

    Raises
    ------
    ValueError
        For trials that are no group.
    """
    needed = {_read_once(trial) for trial in trials}
    if len(needed) != 1:
        raise ValueError(f"one process cannot have {sorted(needed, key=str)} as {READ_ONCE}: split trials into groups")
    ((deterministic, onednn),) = needed
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if onednn is not None:
        os.environ["TF_ENABLE_ONEDNN_OPTS"] = str(int(onednn))
    if deterministic:
        os.environ["TF_DETERMINISTIC_OPS"] = "1"
    import tensorflow  # noqa: PLC0415  it reads the environment as it is imported

    tensorflow.get_logger().setLevel("ERROR")
    return tensorflow


def run(planned, data_folder, on_epoch, checkpoints_folder):
    """Run a planned trial in a fork of this process, which is prepared: no trial inherits another's state or memory.

    Takes and returns what `trial.run` does. A trial whose process died is `failed`.
    """
    try:
        return fork.call(_train, planned, data_folder, on_epoch, checkpoints_folder)
    except fork.ProcessDiedError as error:
        return died(error)


def died(error):
    """Outcome of a trial whose process died, or that of its group before it; `error` is a `fork.ProcessDiedError`."""
    return {
        "status": "failed",
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "epochs": [],
        "applied": {},
        "error": {"type": "ProcessDied", "message": str(error), "traceback": ""},
    }


def _read_once(trial):
    return tuple(trial["settings"][name] for name in READ_ONCE)


def _train(*arguments):
    # Keras draws its progress bar on standard output, as it did for the sources; nobody needs to see it.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    from trials.training import trial  # noqa: PLC0415  imports TensorFlow

    return trial.run(*arguments)
