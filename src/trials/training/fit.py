"""Trains a model with Keras' `fit`."""

import time

import numpy as np
import tensorflow as tf

from trials.training import controlled, feed
from trials.training.data import length
from trials.training.settings import compile_arguments, optimizer
from trials.training.versions import HAS_RETURN_DICT

SCORE_DIGITS = 6


def fitted(build):
    """Make a variant of `build`, a function that returns a Keras model, that is trained with `fit`.

    `build` is called with what the plan says of the architecture.

    Returns
    -------
    callable
        Takes a planned trial, its `Data`, a function that is given each epoch's dict as it ends, and the trial's
        `Checkpoints` if it keeps any; returns the outcome fields of the trial record. Its attribute `build` is `build`.
    """

    def train(planned, data, keep, checkpoints=None):
        started = time.perf_counter()
        model = build(**planned.get("architecture", {}))
        arguments = compile_arguments(planned)
        loss, metrics = for_each_output(data.train[1], loss_named(planned["loss"]))
        model.compile(optimizer=optimizer(planned), loss=loss, metrics=metrics, **arguments)
        outcome = {"build_seconds": time.perf_counter() - started, "applied": _applied(model, arguments)}
        clock = _Clock(planned, keep, checkpoints)
        fit = _fit_controlled if planned["protocol"] == "controlled" else _fit_as_published
        outcome.update(fit(model, planned, data, clock))
        fed = feed.of(planned, *data.test).test()
        test = {"test_" + name: value for name, value in _evaluate(model, fed).items()}
        if planned["loss"] == "binary_crossentropy":
            test["test_scores"] = _scores(model, fed["x"])
        n_parameters = int(model.count_params())
        return dict(outcome, trace_seconds=clock.trace_seconds, n_parameters=n_parameters, **test)

    train.build = build
    return train


def loss_named(name):
    """Keras loss of a name that a plan may give; a name that Keras knows is left to it."""
    if name == "sparse_categorical_crossentropy_from_logits":
        return tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return name


def tidy_metrics(logs):
    """Metrics as the records name them, from what Keras calls them.

    TensorFlow 1.15 says `acc` for `accuracy`. A model of several outputs has, beside the summed loss, a loss and an
    accuracy of each output, whose names depend on the version but are in the outputs' order: these go to `outputs`.
    """
    values = {_metric_name(key): float(np.asarray(value)) for key, value in logs.items()}
    tidy = {key: values.pop(key) for key in ("loss", "accuracy", "val_loss", "val_accuracy") if key in values}
    for key, value in values.items():
        part = next(part for part in ("loss", "accuracy") if key.endswith("_" + part))
        tidy.setdefault("outputs", {}).setdefault(("val_" if key.startswith("val_") else "") + part, []).append(value)
    if "outputs" in tidy:
        parts = tidy["outputs"]
        tidy["outputs"] = [dict(zip(parts, column)) for column in zip(*parts.values())]
    return tidy


class _Clock(tf.keras.callbacks.Callback):
    """Times the first step and each epoch, and keeps the metrics."""

    _supports_tf_logs = True  # else Keras converts the metrics after every step for this callback alone

    def __init__(self, planned, keep, checkpoints):
        super().__init__()
        self._controlled, self._keep = planned["protocol"] == "controlled", keep
        self._checkpoints, self._epochs = checkpoints, []
        self._train_started = self._epoch_started = None
        self.trace_seconds = None
        self.batch_fields = {}  # what the record has about the batches of the current epoch

    def on_train_begin(self, logs=None):
        self._train_started = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        if self.trace_seconds is None:
            self.trace_seconds = time.perf_counter() - self._train_started

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch_started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        seconds = time.perf_counter() - self._epoch_started
        result = dict(tidy_metrics(logs), epoch=epoch + 1, seconds=seconds, **self.batch_fields)
        if self._controlled:
            result["weights_sha256"] = controlled.weights_sha256(self.model.get_weights())
        self._epochs.append(result)
        self._keep(result)
        if self._checkpoints:
            self._checkpoints.save(self.model, self._epochs)

    def resume(self, model, batch):
        """Go on where the trial was stopped, if it was; return how many epochs it has finished."""
        if self._checkpoints:
            self._epochs = self._checkpoints.restore(model, batch)
            for epoch in self._epochs:
                self._keep(epoch)
        return len(self._epochs)


def _fit_as_published(model, planned, data, clock):
    """Train as the sources did, with one `fit` and its own shuffling."""
    fed = feed.of(planned, *data.train)
    started = clock.resume(model, fed.first_batch())
    arguments = dict(fed.shuffled(started), **_fit_arguments(planned, data, clock))
    model.fit(initial_epoch=started, epochs=planned["n_epochs"], **arguments)
    return {"resumed_after": started} if started else {}


def _fit_controlled(model, planned, data, clock):
    """Train from the planned initial weights, over the planned order of samples."""
    fed = feed.of(planned, *data.train)
    outcome = controlled.equalise(model, planned, fed.first_batch())
    started = clock.resume(model, fed.first_batch())
    for epoch in range(started + 1, planned["n_epochs"] + 1):
        ordered, sha256 = fed.in_order(controlled.batch_order(length(data.train[0]), planned["seed"], epoch))
        clock.batch_fields = {"batches_sha256": sha256}
        model.fit(initial_epoch=epoch - 1, epochs=epoch, **ordered, **_fit_arguments(planned, data, clock))
    return dict(outcome, resumed_after=started) if started else outcome


def _fit_arguments(planned, data, clock):
    return {
        "validation_data": data.validation and feed.of(planned, *data.validation).held_out(),
        "verbose": int(planned["settings"]["progress_bar"]),
        "callbacks": [clock],
    }


def _evaluate(model, fed):
    arguments = {"verbose": 0, **({"return_dict": True} if HAS_RETURN_DICT else {})}
    result = model.evaluate(**fed, **arguments)
    return tidy_metrics(result if HAS_RETURN_DICT else dict(zip(model.metrics_names, result)))


def _scores(model, x):
    """How sure a network of one output is, for each test sample, that it is of class 1: 0 to 1."""
    return [round(float(score), SCORE_DIGITS) for score in model.predict(x, verbose=0)[:, 0]]


def _applied(model, arguments):
    """What `model` made of the arguments of `compile`: Keras 3 drops `jit_compile` where operations are deterministic.

    An earlier Keras does not say what it took; it takes all.
    """
    found = {name: getattr(model, name, value) for name, value in arguments.items()}
    # Keras 2.15 has `steps_per_execution` in a variable.
    return {name: value.numpy().item() if hasattr(value, "numpy") else value for name, value in found.items()}


def for_each_output(y, loss):
    """Arguments `loss` and `metrics` of `compile` for targets `y`: a list of each where there are several."""
    if isinstance(y, list):
        return [loss] * len(y), [["accuracy"]] * len(y)
    return loss, ["accuracy"]


def _metric_name(name):
    """Name a metric as later versions do; TensorFlow 1.15 says `acc`."""
    return name[: -len("acc")] + "accuracy" if name.endswith("acc") else name
