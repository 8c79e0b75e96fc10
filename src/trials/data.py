"""A prepared dataset and the part of it that a trial sees."""

import hashlib

import numpy as np


def sha256(path):
    """Hash of the arrays in the .npz at `path`: names, shapes, dtypes and bytes, however the file packs them."""
    digest = hashlib.sha256()
    with np.load(path) as arrays:
        for name in sorted(arrays):
            array = np.ascontiguousarray(arrays[name])
            digest.update(f"{name} {array.shape} {array.dtype.str}\n".encode())
            digest.update(memoryview(array).cast("B"))
    return digest.hexdigest()


class Data:
    """Images and labels as loaded: uint8, shapes (n, 28, 28) and (n,).

    Validation is the end of the training part, as the sources split it.
    """

    def __init__(self, arrays, planned):
        n_train, n_validation, n_test = (planned[key] for key in ("n_train", "n_validation", "n_test"))
        end = n_train + n_validation
        x, y = self._first(arrays, "train", end)
        self.train = x[:n_train], y[:n_train]
        self.validation = (x[n_train:], y[n_train:]) if n_validation else None
        self.test = self._first(arrays, "test", n_test)

    @staticmethod
    def _first(arrays, part, n):
        x, y = arrays["x_" + part], arrays["y_" + part]
        if len(x) < n:
            raise ValueError(f"the {part} part of the dataset has {len(x)} samples, the plan wants {n}")
        return x[:n], y[:n]
