"""The controlled protocol: initial weights and batch order made in NumPy from the seed, the same in every runtime."""

import hashlib

import numpy as np

from trials.training.data import parts


def equalise(model, planned, batch):
    """Give `model` the planned initial weights; `batch` is a batch of its input.

    Returns
    -------
    dict
        Outcome field `initial_weights_sha256`.
    """
    if not model.weights:
        model(batch)  # a subclassed model has no weights before its first call
    weights = initial_weights([array.shape for array in model.get_weights()], planned["seed"])
    model.set_weights(weights)
    return {"initial_weights_sha256": weights_sha256(weights)}


def initial_weights(shapes, seed):
    """Draw initial weights: Glorot uniform for kernels, zeros for biases.

    Parameters
    ----------
    shapes : list of tuple of int
        As `Model.get_weights` orders them.
    seed : int

    Returns
    -------
    list of numpy.ndarray
        float32. The limit is sqrt(6 / (fan_in + fan_out)), Glorot and Bengio 2010, equation 16.
    """
    generator = np.random.RandomState(seed)
    return [_glorot(generator, shape) if len(shape) > 1 else np.zeros(shape, np.float32) for shape in shapes]


def batch_order(n, seed, epoch):
    """Order of `n` samples in `epoch` (from 1): int64, shape (n,)."""
    return np.random.RandomState([seed, epoch]).permutation(n)


def weights_sha256(weights):
    """Hash of arrays in their order: shapes, dtypes and bytes."""
    digest = hashlib.sha256()
    for array in weights:
        digest.update(f"{array.shape} {array.dtype.str}\n".encode())
        digest.update(memoryview(np.ascontiguousarray(array)).cast("B"))
    return digest.hexdigest()


def batches_sha256(x, y, batch_size):
    """Hash of what an epoch is fed: the size of a batch, then inputs and targets in the order in which they are given.

    It reads every byte that is handed over, so it holds for what was given and not for what was meant. That takes
    about as long as putting the samples in order does.
    """
    return weights_sha256([np.array(batch_size), *parts(x), *parts(y)])


def _glorot(generator, shape):
    receptive_field = int(np.prod(shape[:-2]))
    limit = np.sqrt(6.0 / (receptive_field * (shape[-2] + shape[-1])))
    return generator.uniform(-limit, limit, shape).astype(np.float32)
