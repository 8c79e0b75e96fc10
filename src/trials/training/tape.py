"""Trains a model with source 000's own loop: GradientTape over a tf.data pipeline."""

import functools
import itertools
import time

import numpy as np
import tensorflow as tf

from trials.training import controlled
from trials.training.data import pixels
from trials.training.settings import function_arguments, optimizer
from trials.training.versions import VERSION

SHUFFLE_BUFFER = 1024  # source 000: .shuffle(1024).batch(32)
# `fit` averages the loss of an epoch outside TensorFlow, in Python's numbers, until 2.2 moved it into the graph.
FIT_SUMS = "float64" if VERSION < (2, 2) else "float32"
LOSSES = {"sparse_categorical_crossentropy": tf.keras.losses.SparseCategoricalCrossentropy}


def taped(build, compiled, average_as_fit=False):
    """Make a variant of `build`, a function that returns a Keras model, that is trained with the source's loop.

    It trains models of one input and one output. `compiled` puts its steps in a `tf.function`. The source's loss of
    an epoch is the mean over its batches; `average_as_fit` weighs each by its samples and sums them in the numbers
    that `fit` sums in. What is returned is called as `fit.fitted` says.
    """

    def train(planned, data, keep):
        started = time.perf_counter()
        loop = train.loop(build(**planned.get("architecture", {})), planned)
        applied = dict(function_arguments(planned), tf_function=True) if compiled else {"tf_function": False}
        outcome = {"build_seconds": time.perf_counter() - started, "applied": applied}
        if planned["protocol"] == "controlled":
            batch = pixels(data.train[0][: planned["batch_size"]], np.float32)
            outcome.update(controlled.equalise(loop.model, planned, batch))
        for number, (batches, fields) in enumerate(_epochs(planned, data), start=1):
            epoch = dict(loop.train(batches), epoch=number, **fields)
            if data.validation:
                validation = loop.test(_batches(planned, *data.validation))
                epoch.update({"val_" + name: value for name, value in validation.items()})
            keep(epoch)
        test = loop.test(_batches(planned, *data.test))
        return dict(
            outcome,
            trace_seconds=loop.trace_seconds,
            n_parameters=int(loop.model.count_params()),
            test_loss=test["loss"],
            test_accuracy=test["accuracy"],
        )

    train.build = build
    train.loop = functools.partial(_Loop, compiled=compiled, average_as_fit=average_as_fit)
    return train


class _Loop:
    """The source's training loop. It lost its decorators, so the steps run with and without `tf.function`."""

    def __init__(self, model, planned, compiled, average_as_fit):
        self.model = model
        self.trace_seconds = None
        self._average_as_fit = average_as_fit
        self._controlled = planned["protocol"] == "controlled"
        self._loss_object = LOSSES[planned["loss"]]()
        self._optimizer = optimizer(planned)
        self._metrics = {
            "loss": tf.keras.metrics.Mean(name="train_loss", dtype=FIT_SUMS if average_as_fit else "float32"),
            "accuracy": tf.keras.metrics.SparseCategoricalAccuracy(name="train_accuracy"),
        }
        wrap = functools.partial(tf.function, **function_arguments(planned)) if compiled else (lambda step: step)
        self._train_step, self._test_step = wrap(self._train_on_batch), wrap(self._test_on_batch)

    def train(self, batches):
        """Train for an epoch; return its seconds and metrics."""
        started = time.perf_counter()
        iterator = iter(batches)
        if self.trace_seconds is None:
            self._train_step(*next(iterator))
            self.trace_seconds = time.perf_counter() - started
        for images, labels in iterator:
            self._train_step(images, labels)
        result = {"seconds": time.perf_counter() - started}
        if self._controlled:
            result["weights_sha256"] = controlled.weights_sha256(self.model.get_weights())
        return dict(result, **self._take_metrics())

    def test(self, batches):
        """Return the metrics on `batches`."""
        for images, labels in batches:
            self._test_step(images, labels)
        return self._take_metrics()

    def _train_on_batch(self, images, labels):
        with tf.GradientTape() as tape:
            predictions = self.model(images)
            loss = self._loss_object(labels, predictions)
        gradients = tape.gradient(loss, self.model.trainable_variables)
        self._optimizer.apply_gradients(zip(gradients, self.model.trainable_variables))
        self._keep(loss, labels, predictions)

    def _test_on_batch(self, images, labels):
        predictions = self.model(images)
        self._keep(self._loss_object(labels, predictions), labels, predictions)

    def _keep(self, loss, labels, predictions):
        samples = {"sample_weight": tf.shape(labels)[0]} if self._average_as_fit else {}
        self._metrics["loss"](loss, **samples)
        self._metrics["accuracy"](labels, predictions)

    def _take_metrics(self):
        values = {name: float(metric.result()) for name, metric in self._metrics.items()}
        for metric in self._metrics.values():
            reset = getattr(metric, "reset_state", None) or metric.reset_states  # renamed in TensorFlow 2.5
            reset()
        return values


def _epochs(planned, data):
    """Yield the batches of each epoch, and what the record has about them.

    They come in the planned order, or, as the source has it, from one reshuffled pipeline.
    """
    x, y = data.train
    if planned["protocol"] == "controlled":
        for epoch in range(1, planned["n_epochs"] + 1):
            order = controlled.batch_order(len(x), planned["seed"], epoch)
            ordered = pixels(x[order], np.float32), y[order]
            fields = {"batches_sha256": controlled.batches_sha256(*ordered, batch_size=planned["batch_size"])}
            yield _samples(*ordered).batch(planned["batch_size"]), fields
    else:
        batches = _samples(pixels(x, np.float32), y).shuffle(SHUFFLE_BUFFER).batch(planned["batch_size"])
        yield from itertools.repeat((batches, {}), planned["n_epochs"])


def _batches(planned, x, y):
    return _samples(pixels(x, np.float32), y).batch(planned["batch_size"])


def _samples(x, y):
    return tf.data.Dataset.from_tensor_slices((x, y))
