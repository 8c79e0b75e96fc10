"""Softmax regression on MNIST, as source 000 builds it in each API."""

import tensorflow as tf
from tensorflow.keras import Model
from tensorflow.keras.layers import Dense, Flatten

from trials.training.fit import fitted
from trials.training.tape import taped


def sequential():
    """Build it with the Sequential API."""
    return tf.keras.models.Sequential([Flatten(input_shape=(28, 28)), Dense(10, activation="softmax")])


def functional():
    """Build it with the Functional API."""
    inputs = tf.keras.Input(shape=(28, 28))
    return Model(inputs=inputs, outputs=Dense(10, activation="softmax")(Flatten()(inputs)))


class Subclass(Model):
    """Built with the Subclassing API."""

    def __init__(self):
        super().__init__()
        self.flatten = Flatten()
        self.d1 = Dense(10, activation="softmax")

    def call(self, x):
        return self.d1(self.flatten(x))


class SubclassSoftmaxFromScratch(Model):
    """The source's own model, which it calls functional: subclassed, with a softmax written step by step."""

    def __init__(self, classes_of=lambda logits: logits.shape[-1]):
        super().__init__()
        self.flatten = Flatten()
        self.d1 = Dense(10)
        self.classes_of = classes_of

    def call(self, x):
        x = self.d1(self.flatten(x))
        return softmax_from_scratch(x, self.classes_of(x))


def softmax_from_scratch(x, number_of_class):
    """Softmax of `x`, shape (batch, class), in the source's steps."""
    max_tensors = tf.reduce_max(x, axis=1)
    max_tensors = tf.stack([max_tensors] * number_of_class, axis=1)
    exponentials = tf.exp(x - max_tensors)
    sums = tf.reduce_sum(exponentials, axis=1)
    sums = tf.stack([sums] * number_of_class, axis=1)
    return tf.divide(exponentials, sums)


def verbatim():
    """Build the source's own model with its `len(x[0])`, which Keras 3 refuses inside a tf.function."""
    return SubclassSoftmaxFromScratch(classes_of=lambda logits: len(logits[0]))


class SubclassHiddenLogits(Subclass):
    """Keras' own softmax, but behind an operation that hides it from the loss: it sees probabilities, not logits."""

    def call(self, x):
        return tf.identity(super().call(x))


VARIANTS = {
    "sequential": fitted(sequential),
    "functional": fitted(functional),
    "subclass": fitted(Subclass),
    "subclass_tape": taped(SubclassSoftmaxFromScratch, compiled=True),
    "subclass_tape_verbatim": taped(verbatim, compiled=True),
    # From the source's own loop to one that ends with the bits of `fit`: each equalises one thing more.
    "subclass_tape_softmax": taped(SubclassHiddenLogits, compiled=True),
    "subclass_tape_fused": taped(Subclass, compiled=True),
    "subclass_tape_weighted": taped(Subclass, compiled=True, average_as_fit=True),
    "subclass_tape_eager": taped(SubclassSoftmaxFromScratch, compiled=False),
}
