"""Four blocks of a convolution and a pooling, then two dense layers, on cats and dogs: source 001's networks.

The source compares `sequential` with valid padding and strides of 1 to `subclass`, which it calls functional, with same
padding and strides of 2; its answer matches them.
"""

import tensorflow as tf
from tensorflow.keras.layers import Conv2D, Dense, Flatten, MaxPooling2D

from trials.training.fit import fitted

IMAGE = (224, 224, 3)
FILTERS = (32, 64, 128, 128)
POOL_SIZE = 2


def pool_strides(padding, strides):
    """Strides of the poolings: with same padding the source gives them the convolution's, else none of their own."""
    return strides if padding == "same" else None


def sequential(padding, strides):
    """Build it with the Sequential API, whose own padding and strides the source leaves as they are."""
    model = tf.keras.models.Sequential()
    chosen = {} if (padding, strides) == ("valid", 1) else {"padding": padding, "strides": strides}
    for place, filters in enumerate(FILTERS):
        first = {} if place else {"input_shape": IMAGE}
        model.add(Conv2D(filters, (3, 3), activation="relu", **chosen, **first))
        model.add(MaxPooling2D(POOL_SIZE, pool_strides(padding, strides), padding=padding))
    model.add(Flatten())
    model.add(Dense(512, activation="relu"))
    model.add(Dense(1, activation="sigmoid"))
    return model


def functional(padding, strides):
    """Build it with the Functional API."""
    inputs = x = tf.keras.Input(shape=IMAGE)
    for filters in FILTERS:
        x = Conv2D(filters, (3, 3), strides=strides, padding=padding, activation="relu")(x)
        x = MaxPooling2D(POOL_SIZE, pool_strides(padding, strides), padding=padding)(x)
    x = Dense(512, activation="relu")(Flatten()(x))
    return tf.keras.Model(inputs, Dense(1, activation="sigmoid")(x))


class MiniBlock(tf.keras.Model):
    """A convolution and a pooling, a model of their own."""

    def __init__(self, filters, padding, strides):
        super().__init__()
        self.conv2D_0 = Conv2D(filters, 3, activation="relu", strides=strides, padding=padding)
        self.max_pool = MaxPooling2D(POOL_SIZE, strides=pool_strides(padding, strides), padding=padding)

    def call(self, inputs):
        return self.max_pool(self.conv2D_0(inputs))


class MiniVGG(tf.keras.Model):
    """Built with the Subclassing API."""

    def __init__(self, padding, strides):
        super().__init__()
        self.block_a, self.block_b, self.block_c, self.block_d = (
            MiniBlock(filters, padding, strides) for filters in FILTERS
        )
        self.flatten = Flatten()
        self.fc = Dense(512, activation="relu")
        self.classifier = Dense(1, activation="sigmoid")

    def call(self, inputs):
        x = self.block_d(self.block_c(self.block_b(self.block_a(inputs))))
        return self.classifier(self.fc(self.flatten(x)))


VARIANTS = {"sequential": fitted(sequential), "functional": fitted(functional), "subclass": fitted(MiniVGG)}
