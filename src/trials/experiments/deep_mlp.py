"""Three dense layers on MNIST, as source 003 builds them with the Sequential API, and in the other APIs."""

import tensorflow as tf
from tensorflow.keras.layers import Dense, Flatten

from trials.training.fit import fitted


def sequential():
    """Build it with the Sequential API, layer by layer as the source does."""
    model = tf.keras.models.Sequential()
    model.add(Flatten(input_shape=(28, 28)))
    model.add(Dense(256, activation="relu"))
    model.add(Dense(128, activation="relu"))
    model.add(Dense(10, activation="softmax"))
    return model


def functional():
    """Build it with the Functional API."""
    inputs = tf.keras.Input(shape=(28, 28))
    x = Flatten()(inputs)
    x = Dense(256, activation="relu")(x)
    x = Dense(128, activation="relu")(x)
    outputs = Dense(10, activation="softmax")(x)
    return tf.keras.Model(inputs=inputs, outputs=outputs)


class Subclass(tf.keras.Model):
    """Built with the Subclassing API."""

    def __init__(self):
        super().__init__()
        self.flatten = Flatten()
        self.dense1 = Dense(256, activation="relu")
        self.dense2 = Dense(128, activation="relu")
        self.dense3 = Dense(10, activation="softmax")

    def call(self, x):
        return self.dense3(self.dense2(self.dense1(self.flatten(x))))


VARIANTS = {"sequential": fitted(sequential), "functional": fitted(functional), "subclass": fitted(Subclass)}
