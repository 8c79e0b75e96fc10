"""Describes a network: a row a layer, whichever API built it, and what holds of the whole."""

import re

import numpy as np
import tensorflow as tf

from trials.inspection.calls import is_known, trace
from trials.inspection.fingerprint import fingerprint
from trials.inspection.layers import COLUMNS, attributes_of, weights_values
from trials.inspection.operations import shape_of

# Layers that multiply no weight with an input, and those that apply their kernels at every position of their output.
WITHOUT_KERNEL = re.compile(
    r"Flatten|Reshape|Permute|RepeatVector|Activation|ReLU|LeakyReLU|ELU|Softmax|.*Dropout.*|Embedding|Concatenate|Add"
    r"|Subtract|Average|Maximum|Minimum|(Global)?(Max|Average)Pooling\dD|(ZeroPadding|Cropping|UpSampling)\dD"
)
WITH_KERNEL = re.compile(r"Dense|(Depthwise|Separable)?Conv\dD")


def describe(model, specs=None):
    """Describe a model.

    Parameters
    ----------
    model : tf.keras.Model
        Its weights are made if it has none yet; none is changed.
    specs : list of tf.TensorSpec or None
        Shape, with the batch in front, and dtype of each input. None takes those that the model knows. A model that
        knows none is looked at as it is, without a call: what only a call shows is then null or absent.

    Returns
    -------
    dict
        `n_parameters`, `n_layers`, `n_inputs`, `n_outputs`, `units_1` and so on of the dense layers, `multiply_adds`
        and `activation_bytes` of one sample, `fingerprint`, and `layers`: a row each, after all that feed it.
    """
    # A model that was only called may have inputs too, but ones that name no layer.
    inputs = [each for each in getattr(model, "inputs", None) or [] if hasattr(each, "_keras_history")]
    specs = specs or [tf.TensorSpec(shape_of(each), each.dtype) for each in inputs]
    if not specs:
        return _whole([_uncalled(path, layer) for path, layer in leaves(model)], model.weights)
    names = [each._keras_history[0].name for each in inputs] or [f"input_{n}" for n in range(1, len(specs) + 1)]
    network = trace(model, specs)
    single = [_row(step) for step in network.steps]
    rows = _inputs(names, network) + _merged(network, single, names)
    called = {id(layer) for step in network.steps for layer in [step.layer, *step.owners]}
    unused = [(path, layer) for path, layer in leaves(model) if id(layer) not in called and not _is_input(layer)]
    rows += [_uncalled(path, layer) for path, layer in unused]
    return dict(
        _whole(rows, model.weights + [weight for step in network.steps for weight in step.reads]),
        fingerprint=fingerprint(network, single),
        multiply_adds=_total(row["multiply_adds"] for row in rows),
        activation_bytes=_total(row["activation_bytes"] for row in rows),
        n_inputs=len(network.inputs),
        n_outputs=len(network.outputs),
    )


def _whole(rows, variables):
    """What holds of a network, called or not."""
    variables = list({id(variable): variable for variable in variables}.values())
    units = [row["units"] for row in rows if row["type"] == "Dense"]
    return dict(
        layers=rows,
        n_parameters=weights_values(variables)["n_parameters"],
        n_layers=sum(row["type"] not in ("InputLayer", "operations") for row in rows),
        **{f"units_{place}": number for place, number in enumerate(units, start=1)},
    )


def sublayers(owner):
    """Layers that a model or layer holds, by the attribute that holds it, or by its own name."""
    found = {}
    for name, value in vars(owner).items():
        if not name.startswith("_"):
            found.update(_held(name, value))
    for layer in getattr(owner, "layers", None) or []:
        if layer not in found.values():
            found[layer.name] = layer
    return found


def _held(name, value):
    """Layers in the value of an attribute, which may be a list or a dict of them."""
    if isinstance(value, tf.keras.layers.Layer) and not isinstance(value, tf.keras.metrics.Metric):
        return {name: value}
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple)) else ()
    return {inner: layer for key, each in items for inner, layer in _held(f"{name}[{key}]", each).items()}


def leaves(owner, path=""):
    """Yield path and layer of each layer that is not made of others, to any depth."""
    for name, layer in sublayers(owner).items():
        inner = [] if is_known(layer) else list(leaves(layer, path + name + "/"))
        yield from inner or [(path + name, layer)]


def _is_input(layer):
    return isinstance(layer, tf.keras.layers.InputLayer)


