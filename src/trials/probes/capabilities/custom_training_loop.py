"""A training loop of one's own: a GradientTape records the loss, and an optimizer takes the step."""

import numpy as np
import tensorflow as tf

from trials.probes.attempt import require
from trials.probes.capabilities import _small_network as small
from trials.probes.capabilities._common import TARGET, A, each_api, require_equal

RATE = 0.1


def check(build):
    """See that a step moves every weight against its gradient, by as much as SGD says."""
    model, optimizer = build(), tf.keras.optimizers.SGD(RATE)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(tf.constant(A)) - TARGET) ** 2)
    weights = model.trainable_variables
    before = model.get_weights()
    gradients = tape.gradient(loss, weights)
    optimizer.apply_gradients(zip(gradients, weights))
    require(len(before) == len(weights) > 0, "not every weight is trained")
    for old, new, gradient in zip(before, model.get_weights(), gradients):
        require(np.any(old != new), "a step leaves a weight as it was")
        require_equal(new, old - RATE * gradient.numpy(), "a weight after the step")


ATTEMPTS = each_api(
    check,
    sequential=[(None, small.sequential)],
    functional=[(None, small.functional)],
    subclass=[(None, small.Small)],
)
