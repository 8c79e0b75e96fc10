"""What each API can do: every cell of the matrix builds a network, trains it two steps and checks what it computes.

What counts as an API's own: the layers that Keras comes with, put together in that API's way. A Sequential inside a
Functional model is no Sequential. Code of one's own, in a Lambda or a custom layer, may hide any graph inside a layer,
so it shows nothing about how an API connects layers; it is a remedy only where control flow or what leaves the model is
asked for. Shared means that one layer reads two different inputs, not that a layer is used twice in a row.
"""

import functools
import os
import re

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Add, Concatenate, Dense, Input, Lambda, Layer

from trials.probes.attempt import require
from trials.training.versions import GRAPH_MODE, KERAS_3

N, WIDTH = 8, 4
TOLERANCE = 1e-5


def cells(_):
    """Yield every cell of the matrix; TensorFlow 1 tries at last what works without its graphs."""
    for subject, variants in CELLS.items():
        for variant, attempts in variants.items():
            plain = [(remedy, program) for remedy, program in attempts if remedy is None]
            eager = [("with eager execution", functools.partial(eagerly, program)) for _, program in plain]
            yield subject, variant, attempts + (eager if GRAPH_MODE else [])


def eagerly(program):
    """Run a program with eager execution."""
    tf.compat.v1.enable_eager_execution()
    return program()


def random(*shape, seed=0):
    """Random numbers in 0..1 as float32."""
    return np.random.RandomState(seed).uniform(size=shape).astype(np.float32)


A, B, TARGET = random(N, WIDTH, seed=1), random(N, WIDTH, seed=2), random(N, 1, seed=3)


def trained(model, x, y, **arguments):
    """Train `model` for two steps and see that each step changes every weight; return the first step's loss."""
    model.compile(optimizer=tf.keras.optimizers.SGD(0.1), loss="mse", **arguments)
    first = model.fit(x, y, batch_size=N, verbose=0)
    before = model.get_weights()
    model.fit(x, y, batch_size=N, verbose=0)
    require(before, "the model has no weights")
    changed = [np.any(old != new) for old, new in zip(before, model.get_weights())]
    require(all(changed), f"a step of training changes {sum(changed)} of {len(changed)} weights")
    return first.history["loss"][0]


def require_equal(computed, expected, what):
    """Raise unless an array is what it should be."""
    require(np.shape(computed) == expected.shape, f"{what}: shape {np.shape(computed)} instead of {expected.shape}")
    difference = float(np.max(np.abs(computed - expected)))
    require(difference < TOLERANCE, f"{what}: off by up to {difference:.2g}")


def affine(x, dense):
    """What a Dense layer without activation computes, in NumPy."""
    kernel, bias = dense.get_weights()
    return x @ kernel + bias


# Several inputs: two vectors, joined and read by one layer.


def several_inputs(build):
    """See that both inputs reach the output."""
    dense = Dense(1)
    model = build(dense)
    trained(model, [A, B], TARGET)
    require_equal(model.predict([A, B]), affine(np.concatenate([A, B], axis=1), dense), "the output")


def _several_inputs_functional(dense):
    a, b = Input((WIDTH,)), Input((WIDTH,))
    return tf.keras.Model([a, b], dense(Concatenate()([a, b])))


def _several_inputs_sequential(dense):
    return tf.keras.Sequential([Input((WIDTH,)), Input((WIDTH,)), Concatenate(), dense])


def _several_inputs_sequential_without_shape(dense):
    return tf.keras.Sequential([Concatenate(), dense])


class SeveralInputs(tf.keras.Model):
    """Two inputs with the Subclassing API."""

    def __init__(self, dense):
        super().__init__()
        self.join = Concatenate()
        self.dense = dense

    def call(self, inputs):
        a, b = inputs
        return self.dense(self.join([a, b]))


# Several outputs: two layers read one vector, each with a target of its own.


