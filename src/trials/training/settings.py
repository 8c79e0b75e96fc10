"""Sets every knob that a trial's plan names, before the first operation runs."""

import os
import random

import numpy as np
import tensorflow as tf

from trials.training import cores
from trials.training.versions import (
    HAS_JIT_COMPILE,
    HAS_ONEDNN_SWITCH,
    HAS_OP_DETERMINISM,
    HAS_RUN_EAGERLY,
    HAS_STEPS_PER_EXECUTION,
    KERAS_3,
)

OPTIMIZERS = {
    "adam": tf.keras.optimizers.Adam,
    "adagrad": tf.keras.optimizers.Adagrad,
    "rmsprop": tf.keras.optimizers.RMSprop,
    "sgd": tf.keras.optimizers.SGD,
}


def apply(planned):
    """Apply the settings of a planned trial to this process.

    Returns
    -------
    dict
        What was applied; None for a knob that this runtime does not have or that was left to TensorFlow.
    """
    wanted = planned["settings"]
    shares_machine = not planned["timed"] and wanted["threads"] is not None
    own_cores = shares_machine and cores.reserve(wanted["threads"])
    if wanted["eager_execution"]:
        tf.compat.v1.enable_eager_execution()
    _set_threads(wanted["threads"])
    _set_seed(planned["seed"])
    if wanted["deterministic"] and HAS_OP_DETERMINISM:
        tf.config.experimental.enable_op_determinism()
    return {
        "threads": wanted["threads"],
        "own_cores": own_cores,
        "alone": "STUDY_ALONE" in os.environ,  # no other trial of the study ran on this machine at the same time
        "eager_execution": tf.executing_eagerly(),
        "deterministic": wanted["deterministic"],
        "op_determinism": wanted["deterministic"] if HAS_OP_DETERMINISM else None,
        "onednn": wanted["onednn"] if HAS_ONEDNN_SWITCH else None,
        "progress_bar": wanted["progress_bar"],
    }


def function_arguments(planned):
    """Arguments of `tf.function` that this runtime has."""
    return {"jit_compile": planned["settings"]["jit_compile"]} if HAS_JIT_COMPILE else {}


def compile_arguments(planned):
    """Arguments of `Model.compile` that this runtime has, beyond those that every runtime has."""
    arguments = function_arguments(planned)
    if HAS_RUN_EAGERLY:
        arguments["run_eagerly"] = planned["settings"].get("run_eagerly", False)
    if HAS_STEPS_PER_EXECUTION:
        arguments["steps_per_execution"] = _steps_per_execution(planned)
    return arguments


def optimizer(planned):
    """Return a new Keras optimizer as planned."""
    arguments = dict(planned["optimizer"])
    return OPTIMIZERS[arguments.pop("name")](**arguments)


def _steps_per_execution(planned):
    """Return the planned number of steps, or 1 where it does not divide the epoch into whole executions."""
    steps = -(-planned["n_train"] // planned["batch_size"])
    wanted = planned["settings"]["steps_per_execution"]
    return wanted if steps % wanted == 0 else 1


def _set_threads(threads):
    if threads is None:
        return
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    if not tf.executing_eagerly():  # the session of TensorFlow 1 has a configuration of its own
        config = tf.compat.v1.ConfigProto(intra_op_parallelism_threads=threads, inter_op_parallelism_threads=threads)
        tf.compat.v1.keras.backend.set_session(tf.compat.v1.Session(config=config))


def _set_seed(seed):
    random.seed(seed)
    np.random.seed(seed)
    tf.compat.v1.set_random_seed(seed)
    if KERAS_3:
        tf.keras.utils.set_random_seed(seed)  # Keras 3 draws from a generator of its own
