"""One dense layer that reads both halves of an image, as source 004 says of Siamese networks."""

import tensorflow as tf
from tensorflow.keras.layers import Concatenate, Dense, Flatten

from trials.training.fit import fitted


def functional():
    """Build it with the Functional API."""
    upper, lower = tf.keras.Input(shape=(14, 28)), tf.keras.Input(shape=(14, 28))
    shared = Dense(64, activation="relu")
    x = Concatenate()([shared(Flatten()(upper)), shared(Flatten()(lower))])
    return tf.keras.Model(inputs=[upper, lower], outputs=Dense(10, activation="softmax")(x))


class Subclass(tf.keras.Model):
    """Built with the Subclassing API."""

    def __init__(self):
        super().__init__()
        self.flatten_upper = Flatten()
        self.flatten_lower = Flatten()
        self.shared = Dense(64, activation="relu")
        self.concatenate = Concatenate()
        self.classify = Dense(10, activation="softmax")

    def call(self, inputs):
        upper, lower = inputs
        x = self.concatenate([self.shared(self.flatten_upper(upper)), self.shared(self.flatten_lower(lower))])
        return self.classify(x)


VARIANTS = {"functional": fitted(functional), "subclass": fitted(Subclass)}
