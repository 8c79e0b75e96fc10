"""What each API can do: every capability builds networks, trains them two steps and checks what they compute.

A capability is a module here of the same name, whose `ATTEMPTS` has for each API what to try, in order: pairs of what
must be done for it (None: nothing) and a program. Modules whose names begin with an underscore are what several share.

What counts as an API's own: the layers that Keras comes with, put together in that API's way. A Sequential inside a
Functional model is no Sequential. Code of one's own, in a Lambda or a custom layer, may hide any graph inside a layer,
so it shows nothing about how an API connects layers; it is a remedy only where control flow or what leaves the model is
asked for.
"""

import functools
import importlib
import pkgutil

import tensorflow as tf

from trials.training.versions import GRAPH_MODE

CAPABILITIES = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


def cells(_):
    """Yield every capability with every API; TensorFlow 1 tries at last what works without its graphs."""
    for capability in CAPABILITIES:
        for api, attempts in importlib.import_module(f"{__name__}.{capability}").ATTEMPTS.items():
            plain = [program for remedy, program in attempts if remedy is None]
            eager = [("with eager execution", functools.partial(_eagerly, program)) for program in plain]
            yield capability, api, attempts + (eager if GRAPH_MODE else [])


def _eagerly(program):
    """Run a program with eager execution."""
    tf.compat.v1.enable_eager_execution()
    return program()
