"""Branches: two layers read one vector, and what they give is joined."""

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Concatenate, Dense, Input

from trials.probes.capabilities._common import WIDTH, A, N, affine, each_api, random, require_equal, trained


def check(build):
    """See that the output is both branches side by side."""
    left, right = Dense(3), Dense(2)
    model = build(left, right)
    trained(model, A, random(N, 5, seed=7))
    require_equal(model.predict(A), np.concatenate([affine(A, left), affine(A, right)], axis=1), "the output")


def _functional(left, right):
    inputs = Input((WIDTH,))
    return tf.keras.Model(inputs, Concatenate()([left(inputs), right(inputs)]))


def _sequential(left, right):
    return tf.keras.Sequential([Input((WIDTH,)), [left, right], Concatenate()])


def _sequential_nested(left, right):
    return tf.keras.Sequential([tf.keras.Sequential([left]), tf.keras.Sequential([right]), Concatenate()])


class Branches(tf.keras.Model):
    """Two branches with the Subclassing API."""

    def __init__(self, left, right):
        super().__init__()
        self.left = left
        self.right = right
        self.join = Concatenate()

    def call(self, inputs):
        return self.join([self.left(inputs), self.right(inputs)])


ATTEMPTS = each_api(
    check,
    sequential=[(None, _sequential), (None, _sequential_nested)],
    functional=[(None, _functional)],
    subclass=[(None, Branches)],
)
