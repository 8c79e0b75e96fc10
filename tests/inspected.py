"""Runs inside a runtime: builds the network that each line of its input asks for, and answers with its description.

A request is a `case`, one of the functions below, or a `spec` to build with an `api`. A spec has `inputs` (shapes),
`layers` (type and arguments), `nodes` (a layer's place and what it reads: inputs first, then nodes) and `outputs`.
"""

import json
import sys

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Conv2D, Dense, Dropout, Flatten, Input, Lambda, Layer, MaxPooling2D

from trials.inspection.description import describe

tf.get_logger().setLevel("ERROR")


def specs_of(*shapes):
    return [tf.TensorSpec([None, *shape], tf.float32) for shape in shapes]


def layers_of(spec, names):
    """The layers of a spec; `names` are given ones, or none."""
    return [
        getattr(tf.keras.layers, layer["type"])(name=names[place] if names else None, **layer["arguments"])
        for place, layer in enumerate(spec["layers"])
    ]


def connected(spec, layers, inputs):
    """Outputs of a spec for `inputs`."""
    tensors = list(inputs)
    for node in spec["nodes"]:
        read = [tensors[place] for place in node["reads"]]
        tensors.append(layers[node["layer"]](read if len(read) > 1 else read[0]))
    outputs = [tensors[place] for place in spec["outputs"]]
    return outputs if len(outputs) > 1 else outputs[0]


def sequential(spec, layers, _):
    return tf.keras.Sequential([Input(spec["inputs"][0]), *(layers[node["layer"]] for node in spec["nodes"])])


def sequential_without_shape(spec, layers, _):
    return tf.keras.Sequential([layers[node["layer"]] for node in spec["nodes"]])


def functional(spec, layers, _):
    inputs = [Input(shape) for shape in spec["inputs"]]
    return tf.keras.Model(inputs if len(inputs) > 1 else inputs[0], connected(spec, layers, inputs))


class Subclass(tf.keras.Model):
    """A spec as a model of its own; `order` is that in which its attributes are set."""

    def __init__(self, spec, layers, order):
        super().__init__()
        self._spec_text = json.dumps(spec)
        self._n_layers = len(layers)
        for place in order:
            setattr(self, f"layer_{place}", layers[place])

    def call(self, inputs):
        layers = [getattr(self, f"layer_{place}") for place in range(self._n_layers)]
        inputs = inputs if isinstance(inputs, (list, tuple)) else [inputs]
        return connected(json.loads(self._spec_text), layers, inputs)


def nested(spec, layers, order):
    """The subclassed model inside a Functional one."""
    inputs = [Input(shape) for shape in spec["inputs"]]
    return tf.keras.Model(inputs, Subclass(spec, layers, order)(inputs if len(inputs) > 1 else inputs[0]))


APIS = {each.__name__: each for each in (sequential, sequential_without_shape, functional, nested)}
APIS["subclass"] = Subclass


def built(request):
    """Description of a spec."""
    spec = request["spec"]
    order = request.get("order") or list(range(len(spec["layers"])))
    model = APIS[request["api"]](spec, layers_of(spec, request.get("names")), order)
    return describe(model, specs_of(*spec["inputs"]))


# Single cases: what cannot be said in a spec.


class Block(tf.keras.Model):
    """A convolution, a pooling without strides of its own, and one that is never called."""

    def __init__(self, filters):
        super().__init__()
        self.conv = Conv2D(filters, 3, activation="relu")
        self.pool = MaxPooling2D(2)

    def call(self, inputs):
        return self.pool(self.conv(inputs))


class Blocks(tf.keras.Model):
    """Blocks, nested models in a list, and a layer that is used twice."""

    def __init__(self):
        super().__init__()
        self.blocks = [Block(4), Block(5)]
        self.flatten = Flatten()
        self.twice = Dense(20)
        self.never = Dense(7)

    def call(self, inputs):
        x = inputs
        for block in self.blocks:
            x = block(x)
        return self.twice(self.twice(self.flatten(x)))


def blocks():
    """Before and after the first call; the inspection leaves the weights as they are."""
    model = Blocks()
    before = describe(model)
    model(tf.zeros([1, 14, 14, 3]))
    weights = [tf.keras.backend.get_value(weight) for weight in model.weights]
    after = describe(model, specs_of((14, 14, 3)))
    values = [tf.keras.backend.get_value(weight) for weight in model.weights]
    return {"before": before, "after": after, "unchanged": all(map(np.array_equal, weights, values))}


