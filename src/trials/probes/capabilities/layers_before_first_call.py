"""Layers before the first call: every weight is there before data comes."""

from tensorflow.keras.layers import Dense

from trials.probes.attempt import require
from trials.probes.capabilities import _small_network as small
from trials.probes.capabilities._common import TARGET, WIDTH, A, each_api, trained


def check(build, prepare=small.as_it_is):
    """See that every layer's weights are there, with the right shapes, before data comes."""
    model = build()
    prepare(model)
    dense = [layer for layer in model.layers if isinstance(layer, Dense)]
    shapes = [tuple(weights.shape) for layer in dense for weights in layer.weights]
    expected = [(WIDTH, small.UNITS[0]), (small.UNITS[0],), small.UNITS, (small.UNITS[1],)]
    require(shapes == expected, f"the weights have the shapes {shapes} instead of {expected}")
    counted = tuple(layer.count_params() for layer in dense)
    require(counted == small.N_PARAMETERS, f"the layers count {counted} parameters instead of {small.N_PARAMETERS}")
    trained(model, A, TARGET)


ATTEMPTS = each_api(check, **small.BEFORE_FIRST_CALL)
