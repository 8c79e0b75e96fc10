"""Dense layers of 64 and 10, the last without activation: source 004's example of the Subclassing API, in each API."""

import tensorflow as tf

from trials.training.fit import fitted


def sequential():
    """Build it with the Sequential API."""
    return tf.keras.Sequential(
        [tf.keras.layers.Dense(64, activation="relu", input_shape=(784,)), tf.keras.layers.Dense(10)]
    )


def functional():
    """Build it with the Functional API."""
    inputs = tf.keras.Input(shape=(784,))
    x = tf.keras.layers.Dense(64, activation="relu")(inputs)
    return tf.keras.Model(inputs, tf.keras.layers.Dense(10)(x))


class MyModel(tf.keras.Model):
    """Built with the Subclassing API."""

    def __init__(self):
        super().__init__()
        self.dense1 = tf.keras.layers.Dense(64, activation="relu")
        self.dense2 = tf.keras.layers.Dense(10)

    def call(self, inputs):
        x = self.dense1(inputs)
        return self.dense2(x)


VARIANTS = {"sequential": fitted(sequential), "functional": fitted(functional), "subclass": fitted(MyModel)}
