"""What sources say that Keras does: each statement is a program that raises where it is not so.

Functions of theirs are run as they are printed, with their names; only the quotation marks, dashes and indents that the
text lost are put back.
"""

import contextlib
import functools
import inspect
import io
import re

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D

from trials.probes.attempt import WrongResultError, require

SEED, N, WIDTH = 4, 32, 10
TOLERANCE = 1e-12  # in double precision
IMAGE = (64, 64, 3)


def cells(_):
    """Yield every statement; none is about one API alone, so there is no variant."""
    for statement in STATEMENTS:
        yield statement.__name__, None, None, [(None, statement)]


def convolution_strides_are_1():
    """A convolution that is given no strides moves by 1."""
    require(_default(Conv2D, "strides") in (1, (1, 1)), f"the default is {_default(Conv2D, 'strides')}")
    require(Conv2D(1, 3).strides == (1, 1), f"a kernel of 3 moves by {Conv2D(1, 3).strides}")


def pooling_strides_follow_pool_size():
    """A pooling layer's strides are None by default, and then its pool size."""
    require(_default(MaxPooling2D, "strides") is None, f"the default is {_default(MaxPooling2D, 'strides')}")
    for size in (2, 3, 5):
        strides = MaxPooling2D(size).strides
        require(strides == (size, size), f"a pool size of {size} moves by {strides}")


def _default(layer, argument):
    return inspect.signature(layer.__init__).parameters[argument].default


