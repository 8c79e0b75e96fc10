"""Runs a model once on symbols and notes which layer is called on what: the network, whichever API built it."""

import contextlib
import functools

import tensorflow as tf

from trials.inspection.operations import Operations, Variables

Layer = tf.keras.layers.Layer
# What Keras 2 puts around the inputs and around plain operations of a Functional model: no layers of the network.
TRANSPARENT = ("InputLayer", "TFOpLambda", "TensorFlowOpLayer", "SlicingOpLambda", "ClassMethod", "InstanceProperty")
# Arguments of a call that are no data: Keras hands them on by itself.
NO_DATA = ("training", "mask")


def is_own(thing):
    """Whether a class or function comes with Keras or TensorFlow."""
    return thing.__module__.split(".")[0] in ("keras", "tensorflow", "tf_keras")


def is_known(layer):
    """Whether what a layer computes follows from its attributes: it is Keras' own, and so is its activation."""
    activation = getattr(layer, "activation", None)
    of_its_own = is_own(type(layer)) and not isinstance(layer, (tf.keras.Model, tf.keras.layers.Lambda))
    return of_its_own and (activation is None or is_own(activation if callable(activation) else type(activation)))


def key(tensor):
    """What tells a tensor from all others of its graph."""
    return tensor.name


def tensors_in(structure):
    """All tensors in nested lists and dicts; Keras' own symbols, on which it tries layers out, are none."""
    return [each for each in tf.nest.flatten(structure) if isinstance(each, tf.Tensor)]


class Step:
    """One use of a layer, or operations outside of any layer (then `layer` is None).

    Attributes
    ----------
    owners : list of Layer
        The models and layers in whose call it happens, the outermost first.
    inputs, outputs : list of Tensor
        What goes in and comes out.
    arguments : dict
        What else the call was given: numbers, strings and switches that are on.
    operations : Operations or None
        What it computes, where the layer's attributes do not tell.
    """

    def __init__(self, layer, owners, inputs, outputs, arguments):
        self.layer, self.owners, self.inputs, self.outputs = layer, owners, inputs, outputs
        self.arguments, self.operations = arguments, None

    @property
    def reads(self):
        """Weights that it reads."""
        return self.operations.weights if self.operations else self.layer.weights


class Network:
    """A model's data flow.

    Attributes
    ----------
    inputs, outputs : list of Tensor
    steps : list of Step
        Each after all whose output it takes, from the first output back through all inputs in order: the same for all
        models of one network. At the end those that no output depends on.
    n_used : int
        Number of the steps that an output depends on.
    """

    def __init__(self, inputs, outputs, steps, function):
        self.inputs, self.outputs = inputs, outputs
        self._function = function  # the graph lives as long as this
        self._producer = {key(tensor): step for step in steps for tensor in step.outputs}
        used = self._before(outputs)
        self.n_used = len(used)
        self.steps = used + [step for step in steps if step not in used]

    def producer(self, tensor):
        """Step that gives a tensor; None for an input."""
        return self._producer.get(key(tensor))

    def _before(self, tensors):
        """Every step on which tensors depend, after those on which it depends itself."""
        done, waiting = [], [self.producer(tensor) for tensor in reversed(tensors)]
        while waiting:
            step = waiting[-1]
            needs = [] if step is None else [self.producer(tensor) for tensor in step.inputs]
            missing = [other for other in needs if other is not None and other not in done]
            if missing:
                waiting.extend(reversed(missing))
                continue
            waiting.pop()
            if step is not None and step not in done:
                done.append(step)
        return done


def trace(model, specs):
    """Call a model on symbols and return its `Network`.

    Parameters
    ----------
    model : tf.keras.Model
        Its weights are made if it has none yet, and not changed.
    specs : list of tf.TensorSpec
        Shape and dtype of each input.
    """
    calls, outputs = [], []

    def run(*inputs):
        del calls[:]  # TensorFlow may trace a function twice: the last time counts
        with recording(calls):
            outputs[:] = tensors_in(model(list(inputs) if len(inputs) > 1 else inputs[0]))

    function, captures = None, {}
    if tf.executing_eagerly():
        function = tf.function(run).get_concrete_function(*specs)
        inputs, captured = function.inputs[: len(specs)], function.inputs[len(specs) :]
        captures = dict(zip(map(key, captured), function.captured_inputs))
    else:  # TensorFlow 1 has one graph for everything
        inputs = [tf.compat.v1.placeholder(spec.dtype, spec.shape) for spec in specs]
        run(*inputs)
    return Network(inputs, outputs, _complete(calls, inputs, outputs, Variables(model, captures)), function)


@contextlib.contextmanager
def recording(calls):
    """Note every use of a layer in `calls`; what is made of layers is not noted itself, only its layers are."""
    plain, running = Layer.__call__, []

    @functools.wraps(plain)  # AutoGraph must take it for Keras' own, and leave it alone
    def noted(layer, *args, **kwargs):
        if type(layer).__name__ in TRANSPARENT:
            return plain(layer, *args, **kwargs)
        n_before, owners = len(calls), list(running)
        running.append(layer)
        try:
            outputs = plain(layer, *args, **kwargs)
        finally:
            running.pop()
        if is_known(layer):
            del calls[n_before:]  # of what Keras' own layers are made is their own affair
        elif len(calls) > n_before:
            return outputs
        data = [args, {name: kwargs[name] for name in sorted(kwargs) if name not in NO_DATA}]
        inputs = tensors_in(data)
        outputs = _distinct(outputs, inputs)
        if not tensors_in(outputs):  # Keras tries it out, to build a model
            return outputs
        arguments = {name: value for name, value in kwargs.items() if value and isinstance(value, (bool, int, str))}
        calls.append(Step(layer, owners, inputs, tensors_in(outputs), arguments))
        return outputs

    Layer.__call__ = noted
    try:
        yield
    finally:
        Layer.__call__ = plain


def _complete(calls, inputs, outputs, variables):
    """All steps: the calls, and the operations that make what no call gives. Unknown layers get their operations."""
    steps, given = [], {key(tensor) for tensor in inputs}

    def is_given(tensor):
        return key(tensor) in given

    def operate(tensors):
        for tensor in tensors:
            if not is_given(tensor):
                operations = Operations([tensor], is_given, variables)
                steps.append(_with_operations(Step(None, [], [], [tensor], {}), operations))
                given.add(key(tensor))

    for call in calls:
        operate(call.inputs)
        if not is_known(call.layer):
            _with_operations(call, Operations(call.outputs, is_given, variables))
        steps.append(call)
        given.update(map(key, call.outputs))
    operate(outputs)
    return steps


def _with_operations(step, operations):
    step.operations, step.inputs = operations, operations.inputs
    return step


def _distinct(outputs, inputs):
    """Outputs of a call, none of which is one of its inputs: a layer that does nothing here returns what it got."""
    names = {key(tensor) for tensor in inputs}

    def distinct(output):
        if not isinstance(output, tf.Tensor) or key(output) not in names:
            return output
        copy = tf.identity(output)
        copy._keras_mask = getattr(output, "_keras_mask", None)
        return copy

    return tf.nest.map_structure(distinct, outputs)
