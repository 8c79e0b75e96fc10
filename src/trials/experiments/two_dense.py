"""Two dense layers on MNIST, as source 002 describes them in each API."""

import tensorflow as tf
from tensorflow.keras.layers import Dense, Flatten

from trials.training.fit import fitted


def sequential(hidden):
    """Build it with the Sequential API."""
    return tf.keras.models.Sequential(
        [Flatten(input_shape=(28, 28)), Dense(hidden, activation="relu"), Dense(10, activation="softmax")]
    )


def functional(hidden):
    """Build it with the Functional API."""
    inputs = tf.keras.Input(shape=(28, 28))
    x = Flatten()(inputs)
    x = Dense(hidden, activation="relu")(x)
    outputs = Dense(10, activation="softmax")(x)
    return tf.keras.Model(inputs=inputs, outputs=outputs)


class Subclass(tf.keras.Model):
    """Built with the Subclassing API."""

    def __init__(self, hidden):
        super().__init__()
        self.flatten = Flatten()
        self.dense1 = Dense(hidden, activation="relu")
        self.dense2 = Dense(10, activation="softmax")

    def call(self, x):
        return self.dense2(self.dense1(self.flatten(x)))


VARIANTS = {"sequential": fitted(sequential), "functional": fitted(functional), "subclass": fitted(Subclass)}
