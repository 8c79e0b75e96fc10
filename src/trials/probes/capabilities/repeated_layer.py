"""A repeated layer: one layer is used twice in a row. To read two inputs with one layer is another capability."""

import tensorflow as tf
from tensorflow.keras.layers import Dense, Input

from trials.probes.attempt import require
from trials.probes.capabilities._common import WIDTH, A, N, affine, each_api, random, require_equal, trained


def check(build):
    """See that the data go through the same kernel twice, and that the model has it once."""
    repeated = Dense(WIDTH)
    model = build(repeated)
    trained(model, A, random(N, WIDTH, seed=7))
    require(len(model.get_weights()) == len(repeated.get_weights()), "the kernel is not all that the model trains")
    require_equal(model.predict(A), affine(affine(A, repeated), repeated), "the output")


def _sequential(repeated):
    return tf.keras.Sequential([Input((WIDTH,)), repeated, repeated])


def _sequential_without_shape(repeated):
    return tf.keras.Sequential([repeated, repeated])


def _functional(repeated):
    inputs = Input((WIDTH,))
    return tf.keras.Model(inputs, repeated(repeated(inputs)))


class RepeatedLayer(tf.keras.Model):
    """A layer twice in a row with the Subclassing API."""

    def __init__(self, repeated):
        super().__init__()
        self.repeated = repeated

    def call(self, inputs):
        return self.repeated(self.repeated(inputs))


ATTEMPTS = each_api(
    check,
    sequential=[(None, _sequential), (None, _sequential_without_shape)],
    functional=[(None, _functional)],
    subclass=[(None, RepeatedLayer)],
)
