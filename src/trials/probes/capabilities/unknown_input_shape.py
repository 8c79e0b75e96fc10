"""An unknown input shape: a model that is told no width takes that of the first data."""

import tensorflow as tf
from tensorflow.keras.layers import Dense, Input

from trials.probes.attempt import require
from trials.probes.capabilities import _small_network as small
from trials.probes.capabilities._common import TARGET, WIDTH, A, each_api, trained


def check(build):
    """See that it trains, and that its first kernel has the width of the data."""
    model = build()
    trained(model, A, TARGET)
    kernel = model.get_weights()[0]
    require(kernel.shape == (WIDTH, small.UNITS[0]), f"the first kernel has the shape {kernel.shape}")


def _sequential():
    return tf.keras.Sequential([Dense(units) for units in small.UNITS])


def _functional():
    inputs = x = Input((None,))
    for units in small.UNITS:
        x = Dense(units)(x)
    return tf.keras.Model(inputs, x)


ATTEMPTS = each_api(
    check,
    sequential=[(None, _sequential)],
    functional=[(None, _functional)],
    subclass=[(None, small.Small)],
)
