"""One small network in each API: a layer of 37 units and one of 1 read a vector of 4."""

import tensorflow as tf
from tensorflow.keras.layers import Dense, Input

from trials.probes.capabilities._common import WIDTH, A

UNITS = (37, 1)
N_PARAMETERS = (WIDTH * UNITS[0] + UNITS[0], UNITS[0] * UNITS[1] + UNITS[1])


def sequential():
    """Build it with the Sequential API."""
    return tf.keras.Sequential([Dense(UNITS[0], input_shape=(WIDTH,)), Dense(UNITS[1])])


def functional():
    """Build it with the Functional API."""
    inputs = Input((WIDTH,))
    return tf.keras.Model(inputs, Dense(UNITS[1])(Dense(UNITS[0])(inputs)))


class Small(tf.keras.Model):
    """Built with the Subclassing API."""

    def __init__(self):
        super().__init__()
        self.first = Dense(UNITS[0])
        self.second = Dense(UNITS[1])

    def call(self, inputs):
        return self.second(self.first(inputs))


class SmallWithConfig(Small):
    """The same with the two methods that Keras asks for."""

    def get_config(self):
        return {}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def as_it_is(model):
    """Leave the model as its constructor made it."""


def build_for_shape(model):
    """Tell the model the shape of its input."""
    model.build((None, WIDTH))


def call_once(model):
    """Show the model a batch."""
    model(tf.constant(A))


def summary_of(model):
    """What the model says of itself."""
    lines = []
    model.summary(print_fn=lambda line, **_: lines.append(line))
    return "\n".join(lines)


# Where a model is asked for what it knows before data comes.
BEFORE_FIRST_CALL = {
    "sequential": [(None, sequential)],
    "functional": [(None, functional)],
    "subclass": [
        (None, Small),
        ("model.build(input_shape)", Small, build_for_shape),
        ("the first call", Small, call_once),
    ],
}
