"""Turns a dataset's IDX files into the one file that trials read.

`python -m study.data.prepare DATASET --raw data/raw/DATASET --out data/processed/DATASET/DATASET.npz` serves every
dataset that is published as MNIST is: four gzipped IDX files of images and labels.
"""

import argparse
import gzip
import math
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from study.common.atomic import replacing
from study.common.command import run
from study.common.errors import StudyError, about

Bytes = NDArray[np.uint8]

CLASSES = 10
UNSIGNED_BYTE = 0x08
HEADER_ITEM = 4  # bytes of the magic number and of each length
FILES = {
    "x_train": ("train-images-idx3-ubyte.gz", 3),
    "y_train": ("train-labels-idx1-ubyte.gz", 1),
    "x_test": ("t10k-images-idx3-ubyte.gz", 3),
    "y_test": ("t10k-labels-idx1-ubyte.gz", 1),
}


def prepare(raw: Path, out: Path) -> dict[str, Bytes]:
    """Parse the four raw files and write them as one uncompressed .npz: completely or not at all.

    The same raw files give the same bytes.

    Parameters
    ----------
    raw
        Folder of the four files.
    out
        The .npz.

    Returns
    -------
    dict
        What was written: `x_train` and `x_test`, images of shape (samples, height, width), and `y_train` and
        `y_test`, labels 0 to 9 of shape (samples,); all uint8.

    Raises
    ------
    StudyError
        Naming the file and what is wrong with it.
    """
    arrays = {key: read_idx(raw / name, dimensions) for key, (name, dimensions) in FILES.items()}
    for split in ("train", "test"):
        _refuse_mismatch(raw, split, arrays)
    if arrays["x_train"].shape[1:] != arrays["x_test"].shape[1:]:
        train, test = (_size(arrays[key]) for key in ("x_train", "x_test"))
        raise StudyError(f"{raw}: training images are {train} pixels, test images {test}")
    with replacing(out) as part, part.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    return arrays


def read_idx(path: Path, dimensions: int) -> Bytes:
    """Read a gzipped IDX file of unsigned bytes; see `parse_idx`."""
    try:
        with gzip.open(path) as file:
            content = file.read()
        return parse_idx(content, dimensions)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise StudyError(f"{path}: {_fault(error)}; get it anew with `python -m study.data.fetch`") from error


def _fault(error: Exception) -> str:
    match error:
        case EOFError():
            return "cut short: the gzip stream ends before its end marker"
        case gzip.BadGzipFile() | zlib.error():
            return f"not a sound gzip file: {error}"
        case OSError():
            return f"cannot be read: {error.strerror}"
        case _:
            return str(error)


def parse_idx(content: bytes, dimensions: int) -> Bytes:
    """Parse an IDX file of unsigned bytes.

    The format is the one described on MNIST's homepage: two zero bytes, the type of an item, the number of
    dimensions, the length of each dimension (32 bits, most significant byte first), then the items, last dimension
    fastest.

    Parameters
    ----------
    content
        The whole file.
    dimensions
        How many dimensions it should have.

    Returns
    -------
    ndarray
        uint8, of the shape that the file states.

    Raises
    ------
    ValueError
        If magic number, number of dimensions or length are not as they should be.
    """
    magic = bytes([0, 0, UNSIGNED_BYTE, dimensions])
    if content[:HEADER_ITEM] != magic:
        raise ValueError(f"starts with {content[:HEADER_ITEM].hex(' ') or 'nothing'}, expected {magic.hex(' ')}")
    header = HEADER_ITEM * (1 + dimensions)
    if len(content) < header:
        raise ValueError(f"{len(content)} bytes, too short for its {header}-byte header")
    shape = tuple(int(length) for length in np.frombuffer(content[HEADER_ITEM:header], ">u4"))
    if len(content) != header + math.prod(shape):
        raise ValueError(f"{len(content)} bytes, but shape {shape} needs {header + math.prod(shape)}")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def _refuse_mismatch(raw: Path, split: str, arrays: dict[str, Bytes]) -> None:
    images, labels = arrays[f"x_{split}"], arrays[f"y_{split}"]
    labels_path = raw / FILES[f"y_{split}"][0]
    if len(images) != len(labels):
        raise StudyError(f"{labels_path}: {len(labels)} labels for {len(images)} images")
    wrong = np.flatnonzero(labels >= CLASSES)
    if wrong.size:
        raise StudyError(f"{labels_path}: label {labels[wrong[0]]} at position {wrong[0]}, expected 0 to {CLASSES - 1}")


def _size(images: Bytes) -> str:
    return "x".join(map(str, images.shape[1:]))


def main(arguments: Sequence[str] | None = None) -> None:
    """Prepare one dataset."""
    parser = argparse.ArgumentParser(prog="study.data.prepare", description=main.__doc__)
    parser.add_argument("dataset")
    parser.add_argument("--raw", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    with about(options.dataset):
        arrays = prepare(options.raw, options.out)
    train, test = arrays["x_train"], arrays["x_test"]
    print(f"{options.dataset}: {len(train)} training and {len(test)} test images of {_size(train)} pixels")


if __name__ == "__main__":
    run(main)
