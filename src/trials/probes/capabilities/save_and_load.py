"""Saving and loading a model."""

import functools
import os

import tensorflow as tf

from trials.probes.capabilities import _small_network as small
from trials.probes.capabilities._common import TARGET, A, require_equal, trained
from trials.training.versions import KERAS_3


def check(build, custom_objects=None, **arguments):
    """See that a model that was saved and loaded predicts the same, in the format that the version takes by itself."""
    model = build()
    trained(model, A, TARGET)
    path = "model.keras" if KERAS_3 else "model"
    model.save(path, **arguments)
    loaded = tf.keras.models.load_model(path, custom_objects=custom_objects)
    require_equal(loaded.predict(A), model.predict(A), "what the loaded model predicts")
    return {"format": "keras" if KERAS_3 else "SavedModel" if os.path.isdir(path) else "HDF5"}


def of_a_graph(build):
    """Ways to save a model that knows its layers and how they connect."""
    return [
        (None, functools.partial(check, build)),
        ("saving it as a SavedModel", functools.partial(check, build, save_format="tf")),
    ]


ATTEMPTS = {
    "sequential": of_a_graph(small.sequential),
    "functional": of_a_graph(small.functional),
    "subclass": [
        (None, functools.partial(check, small.Small)),
        ("saving it as a SavedModel", functools.partial(check, small.Small, save_format="tf")),
        ("giving custom_objects", functools.partial(check, small.Small, {"Small": small.Small})),
        (
            "writing get_config and giving custom_objects",
            functools.partial(check, small.SmallWithConfig, {"SmallWithConfig": small.SmallWithConfig}),
        ),
    ],
}
