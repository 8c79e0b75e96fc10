"""What each network is made of in each API, and how large each dataset is."""

import functools
import importlib
import json
import os

import numpy as np
import tensorflow as tf

from trials.data import ARRANGEMENTS, SAMPLES_PER_EXAMPLE, each, path_of
from trials.probes import observe
from trials.probes.observe import require

EXPERIMENTS = os.path.join(os.path.dirname(observe.CODE), os.pardir, "experiments", "*.py")
CODE = [observe.CODE, EXPERIMENTS]


def cells(arguments):
    """Yield every dataset, and every variant of every experiment that a Keras model can be built of.

    `arguments.architectures` names a file with `datasets`, a list, and `experiments`, which has for each the `dataset`,
    the `arrangement` of its samples and the `architecture` that its builders take.
    """
    with open(arguments.architectures, encoding="utf-8") as file:
        study = json.load(file)
    for name in study["datasets"]:
        yield name, None, [(None, functools.partial(dataset, existing(arguments.data, name)))]
    for name, experiment in study["experiments"].items():
        variants = importlib.import_module("trials.experiments." + name).VARIANTS
        example = example_of(existing(arguments.data, experiment["dataset"]), experiment["arrangement"])
        for variant, train in variants.items():
            build = functools.partial(train.build, **experiment["architecture"])
            yield name, variant, [(None, functools.partial(network, build, example))]


def existing(folder, name):
    """Absolute path of a prepared dataset, which must be there: that it is missing says nothing of this runtime."""
    path = os.path.abspath(path_of(folder, name))
    if not os.path.exists(path):
        raise FileNotFoundError(f"{path} is missing")
    return path


def dataset(path):
    """Count samples, pixels and classes of the dataset at `path`."""
    with np.load(path) as arrays:
        x_train, x_test, labels = arrays["x_train"], arrays["x_test"], arrays["y_train"]
    return {
        "n_train": len(x_train),
        "n_test": len(x_test),
        "height": x_train.shape[1],
        "width": x_train.shape[2],
        "n_classes": len(np.unique(labels)),
    }


def example_of(path, arrangement):
    """Inputs of a network, one example of zeros, as float32: an array, or a list where there are several inputs."""
    n = SAMPLES_PER_EXAMPLE.get(arrangement, 1)
    with np.load(path) as arrays:
        images = np.zeros((n, *arrays["x_test"].shape[1:]), np.float32)
    return ARRANGEMENTS[arrangement](images, np.zeros(n))[0]


def network(build, example):
    """Build a network, call it where only a call makes its weights, and say what it is made of."""
    model = build()
    inputs, outputs = example, None
    if not model.weights:  # a subclassed model: what goes in and comes out is known only now
        outputs = model(each(tf.constant, example))
    else:
        inputs, outputs = model.inputs, model.outputs
    layers = [layer_values(layer) for layer in model.layers]
    names = {layer["name"] for layer in layers}
    for layer in layers:
        layer["inputs"] = [name for name in layer["inputs"] if name in names]
    n_parameters = int(model.count_params())
    require(
        n_parameters == sum(layer["n_parameters"] for layer in layers),
        "the layers have not as many parameters as the network",
    )
    units = [layer["units"] for layer in layers if layer["type"] == "Dense"]
    return dict(
        n_parameters=n_parameters,
        n_layers=sum(layer["type"] != "InputLayer" for layer in layers),
        n_inputs=len(tf.nest.flatten(inputs)),
        n_outputs=len(tf.nest.flatten(outputs)),
        layers=layers,
        summary=summary_of(model),
        **{f"units_{place}": number for place, number in enumerate(units, start=1)},
    )


def layer_values(layer):
    """What a layer is, as far as its API knows: a layer of a subclassed model knows neither shape nor neighbours."""
    activation = getattr(layer, "activation", None)
    return {
        "name": layer.name,
        "type": type(layer).__name__,
        "units": getattr(layer, "units", None),
        "activation": getattr(activation, "__name__", None),
        "output_shape": output_shape_of(layer),
        "n_parameters": int(layer.count_params()),
        "inputs": neighbours_of(layer),
    }


def output_shape_of(layer):
    """Shape that the layer's one output has in the graph, None for the size of a batch; None where no graph has it."""
    if not layer._inbound_nodes:
        return None
    node = layer._inbound_nodes[0]
    outputs = tf.nest.flatten(node.outputs if hasattr(node, "outputs") else node.output_tensors)
    return [None, *(int(size) for size in tuple(outputs[0].shape)[1:])]


def neighbours_of(layer):
    """Names of the layers that this layer takes its input from, in every place where it is used."""
    uses = []
    for node in layer._inbound_nodes:
        histories = [getattr(tensor, "_keras_history", None) for tensor in tf.nest.flatten(node.input_tensors)]
        use = [history[0].name for history in histories if history is not None and history[0] is not layer]
        if use not in uses:  # Keras 3 connects a Sequential anew with every `add`
            uses.append(use)
    return [name for use in uses for name in use]


def summary_of(model):
    """What the model says of itself."""
    lines = []
    model.summary(print_fn=lambda line, **_: lines.append(line))
    return "\n".join(lines)
