"""Fetches one file of a dataset from the first place that serves the right bytes.

`python -m study.data.fetch DATASET FILE --out data/raw/DATASET/FILE` looks in STUDY_DATA_MIRROR, if that is set (a
folder or an http(s) URL laid out as `<dataset>/<file>`), then in the dataset's public mirrors, if the file is public.
"""

import argparse
import hashlib
import os
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from http.client import IncompleteRead
from pathlib import Path

import requests
from urllib3.exceptions import HTTPError

from study.common.command import run
from study.common.errors import StudyError
from study.common.progress import BYTES, progress, say
from study.config.datasets import MIRROR_VARIABLE, DataFile, Dataset, load_datasets
from study.config.validation import require_known

DELAYS = (1.0, 2.0, 4.0)  # seconds before each further attempt at one place
TIMEOUT = (10.0, 30.0)  # seconds to connect, and without any byte
CHUNK = 1 << 16  # bytes
PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


def fetch(dataset_name: str, dataset: Dataset, file_name: str, out: Path, mirror: str | None = None) -> None:
    """Fetch one file of a dataset to `out`: the right bytes, or nothing.

    A download grows beside the target, in `<out>.part`. What a killed process left there is taken up again.

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
        out.parent.mkdir(parents=True, exist_ok=True)
        found = _try_each(_places(dataset_name, dataset, file_name, mirror), part, expected)
        if found is None:
            part.replace(out)
            return
        part.unlink(missing_ok=True)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise StudyError(f"{out}: cannot be written: {error.strerror}") from error
    raise StudyError(_explain(dataset, f"{dataset.folder(dataset_name)}/{file_name}", expected, found))


def _places(dataset_name: str, dataset: Dataset, file_name: str, mirror: str | None) -> list[str]:
    own = [f"{mirror.rstrip('/')}/{dataset.folder(dataset_name)}/{file_name}"] if mirror else []
    public = dataset.mirrors if dataset.files[file_name].public else []
    return own + [f"{base.rstrip('/')}/{file_name}" for base in public]


def _try_each(places: list[str], part: Path, expected: DataFile) -> list[str] | None:
    """None once `part` holds the right bytes, else what was found at each place."""
    found = []
    for place in places:
        say(f"Fetching {place}")
        try:
            (_download if _is_url(place) else _copy)(place, part, expected)
        except _PlaceError as error:
            found.append(f"{place}: {error}")
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
            f"Nothing half-written was kept. Check the network, or set {MIRROR_VARIABLE} to a folder or an http(s) URL "
            f"laid out as <dataset>/<file> (that has {name}), then run again.",
        ]
    )


def _not_public(dataset: Dataset) -> list[str]:
    public = [edition for edition, archive in dataset.editions.items() if dataset.files[archive].public]
    return [
        "  no public place has it, only a mirror of your own",
        *(f"This edition of the dataset is not public, another is: --config edition={edition}." for edition in public),
    ]


class _PlaceError(Exception):
    """A place does not serve the file; the text says what was found there."""


class _PassingError(_PlaceError):
    """What may be better at the next attempt."""


class _WrongBytesError(_PlaceError):
    """What arrived, or is announced, is not the file."""


def _is_url(place: str) -> bool:
    return place.startswith(("http://", "https://"))


def _copy(place: str, part: Path, expected: DataFile) -> None:
    """Copy the file from a mirror that is a folder."""
    mirror = Path(place).parents[1]
    if not mirror.is_dir():
        raise _PlaceError(f"'{mirror}' is neither a folder nor an http(s) URL; is {MIRROR_VARIABLE} mistyped?")
    try:
        shutil.copyfile(place, part)
    except OSError as error:
        if error.filename != place:
            raise
        raise _PlaceError(_cause(error)) from error
    _verify(part, expected)


def _download(place: str, part: Path, expected: DataFile) -> None:
    """Download the file, or the rest of it, in as many attempts as there are DELAYS and one."""
    delays = iter(DELAYS)
    while True:
        held = _held(part, expected)
        try:
            if held < expected.bytes:
                _transfer(place, part, held, expected)
            _verify(part, expected)
            return
        except _WrongBytesError:
            part.unlink(missing_ok=True)
            # The first bytes may be another place's or an older file's: only a file had in one go convicts a place.
            if not held:
                raise
        except _PassingError as error:
            delay = next(delays, None)
            if delay is None:
                raise
            say(f"  {error}; again in {delay:g} s")
            time.sleep(delay)


def _held(part: Path, expected: DataFile) -> int:
    """Bytes of the file that an earlier attempt left; more than there should be are discarded."""
    held = part.stat().st_size if part.exists() else 0
    if held > expected.bytes:
        part.unlink()
        return 0
    return held


def _transfer(url: str, part: Path, held: int, expected: DataFile) -> None:
    # A server that compresses on the way, or says that it did because of the suffix, must not change the bytes.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={held}-"} if held else {})
    try:
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            _refuse_status(response, held)
            start = held if response.status_code == HTTPStatus.PARTIAL_CONTENT else 0
            _refuse_length(response, start, expected)
            _receive(response, part, start, expected)
    except (requests.ConnectionError, requests.Timeout, HTTPError) as error:
        arrived = _held(part, expected)
        cut = f", at {arrived} of {expected.bytes} bytes" if arrived else ""
        raise _PassingError(f"{_cause(error)}{cut}") from error
    except requests.RequestException as error:
        raise _PlaceError(str(error)) from error


def _refuse_status(response: requests.Response, held: int) -> None:
    status = response.status_code
    if status in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
        return
    found = f"HTTP {status} {response.reason}"
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and held:
        raise _WrongBytesError(found)
    if status in PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _PassingError(found)
    raise _PlaceError(found)


def _refuse_length(response: requests.Response, start: int, expected: DataFile) -> None:
    announced = response.raw.length_remaining
    if announced is not None and start + announced != expected.bytes:
        raise _WrongBytesError(f"{start + announced} of {expected.bytes} bytes")


def _receive(response: requests.Response, part: Path, start: int, expected: DataFile) -> None:
    with part.open("ab" if start else "wb") as file, progress(part.stem, expected.bytes, start, BYTES) as advance:
        for chunk in response.raw.stream(CHUNK, decode_content=False):
            file.write(chunk)
            advance(len(chunk))
            if file.tell() > expected.bytes:
                raise _WrongBytesError(f"more than {expected.bytes} bytes")


def _verify(part: Path, expected: DataFile) -> None:
    size = part.stat().st_size
    if size != expected.bytes:
        # A download is never longer than it should be, and a shorter one may go on; a folder's file is what it is.
        raise _PassingError(f"{size} of {expected.bytes} bytes")
    with part.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if sha256 != expected.sha256:
        raise _WrongBytesError(f"{size} bytes, but sha256 {sha256}")


def _cause(error: BaseException) -> str:
    """What the operating system or the server said, without the wrapping of requests and urllib3."""
    while error.__context__ is not None:
        error = error.__context__
    if isinstance(error, IncompleteRead):
        return "connection cut"
    text = getattr(error, "strerror", None) or str(error)
    return text[:1].lower() + text[1:]


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
