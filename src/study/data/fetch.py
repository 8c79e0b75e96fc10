"""Fetches one file of a dataset from the first place that serves the right bytes.

`python -m study.data.fetch DATASET FILE --out data/raw/DATASET/FILE` looks in STUDY_DATA_MIRROR, if that is set (a
folder or an http(s) URL laid out as `<dataset>/<file>`), then in the dataset's public mirrors, if the file is public.
"""

import argparse
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from study.common.command import run
from study.common.disk import require_room, writing
from study.common.errors import StudyError
from study.common.progress import say
from study.config.datasets import MIRROR_VARIABLE, DataFile, Dataset, load_datasets
from study.config.validation import require_known
from study.data.download import PlaceError, cause, download, held_bytes, verify


def fetch(dataset_name: str, dataset: Dataset, file_name: str, out: Path, mirror: str | None = None) -> None:
    """Fetch one file of a dataset to `out`: the right bytes, or nothing.

    A download grows beside the target, in `<out>.part`. What is there from a former call is taken up again.

    Parameters
    ----------
    dataset_name, dataset
        An entry of `config/datasets.yaml`.
    file_name
        One of the dataset's files.
    mirror
        Folder or http(s) URL, laid out as `<dataset>/<file>`, to try before the public mirrors. The dataset may have
        another name there.

    Raises
    ------
    ConfigError
        If the dataset has no such file.
    StudyError
        If no place has the file, saying what was found at each; or if `out` cannot be written.
    """
    require_known(f"file of {dataset_name}", file_name, list(dataset.files))
    expected = dataset.files[file_name]
    part = out.with_name(f"{out.name}.part")
    try:
        with writing(out, part):
            out.parent.mkdir(parents=True, exist_ok=True)
            require_room(out, expected.bytes - held_bytes(part, expected))
            found = _try_each(_places(dataset_name, dataset, file_name, mirror), part, expected)
            if found is None:
                part.replace(out)
                return
    except StudyError as error:
        raise StudyError(f"{error} {_kept(part, expected)}") from error
    name = f"{dataset.folder(dataset_name)}/{file_name}"
    raise StudyError(f"{_explain(dataset, name, expected, found)} {_kept(part, expected)}")


def _places(dataset_name: str, dataset: Dataset, file_name: str, mirror: str | None) -> list[str]:
    own = [f"{mirror.rstrip('/')}/{dataset.folder(dataset_name)}/{file_name}"] if mirror else []
    public = dataset.mirrors if dataset.files[file_name].public else []
    return own + [f"{base.rstrip('/')}/{file_name}" for base in public]


def _try_each(places: list[str], part: Path, expected: DataFile) -> list[str] | None:
    """None once `part` holds the right bytes, else what was found at each place."""
    found = []
    for place in places:
        shown = _without_password(place)
        say(f"Fetching {shown}")
        try:
            (download if _is_url(place) else _copy)(place, part, expected)
        except PlaceError as error:
            found.append(f"{shown}: {error}")
            say(f"  {error}")
        else:
            say(f"  {expected.bytes} bytes, sha256 as expected")
            return None
    return found


def _explain(dataset: Dataset, name: str, expected: DataFile, found: list[str]) -> str:
    return "\n".join(
        [
            f"{name} could not be fetched. Expected: {expected.bytes} bytes, sha256 {expected.sha256}. Found:",
            *(f"  {line}" for line in found),
            *([] if expected.public else _not_public(dataset)),
            f"Check the network, or set {MIRROR_VARIABLE} to a folder or an http(s) URL laid out as <dataset>/<file> "
            f"(that has {name}), then run again.",
        ]
    )


def _kept(part: Path, expected: DataFile) -> str:
    """What of the file the next call need not fetch."""
    with suppress(OSError):
        if held := held_bytes(part, expected):
            return f"It goes on from the {held} of {expected.bytes} bytes that are kept in {part}."
        part.unlink()
    return "Nothing half-written was kept."


def _not_public(dataset: Dataset) -> list[str]:
    public = [edition for edition, archive in dataset.editions.items() if dataset.files[archive].public]
    return [
        "  no public place has it, only a mirror of your own",
        *(f"This edition of the dataset is not public, another is: --config edition={edition}." for edition in public),
    ]


def _is_url(place: str) -> bool:
    return place.startswith(("http://", "https://"))


def _without_password(place: str) -> str:
    """An address as it may be shown and logged: without who asks and the password."""
    address = urlsplit(place)
    return address._replace(netloc=address.netloc.rpartition("@")[2]).geturl() if address.password else place


def _copy(place: str, part: Path, expected: DataFile) -> None:
    """Copy the file from a mirror that is a folder."""
    mirror = Path(place).parents[1]
    if not mirror.is_dir():
        raise PlaceError(f"'{mirror}' is neither a folder nor an http(s) URL; is {MIRROR_VARIABLE} mistyped?")
    try:
        verify(Path(place), expected)
    except OSError as error:
        raise PlaceError(cause(error)) from error
    try:
        shutil.copyfile(place, part)
        verify(part, expected)
    except BaseException:
        # To copy it again is no loss, and it may have filled the disk.
        with suppress(OSError):
            part.unlink()
        raise


def main(arguments: Sequence[str] | None = None) -> None:
    """Fetch one file of a dataset."""
    parser = argparse.ArgumentParser(prog="study.data.fetch", description=main.__doc__)
    parser.add_argument("dataset")
    parser.add_argument("file")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--datasets", type=Path, default=Path("config/datasets.yaml"))
    options = parser.parse_args(arguments)
    datasets = load_datasets(options.datasets)
    require_known("dataset", options.dataset, list(datasets))
    fetch(options.dataset, datasets[options.dataset], options.file, options.out, os.environ.get(MIRROR_VARIABLE))


if __name__ == "__main__":
    run(main)
