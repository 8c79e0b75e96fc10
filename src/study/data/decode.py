"""Decodes the kept images of a cleaned archive, once, into the two files that trials read.

`python -m study.data.decode DATASET --archive ZIP --manifest MANIFEST --pixels FILE --out NPZ` writes the pixels of all
images, one after another, and an .npz that says where each one lies, its shape and its label.
"""

import argparse
import hashlib
import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from study.common import parallel
from study.common.atomic import replacing
from study.common.command import run
from study.common.disk import require_room
from study.common.errors import StudyError, about
from study.data import manifest
from study.data.archive import Archive
from study.data.image_check import decode
from study.data.manifest import SPLITS, Manifest, Row

CHANNELS = 3
INDEX_BYTES = 64  # an image in the .npz, generously


@dataclass(frozen=True)
class Place:
    """Where an image's pixels go: its row, and the byte of the file at which they start."""

    row: Row
    offset: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels."""
        check = self.row.check
        return check.height or 0, check.width or 0, CHANNELS

    @property
    def end(self) -> int:
        """The byte behind its last one."""
        return self.offset + int(np.prod(self.shape))


def places(cleaned: Manifest) -> dict[str, list[Place]]:
    """Place of every kept image, by split: the training part comes first, each as `Manifest.of_split` has it."""
    found: dict[str, list[Place]] = {}
    offset = 0
    for part in SPLITS:
        found[part] = []
        for row in cleaned.of_split(part):
            found[part].append(Place(row, offset))
            offset = found[part][-1].end
    return found


def write(archive: Path, cleaned: Manifest, pixels: Path, index: Path, processes: int) -> None:
    """Write pixels and index, both completely or neither; the same manifest and archive give the same bytes.

    Parameters
    ----------
    archive
        The archive of which `cleaned` is the manifest.
    pixels
        The file of pixels: unsigned bytes, rows of (height, width, 3), one image after another.
    index
        The .npz: `offset_<split>` (int64, bytes), `shape_<split>` (int32, height and width), `y_<split>` (uint8), for
        the splits `train` and `test`; `pixels_sha256` (uint8, the 32 bytes of the digest of the file of pixels) and
        `edition` (uint8, its name in ASCII).
    processes
        How many share the work.

    Raises
    ------
    StudyError
        If the archive cannot be read or is not the manifest's, or there is no room for the files.
    """
    opened, found = Archive(archive), places(cleaned)
    everything = list(itertools.chain.from_iterable(found.values()))
    size = everything[-1].end if everything else 0
    with replacing(pixels) as part:
        require_room(pixels, size + INDEX_BYTES * len(everything))
        with part.open("w+b") as file:
            file.truncate(size)
            put = partial(_put, opened, file.fileno())
            for fault in filter(None, parallel.each("decoding", put, everything, processes)):
                raise StudyError(fault)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").digest()
        with replacing(index) as index_part, index_part.open("wb") as file:
            np.savez(file, allow_pickle=False, **_index(found), **_about(digest, cleaned.edition))


def _put(archive: Archive, file: int, place: Place) -> str | None:
    """Decode one image into the file; say what is wrong if it is not the one that the manifest describes."""
    data = archive.read(place.row.path)
    if hashlib.sha256(data).hexdigest() != place.row.sha256:
        return f"{archive.path}: {place.row.path} is not the image of the manifest; clean the archive anew"
    pixels = decode(data)
    if pixels.shape != place.shape:
        return f"{archive.path}: {place.row.path} has shape {pixels.shape}, the manifest says {place.shape}"
    written = os.pwrite(file, pixels.data, place.offset)
    return None if written == pixels.nbytes else f"{place.row.path}: only {written} bytes could be written"


def _index(found: dict[str, list[Place]]) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    for part, held in found.items():
        arrays[f"offset_{part}"] = np.array([place.offset for place in held], np.int64)
        arrays[f"shape_{part}"] = np.array([place.shape[:2] for place in held], np.int32).reshape(-1, 2)
        arrays[f"y_{part}"] = np.array([place.row.label for place in held], np.uint8)
    return arrays


def _about(digest: bytes, edition: str) -> dict[str, np.ndarray]:
    return {
        "pixels_sha256": np.frombuffer(digest, np.uint8),
        "edition": np.frombuffer(edition.encode("ascii"), np.uint8),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Decode the images of one manifest."""
    parser = argparse.ArgumentParser(prog="python -m study.data.decode", description=__doc__)
    parser.add_argument("dataset")
    parser.add_argument("--archive", type=Path, required=True, help="the zip archive")
    parser.add_argument("--manifest", type=Path, required=True, help="its manifest (parquet)")
    parser.add_argument("--pixels", type=Path, required=True, help="where the pixels go")
    parser.add_argument("--out", type=Path, required=True, help="where the index (.npz) goes")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="default: %(default)s")
    chosen = parser.parse_args(arguments)
    cleaned = manifest.read(chosen.manifest)
    with about(chosen.dataset):
        write(chosen.archive, cleaned, chosen.pixels, chosen.out, chosen.processes)
    train, test = (len(cleaned.of_split(part)) for part in SPLITS)
    print(f"{chosen.dataset}, edition {cleaned.edition}: pixels of {train} training and {test} test images")


if __name__ == "__main__":
    run(main)
