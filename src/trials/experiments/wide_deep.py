"""A deep path and a bypass from the input to the last layer on MNIST, as source 003 describes its Functional model."""

import tensorflow as tf
from tensorflow.keras.layers import Concatenate, Dense, Flatten, Reshape

from trials.training.fit import fitted

ROWS = 28  # the bypass joins the deep path row by row, so the last width is a multiple of this


def functional(hidden, bypass=True):
    """Build it with the Functional API; `hidden` are the widths of the deep path, which may be all there is."""
    inputs = tf.keras.Input(shape=(28, 28))
    x = Flatten()(inputs)
    for width in hidden:
        x = Dense(width, activation="relu")(x)
    x = Reshape((ROWS, hidden[-1] // ROWS))(x)
    if bypass:
        x = Concatenate()([inputs, x])
    outputs = Dense(10, activation="softmax")(Flatten()(x))
    return tf.keras.Model(inputs=inputs, outputs=outputs)


class Subclass(tf.keras.Model):
    """Built with the Subclassing API."""

    def __init__(self, hidden, bypass=True):
        super().__init__()
        self.flatten_input = Flatten()
        self.deep = [Dense(width, activation="relu") for width in hidden]
        self.reshape = Reshape((ROWS, hidden[-1] // ROWS))
        self.concatenate = Concatenate() if bypass else None
        self.flatten_all = Flatten()
        self.classify = Dense(10, activation="softmax")

    def call(self, inputs):
        x = self.flatten_input(inputs)
        for layer in self.deep:
            x = layer(x)
        x = self.reshape(x)
        if self.concatenate:
            x = self.concatenate([inputs, x])
        return self.classify(self.flatten_all(x))


VARIANTS = {"functional": fitted(functional), "subclass": fitted(Subclass)}
