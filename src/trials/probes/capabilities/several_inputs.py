"""Several inputs: two vectors, joined and read by one layer."""

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Concatenate, Dense, Input

from trials.probes.capabilities._common import TARGET, WIDTH, A, B, affine, each_api, require_equal, trained


def check(build):
    """See that both inputs reach the output."""
    dense = Dense(1)
    model = build(dense)
    trained(model, [A, B], TARGET)
    require_equal(model.predict([A, B]), affine(np.concatenate([A, B], axis=1), dense), "the output")


def _functional(dense):
    a, b = Input((WIDTH,)), Input((WIDTH,))
    return tf.keras.Model([a, b], dense(Concatenate()([a, b])))


def _sequential(dense):
    return tf.keras.Sequential([Input((WIDTH,)), Input((WIDTH,)), Concatenate(), dense])


def _sequential_without_shape(dense):
    return tf.keras.Sequential([Concatenate(), dense])


class SeveralInputs(tf.keras.Model):
    """Two inputs with the Subclassing API."""

    def __init__(self, dense):
        super().__init__()
        self.join = Concatenate()
        self.dense = dense

    def call(self, inputs):
        a, b = inputs
        return self.dense(self.join([a, b]))


ATTEMPTS = each_api(
    check,
    sequential=[
        (None, _sequential),
        ("leaving out the input shape and joining in the first layer", _sequential_without_shape),
    ],
    functional=[(None, _functional)],
    subclass=[(None, SeveralInputs)],
)
