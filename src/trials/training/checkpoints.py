"""The state of a long trial after each epoch: a trial whose process was killed goes on after the last one."""

import json
import os

import numpy as np


class Checkpoints:
    """Weights, optimizer and finished epochs of one trial, in one file of a folder; complete or absent."""

    def __init__(self, folder):
        self._path = os.path.join(folder, "state.npz")

    def restore(self, model, batch):
        """Take `model`, which is compiled, to where it was; `batch` is a batch of its input.

        Returns
        -------
        list of dict
            The epochs that it has finished, as the trial's record has them; none if there is no checkpoint.
        """
        if not os.path.exists(self._path):
            return []
        with np.load(self._path) as state:
            epochs, weights, optimizer = json.loads(str(state["epochs"])), _listed(state, "w"), _listed(state, "o")
        if not model.weights:
            model(batch)  # a subclassed model has no weights before its first call
        model.set_weights(weights)
        _set_optimizer(model, optimizer)
        return epochs

    def save(self, model, epochs):
        """Keep `model` as it is after `epochs`; when this returns they are on the disk."""
        os.makedirs(os.path.dirname(self._path), exist_ok=True)
        part = self._path + ".part"
        arrays = dict(_numbered("w", model.get_weights()), **_numbered("o", _optimizer_arrays(model.optimizer)))
        with open(part, "wb") as file:
            np.savez(file, epochs=np.array(json.dumps(epochs)), **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, self._path)


def _optimizer_arrays(optimizer):
    """Number of steps, learning rate where it is a variable, and a value a weight: what an optimizer remembers."""
    if hasattr(optimizer, "get_weights"):
        return optimizer.get_weights()
    return [np.asarray(variable) for variable in optimizer.variables]  # Keras 3


def _set_optimizer(model, arrays):
    optimizer = model.optimizer
    if not hasattr(optimizer, "get_weights"):  # Keras 3
        optimizer.build(model.trainable_variables)
        for variable, array in zip(optimizer.variables, arrays):
            variable.assign(array)
        return
    # What it remembers is created at its first step, the number of steps when it is first asked for.
    _ = optimizer.iterations
    optimizer._create_hypers()
    optimizer._create_slots(model.trainable_variables)
    optimizer.set_weights(arrays)


def _numbered(name, arrays):
    return {f"{name}{number}": array for number, array in enumerate(arrays)}


def _listed(state, name):
    numbers = sorted(int(key[1:]) for key in state if key[0] == name and key[1:].isdigit())
    return [state[f"{name}{number}"] for number in numbers]
