"""Lists the operations of a piece of a graph: types and attributes, no names, so that equal pieces are equal lists.

What a layer of one's own computes, or code between layers, is known only by its operations.
"""

import hashlib

import tensorflow as tf

MANY = 16  # constants with more numbers than this are told by their hash
NO_MEANING = ("shared_name", "container")


class Operations:
    """The operations between tensors that are known and the tensors that they give.

    Attributes
    ----------
    listed : list of dict
        `op`, `attributes` that are not TensorFlow's defaults, and `inputs`, pairs of what and which: `input` and its
        place, `weight` and its place, or the number of an operation before and which of its outputs.
    inputs : list of Tensor
        The known tensors that they read, in the order in which they are found from the outputs back.
    weights : list of variables
        The model's variables that they read, in that order.
    results : list
        What each output is, as in `inputs` of an operation.
    """

    def __init__(self, outputs, is_known, variables):
        self.listed, self.inputs, self.weights = [], [], []
        self._is_known, self._variables, self._numbers = is_known, variables, {}
        for tensor in outputs:
            self._list(tensor)
        self.results = [self._reference(tensor) for tensor in outputs]

    def _list(self, tensor):
        """List the operations that give a tensor, each after those whose outputs it takes."""
        waiting = [self._origin(tensor)]
        while waiting:
            origin = waiting[-1]
            missing = [] if self._is_leaf(origin) else [self._origin(each) for each in origin.op.inputs]
            missing = [each for each in missing if not self._is_leaf(each) and each.op.name not in self._numbers]
            if missing:
                waiting.extend(reversed(missing))
                continue
            waiting.pop()
            if not self._is_leaf(origin) and origin.op.name not in self._numbers:
                entry = {"op": origin.op.type, "attributes": attributes_of(origin.op)}
                entry["inputs"] = [self._reference(each) for each in origin.op.inputs]
                self._numbers[origin.op.name] = len(self.listed)
                self.listed.append(entry)

    def _origin(self, tensor):
        """The tensor of which `tensor` is only another name."""
        while not self._is_leaf(tensor) and tensor.op.type == "Identity":
            tensor = tensor.op.inputs[0]
        return tensor

    def _is_leaf(self, tensor):
        from_outside = tensor.op.type in ("Placeholder", "VarHandleOp")
        return from_outside or self._is_known(tensor) or self._variables.of(tensor) is not None

    def _reference(self, tensor):
        tensor = self._origin(tensor)
        if self._is_known(tensor):
            return ["input", _place(self.inputs, tensor)]
        variable = self._variables.of(tensor)
        if variable is not None:
            return ["weight", _place(self.weights, variable)]
        if self._is_leaf(tensor):
            return ["outside", [tensor.dtype.name, shape_of(tensor)]]
        return [self._numbers[tensor.op.name], tensor.value_index]


class Variables:
    """A model's variables, found by the tensors through which a graph reads them.

    Parameters
    ----------
    model : tf.keras.Model
    captures : dict
        Name of a tensor inside a function's graph to the tensor outside for which it stands.
    """

    def __init__(self, model, captures):
        self._captures = captures
        self._by_handle = {id(variable.handle): variable for variable in model.weights}

    def of(self, tensor):
        """Variable for which a tensor stands, or None."""
        return self._by_handle.get(id(self._captures.get(tensor.name, tensor)))


def shape_of(tensor):
    """Shape of a tensor as a list, None where a size is not known; None if nothing is."""
    return None if tensor.shape.rank is None else [None if n is None else int(n) for n in tensor.shape.as_list()]


def attributes_of(op):
    """What an operation was given beside tensors, where it is not the default."""
    node, found = op.node_def, {}
    for declared in op.op_def.attr:
        value = node.attr.get(declared.name)
        is_default = declared.HasField("default_value") and value == declared.default_value
        if value is not None and not is_default and declared.name not in NO_MEANING:
            found[declared.name] = _written(value, op.graph)
    return found


def _written(value, graph):
    """Value of an attribute; the function that it names is written out, as names mean nothing."""
    if value.HasField("tensor"):
        array = tf.make_ndarray(value.tensor)
        content = array.tolist() if array.size <= MANY and array.dtype.kind in "biuf" else _sha256(array.tobytes())
        return [str(array.dtype), list(array.shape), content]
    if value.HasField("func"):
        functions = {function.signature.name: function for function in graph.as_graph_def().library.function}
        return _body(functions[value.func.name], graph) if value.func.name in functions else value.func.name
    return " ".join(str(value).split())


def _body(function, graph):
    """Operations of a function, whose inputs are told by their places."""
    names = {argument.name: f"argument {place}" for place, argument in enumerate(function.signature.input_arg)}
    names.update({node.name: str(place) for place, node in enumerate(function.node_def)})

    def renamed(reference):
        name, _, rest = reference.lstrip("^").partition(":")
        return names.get(name, name) + ":" + rest

    body = [
        [
            node.op,
            sorted((name, _written(node.attr[name], graph)) for name in node.attr if _matters(name)),
            *map(renamed, node.input),
        ]
        for node in function.node_def
    ]
    return _sha256(repr([body, [renamed(function.ret[each.name]) for each in function.signature.output_arg]]).encode())


def _matters(name):
    return not name.startswith("_") and name not in NO_MEANING


def _place(things, thing):
    """Place of a thing in a list, to which it is added if it is new."""
    for place, other in enumerate(things):
        if other is thing:
            return place
    things.append(thing)
    return len(things) - 1


def _sha256(content):
    return hashlib.sha256(content).hexdigest()