def several_outputs(build):
    """See that there are two outputs of the right shapes, and that the loss is the sum of both outputs' losses."""
    model = build()
    targets = [random(N, 1, seed=4), random(N, 2, seed=5)]
    model.compile(optimizer=tf.keras.optimizers.SGD(0.1), loss=["mse", "mse"])
    outputs = model.predict(A)
    shapes = [np.shape(output) for output in outputs] if isinstance(outputs, list) else np.shape(outputs)
    require(shapes == [(N, 1), (N, 2)], f"the outputs have the shapes {shapes} instead of ({N}, 1) and ({N}, 2)")
    expected = sum(float(np.mean((output - target) ** 2)) for output, target in zip(outputs, targets))
    loss = trained(model, A, targets)
    require(abs(loss - expected) < TOLERANCE, f"the loss is {loss}, the sum of both outputs' losses {expected}")


def _several_outputs_functional():
    inputs = Input((WIDTH,))
    return tf.keras.Model(inputs, [Dense(1)(inputs), Dense(2)(inputs)])


def _several_outputs_sequential():
    return tf.keras.Sequential([Dense(WIDTH, input_shape=(WIDTH,)), Dense(1), Dense(2)])


def _several_outputs_sequential_split():
    return tf.keras.Sequential([Dense(3, input_shape=(WIDTH,)), Lambda(lambda x: [x[:, :1], x[:, 1:]])])


def _several_outputs_sequential_split_without_shape():
    return tf.keras.Sequential([Dense(3), Lambda(lambda x: [x[:, :1], x[:, 1:]])])


class SeveralOutputs(tf.keras.Model):
    """Two outputs with the Subclassing API."""

    def __init__(self):
        super().__init__()
        self.first = Dense(1)
        self.second = Dense(2)

    def call(self, inputs):
        return [self.first(inputs), self.second(inputs)]


# Shared layers: one layer reads two inputs.


def shared_layers(build):
    """See that both inputs go through the same kernel, and that the model has it once."""
    shared = Dense(WIDTH)
    model = build(shared)
    trained(model, [A, B], random(N, 2 * WIDTH, seed=6))
    require(len(model.get_weights()) == len(shared.get_weights()), "the shared kernel is not all that the model trains")
    expected = np.concatenate([affine(A, shared), affine(B, shared)], axis=1)
    require_equal(model.predict([A, B]), expected, "the output")


def _shared_layers_functional(shared):
    a, b = Input((WIDTH,)), Input((WIDTH,))
    return tf.keras.Model([a, b], Concatenate()([shared(a), shared(b)]))


def _shared_layers_sequential(shared):
    return tf.keras.Sequential([Input((WIDTH,)), shared, Input((WIDTH,)), shared, Concatenate()])


def _shared_layers_sequential_without_shape(shared):
    return tf.keras.Sequential([shared, shared, Concatenate()])


class SharedLayers(tf.keras.Model):
    """A shared layer with the Subclassing API."""

    def __init__(self, shared):
        super().__init__()
        self.shared = shared
        self.join = Concatenate()

    def call(self, inputs):
        a, b = inputs
        return self.join([self.shared(a), self.shared(b)])


# Branches: two layers read one vector, and what they give is joined.


def branches(build):
    """See that the output is both branches side by side."""
    left, right = Dense(3), Dense(2)
    model = build(left, right)
    trained(model, A, random(N, 5, seed=7))
    require_equal(model.predict(A), np.concatenate([affine(A, left), affine(A, right)], axis=1), "the output")


def _branches_functional(left, right):
    inputs = Input((WIDTH,))
    return tf.keras.Model(inputs, Concatenate()([left(inputs), right(inputs)]))


def _branches_sequential(left, right):
    return tf.keras.Sequential([Input((WIDTH,)), [left, right], Concatenate()])


def _branches_sequential_nested(left, right):
    return tf.keras.Sequential([tf.keras.Sequential([left]), tf.keras.Sequential([right]), Concatenate()])


class Branches(tf.keras.Model):
    """Two branches with the Subclassing API."""

    def __init__(self, left, right):
        super().__init__()
        self.left = left
        self.right = right
        self.join = Concatenate()

    def call(self, inputs):
        return self.join([self.left(inputs), self.right(inputs)])


