"""Shared layers: one layer reads two inputs. To use a layer twice in a row is not to share it."""

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Concatenate, Dense, Input

from trials.probes.attempt import require
from trials.probes.capabilities._common import WIDTH, A, B, N, affine, each_api, random, require_equal, trained


def check(build):
    """See that both inputs go through the same kernel, and that the model has it once."""
    shared = Dense(WIDTH)
    model = build(shared)
    trained(model, [A, B], random(N, 2 * WIDTH, seed=6))
    require(len(model.get_weights()) == len(shared.get_weights()), "the shared kernel is not all that the model trains")
    expected = np.concatenate([affine(A, shared), affine(B, shared)], axis=1)
    require_equal(model.predict([A, B]), expected, "the output")


def _functional(shared):
    a, b = Input((WIDTH,)), Input((WIDTH,))
    return tf.keras.Model([a, b], Concatenate()([shared(a), shared(b)]))


def _sequential(shared):
    return tf.keras.Sequential([Input((WIDTH,)), shared, Input((WIDTH,)), shared, Concatenate()])


def _sequential_without_shape(shared):
    return tf.keras.Sequential([shared, shared, Concatenate()])


class SharedLayers(tf.keras.Model):
    """A shared layer with the Subclassing API."""

    def __init__(self, shared):
        super().__init__()
        self.shared = shared
        self.join = Concatenate()

    def call(self, inputs):
        a, b = inputs
        return self.join([self.shared(a), self.shared(b)])


ATTEMPTS = each_api(
    check,
    sequential=[(None, _sequential), (None, _sequential_without_shape)],
    functional=[(None, _functional)],
    subclass=[(None, SharedLayers)],
)
