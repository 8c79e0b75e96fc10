"""Cleans an archive of images of cats and dogs: each entry ends as kept or dropped, with a reason.

`python -m study.data.clean DATASET --archive ZIP --edition NAME --seed N --out MANIFEST` decodes every image and
writes a manifest. Nothing is unpacked. What the manifest there knows already, by the same rules, is not decoded again.
"""

import argparse
import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from pyarrow import ArrowException

from study.common import parallel
from study.common.command import run
from study.common.errors import StudyError, about
from study.data import manifest
from study.data.archive import Archive
from study.data.image_check import ImageCheck, check_image, rules
from study.data.manifest import Manifest, Row, Split

# Labels are numbered in alphabetical order, as by all that read a folder a class.
LABELS = {"Cat": 0, "Dog": 1}
IMAGE = re.compile(rf"PetImages/({'|'.join(LABELS)})/[0-9]+\.jpg")
TEST_IMAGES = 1250  # a class: source 001 validates with 2,500

Known = Mapping[str, ImageCheck]


def clean(archive: Path, edition: str, seed: int, known: Known, processes: int) -> Manifest:
    """Check every entry of an archive, and split the kept images.

    Parameters
    ----------
    archive
        A zip archive with the images `PetImages/Cat/<number>.jpg` and `PetImages/Dog/<number>.jpg`.
    edition
        Which edition of the dataset it is.
    seed
        What the split derives from.
    known
        What earlier checks say, by the sha256 of an image's file.
    processes
        How many share the work.

    Raises
    ------
    StudyError
        If the archive is broken or hostile, or has too few images to split.
    """
    return Manifest(edition, rules(), split(checked(archive, known, processes), seed, TEST_IMAGES))


def checked(archive: Path, known: Known, processes: int) -> list[Row]:
    """Make the row of every entry, still without a split, in the order of their names."""
    opened = Archive(archive)
    return list(parallel.each("cleaning", partial(examine, opened, known), opened.names, processes))


def examine(archive: Archive, known: Known, name: str) -> Row:
    """Make the row of one entry, still without a split."""
    data = archive.read(name)
    sha256 = hashlib.sha256(data).hexdigest()
    image = IMAGE.fullmatch(name)
    if image is None:
        reason = "not_a_picture_of_a_class" if name.isprintable() else "unreadable_name"
        return Row(name, sha256, len(data), ImageCheck(reason=reason))
    return Row(name, sha256, len(data), known.get(sha256) or check_image(data), LABELS[image[1]])


def split(rows: Sequence[Row], seed: int, n_test: int) -> list[Row]:
    """Give each kept image its split: in each class `n_test` are for testing, whatever the order of the rows."""
    chosen: dict[str, Split] = {}
    for class_name, label in LABELS.items():
        paths = sorted(
            (row.path for row in rows if row.kept and row.label == label), key=lambda path: _draw(seed, path)
        )
        if len(paths) <= n_test:
            raise StudyError(f"{len(paths)} sound images of class {class_name}, more than {n_test} are needed")
        chosen |= {path: "test" if place < n_test else "train" for place, path in enumerate(paths)}
    return [row._replace(split=chosen.get(row.path)) for row in rows]


def _draw(seed: int, path: str) -> bytes:
    return hashlib.sha256(f"{seed}:{path}".encode()).digest()


def checked_before(path: Path) -> dict[str, ImageCheck]:
    """What a former manifest says of images, by the sha256 of their files, if it is by today's rules."""
    try:
        former = manifest.read(path)
    except (OSError, ArrowException, KeyError, TypeError):
        return {}  # none, or what an older version of this program wrote
    if former.rules != rules():
        return {}
    return {row.sha256: row.check for row in former.rows if row.label is not None}


def main(arguments: Sequence[str] | None = None) -> None:
    """Clean one archive."""
    parser = argparse.ArgumentParser(prog="python -m study.data.clean", description=__doc__)
    parser.add_argument("dataset")
    parser.add_argument("--archive", type=Path, required=True, help="the zip archive")
    parser.add_argument("--edition", required=True, help="which edition of the dataset it is")
    parser.add_argument("--seed", type=int, required=True, help="the study's seed: the split derives from it")
    parser.add_argument("--out", type=Path, required=True, help="where the manifest (parquet) goes")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="default: %(default)s")
    chosen = parser.parse_args(arguments)
    known = checked_before(chosen.out)
    with about(chosen.dataset):
        cleaned = clean(chosen.archive, chosen.edition, chosen.seed, known, chosen.processes)
        manifest.write(chosen.out, cleaned)
    print(f"{chosen.dataset}, edition {chosen.edition}: {summary(cleaned, known)}")


def summary(cleaned: Manifest, known: Known) -> str:
    """Say in a line what was kept and dropped, and how much was known before."""
    dropped = cleaned.counts()
    reasons = ", ".join(f"{number} {reason}" for reason, number in sorted(dropped.items()))
    before = sum(row.sha256 in known for row in cleaned.rows if row.label is not None)
    train, test = len(cleaned.of_split("train")), len(cleaned.of_split("test"))
    return (
        f"{len(cleaned.rows)} entries, {train + test} kept ({train} train, {test} test), "
        f"{dropped.total()} dropped ({reasons or 'none'}); {before} were checked before"
    )


if __name__ == "__main__":
    run(main)