# Residual connection: a layer's output plus its input.


def residual_connection(build):
    """See that the output is f(x) + x."""
    dense = Dense(WIDTH)
    model = build(dense)
    trained(model, A, B)
    require_equal(model.predict(A), affine(A, dense) + A, "f(x) + x")


def _residual_connection_functional(dense):
    inputs = Input((WIDTH,))
    return tf.keras.Model(inputs, Add()([dense(inputs), inputs]))


def _residual_connection_sequential(dense):
    return tf.keras.Sequential([Input((WIDTH,)), dense, Add()])


class ResidualConnection(tf.keras.Model):
    """A residual connection with the Subclassing API."""

    def __init__(self, dense):
        super().__init__()
        self.dense = dense
        self.add = Add()

    def call(self, inputs):
        return self.add([self.dense(inputs), inputs])


# Dynamic control flow: numbers are halved, up to three times, while the largest exceeds 1.


def dynamic_control_flow(build, **arguments):
    """See that batches whose values take different branches are halved as often as each needs it."""
    dense = Dense(1)
    model = build(dense)
    trained(model, 2 * A, TARGET, **arguments)
    for halvings in (0, 1, 2):
        x = A / A.max() * 0.9 * 2**halvings
        require_equal(model.predict(x), affine(x / 2**halvings, dense), f"what must be halved {halvings} times")


def halved(x):
    """Halve with Python's `if` on the value of a tensor."""
    for _ in range(3):
        if tf.reduce_max(tf.abs(x)) > 1:
            x = x / 2
    return x


def halved_by_operation(x):
    """Halve with TensorFlow's own loop."""
    looped = tf.while_loop(lambda x: tf.reduce_max(tf.abs(x)) > 1, lambda x: x / 2, [x], maximum_iterations=3)
    return tf.nest.flatten(looped)[0]


class Halve(Layer):
    """A custom layer that halves."""

    def call(self, inputs):
        return halved(inputs)


def _halved_functional(halve, dense):
    inputs = Input((WIDTH,))
    return tf.keras.Model(inputs, dense(halve(inputs)))


def _halved_sequential(halve, dense):
    return tf.keras.Sequential([Input((WIDTH,)), halve, dense])


class Halving(tf.keras.Model):
    """Control flow with the Subclassing API, in `call`."""

    def __init__(self, halve, dense):
        super().__init__()
        self.halve = halve
        self.dense = dense

    def call(self, inputs):
        return self.dense(self.halve(inputs))


def dynamic(build, make, **arguments):
    """Program for one way to halve; `make` makes the function or layer that does."""
    return lambda: dynamic_control_flow(lambda dense: build(make(), dense), **arguments)


def dynamic_in_a_layer(build):
    """Ways to halve where the API itself has no place for Python code."""
    return [
        (None, dynamic(build, lambda: halved)),
        ("inside a Lambda layer", dynamic(build, lambda: Lambda(halved))),
        ("inside a custom layer", dynamic(build, Halve)),
        ("inside a Lambda layer, with tf.while_loop", dynamic(build, lambda: Lambda(halved_by_operation))),
    ]


# What follows looks at one small network: a layer of 37 units and one of 1 read a vector of 4.

UNITS = (37, 1)
N_PARAMETERS = (WIDTH * UNITS[0] + UNITS[0], UNITS[0] * UNITS[1] + UNITS[1])


def _small_sequential():
    return tf.keras.Sequential([Dense(UNITS[0], input_shape=(WIDTH,)), Dense(UNITS[1])])


def _small_functional():
    inputs = Input((WIDTH,))
    return tf.keras.Model(inputs, Dense(UNITS[1])(Dense(UNITS[0])(inputs)))


class Small(tf.keras.Model):
    """The small network with the Subclassing API."""

    def __init__(self):
        super().__init__()
        self.first = Dense(UNITS[0])
        self.second = Dense(UNITS[1])

    def call(self, inputs):
        return self.second(self.first(inputs))


