"""Dense layers of 64, 32 and 10 on a vector of pixels: source 004's example of the Sequential API, in each API."""

import tensorflow as tf
from tensorflow.keras.layers import Dense

from trials.training.fit import fitted


def sequential():
    """Build it with the Sequential API."""
    return tf.keras.models.Sequential(
        [
            Dense(64, activation="relu", input_shape=(784,)),
            Dense(32, activation="tanh"),
            Dense(10, activation="softmax"),
        ]
    )


def functional():
    """Build it with the Functional API."""
    inputs = tf.keras.Input(shape=(784,))
    x = Dense(64, activation="relu")(inputs)
    x = Dense(32, activation="tanh")(x)
    return tf.keras.Model(inputs=inputs, outputs=Dense(10, activation="softmax")(x))


class Subclass(tf.keras.Model):
    """Built with the Subclassing API."""

    def __init__(self):
        super().__init__()
        self.dense1 = Dense(64, activation="relu")
        self.dense2 = Dense(32, activation="tanh")
        self.dense3 = Dense(10, activation="softmax")

    def call(self, inputs):
        return self.dense3(self.dense2(self.dense1(inputs)))


VARIANTS = {"sequential": fitted(sequential), "functional": fitted(functional), "subclass": fitted(Subclass)}
