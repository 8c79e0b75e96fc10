"""What each network is made of in each API, and how large each dataset is."""

import functools
import importlib
import json
import os

import numpy as np
import tensorflow as tf

from trials.inspection.description import describe
from trials.probes.attempt import require
from trials.training.data import ARRANGEMENTS, SAMPLES_PER_EXAMPLE, path_of, read


def cells(arguments):
    """Yield every dataset, and every network of every experiment: each variant, also of each alternative.

    `arguments.architectures` names a file with `datasets`, a list of those to count, which lie in `arguments.data`, and
    `experiments`, which has for each the `image_shape` and the `arrangement` of its samples, the `variants` to build,
    the `architecture` that their builders take, and `alternatives`, other architectures by name. With
    `arguments.before_call` no network is called: each is looked at as its builder made it.
    """
    with open(arguments.architectures, encoding="utf-8") as file:
        study = json.load(file)
    for name in study["datasets"]:
        yield name, None, None, [(None, functools.partial(dataset, holding(arguments.data, name), name))]
    for name, experiment in study["experiments"].items():
        variants = importlib.import_module("trials.experiments." + name).VARIANTS
        specs = specs_of(experiment["image_shape"], experiment["arrangement"])
        for alternative, architecture in {None: experiment["architecture"], **experiment["alternatives"]}.items():
            for variant in experiment["variants"]:
                build = functools.partial(variants[variant].build, **architecture)
                program = functools.partial(network, build, None if arguments.before_call else specs)
                yield name, variant, alternative, [(None, program)]


def holding(folder, name):
    """Absolute path of `folder`, which must hold a dataset: that it is missing says nothing of this runtime."""
    folder = os.path.abspath(folder)
    if not os.path.exists(path_of(folder, name)):
        raise FileNotFoundError(f"{path_of(folder, name)} is missing")
    return folder


def dataset(folder, name):
    """Count samples, classes and what was dropped of a prepared dataset, and pixels where all images have as many."""
    arrays = read(folder, name)
    images, labels = arrays["x_train"], arrays["y_train"]
    values = {"n_train": len(images), "n_test": len(arrays["x_test"]), "n_classes": len(np.unique(labels))}
    if images.shape[1:]:
        values.update(height=images.shape[1], width=images.shape[2])
    cleaning = os.path.join(folder, name, "audit.json")
    if os.path.exists(cleaning):
        with open(cleaning, encoding="utf-8") as file:
            values["n_dropped"] = json.load(file)["dropped_pictures"]
    return values


def specs_of(image_shape, arrangement):
    """Shape, with None for the batch, and dtype of each input of a network that reads images so arranged."""
    n = SAMPLES_PER_EXAMPLE.get(arrangement, 1)
    inputs = ARRANGEMENTS[arrangement](np.zeros((n, *image_shape), np.float32), np.zeros(n))[0]
    return [tf.TensorSpec((None, *array.shape[1:]), array.dtype) for array in tf.nest.flatten(inputs)]


def network(build, specs):
    """Build a network and say what it is made of."""
    model = build()
    values = describe(model, specs)
    if model.weights:
        require(
            int(model.count_params()) == values["n_parameters"],
            "the layers have not as many parameters as the network",
        )
        values["summary"] = summary_of(model)
    return values


def summary_of(model):
    """What the model says of itself."""
    lines = []
    model.summary(print_fn=lambda line, **_: lines.append(line))
    return "\n".join(lines)
