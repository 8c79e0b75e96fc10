"""What each variant's training step becomes: TensorFlow's graph of it, and XLA's program."""

import functools
import importlib
import json

import numpy as np
import tensorflow as tf

from trials.inspection import graphs, hlo
from trials.training.data import ARRANGEMENTS, SAMPLES_PER_EXAMPLE, each
from trials.training.fit import for_each_output, loss_named
from trials.training.settings import optimizer
from trials.training.versions import HAS_JIT_COMPILE, HAS_RETURN_DICT, KERAS_3

EAGER = "every operation runs as Python comes to it: there is no graph"
SETTINGS = {"jit_compile": False}  # XLA is asked for apart
PROTOCOL = "controlled"  # inputs in single precision; the step is the same in both


def cells(arguments):
    """Yield every variant of every experiment.

    `arguments.architectures` names a file as for the probe of structures, with the `optimizer`, the `loss` and the
    `batch_size` of each experiment.
    """
    with open(arguments.architectures, encoding="utf-8") as file:
        study = json.load(file)
    for name, experiment in study["experiments"].items():
        variants = importlib.import_module("trials.experiments." + name).VARIANTS
        planned = dict(experiment, settings=SETTINGS, protocol=PROTOCOL)
        for variant, train in variants.items():
            yield name, variant, [(None, functools.partial(program, train, planned))]


def program(train, planned):
    """Trace the training step of a variant and say what it became.

    Parameters
    ----------
    train : callable
        The variant, as an experiment's `VARIANTS` has it.
    planned : dict
        `architecture`, `arrangement`, `batch_size`, `optimizer`, `loss`, `protocol` and `settings`, as a plan has them,
        and `image_shape`.

    Returns
    -------
    dict
        `operations`, how many of each type run, a function's as often as it is called; `n_operations`; and `sha256`,
        the graph's canonical hash. Where XLA can be asked for, its own program under `xla`: the same three of its
        instructions, and `flops`. A step that is not traced has only `untraced`, which says why.
    """
    n = planned["batch_size"] * SAMPLES_PER_EXAMPLE.get(planned["arrangement"], 1)
    images = np.zeros((n, *planned["image_shape"]), np.float32)
    x, y = ARRANGEMENTS[planned["arrangement"]](images, np.zeros(n, np.uint8))
    if hasattr(train, "loop"):
        return _taped(train, planned, x, y)
    model = train.build(**planned["architecture"])
    loss, metrics = for_each_output(y, loss_named(planned["loss"]))
    model.compile(optimizer=optimizer(planned), loss=loss, metrics=metrics)
    if not tf.executing_eagerly():
        return described(_session_program(model, x, y))
    return _traced(_keras_step(model, x, y), x, y)


def described(traced):
    """What an observation says of a program."""
    counted = graphs.operations(traced)
    return {"operations": counted, "n_operations": sum(counted.values()), "sha256": graphs.sha256(traced)}


def _taped(train, planned, x, y):
    tf.compat.v1.enable_eager_execution()
    loop = train.loop(train.build(**planned["architecture"]), planned)
    if not hasattr(loop._train_step, "get_concrete_function"):
        return {"untraced": EAGER}
    return _traced(loop._train_on_batch, x, y)


def _keras_step(model, x, y):
    """Step of Keras' `fit`, a function of inputs and targets that is to be put in a `tf.function`, as `fit` does."""
    if not HAS_RETURN_DICT:  # up to TensorFlow 2.1 a model has no step of its own
        from tensorflow.python.keras.engine import training_v2_utils  # noqa: PLC0415  no other version has it

        model._standardize_user_data(x, y)  # builds a subclassed model, as `fit` does before the first step
        step = functools.partial(training_v2_utils.train_on_batch, model, reset_metrics=False)
        return tf.autograph.experimental.do_not_convert(step)

    def train_step(x, y):
        return model.train_step((x, y))

    return tf.autograph.experimental.do_not_convert(train_step) if KERAS_3 else train_step


def _traced(step, x, y):
    """Trace `step` in a `tf.function` and, where it can be asked for, let XLA compile it."""
    arguments = each(tf.constant, x), each(tf.constant, y)
    values = described(_function_program(tf.function(step).get_concrete_function(*arguments)))
    if HAS_JIT_COMPILE:
        compiled = tf.function(step, jit_compile=True)
        text = compiled.experimental_get_compiler_ir(*arguments)(stage="optimized_hlo")
        optimised = hlo.program_of(text, len(tf.nest.flatten(arguments)))
        values["xla"] = dict(described(optimised), flops=hlo.flops(optimised))
    return values


def _function_program(concrete):
    """Program of a concrete function: its arguments are inputs in order, its variables have a shape and no name."""
    graph, captured = concrete.graph, concrete.captured_inputs
    own = graph.inputs[: len(graph.inputs) - len(captured)]
    leaves = {tensor.op.name: ("Input", {"index": str(index)}) for index, tensor in enumerate(own)}
    for tensor, outer in zip(graph.inputs[len(own) :], captured):
        leaves[tensor.op.name] = _captured(outer)
    outputs = [tensor.name for tensor in graph.outputs]
    controls = [operation.name for operation in graph.control_outputs]
    return graphs.program_of(graph.as_graph_def(), outputs, controls, leaves)


def _captured(outer):
    """What stands for a tensor from outside: a variable by its shape and type, or a constant by its value."""
    if outer.dtype == tf.resource:
        (held,) = outer._handle_data.shape_and_type
        return _variable(held.shape, held.dtype)
    return "Constant", {"value": repr(outer.numpy().tolist()), "dtype": outer.dtype.name}


def _session_program(model, x, y):
    """Program that a session of TensorFlow 1 runs for a step of `fit`."""
    model._standardize_user_data(x, y)  # builds a subclassed model, as `fit` does before the first step
    model._make_train_function()
    function = model.train_function
    leaves = {tensor.op.name: ("Input", {"index": str(index)}) for index, tensor in enumerate(function.inputs)}
    graph_def = function.outputs[0].graph.as_graph_def()
    for node in graph_def.node:
        if node.op == "VarHandleOp":
            leaves[node.name] = _variable(node.attr["shape"].shape, node.attr["dtype"].type)
    outputs = [tensor.name for tensor in function.outputs]
    return graphs.program_of(graph_def, outputs, [function.updates_op.name], leaves)


def _variable(shape, dtype):
    """What stands for a variable, of protocol buffers of its shape and of its type."""
    return "Variable", {"shape": str([size.size for size in shape.dim]), "dtype": str(dtype)}
