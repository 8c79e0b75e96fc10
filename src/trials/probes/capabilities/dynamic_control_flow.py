"""Dynamic control flow: numbers are halved, up to three times, while the largest exceeds 1."""

import tensorflow as tf
from tensorflow.keras.layers import Dense, Input, Lambda, Layer

from trials.probes.capabilities._common import TARGET, WIDTH, A, affine, require_equal, trained


def check(build, **arguments):
    """See that batches whose values take different branches are halved as often as each needs it."""
    dense = Dense(1)
    model = build(dense)
    trained(model, 2 * A, TARGET, **arguments)
    for halvings in (0, 1, 2):
        x = A / A.max() * 0.9 * 2**halvings
        require_equal(model.predict(x), affine(x / 2**halvings, dense), f"what must be halved {halvings} times")


def halved(x):
    """Halve with Python's `if` on the value of a tensor."""
    for _ in range(3):
        if tf.reduce_max(tf.abs(x)) > 1:
            x = x / 2
    return x


def halved_by_operation(x):
    """Halve with TensorFlow's own loop."""
    looped = tf.while_loop(lambda x: tf.reduce_max(tf.abs(x)) > 1, lambda x: x / 2, [x], maximum_iterations=3)
    return tf.nest.flatten(looped)[0]


class Halve(Layer):
    """A custom layer that halves."""

    def call(self, inputs):
        return halved(inputs)


def _functional(halve, dense):
    inputs = Input((WIDTH,))
    return tf.keras.Model(inputs, dense(halve(inputs)))


def _sequential(halve, dense):
    return tf.keras.Sequential([Input((WIDTH,)), halve, dense])


class Halving(tf.keras.Model):
    """Control flow with the Subclassing API, in `call`."""

    def __init__(self, halve, dense):
        super().__init__()
        self.halve = halve
        self.dense = dense

    def call(self, inputs):
        return self.dense(self.halve(inputs))


def program(build, make, **arguments):
    """Program for one way to halve; `make` makes the function or layer that does."""
    return lambda: check(lambda dense: build(make(), dense), **arguments)


def in_a_layer(build):
    """Ways to halve where the API itself has no place for Python code."""
    return [
        (None, program(build, lambda: halved)),
        ("inside a Lambda layer", program(build, lambda: Lambda(halved))),
        ("inside a custom layer", program(build, Halve)),
        ("inside a Lambda layer, with tf.while_loop", program(build, lambda: Lambda(halved_by_operation))),
    ]


ATTEMPTS = {
    "sequential": in_a_layer(_sequential),
    "functional": in_a_layer(_functional),
    "subclass": [
        (None, program(Halving, lambda: halved)),
        ("compiling it with run_eagerly", program(Halving, lambda: halved, run_eagerly=True)),
        ("writing it with tf.while_loop", program(Halving, lambda: halved_by_operation)),
    ],
}