class Scale(Layer):
    """A layer of one's own: as a layer of this class is not Keras' own, only its operations tell what it does."""

    def __init__(self, by):
        super().__init__()
        self.by = by

    def build(self, _):
        self.weight = self.add_weight(name="weight", shape=(3,), initializer="ones")

    def call(self, inputs):
        return inputs * self.weight * self.by


class Renamed(Scale):
    """The same under another name."""


class Inline(tf.keras.Model):
    """Operations between two layers."""

    def __init__(self, operate):
        super().__init__()
        self.operate, self.dense, self.last = operate, Dense(3), Dense(2)

    def call(self, inputs):
        return self.last(self.operate(self.dense(inputs)))


def of_vector(*layers):
    return describe(tf.keras.Sequential([Input((3,)), *layers]), specs_of((3,)))


def unknown():
    """What only its operations tell."""
    return {
        "scale": of_vector(Scale(2.0)),
        "renamed": of_vector(Renamed(2.0)),
        "other": of_vector(Scale(3.0)),
        "lambda": of_vector(Lambda(lambda x: x * 2.0)),
        "other lambda": of_vector(Lambda(lambda x: x * 3.0)),
        "activation": of_vector(Dense(3, activation=lambda x: x * 2.0)),
        "other activation": of_vector(Dense(3, activation=lambda x: x * 3.0)),
        "inline": describe(Inline(lambda x: tf.exp(x) + 1.0), specs_of((3,))),
        "other inline": describe(Inline(lambda x: tf.exp(x) + 2.0), specs_of((3,))),
    }


def activations():
    """Ways to say one thing."""
    return {
        "inside": of_vector(Dense(4, activation="relu"), Dense(4, activation="softmax")),
        "functions": of_vector(Dense(4, activation=tf.nn.relu), Dense(4, activation=tf.nn.softmax)),
        "activation layers": of_vector(
            Dense(4), tf.keras.layers.Activation("relu"), Dense(4), tf.keras.layers.Activation("softmax")
        ),
        "own layers": of_vector(Dense(4), tf.keras.layers.ReLU(), Dense(4), tf.keras.layers.Softmax()),
        "linear": of_vector(Dense(4), Dense(4)),
        "linear layers": of_vector(Dense(4), tf.keras.layers.Activation("linear"), Dense(4, activation="linear")),
        "capped": of_vector(Dense(4), tf.keras.layers.ReLU(max_value=6.0), Dense(4), tf.keras.layers.Softmax()),
    }


def no_function():
    """What changes nothing of the function: all but the last are one network."""
    return {
        "plain": of_vector(Dense(4), Dropout(0.5)),
        "initialiser": of_vector(Dense(4, kernel_initializer="he_normal", bias_initializer="ones"), Dropout(0.5)),
        "regulariser": of_vector(Dense(4, kernel_regularizer="l2", trainable=False), Dropout(0.5, seed=3)),
        "without dropout": of_vector(Dense(4)),
    }


class Branching(tf.keras.Model):
    """Dropout, which does nothing when it is called, on one of two branches."""

    def __init__(self, dropped):
        super().__init__()
        self.dropped = dropped
        self.dropout, self.narrow, self.wide, self.join = (
            Dropout(0.5),
            Dense(2),
            Dense(3),
            tf.keras.layers.Concatenate(),
        )

    def call(self, inputs):
        narrow = self.narrow(self.dropout(inputs) if self.dropped == "narrow" else inputs)
        wide = self.wide(self.dropout(inputs) if self.dropped == "wide" else inputs)
        return self.join([narrow, wide])


def dropped_branch():
    """A layer that returns what it got is still in its place."""
    return {name: describe(Branching(name), specs_of((3,))) for name in ("narrow", "wide")}


CASES = {each.__name__: each for each in (blocks, unknown, activations, no_function, dropped_branch)}


def answer(request):
    """Answer one request; an error is an answer too."""
    if not tf.executing_eagerly():
        tf.keras.backend.clear_session()  # else the one graph of TensorFlow 1 grows and grows
    try:
        return CASES[request["case"]]() if "case" in request else built(request)
    except (ValueError, TypeError) as error:
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
