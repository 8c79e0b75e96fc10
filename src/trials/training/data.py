"""Prepared datasets and the part of them that a trial sees."""

import os

import numpy as np

from trials.training.images import StoredImages

PIXEL_MAXIMUM = 255
PARTS = ("train", "test")


def path_of(folder, dataset):
    """Path of a prepared dataset below `folder`."""
    return os.path.join(folder, dataset, dataset + ".npz")


def read(folder, dataset, edition=None):
    """Read a prepared dataset: `x_train`, `y_train`, `x_test` and `y_test`, arrays.

    The `x` of a dataset whose pixels lie in a file of their own are `StoredImages`.

    Raises
    ------
    ValueError
        If the dataset is of another edition than the one wanted.
    """
    path = path_of(folder, dataset)
    with np.load(path) as stored:
        arrays = dict(stored)
    if edition is not None and arrays["edition"].tobytes().decode() != edition:
        held = arrays["edition"].tobytes().decode()
        raise ValueError(f"the dataset is of the edition {held}, the plan wants {edition}")
    for part in PARTS:
        if "offset_" + part in arrays:
            pixels_path = os.path.splitext(path)[0] + ".pixels"
            arrays["x_" + part] = StoredImages(pixels_path, arrays["offset_" + part], arrays["shape_" + part])
    return arrays


def image(x, y):
    """Each sample as it is."""
    return x, y


def vector(x, y):
    """Each image as a vector of its pixels."""
    return x.reshape(len(x), -1), y


def vector_twice(x, y):
    """Two inputs, both the image as a vector of its pixels."""
    return [vector(x, y)[0]] * 2, y


def image_halves(x, y):
    """Two inputs: the upper and the lower half of the image."""
    middle = x.shape[1] // 2
    return [x[:, :middle], x[:, middle:]], y


def two_images(x, y):
    """Two inputs with a target each: a sample of the first half of the samples, and one of the second half."""
    middle = len(x) // 2
    return [x[:middle], x[middle:]], [y[:middle], y[middle:]]


# How samples become what a network reads. Most take one sample for each example.
ARRANGEMENTS = {
    "image": image,
    "vector": vector,
    "vector_twice": vector_twice,
    "image_halves": image_halves,
    "two_images": two_images,
}
SAMPLES_PER_EXAMPLE = {"two_images": 2}


class Data:
    """Training, validation and test part of a dataset as a trial reads them: pairs of inputs and targets.

    Inputs are images, uint8, shape (n, 28, 28), or the `StoredImages` of a dataset that is not held in memory; targets
    are labels, shape (n,). The plan may arrange them otherwise; several inputs or targets are a list. Validation takes
    the end of the training part, its start, or the test part. Training and validation leave out the first `n_skipped`
    samples of the training part. Editions of a dataset differ in how many samples they have: where the plan names one,
    it may have fewer to train on than planned.
    """

    def __init__(self, arrays, planned):
        n_train, n_validation = planned["n_train"], planned["n_validation"]
        if "edition" in planned:
            n_train = min(n_train, len(arrays["x_train"]))
        self._arrangement, n_skipped = planned.get("arrangement", "image"), planned.get("n_skipped", 0)
        self.test = self._first(arrays, "test", planned["n_test"])
        taken = planned.get("validation", "last")
        if taken == "test":
            self.train, self.validation = (
                self._first(arrays, *part) for part in (("train", n_train, n_skipped), ("test", n_validation))
            )
            return
        examples = self._first(arrays, "train", n_train + n_validation, n_skipped)
        first, second = (n_validation, n_train) if taken == "first" else (n_train, n_validation)
        parts = _slice(examples, 0, first), _slice(examples, first, first + second)
        self.validation, self.train = parts if taken == "first" else parts[::-1]
        if not n_validation:
            self.validation = None

    def _first(self, arrays, part, n, n_skipped=0):
        """Arrange the first `n` examples of a part, after samples that are skipped."""
        x, y = arrays["x_" + part], arrays["y_" + part]
        end = n_skipped + n * SAMPLES_PER_EXAMPLE.get(self._arrangement, 1)
        if len(x) < end:
            raise ValueError(f"the {part} part of the dataset has {len(x)} samples, the plan wants {end}")
        return ARRANGEMENTS[self._arrangement](x[n_skipped:end], y[n_skipped:end])


def each(change, arrays):
    """Apply `change` to an array, or to each of a list of arrays."""
    return [change(array) for array in arrays] if isinstance(arrays, list) else change(arrays)


def parts(arrays):
    """Return a list of arrays as it is, an array as a list of one."""
    return arrays if isinstance(arrays, list) else [arrays]


def length(arrays):
    """Return the number of examples in an array, or in each of a list of arrays."""
    return len(parts(arrays)[0])


def pixels(x, dtype):
    """Pixels in 0..1 as `dtype`, of one input or several."""
    return each(lambda array: array.astype(dtype) / PIXEL_MAXIMUM, x)


def _slice(examples, start, stop):
    return tuple(each(lambda array: array[start:stop], part) for part in examples)