class SmallWithConfig(Small):
    """The same with the two methods that Keras asks for."""

    def get_config(self):
        return {}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def as_it_is(model):
    """Leave the model as its constructor made it."""


def build_for_shape(model):
    """Tell the model the shape of its input."""
    model.build((None, WIDTH))


def call_once(model):
    """Show the model a batch."""
    model(tf.constant(A))


def layers_before_first_call(build, prepare=as_it_is):
    """See that every layer's weights are there, with the right shapes, before data comes."""
    model = build()
    prepare(model)
    dense = [layer for layer in model.layers if isinstance(layer, Dense)]
    shapes = [tuple(weights.shape) for layer in dense for weights in layer.weights]
    expected = [(WIDTH, UNITS[0]), (UNITS[0],), UNITS, (UNITS[1],)]
    require(shapes == expected, f"the weights have the shapes {shapes} instead of {expected}")
    counted = tuple(layer.count_params() for layer in dense)
    require(counted == N_PARAMETERS, f"the layers count {counted} parameters instead of {N_PARAMETERS}")
    trained(model, A, TARGET)


def summary_of(model):
    """What the model says of itself."""
    lines = []
    model.summary(print_fn=lambda line, **_: lines.append(line))
    return "\n".join(lines)


def summary_before_first_call(build, prepare=as_it_is):
    """See that the summary counts all parameters before data comes."""
    model = build()
    prepare(model)
    text = summary_of(model)
    for number in (*N_PARAMETERS, sum(N_PARAMETERS)):
        require(re.search(rf"\b{number}\b", text), f"the summary does not count {number} parameters")
    trained(model, A, TARGET)


def summary(build, view=lambda model: model):
    """See that a trained model's summary has every layer's name, output shape and number of parameters."""
    model = build()
    trained(model, A, TARGET)
    text = summary_of(view(model))
    dense = [layer for layer in model.layers if isinstance(layer, Dense)]
    for layer, units, number in zip(dense, UNITS, N_PARAMETERS):
        require(layer.name in text, f"the summary does not name the layer {layer.name}")
        require(
            re.search(rf"\b{number}\b", text), f"the summary does not count the {number} parameters of {layer.name}"
        )
        shape = re.search(rf"\((None|{N}), {units}\)", text)
        require(shape, f"the summary does not show the output shape (None, {units}) of {layer.name}")


def as_functional(model):
    """Wrap what a subclassed model computes in a Functional model."""
    inputs = Input((WIDTH,))
    return tf.keras.Model(inputs, model.call(inputs))


def plot_model(build):
    """See that the picture is written."""
    model = build()
    trained(model, A, TARGET)
    tf.keras.utils.plot_model(model, to_file="model.png", show_shapes=True)
    require(os.path.exists("model.png"), "there is no picture")
    with open("model.png", "rb") as file:
        require(file.read(8) == b"\x89PNG\r\n\x1a\n", "the picture is no PNG")


def save_and_load(build, custom_objects=None, **arguments):
    """See that a model that was saved and loaded predicts the same, in the format that the version takes by itself."""
    model = build()
    trained(model, A, TARGET)
    path = "model.keras" if KERAS_3 else "model"
    model.save(path, **arguments)
    loaded = tf.keras.models.load_model(path, custom_objects=custom_objects)
    require_equal(loaded.predict(A), model.predict(A), "what the loaded model predicts")
    return {"format": "keras" if KERAS_3 else "SavedModel" if os.path.isdir(path) else "HDF5"}


def from_config(model):
    """Make a model anew from its configuration."""
    return type(model).from_config(model.get_config())


def clone_from_config(build, clone=from_config):
    """See that the clone trains, with weights of its own, and predicts the same once it is given the original's."""
    model = build()
    trained(model, A, TARGET)
    copy = clone(model)
    trained(copy, A, TARGET)
    own = [np.any(old != new) for old, new in zip(model.get_weights(), copy.get_weights())]
    require(all(own), "the clone has weights of the original")
    copy.set_weights(model.get_weights())
    require_equal(copy.predict(A), model.predict(A), "what the clone predicts")


