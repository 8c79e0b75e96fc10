"""Two inputs and two outputs on MNIST, as source 003 describes its last model.

The deep path starts at input A. Its end joined with input A is the first output, as in the model before it (wide_deep);
joined with input B, through a second branch, it is the second. The source does not say how wide any of it is. That the
branch is one Dense layer is read from the names of the outputs in its log, dense_14 and dense_16.
"""

import tensorflow as tf
from tensorflow.keras.layers import Concatenate, Dense, Flatten, Reshape

from trials.training.fit import fitted

ROWS = 28


def functional(hidden, branch):
    """Build it with the Functional API; `hidden` are the widths of the deep path, `branch` that of the second one."""
    input_a, input_b = tf.keras.Input(shape=(28, 28)), tf.keras.Input(shape=(28, 28))
    x = Flatten()(input_a)
    for width in hidden:
        x = Dense(width, activation="relu")(x)
    deep = Reshape((ROWS, hidden[-1] // ROWS))(x)
    output_a = Dense(10, activation="softmax", name="output_a")(Flatten()(Concatenate()([input_a, deep])))
    x = Flatten()(Concatenate()([input_b, deep]))
    x = Dense(branch, activation="relu")(x)
    output_b = Dense(10, activation="softmax", name="output_b")(x)
    return tf.keras.Model(inputs=[input_a, input_b], outputs=[output_a, output_b])


class Subclass(tf.keras.Model):
    """Built with the Subclassing API."""

    output_names = ["output_a", "output_b"]  # else Keras 3 gives both losses one name

    def __init__(self, hidden, branch):
        super().__init__()
        self.flatten_input = Flatten()
        self.deep = [Dense(width, activation="relu") for width in hidden]
        self.reshape = Reshape((ROWS, hidden[-1] // ROWS))
        self.join_b = Concatenate()
        self.flatten_b = Flatten()
        # Before the first output, as in the Functional model: controlled trials give both the same initial weights.
        self.branch = Dense(branch, activation="relu")
        self.join_a = Concatenate()
        self.flatten_a = Flatten()
        self.output_a = Dense(10, activation="softmax", name="output_a")
        self.output_b = Dense(10, activation="softmax", name="output_b")

    def call(self, inputs):
        input_a, input_b = inputs
        x = self.flatten_input(input_a)
        for layer in self.deep:
            x = layer(x)
        deep = self.reshape(x)
        a = self.flatten_a(self.join_a([input_a, deep]))
        b = self.flatten_b(self.join_b([input_b, deep]))
        return [self.output_a(a), self.output_b(self.branch(b))]


VARIANTS = {"functional": fitted(functional), "subclass": fitted(Subclass)}