def path_of(step):
    """Where the layer is: names of what holds it, from the outermost model in."""
    if step.layer is None:
        return "operations"
    chain = [*step.owners, step.layer]
    return "/".join(_name_in(owner, layer) for owner, layer in zip(chain, chain[1:])) or step.layer.name


def _name_in(owner, layer):
    return next((name for name, held in sublayers(owner).items() if held is layer), layer.name)


EMPTY = {
    **dict.fromkeys(
        ("activation", "input_shape", "output_shape", "multiply_adds", "activation_bytes", "units", *COLUMNS)
    ),
    **{"weights": [], "attributes": {}, "initializers": {}, "n_parameters": 0, "inputs": [], "calls": 0},
}


def _uncalled(path, layer):
    """Row of a layer that nothing has called."""
    return dict(EMPTY, **attributes_of(layer), path=path)


def _row(step):
    """Row of one use of a layer, or of operations outside of any; without its place in the network."""
    shapes = [shape_of(tensor) for tensor in step.inputs]
    output_shape = shape_of(step.outputs[0])
    if step.layer is None:
        row = dict(EMPTY, name="operations", type="operations", known=False, **weights_values(step.reads))
    else:
        row = dict(EMPTY, **attributes_of(step.layer, shapes[0] if shapes else None, output_shape))
    row.update(input_shape=shapes[0] if len(shapes) == 1 else shapes or None, output_shape=output_shape)
    if step.arguments:
        row["attributes"] = dict(row["attributes"], arguments=step.arguments)
    if step.operations:
        row["attributes"] = dict(row["attributes"], operations=step.operations.listed)
    return dict(row, multiply_adds=_multiply_adds(row), activation_bytes=_bytes(step.outputs))


def _inputs(names, network):
    """Row of each input."""
    said = {"type": "InputLayer", "known": True, "multiply_adds": 0}
    return [
        dict(EMPTY, name=name, path=name, output_shape=shape_of(each), activation_bytes=_bytes([each]), **said)
        for name, each in zip(names, network.inputs)
    ]


def _merged(network, single, names):
    """Rows of a network from those of its steps: all uses of a layer are one row."""
    paths = {tensor.name: name for tensor, name in zip(network.inputs, names)}
    rows, taken = {}, set(names)
    for step, row in zip(network.steps, single):
        inputs = [paths[tensor.name] for tensor in step.inputs]
        which = id(step if step.layer is None else step.layer)
        if which in rows:
            merged = rows[which]
            for name in ("multiply_adds", "activation_bytes"):
                merged[name] = None if None in (merged[name], row[name]) else merged[name] + row[name]
            merged.update(inputs=merged["inputs"] + inputs, calls=merged["calls"] + 1)
        else:
            rows[which] = dict(row, path=_free(path_of(step), taken), inputs=inputs, calls=1)
            taken.add(rows[which]["path"])
        paths.update((tensor.name, rows[which]["path"]) for tensor in step.outputs)
    return list(rows.values())


def _free(path, taken):
    """A path that no row has yet."""
    number, free = 1, path
    while free in taken:
        free, number = f"{path}_{number}", number + 1
    return free


def _multiply_adds(row):
    """Multiply-adds of one sample: each product of a weight of a kernel with an input counts one, padding included.

    Biases and activations do not count. None for layers that are not known, or known here.
    """
    if not row["known"] or WITHOUT_KERNEL.fullmatch(row["type"]):
        return 0 if row["known"] else None
    if not WITH_KERNEL.fullmatch(row["type"]):
        return None
    channels_first = row["attributes"].get("data_format") == "channels_first"
    positions = row["output_shape"][2:] if channels_first else row["output_shape"][1:-1]
    kernels = [weight["shape"] for weight in row["weights"] if weight["name"].endswith("kernel")]
    return None if None in positions else int(np.prod(positions, dtype=int)) * sum(map(_size, kernels))


def _bytes(tensors):
    """Bytes of one sample in all of some tensors; None where a size is not known."""
    shapes = [shape_of(tensor) for tensor in tensors]
    if any(shape is None or None in shape[1:] for shape in shapes):
        return None
    return sum(_size(shape[1:]) * tensor.dtype.size for shape, tensor in zip(shapes, tensors))


def _size(shape):
    return int(np.prod(shape, dtype=int))


def _total(values):
    values = list(values)
    return None if None in values else sum(values)
