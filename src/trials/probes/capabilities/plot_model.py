"""Plot of a model: Keras writes a picture of it."""

import os

import tensorflow as tf

from trials.probes.attempt import require
from trials.probes.capabilities import _small_network as small
from trials.probes.capabilities._common import TARGET, A, each_api, trained


def check(build):
    """See that the picture is written."""
    model = build()
    trained(model, A, TARGET)
    tf.keras.utils.plot_model(model, to_file="model.png", show_shapes=True)
    require(os.path.exists("model.png"), "there is no picture")
    with open("model.png", "rb") as file:
        require(file.read(8) == b"\x89PNG\r\n\x1a\n", "the picture is no PNG")


ATTEMPTS = each_api(
    check,
    sequential=[(None, small.sequential)],
    functional=[(None, small.functional)],
    subclass=[(None, small.Small)],
)