def each_api(check, sequential, functional, subclass):
    """Attempts of each API: pairs of a remedy and of what `check` is called with."""
    variants = {"sequential": sequential, "functional": functional, "subclass": subclass}
    return {
        variant: [(remedy, functools.partial(check, *arguments)) for remedy, *arguments in attempts]
        for variant, attempts in variants.items()
    }


def save_and_load_a_graph(build):
    """Ways to save a model that knows its layers and how they connect."""
    return [
        (None, functools.partial(save_and_load, build)),
        ("saving it as a SavedModel", functools.partial(save_and_load, build, save_format="tf")),
    ]


BEFORE_THE_FIRST_CALL = (
    [(None, _small_sequential)],
    [(None, _small_functional)],
    [(None, Small), ("model.build(input_shape)", Small, build_for_shape), ("the first call", Small, call_once)],
)
# Every cell is a list of attempts, each with what must be done for it (None: nothing). The first that works decides.
CELLS = {
    "several_inputs": each_api(
        several_inputs,
        [
            (None, _several_inputs_sequential),
            ("leaving out the input shape and joining in the first layer", _several_inputs_sequential_without_shape),
        ],
        [(None, _several_inputs_functional)],
        [(None, SeveralInputs)],
    ),
    "several_outputs": each_api(
        several_outputs,
        [
            (None, _several_outputs_sequential),
            ("splitting the output in a Lambda layer", _several_outputs_sequential_split),
            (
                "leaving out the input shape and splitting the output in a Lambda layer",
                _several_outputs_sequential_split_without_shape,
            ),
        ],
        [(None, _several_outputs_functional)],
        [(None, SeveralOutputs)],
    ),
    "shared_layers": each_api(
        shared_layers,
        [(None, _shared_layers_sequential), (None, _shared_layers_sequential_without_shape)],
        [(None, _shared_layers_functional)],
        [(None, SharedLayers)],
    ),
    "branches": each_api(
        branches,
        [(None, _branches_sequential), (None, _branches_sequential_nested)],
        [(None, _branches_functional)],
        [(None, Branches)],
    ),
    "residual_connection": each_api(
        residual_connection,
        [(None, _residual_connection_sequential)],
        [(None, _residual_connection_functional)],
        [(None, ResidualConnection)],
    ),
    "dynamic_control_flow": {
        "sequential": dynamic_in_a_layer(_halved_sequential),
        "functional": dynamic_in_a_layer(_halved_functional),
        "subclass": [
            (None, dynamic(Halving, lambda: halved)),
            ("compiling it with run_eagerly", dynamic(Halving, lambda: halved, run_eagerly=True)),
            ("writing it with tf.while_loop", dynamic(Halving, lambda: halved_by_operation)),
        ],
    },
    "layers_before_first_call": each_api(layers_before_first_call, *BEFORE_THE_FIRST_CALL),
    "summary_before_first_call": each_api(summary_before_first_call, *BEFORE_THE_FIRST_CALL),
    "summary": each_api(
        summary,
        [(None, _small_sequential)],
        [(None, _small_functional)],
        [(None, Small), ("wrapping its call in a Functional model", Small, as_functional)],
    ),
    "plot_model": each_api(plot_model, [(None, _small_sequential)], [(None, _small_functional)], [(None, Small)]),
    "save_and_load": {
        "sequential": save_and_load_a_graph(_small_sequential),
        "functional": save_and_load_a_graph(_small_functional),
        "subclass": [
            (None, functools.partial(save_and_load, Small)),
            ("saving it as a SavedModel", functools.partial(save_and_load, Small, save_format="tf")),
            ("giving custom_objects", functools.partial(save_and_load, Small, {"Small": Small})),
            (
                "writing get_config and giving custom_objects",
                functools.partial(save_and_load, SmallWithConfig, {"SmallWithConfig": SmallWithConfig}),
            ),
        ],
    },
    "clone_from_config": each_api(
        clone_from_config,
        [(None, _small_sequential)],
        [(None, _small_functional)],
        [(None, Small), ("writing get_config", SmallWithConfig)],
    ),
}
