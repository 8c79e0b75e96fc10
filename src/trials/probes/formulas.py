"""Source 004's formulas against what each API's models compute, in double precision."""

import functools

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Concatenate, Dense, Input

from trials.probes import published
from trials.probes.attempt import require
from trials.training.versions import GRAPH_MODE

DTYPE = "float64"
# Up to TensorFlow 2.0 Keras reduces a loss in single precision, in which 1/N is exact for a power of two.
N, WIDTH, SEED = 8, 12, 4
FUNCTIONS = {
    "linear": published.IDENTITY,
    "relu": published.RELU,
    "tanh": published.TANH,
    "softmax": published.SOFTMAX,
}
# Units and activation of each layer; the subclassed model's are the source's.
STACK = [(7, "tanh"), (3, "softmax")]
DEEP = [(9, "relu"), (7, "tanh"), (3, "softmax")]
OWN = [(64, "relu"), (10, "linear")]
GRAPH = [(7, "tanh"), (6, "relu"), (3, "softmax")]  # the third reads the first two


def cells(_):
    """Yield every formula with every API whose models can compute it."""
    for subject, (compute, arguments, variants) in CELLS.items():
        for variant, build in variants.items():
            yield subject, variant, [(None, functools.partial(compared, compute, build, *arguments))]


def compared(compute, build, *arguments):
    """Relative differences of what a formula and a model give, of outputs and of gradients."""
    tf.keras.backend.set_floatx(DTYPE)
    outputs, gradients = (
        {name: relative_difference(*pair) for name, pair in pairs.items()} for pairs in compute(build, *arguments)
    )
    return {
        "largest_relative_difference": max([*outputs.values(), *gradients.values()]),
        "outputs": outputs,
        "gradients": gradients,
        "dtype": DTYPE,
    }


def relative_difference(by_formula, by_model):
    """Largest difference of two arrays, relative to the largest number that the formula gives."""
    by_formula, by_model = np.asarray(by_formula), np.asarray(by_model)
    require(by_model.dtype == DTYPE, f"the model computes in {by_model.dtype}")
    require(by_formula.shape == by_model.shape, f"shape {by_model.shape} instead of {by_formula.shape}")
    return float(np.max(np.abs(by_formula - by_model)) / np.max(np.abs(by_formula)))


class Model:
    """A Keras model whose Dense layers have known weights, random samples and their targets."""

    def __init__(self, build, shape):
        self.layers = [Dense(units, activation=activation) for units, activation in shape]
        self.functions = [FUNCTIONS[activation] for _, activation in shape]
        self.keras = build(self.layers)
        generator = np.random.RandomState(SEED)
        self.x = generator.normal(size=(N, WIDTH))
        self.targets = generator.uniform(size=(N, shape[-1][0]))
        self.keras(tf.constant(self.x))  # makes the weights of a subclassed model
        for layer in self.layers:
            layer.set_weights([generator.normal(size=array.shape) / 2 for array in layer.get_weights()])

    def published(self):
        """Layers as the formulas have them: W maps a vector to a vector, so it is the kernel, transposed."""
        weights = [layer.get_weights() for layer in self.layers]
        return [published.Layer(kernel.T, bias, f) for (kernel, bias), f in zip(weights, self.functions)]

    def outputs(self):
        """What the model gives for the samples, as tensors."""
        return tf.nest.flatten(self.keras(tf.constant(self.x)))

    def loss(self):
        """Keras' loss of the last output, as a tensor."""
        return tf.keras.losses.MeanSquaredError()(self.targets, self.outputs()[-1])

    def gradients(self):
        """Gradients of the loss by the first two layers' weights, with the formulas' names and shapes."""
        weights = [weight for layer in self.layers[:2] for weight in (layer.kernel, layer.bias)]
        if GRAPH_MODE:
            gradients = tf.gradients(self.loss(), weights)
        else:
            with tf.GradientTape() as tape:
                loss = self.loss()
            gradients = tape.gradient(loss, weights)
        return dict(zip(("W_1", "b_1", "W_2", "b_2"), (gradient.T for gradient in numbers(gradients))))


def numbers(tensors):
    """Values of tensors."""
    if GRAPH_MODE:
        return tf.compat.v1.keras.backend.get_session().run(tensors)
    return [tensor.numpy() for tensor in tensors]


def forward(build, shape, formula, names):
    """Outputs of a model that gives all that `names` names."""
    model = Model(build, shape)
    outputs = numbers(model.outputs())
    layers = model.published()
    by_sample = [formula(layers, x) for x in model.x]
    by_name = zip(*by_sample) if len(names) > 1 else [by_sample]
    return {name: (np.stack(each), output) for name, each, output in zip(names, by_name, outputs)}, {}


def backward(build, shape, formula):
    """Gradients of the mean loss over the samples."""
    model = Model(build, shape)
    layers = model.published()
    by_formula = published.averaged([formula(layers, x, target) for x, target in zip(model.x, model.targets)])
    by_model = model.gradients()
    return {}, {f"dL/d{name}": (by_formula[name], by_model[name]) for name in by_formula}


def loss(build, shape, formula):
    """The loss of a batch, in single precision up to TensorFlow 2.0 (see `N`)."""
    model = Model(build, shape)
    ys = [published.composition(model.published(), x) for x in model.x]
    return {"L": (formula(ys, model.targets), numbers([model.loss()])[0])}, {}


def _stack_sequential(layers):
    return tf.keras.Sequential([Input((WIDTH,)), *layers])


def _stack_functional(layers):
    inputs = x = Input((WIDTH,))
    for layer in layers:
        x = layer(x)
    return tf.keras.Model(inputs, x)


class Stack(tf.keras.Model):
    """Layers one after another with the Subclassing API."""

    def __init__(self, layers):
        super().__init__()
        self.stack = layers

    def call(self, inputs):
        x = inputs
        for layer in self.stack:
            x = layer(x)
        return x


def _graph_functional(layers):
    inputs = Input((WIDTH,))
    y_1 = layers[0](inputs)
    y_2 = layers[1](y_1)
    return tf.keras.Model(inputs, [y_1, y_2, layers[2](Concatenate()([y_1, y_2]))])


class Graph(tf.keras.Model):
    """The graph with the Subclassing API, with the source's names in `call`."""

    def __init__(self, layers):
        super().__init__()
        self.dense1, self.dense2, self.dense3 = layers
        self.join = Concatenate()

    def call(self, inputs):
        a = self.dense1(inputs)
        b = self.dense2(a)
        return [a, b, self.dense3(self.join([a, b]))]


STACKS = {"sequential": _stack_sequential, "functional": _stack_functional, "subclass": Stack}
GRAPHS = {"functional": _graph_functional, "subclass": Graph}
# Of each formula: what compares it, with which layers and function, and the APIs whose models can compute it.
CELLS = {
    "composition": (forward, (DEEP, published.composition, ["y"]), STACKS),
    "graph": (forward, (GRAPH, published.graph, ["y_1", "y_2", "y"]), GRAPHS),
    "subclass_call": (forward, (GRAPH, published.graph, ["a", "b", "y"]), GRAPHS),
    "mean_loss": (loss, (DEEP, published.mean_loss), STACKS),
    "sequential_backpropagation": (backward, (STACK, published.linear_backpropagation), STACKS),
    "functional_backpropagation": (backward, (GRAPH, published.functional_backpropagation), GRAPHS),
    "subclass_backpropagation": (backward, (OWN, published.linear_backpropagation), STACKS),
}
