"""A replaced last layer: a trained model gives up its last layer for another, and keeps what the first has learnt."""

import tensorflow as tf
from tensorflow.keras.layers import Dense

from trials.probes.attempt import require
from trials.probes.capabilities import _small_network as small
from trials.probes.capabilities._common import TARGET, A, N, affine, each_api, random, require_equal, trained

OUTPUTS = 2
# What it takes where a model cannot be changed.
ANEW = "making a new model of the layers that stay"


def check(build, replace):
    """See that the model then computes with the old first layer and the new last one, and trains both."""
    model = build()
    trained(model, A, TARGET)
    first = model.layers[0 if len(model.layers) == len(small.UNITS) else 1]
    new = Dense(OUTPUTS)
    changed = replace(model, new)
    require_equal(changed.predict(A), affine(affine(A, first), new), "the output")
    trained(changed, A, random(N, OUTPUTS, seed=8))
    require(len(changed.get_weights()) == 2 * len(small.UNITS), "it has more or fewer weights than its two layers")


def _pop_and_add(model, new):
    model.pop()
    model.add(new)
    return model


def _connect(model, new):
    return tf.keras.Model(model.inputs, new(model.layers[-2].output))


def _assign(model, new):
    model.second = new
    return model


def _take_over(model, new):
    other = small.Small()
    other.first, other.second = model.first, new
    return other


ATTEMPTS = each_api(
    check,
    sequential=[(None, small.sequential, _pop_and_add)],
    functional=[(None, small.functional, _pop_and_add), (ANEW, small.functional, _connect)],
    subclass=[(None, small.Small, _assign), (ANEW, small.Small, _take_over)],
)
