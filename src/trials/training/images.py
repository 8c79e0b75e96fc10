"""Images that are too many to hold in memory: they lie decoded in one file, and are read when a batch needs them."""

import os

import numpy as np

CHANNELS = 3


class StoredImages:
    """Decoded images of one part of a dataset: RGB, uint8, in the order of the dataset."""

    def __init__(self, path, offsets, shapes):
        self._path, self._offsets, self._shapes = path, offsets, shapes

    def __len__(self):
        """How many there are."""
        return len(self._offsets)

    def __getitem__(self, part):
        """Those of a slice; nothing is read."""
        return StoredImages(self._path, self._offsets[part], self._shapes[part])

    @property
    def shape(self):
        """As of an array of all, shape (n, height, width, 3); only (n,) where they have several sizes."""
        of_one_size = (self._shapes == self._shapes[:1]).all()
        return (len(self), *(int(n) for n in self._shapes[0]), CHANNELS) if of_one_size else (len(self),)

    def read(self, places):
        """Read the images at `places`.

        Returns
        -------
        pixels : numpy.ndarray
            uint8, shape (n, height, width, 3) of the highest and the widest of them; what an image leaves free is 0.
        shapes : numpy.ndarray
            Height and width of each, int32, shape (n, 2).
        """
        shapes = self._shapes[places]
        pixels = np.zeros((len(shapes), *shapes.max(axis=0), CHANNELS), np.uint8)
        file = os.open(self._path, os.O_RDONLY)
        try:
            for place, (height, width), target in zip(places, shapes, pixels):
                stored = os.pread(file, int(height) * int(width) * CHANNELS, int(self._offsets[place]))
                target[:height, :width] = np.frombuffer(stored, np.uint8).reshape(height, width, CHANNELS)
        finally:
            os.close(file)
        return pixels, shapes
