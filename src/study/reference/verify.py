"""Verifies all reference results: derives again what can be, to the byte, and holds the rest by checksums and sense."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path

from study.common.atomic import copy
from study.common.command import run
from study.common.errors import StudyError
from study.common.parallel import at_once
from study.reference import checksums, dvc_lock, places
from study.reference.consistency import contradictions
from study.reference.contents import DERIVED, RECORDS, REFERENCE, machines
from study.reference.derive import derive

MOST = 40  # differences of a machine that are shown


@contextmanager
def derived_again(folder: Path) -> Iterator[Path]:
    """Give a folder with all that is derived from the records in `folder`."""
    trials, observations = (folder / name for name in RECORDS)
    with tempfile.TemporaryDirectory() as scratch:
        derived = Path(scratch, "derived")
        derive(trials, observations, folder / "samples", derived)
        yield derived


def unheld(folder: Path) -> list[str]:
    """What is wrong with the files of a machine that cannot be derived: each with its place, as far as it is known."""
    return _found(checksums.differences, folder) or _found(contradictions, folder)


def differing(folder: Path, derived: Path) -> Iterator[str]:
    """Where what is in `folder` is not what was derived again, to the byte."""
    for name in DERIVED:
        path = folder / name
        if path.is_file():
            yield from places.differences(path, path.read_bytes(), (derived / name).read_bytes(), "derived again")
        else:
            yield f"{path}: missing"


def _found(differences: Callable[[Path], Iterator[str]], folder: Path) -> list[str]:
    """All differences, and what kept from looking for more."""
    found = []
    try:
        for each in differences(folder):
            found.append(each)
    except StudyError as error:
        found.append(str(error))
    return found


def _verify(folder: Path) -> list[str]:
    """Everything that is wrong with the results in `folder`. What does not hold is not derived from."""
    wrong = unheld(folder)
    if not wrong:
        wrong = _found(_derived_differences, folder)
    return [*wrong, *_found(dvc_lock.differences, folder)]


def _derived_differences(folder: Path) -> Iterator[str]:
    with derived_again(folder) as derived:
        yield from differing(folder, derived)


def _write(folder: Path) -> list[str]:
    """Keep in `folder` what is derived from its records, if they are as they were kept; return why not."""
    wrong = _found(checksums.differences, folder)
    if not wrong:
        with derived_again(folder) as derived:
            for name in DERIVED:
                copy(derived / name, folder / name)
    return wrong


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify every machine's reference results, or those named."""
    parser = argparse.ArgumentParser(prog="python -m study.reference.verify", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep what was derived, after a change of rule or report")
    parser.add_argument("folders", nargs="*", type=Path, help=f"folders of results (default: all in {REFERENCE})")
    chosen = parser.parse_args(arguments)
    folders = chosen.folders or sorted({*machines(), *dvc_lock.machines()})
    if not folders:
        raise StudyError(f"no reference results in {REFERENCE}")
    each = _write if chosen.write else _verify
    results = at_once(*(partial(each, folder) for folder in folders))
    for folder, wrong in zip(folders, results, strict=True):
        print(f"{folder}: " + (f"{len(wrong)} differences" if wrong else "every byte agrees"))
        shown = [*wrong[:MOST], *([f"and {len(wrong) - MOST} more"] if len(wrong) > MOST else [])]
        print(*shown, sep="\n", file=sys.stderr, end="\n" if wrong else "")
    return int(any(chain.from_iterable(results)))


if __name__ == "__main__":
    run(main)
