"""Several outputs: two layers read one vector, each with a target of its own."""

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Dense, Input, Lambda

from trials.probes.attempt import require
from trials.probes.capabilities._common import TOLERANCE, WIDTH, A, N, each_api, random, trained


def check(build):
    """See that there are two outputs of the right shapes, and that the loss is the sum of both outputs' losses."""
    model = build()
    targets = [random(N, 1, seed=4), random(N, 2, seed=5)]
    model.compile(optimizer=tf.keras.optimizers.SGD(0.1), loss=["mse", "mse"])
    outputs = model.predict(A)
    shapes = [np.shape(output) for output in outputs] if isinstance(outputs, list) else np.shape(outputs)
    require(shapes == [(N, 1), (N, 2)], f"the outputs have the shapes {shapes} instead of ({N}, 1) and ({N}, 2)")
    expected = sum(float(np.mean((output - target) ** 2)) for output, target in zip(outputs, targets))
    loss = trained(model, A, targets)
    require(abs(loss - expected) < TOLERANCE, f"the loss is {loss}, the sum of both outputs' losses {expected}")


def _functional():
    inputs = Input((WIDTH,))
    return tf.keras.Model(inputs, [Dense(1)(inputs), Dense(2)(inputs)])


def _sequential():
    return tf.keras.Sequential([Dense(WIDTH, input_shape=(WIDTH,)), Dense(1), Dense(2)])


def _sequential_split():
    return tf.keras.Sequential([Dense(3, input_shape=(WIDTH,)), Lambda(lambda x: [x[:, :1], x[:, 1:]])])


def _sequential_split_without_shape():
    return tf.keras.Sequential([Dense(3), Lambda(lambda x: [x[:, :1], x[:, 1:]])])


class SeveralOutputs(tf.keras.Model):
    """Two outputs with the Subclassing API."""

    def __init__(self):
        super().__init__()
        self.first = Dense(1)
        self.second = Dense(2)

    def call(self, inputs):
        return [self.first(inputs), self.second(inputs)]


ATTEMPTS = each_api(
    check,
    sequential=[
        (None, _sequential),
        ("splitting the output in a Lambda layer", _sequential_split),
        (
            "leaving out the input shape and splitting the output in a Lambda layer",
            _sequential_split_without_shape,
        ),
    ],
    functional=[(None, _functional)],
    subclass=[(None, SeveralOutputs)],
)
