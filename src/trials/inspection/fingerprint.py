"""A hash of the function that a network computes: names, APIs, versions and the order of `__init__` do not count."""

import hashlib
import json

from trials.inspection.layers import COLUMNS, weights_values
from trials.inspection.operations import shape_of

# Layers that end with their activation: it might as well be a layer of its own.
ENDING_WITH_ACTIVATION = ("Dense", "EinsumDense")
# Layers that are an activation and no more, if their attributes say nothing else.
ACTIVATIONS = {"ReLU": "relu", "Softmax": "softmax"}
LINEAR = "linear"


def fingerprint(network, rows):
    """SHA-256 (hexadecimal) of the canonical form of a network; parameters as of `canonical`."""
    text = json.dumps(canonical(network, rows), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(network, rows):
    """Data flow of a network as JSON.

    Nodes are numbered in the order of the network's steps. Each has its type, the attributes that change what it
    computes, the number, shape and dtype of each weight (a weight that two nodes share has one number), and what it
    reads: an input of the network, by its place, or an output of a node. An activation is a node of its own wherever
    it comes last; a linear one is none. What is not known is told by its operations.

    Parameters
    ----------
    network : Network
    rows : list of dict
        Row of each of its steps, of that use alone.
    """
    nodes, numbers = [], {}
    place = {tensor.name: ["input", number] for number, tensor in enumerate(network.inputs)}
    for step, row in zip(network.steps[: network.n_used], rows):
        carried = [place[tensor.name] for tensor in step.inputs]
        for node in _nodes(step, row):
            variables = step.reads if "weights" in node else []
            weights = [numbers.setdefault(id(variable), len(numbers)) for variable in variables]
            nodes.append(dict(node, inputs=carried, shared=weights))
            carried = [[len(nodes) - 1, number] for number in range(len(step.outputs))]
        place.update(zip([tensor.name for tensor in step.outputs], carried))
    return {
        "inputs": [[shape_of(tensor)[1:], tensor.dtype.name] for tensor in network.inputs],
        "nodes": nodes,
        "outputs": [place[tensor.name] for tensor in network.outputs],
    }


def _nodes(step, row):
    """What one use of a layer is in the canonical form: itself, its activation, both, or nothing."""
    dtypes = [tensor.dtype.name for tensor in step.outputs]
    weights = [[weight["shape"], weight["dtype"]] for weight in weights_values(step.reads)["weights"]]
    if step.operations:
        done = {"operations": step.operations.listed, "results": step.operations.results}
        return [dict(done, type="operations", weights=weights, dtypes=dtypes)]
    attributes = dict(row["attributes"], **{name: row[name] for name in COLUMNS if row[name] is not None})
    activation = _activation(row, attributes)
    layer = {"type": row["type"], "attributes": attributes, "weights": weights, "dtypes": dtypes}
    if activation is None:  # none, or inside the layer
        return [dict(layer, activation=row["activation"])]
    is_activation_only = row["type"] == "Activation" or row["type"] in ACTIVATIONS
    applied = [] if activation == LINEAR else [{"type": "activation", "function": activation, "dtypes": dtypes}]
    return applied if is_activation_only else [layer, *applied]


def _activation(row, attributes):
    """Name of the activation that comes last in a layer; None if there is none, or one that says more than its name."""
    if row["type"] in ENDING_WITH_ACTIVATION or "Conv" in row["type"] or row["type"] == "Activation":
        return row["activation"]
    said = {name: value for name, value in attributes.items() if value}
    of_last_axis = {"axis": len(row["input_shape"]) - 1}
    return ACTIVATIONS.get(row["type"]) if said in ({}, of_last_axis) else None
