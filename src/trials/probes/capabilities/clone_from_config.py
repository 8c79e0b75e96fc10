"""Cloning a model from its configuration."""

import numpy as np

from trials.probes.attempt import require
from trials.probes.capabilities import _small_network as small
from trials.probes.capabilities._common import TARGET, A, each_api, require_equal, trained


def check(build):
    """See that the clone trains, with weights of its own, and predicts the same once it is given the original's."""
    model = build()
    trained(model, A, TARGET)
    copy = type(model).from_config(model.get_config())
    trained(copy, A, TARGET)
    own = [np.any(old != new) for old, new in zip(model.get_weights(), copy.get_weights())]
    require(all(own), "the clone has weights of the original")
    copy.set_weights(model.get_weights())
    require_equal(copy.predict(A), model.predict(A), "what the clone predicts")


ATTEMPTS = each_api(
    check,
    sequential=[(None, small.sequential)],
    functional=[(None, small.functional)],
    subclass=[(None, small.Small), ("writing get_config", small.SmallWithConfig)],
)
