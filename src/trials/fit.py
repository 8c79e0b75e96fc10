"""Trains a model with Keras' `fit`."""

import time

import numpy as np
import tensorflow as tf

from trials import controlled
from trials.settings import compile_arguments, optimizer


def fitted(build):
    """Make a variant of `build`, a function that returns a Keras model, that is trained with `fit`.

    Returns
    -------
    callable
        Takes a planned trial, its `Data`, and a function that is given each epoch's dict as it ends; returns the
        outcome fields of the trial record.
    """

    def train(planned, data, keep):
        started = time.perf_counter()
        model = build()
        applied = compile_arguments(planned)
        model.compile(optimizer=optimizer(planned), loss=planned["loss"], metrics=["accuracy"], **applied)
        outcome = {"build_seconds": time.perf_counter() - started, "applied": applied}
        clock = _Clock(planned, keep)
        fit = _fit_controlled if planned["protocol"] == "controlled" else _fit_as_published
        outcome.update(fit(model, planned, data, clock))
        test_loss, test_accuracy = model.evaluate(_pixels(planned, data.test[0]), data.test[1], verbose=0)
        return dict(
            outcome,
            trace_seconds=clock.trace_seconds,
            n_parameters=int(model.count_params()),
            test_loss=float(test_loss),
            test_accuracy=float(test_accuracy),
        )

    return train


class _Clock(tf.keras.callbacks.Callback):
    """Times the first step and each epoch, and keeps the metrics."""

    _supports_tf_logs = True  # else Keras converts the metrics after every step for this callback alone

    def __init__(self, planned, keep):
        super().__init__()
        self._controlled, self._keep = planned["protocol"] == "controlled", keep
        self._train_started = self._epoch_started = None
        self.trace_seconds = None

    def on_train_begin(self, logs=None):
        self._train_started = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        if self.trace_seconds is None:
            self.trace_seconds = time.perf_counter() - self._train_started

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch_started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        seconds = time.perf_counter() - self._epoch_started
        metrics = {_metric_name(key): float(np.asarray(value)) for key, value in logs.items()}
        result = dict(metrics, epoch=epoch + 1, seconds=seconds)
        if self._controlled:
            result["weights_sha256"] = controlled.weights_sha256(self.model.get_weights())
        self._keep(result)


def _fit_as_published(model, planned, data, clock):
    """Train as the sources did, with one `fit` and Keras' own shuffling."""
    model.fit(
        _pixels(planned, data.train[0]),
        data.train[1],
        epochs=planned["n_epochs"],
        **_fit_arguments(planned, data, clock),
    )
    return {}


def _fit_controlled(model, planned, data, clock):
    """Train from the planned initial weights, over the planned order of samples."""
    x, y = _pixels(planned, data.train[0]), data.train[1]
    outcome = controlled.equalise(model, planned, x[: planned["batch_size"]])
    for epoch in range(1, planned["n_epochs"] + 1):
        order = controlled.batch_order(len(x), planned["seed"], epoch)
        model.fit(
            x[order],
            y[order],
            initial_epoch=epoch - 1,
            epochs=epoch,
            shuffle=False,
            **_fit_arguments(planned, data, clock),
        )
    return outcome


def _fit_arguments(planned, data, clock):
    validation = data.validation and (_pixels(planned, data.validation[0]), data.validation[1])
    return {
        "batch_size": planned["batch_size"],
        "validation_data": validation,
        "verbose": int(planned["settings"]["progress_bar"]),
        "callbacks": [clock],
    }


def _pixels(planned, x):
    """Pixels in 0..1: float64 as the sources' `x / 255.0` makes them, float32 in the controlled protocol."""
    return x.astype(np.float32) / 255 if planned["protocol"] == "controlled" else x / 255.0


def _metric_name(name):
    """Name a metric as later versions do; TensorFlow 1.15 says `acc`."""
    return name[: -len("acc")] + "accuracy" if name.endswith("acc") else name
