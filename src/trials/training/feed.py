"""What `fit` and `evaluate` are given: arrays as they are, or images in a file through a pipeline that reads them."""

import hashlib
import os

import numpy as np
import tensorflow as tf

from trials.training import controlled
from trials.training.data import PIXEL_MAXIMUM, each, pixels
from trials.training.images import CHANNELS, StoredImages

READERS = 2  # threads, each of which reads and resizes a batch at a time
NICENESS = 19  # of these threads, the most: where they share a core with training, both would wait for the slower
READY = 4  # batches that wait, so that training never does; 32 images of 224 x 224 pixels take 19 MB


def of(planned, x, y):
    """Samples as Keras trains and tests on them; `x` and `y` as `Data` has them."""
    kind = StoredImageFeed if isinstance(x, StoredImages) else ArrayFeed
    return kind(planned, x, y)


class ArrayFeed:
    """Arrays: Keras cuts them into batches.

    Pixels are float64, as the sources' `x / 255.0` makes them, in the controlled protocol float32.
    """

    def __init__(self, planned, x, y):
        self._x = pixels(x, np.float32 if planned["protocol"] == "controlled" else np.float64)
        self._y, self._batch_size = y, planned["batch_size"]

    def shuffled(self, n_done):
        """Arguments of a `fit` that shuffles anew for every epoch; `n_done` epochs are over already."""
        del n_done
        return {"x": self._x, "y": self._y, "batch_size": self._batch_size}

    def in_order(self, order):
        """Arguments of a `fit` over the samples in `order`, and the hash of what these give it."""
        x, y = (each(lambda array: array[order], part) for part in (self._x, self._y))
        sha256 = controlled.batches_sha256(x, y, self._batch_size)
        return {"x": x, "y": y, "batch_size": self._batch_size, "shuffle": False}, sha256

    def first_batch(self):
        """Inputs of the first batch."""
        return each(lambda array: array[: self._batch_size], self._x)

    def held_out(self):
        """Argument `validation_data` of `fit`."""
        return self._x, self._y

    def test(self):
        """Arguments of `evaluate`."""
        return {"x": self._x, "y": self._y}


class StoredImageFeed:
    """Images in a file: read, resized and cut into batches while the network trains. Methods as in `ArrayFeed`.

    Pixels are float32, as `tf.image.resize` of TensorFlow 2 makes them of the decoded image, then divided by 255, as
    source 001 has it.
    """

    def __init__(self, planned, x, y):
        self._images, self._labels = x, y
        self._batch_size, self._shape = planned["batch_size"], planned["image_shape"]
        self._n_epochs, self._seed = planned["n_epochs"], planned["seed"]

    def shuffled(self, n_done):
        def places():  # the source shuffles all of them
            for epoch in range(n_done + 1, self._n_epochs + 1):
                yield from self._in_batches(controlled.batch_order(len(self._images), self._seed, epoch))

        n_steps = -(-len(self._images) // self._batch_size)
        batches = tf.data.Dataset.from_generator(places, tf.int64, (None,))
        return {"x": self._read_batches(batches), "steps_per_epoch": n_steps, "shuffle": False}

    def in_order(self, order):
        return {"x": self._in_order(order), "shuffle": False}, self._sha256(order)

    def first_batch(self):
        return np.zeros((self._batch_size, *self._shape), np.float32)

    def held_out(self):
        return self._in_order(np.arange(len(self._images)))

    def test(self):
        return {"x": self.held_out()}

    def _read_aside(self, places):
        """Read images in a thread that gives way to those that train; on Linux each thread has its own niceness."""
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
        return self._read(places)

    def _sha256(self, order):
        """Hash of what an epoch is fed, but for resizing: the images as they were decoded."""
        digest = hashlib.sha256()
        for places in self._in_batches(order):
            digest.update(controlled.weights_sha256(self._read(places)).encode())
        return digest.hexdigest()

    def _read(self, places):
        return (*self._images.read(places), self._labels[places])

    def _in_batches(self, order):
        return (order[start : start + self._batch_size] for start in range(0, len(order), self._batch_size))

    def _in_order(self, order):
        return self._read_batches(tf.data.Dataset.from_tensor_slices(order).batch(self._batch_size))

    def _read_batches(self, batches):
        """Dataset of what is at the places of `batches`, a dataset of arrays of shape (batch,)."""
        of_one_size, size = len(self._images.shape) > 1, self._shape[:2]

        def read(places):
            images, shapes, labels = tf.numpy_function(
                self._read_aside, [places], [tf.uint8, tf.int32, self._labels.dtype]
            )
            images.set_shape((None, None, None, CHANNELS))
            shapes.set_shape((None, 2))
            labels.set_shape((None,))
            resized = _resized(images, size) if of_one_size else _resized_each(images, shapes, size)
            return resized / float(PIXEL_MAXIMUM), labels

        return batches.map(read, num_parallel_calls=READERS).prefetch(READY).with_options(_apart())


def _apart():
    """Options of a dataset whose threads are its own, not those that train."""
    options = tf.data.Options()
    threading = options.threading if hasattr(options, "threading") else options.experimental_threading
    threading.private_threadpool_size, threading.max_intra_op_parallelism = READERS, 1
    return options


def _resized(images, size):
    # Resizing makes floats of bytes anyway, and the same ones, but takes a third longer when it does that itself.
    # TensorFlow 1's own resizing takes other points of an image.
    return tf.compat.v2.image.resize(tf.cast(images, tf.float32), size)


def _resized_each(images, shapes, size):
    """Resize images of several sizes, each of which takes a corner of its array."""

    def resized(image):
        pixels, shape = image
        return _resized(pixels[: shape[0], : shape[1]], size)

    return tf.map_fn(resized, (images, shapes), dtype=tf.float32)
