"""Summary: it names every layer, with its output shape and its parameters."""

import re

import tensorflow as tf
from tensorflow.keras.layers import Dense, Input

from trials.probes.attempt import require
from trials.probes.capabilities import _small_network as small
from trials.probes.capabilities._common import TARGET, WIDTH, A, N, each_api, trained


def check(build, view=lambda model: model):
    """See that a trained model's summary has every layer's name, output shape and number of parameters."""
    model = build()
    trained(model, A, TARGET)
    text = small.summary_of(view(model))
    dense = [layer for layer in model.layers if isinstance(layer, Dense)]
    for layer, units, number in zip(dense, small.UNITS, small.N_PARAMETERS):
        require(layer.name in text, f"the summary does not name the layer {layer.name}")
        require(
            re.search(rf"\b{number}\b", text), f"the summary does not count the {number} parameters of {layer.name}"
        )
        shape = re.search(rf"\((None|{N}), {units}\)", text)
        require(shape, f"the summary does not show the output shape (None, {units}) of {layer.name}")


def as_functional(model):
    """Wrap what a subclassed model computes in a Functional model."""
    inputs = Input((WIDTH,))
    return tf.keras.Model(inputs, model.call(inputs))


ATTEMPTS = each_api(
    check,
    sequential=[(None, small.sequential)],
    functional=[(None, small.functional)],
    subclass=[(None, small.Small), ("wrapping its call in a Functional model", small.Small, as_functional)],
)
