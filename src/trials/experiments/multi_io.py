"""Two inputs and two outputs on MNIST, as source 003 describes its last model.

The deep path starts at input A. Its end is the first output; joined with input B, through a second branch, it is the
second. The source does not say how wide any of it is.
"""

import tensorflow as tf
from tensorflow.keras.layers import Concatenate, Dense, Flatten, Reshape

from trials.fit import fitted

ROWS = 28


def functional(hidden, branch):
    """Build it with the Functional API; `hidden` are the widths of the deep path, `branch` that of the second one."""
    input_a, input_b = tf.keras.Input(shape=(28, 28)), tf.keras.Input(shape=(28, 28))
    x = Flatten()(input_a)
    for width in hidden:
        x = Dense(width, activation="relu")(x)
    output_a = Dense(10, activation="softmax", name="output_a")(x)
    x = Reshape((ROWS, hidden[-1] // ROWS))(x)
    x = Flatten()(Concatenate()([input_b, x]))
    x = Dense(branch, activation="relu")(x)
    output_b = Dense(10, activation="softmax", name="output_b")(x)
    return tf.keras.Model(inputs=[input_a, input_b], outputs=[output_a, output_b])


class Subclass(tf.keras.Model):
    """Built with the Subclassing API."""

    output_names = ["output_a", "output_b"]  # else Keras 3 gives both losses one name

    def __init__(self, hidden, branch):
        super().__init__()
        self.flatten_a = Flatten()
        self.deep = [Dense(width, activation="relu") for width in hidden]
        self.output_a = Dense(10, activation="softmax", name="output_a")
        self.reshape = Reshape((ROWS, hidden[-1] // ROWS))
        self.concatenate = Concatenate()
        self.flatten_b = Flatten()
        self.branch = Dense(branch, activation="relu")
        self.output_b = Dense(10, activation="softmax", name="output_b")

    def call(self, inputs):
        input_a, input_b = inputs
        x = self.flatten_a(input_a)
        for layer in self.deep:
            x = layer(x)
        joined = self.flatten_b(self.concatenate([input_b, self.reshape(x)]))
        return [self.output_a(x), self.output_b(self.branch(joined))]


VARIANTS = {"functional": fitted(functional), "subclass": fitted(Subclass)}
