"""Two inputs, a dense layer on each, and dense layers on both: source 004's example of the Functional API."""

import tensorflow as tf
from tensorflow.keras.layers import Concatenate, Dense, Input, concatenate
from tensorflow.keras.models import Model

from trials.training.fit import fitted


def functional():
    """Build it with the Functional API, as the source lists it."""
    input1 = Input(shape=(784,), name="input_1")
    input2 = Input(shape=(784,), name="input_2")
    x1 = Dense(64, activation="relu", name="dense_1")(input1)
    x2 = Dense(64, activation="relu", name="dense_2")(input2)
    concat = concatenate([x1, x2], name="concat")
    x = Dense(32, activation="tanh", name="dense_3")(concat)
    outputs = Dense(10, activation="softmax", name="output")(x)
    return Model(inputs=[input1, input2], outputs=outputs)


class Subclass(tf.keras.Model):
    """Built with the Subclassing API."""

    def __init__(self):
        super().__init__()
        self.dense1 = Dense(64, activation="relu")
        self.dense2 = Dense(64, activation="relu")
        self.concat = Concatenate()
        self.dense3 = Dense(32, activation="tanh")
        self.classify = Dense(10, activation="softmax")

    def call(self, inputs):
        input1, input2 = inputs
        x = self.concat([self.dense1(input1), self.dense2(input2)])
        return self.classify(self.dense3(x))


VARIANTS = {"functional": fitted(functional), "subclass": fitted(Subclass)}
