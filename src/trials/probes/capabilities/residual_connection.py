"""Residual connection: a layer's output plus its input."""

import tensorflow as tf
from tensorflow.keras.layers import Add, Dense, Input

from trials.probes.capabilities._common import WIDTH, A, B, affine, each_api, require_equal, trained


def check(build):
    """See that the output is f(x) + x."""
    dense = Dense(WIDTH)
    model = build(dense)
    trained(model, A, B)
    require_equal(model.predict(A), affine(A, dense) + A, "f(x) + x")


def _functional(dense):
    inputs = Input((WIDTH,))
    return tf.keras.Model(inputs, Add()([dense(inputs), inputs]))


def _sequential(dense):
    return tf.keras.Sequential([Input((WIDTH,)), dense, Add()])


class ResidualConnection(tf.keras.Model):
    """A residual connection with the Subclassing API."""

    def __init__(self, dense):
        super().__init__()
        self.dense = dense
        self.add = Add()

    def call(self, inputs):
        return self.add([self.dense(inputs), inputs])


ATTEMPTS = each_api(
    check,
    sequential=[(None, _sequential)],
    functional=[(None, _functional)],
    subclass=[(None, ResidualConnection)],
)