def subclassed_model_is_functional():
    """A model of a subclass with a `call` of its own is one of the Functional API: it knows its inputs and outputs."""

    class MyModel(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.flatten = Flatten()
            self.d1 = Dense(10)

        def call(self, x):
            return self.d1(self.flatten(x))

    inputs = Input((WIDTH,))
    require(_knows_its_graph(tf.keras.Model(inputs, Dense(10)(inputs))), "not even a Functional model passes")
    require(_knows_its_graph(MyModel()), "the subclassed model knows neither inputs nor outputs: it has no graph")


def _knows_its_graph(model):
    return all(bool(getattr(model, name, None)) for name in ("inputs", "outputs"))


def softmax_from_scratch():
    """Source 000's `my_softmax` is the softmax, with the shapes that its comments give."""
    x = tf.constant(np.random.RandomState(SEED).normal(size=(N, WIDTH)))
    shapes = []

    def my_softmax(x):
        batch_size = len(x)
        number_of_class = len(x[0])
        require((batch_size, number_of_class) == (N, WIDTH), f"it counts {batch_size} samples and {number_of_class}")
        max_tensors = tf.reduce_max(x, axis=1)
        shapes.append((max_tensors, (N,)))
        max_tensors = tf.stack([max_tensors] * number_of_class, axis=1)
        shapes.append((max_tensors, (N, WIDTH)))
        substracted_tensors = x - max_tensors
        shapes.append((substracted_tensors, (N, WIDTH)))
        exp_of_substracted_tensors = tf.exp(substracted_tensors)
        shapes.append((exp_of_substracted_tensors, (N, WIDTH)))
        sum_of_exp_of_substracted_tensors = tf.reduce_sum(exp_of_substracted_tensors, axis=1)
        shapes.append((sum_of_exp_of_substracted_tensors, (N,)))
        sum_of_exp_of_substracted_tensors = tf.stack([sum_of_exp_of_substracted_tensors] * number_of_class, axis=1)
        shapes.append((sum_of_exp_of_substracted_tensors, (N, WIDTH)))
        return tf.divide(exp_of_substracted_tensors, sum_of_exp_of_substracted_tensors)

    ours = my_softmax(x)
    for tensor, shape in shapes:
        require(tuple(tensor.shape) == shape, f"shape {tuple(tensor.shape)} instead of {shape}")
    difference = float(np.max(np.abs(ours.numpy() - tf.nn.softmax(x).numpy())))
    require(difference < TOLERANCE, f"off by up to {difference:.2g}")
    return {"largest_difference": difference}


def inspection_as_printed():
    """Source 001's `get_params` and `feature_map_info` run on small networks of both kinds, with None for the batch."""

    class Mini_Block2(tf.keras.Model):  # noqa: N801  the source's name
        def __init__(self, filters, kernel_size, pool_size=2, strides=1):
            super().__init__()
            self.conv2D_0 = Conv2D(filters, kernel_size, activation="relu", strides=strides, padding="valid")
            self.max_pool = MaxPooling2D(pool_size=pool_size, padding="valid")

        def call(self, inputs):
            return self.max_pool(self.conv2D_0(inputs))

    class MiniVGG2(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.block_a = Mini_Block2(filters=32, kernel_size=3)
            self.block_b = Mini_Block2(filters=64, kernel_size=3)
            self.flatten = Flatten()
            self.classifier = Dense(1, activation="sigmoid")

        def call(self, inputs):
            return self.classifier(self.flatten(self.block_b(self.block_a(inputs))))

    seq_model = tf.keras.models.Sequential(
        [
            Conv2D(32, (3, 3), activation="relu", input_shape=IMAGE),
            MaxPooling2D(2, 2),
            Conv2D(64, (3, 3), activation="relu"),
            MaxPooling2D(2, 2),
            Flatten(),
            Dense(1, activation="sigmoid"),
        ]
    )
    vgg = MiniVGG2()
    vgg(tf.zeros((1, *IMAGE)))
    for model in (seq_model, vgg):
        get_params(model)
        require(feature_map_info(model, [None, *IMAGE]) == [None, 1], "the last shape is not that of the output")


def get_params(curr_layer, spaces=""):
    """Source 001's function, as printed."""
    if hasattr(curr_layer, "layers"):
        print(spaces, curr_layer.name)
        for sub_layer in curr_layer.layers:
            get_params(sub_layer, spaces + "  ")
    elif hasattr(curr_layer, "weights"):
        print(spaces, curr_layer.name)
        for xx in curr_layer.weights:
            print(spaces + "  " + xx.name.split("/")[-1] + " Shape:", xx.shape)
        if hasattr(curr_layer, "padding"):
            print(spaces + "  Padding:", curr_layer.padding)
        if hasattr(curr_layer, "strides"):
            print(spaces + "  Strides:", curr_layer.strides)
        if hasattr(curr_layer, "pool_size"):
            print(spaces + "  Pool Size:", curr_layer.pool_size)


def feature_map_info(model, input_shape):
    """Source 001's function, as printed, but that it returns the last shape."""
    for layer in model.layers:
        print(layer.name)
        try:
            for sub_layer in layer.layers:
                output_shape = sub_layer.compute_output_shape(input_shape)
                print("  ", sub_layer.name)
                print("     ", output_shape)
                input_shape = output_shape.as_list()
        except:  # noqa: E722  the source's
            output_shape = layer.compute_output_shape(input_shape)
            print("     ", output_shape)
            input_shape = output_shape.as_list()
    return input_shape


def sequential_is_in_keras_models():
    """`Sequential` is in the module `tf.keras.Models`, so spelt."""
    require(callable(tf.keras.Models.Sequential), "there is nothing to call")


def call_is_needed():
    """A subclass of Model without `call` cannot be called."""

    class WithoutCall(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = Dense(1)

    class WithCall(WithoutCall):
        def call(self, inputs):
            return self.dense(inputs)

    _require_only(_called(WithCall), _called(WithoutCall), "a model without call gives an output")


def parent_constructor_is_needed():
    """A subclass of Model whose `__init__` does not call its parent's cannot have layers."""

    class WithParent(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = Dense(1)

        def call(self, inputs):
            return self.dense(inputs)

    class WithoutParent(WithParent):
        def __init__(self):
            self.dense = Dense(1)

    _require_only(_called(WithParent), _called(WithoutParent), "a model that skips its parent's constructor works")


def _called(model):
    return lambda: model()(tf.zeros((N, WIDTH)))


def functional_needs_an_input():
    """A Functional model is built from an Input: neither a layer without one nor outputs alone make it."""
    layer, inputs = Dense(2, input_shape=(WIDTH,)), Input((WIDTH,))
    _require_only(lambda: Dense(1)(layer(inputs)), lambda: Dense(1)(layer), "a layer takes a layer for its input")
    outputs = Dense(1)(inputs)

    def trained(**ends):
        model = tf.keras.Model(**ends)
        model.compile("sgd", "mse")
        model.fit(np.zeros((N, WIDTH)), np.zeros((N, 1)), verbose=0)

    alone = functools.partial(trained, outputs=outputs)
    _require_only(functools.partial(alone, inputs=inputs), alone, "outputs alone make a model")


def functional_inputs_reach_the_output_layer():
    """In a Functional model the output layer reads inputs: even where another layer stands between them."""
    inputs = Input((WIDTH,))
    hidden = Dense(4)(inputs)
    output_layer = Dense(1)
    model = tf.keras.Model(inputs, output_layer(hidden))
    require(output_layer.input is model.inputs[0], "the output layer of a stack reads the layer before it alone")


def _require_only(with_it, without_it, otherwise):
    """Raise unless a program works with what is said to be needed, and not without it."""
    with_it()
    try:
        without_it()
    except Exception:
        return
    raise WrongResultError(otherwise)


def datasets_come_with_keras():
    """Keras loads MNIST and other datasets itself."""
    for name in ("mnist", "fashion_mnist", "cifar10"):
        require(callable(getattr(tf.keras.datasets, name).load_data), f"{name} cannot be loaded")


def division_gives_floats():
    """Pixels divided by 255 are floats from 0 to 1."""
    scaled = np.arange(256, dtype=np.uint8) / 255
    require(np.issubdtype(scaled.dtype, np.floating), f"they are {scaled.dtype}")
    require((scaled.min(), scaled.max()) == (0, 1), f"they go from {scaled.min()} to {scaled.max()}")


def sequential_grows():
    """A Sequential model to which layers are added one by one is the one that is given them in a list."""
    layers = [Dense(4, activation="relu"), Dense(2)]
    at_once, grown = tf.keras.Sequential([Input((WIDTH,)), *layers]), tf.keras.Sequential()
    grown.add(Input((WIDTH,)))
    for layer in layers:
        grown.add(layer)
    require(grown.layers == at_once.layers, "the layers differ")
    x = np.random.RandomState(SEED).normal(size=(N, WIDTH)).astype(np.float32)
    require(np.array_equal(grown.predict(x, verbose=0), at_once.predict(x, verbose=0)), "the outputs differ")


def summary_counts_what_is_trained():
    """A summary gives the number of all parameters, of those that are trained and of those that are not."""
    model = tf.keras.Sequential([Input((10,)), Dense(7, trainable=False), Dense(3)])
    lines = []
    model.summary(print_fn=lambda line, **_: lines.append(line))
    text = "\n".join(lines)
    for name, number in (("Total params", 101), ("Trainable params", 24), ("Non-trainable params", 77)):
        require(f"{name}: {number}" in text, f"no line says '{name}: {number}'")


def log_counts_samples():
    """The log of a training begins with how many samples train and validate."""
    require(
        "Train on 64 samples, validate on 32 samples" in _log(), "no line of the log says how many samples there are"
    )


def log_costs_per_sample():
    """The log says what a sample costs, not what a step does."""
    log = _log()
    require(
        re.search(r"\ds \d+[mu]?s/sample - ", log), "it says what a step costs" if "/step" in log else "it has no cost"
    )


def log_names_accuracy():
    """Each output's accuracy is called `accuracy` after the name of its layer."""
    names = sorted(set(re.findall(r"\w+_acc\w*(?=: )", _log())))
    require(names, "the log has no accuracy of an output")
    require(all(name.endswith("_accuracy") for name in names), f"the log calls it {', '.join(names)}")


@functools.lru_cache(maxsize=None)
def _log():
    """What a training prints of two outputs, without the bar's own line ends."""
    inputs = Input((WIDTH,))
    outputs = [Dense(2, activation="softmax", name=name)(inputs) for name in ("first", "second")]
    model = tf.keras.Model(inputs, outputs)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[["accuracy"], ["accuracy"]])
    x, y = np.zeros((96, WIDTH)), np.zeros(96)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        model.fit(x[:64], [y[:64]] * 2, validation_data=(x[64:], [y[64:]] * 2), verbose=1)
    return re.sub(r"\x1b\[[0-9;]*m|[\b\r]", "", printed.getvalue())


def keras_includes_preprocessing():
    """`tf.keras` has an API for preprocessing."""
    require(callable(tf.keras.preprocessing.sequence.pad_sequences), "there is nothing to call")


def keras_includes_tuning():
    """`tf.keras` has an API for tuning."""
    found = [name for name in dir(tf.keras) if "tun" in name.lower()]
    require(found, "no name in tf.keras speaks of tuning: KerasTuner is a package of its own")


def keras_includes_serialization():
    """`tf.keras` has an API for serialization."""
    for name in ("save_model", "load_model", "model_from_json"):
        require(callable(getattr(tf.keras.models, name)), f"{name} cannot be called")


STATEMENTS = [
    convolution_strides_are_1,
    pooling_strides_follow_pool_size,
    subclassed_model_is_functional,
    softmax_from_scratch,
    inspection_as_printed,
    sequential_is_in_keras_models,
    call_is_needed,
    parent_constructor_is_needed,
    functional_needs_an_input,
    functional_inputs_reach_the_output_layer,
    datasets_come_with_keras,
    division_gives_floats,
    sequential_grows,
    summary_counts_what_is_trained,
    log_counts_samples,
    log_costs_per_sample,
    log_names_accuracy,
    keras_includes_preprocessing,
    keras_includes_tuning,
    keras_includes_serialization,
]
