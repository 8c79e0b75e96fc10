"""How fast the archive of cats and dogs is cleaned: on two processes against one, and against the bare decoder.

The bare decoder is the same one, with the same settings, on the same files, which it finds in memory: it neither
unpacks them nor checks, hashes, judges or lists them.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

import simplejpeg

from study.archive import Archive
from study.clean import PICTURE, clean
from study.config import MIRROR_VARIABLE, load_datasets, load_study
from study.editions import editions

DATASET = "cats_vs_dogs"
ROUNDS = 3


def measure() -> Iterator[dict[str, object]]:
    """Yield ratios of speeds; what is compared runs by turns."""
    edition = editions(load_datasets(), load_study().edition, os.environ.get(MIRROR_VARIABLE))[DATASET]
    path = Path("data/raw", DATASET, edition.archive)
    if not path.exists():
        sys.exit(f"{path} is not there: snakemake --cores all {path}")
    opened = Archive(path)
    files = [opened.read(name) for name in opened.names if PICTURE.fullmatch(name)]
    ways: dict[str, Callable[[], object]] = {
        "clean 1": lambda: clean(path, edition.name, 0, {}, 1),
        "clean 2": lambda: clean(path, edition.name, 0, {}, 2),
        "bare 1": lambda: bare(files, 1),
        "bare 2": lambda: bare(files, 2),
    }
    rounds = [{way: _seconds(run) for way, run in ways.items()} for _ in range(ROUNDS)]
    about = f"{len(files)} files, edition {edition.name}"
    yield _result(f"cleaning, two processes / one, {about}", rounds, "clean 1", "clean 2")
    yield _result(f"cleaning / bare decoder, one process, {about}", rounds, "bare 1", "clean 1")
    yield _result(f"cleaning / bare decoder, two processes, {about}", rounds, "bare 2", "clean 2")


def bare(files: list[bytes], processes: int) -> None:
    """Decode all files, a share in each process."""
    fork = get_context("fork")
    started = [fork.Process(target=_decode, args=(files[number::processes],)) for number in range(processes)]
    for process in started:
        process.start()
    for process in started:
        process.join()


def _decode(files: list[bytes]) -> None:
    for data in files:
        with suppress(ValueError):
            simplejpeg.decode_jpeg(data, "RGB", fastdct=True, strict=False)


def _seconds(run: Callable[[], object]) -> float:
    started = time.monotonic()
    run()
    return time.monotonic() - started


def _result(what: str, rounds: list[dict[str, float]], slower: str, faster: str) -> dict[str, object]:
    ratios = [each[slower] / each[faster] for each in rounds]
    seconds = {way: round(statistics.median(each[way] for each in rounds), 2) for way in (slower, faster)}
    return {"what": what, "ratio": statistics.median(ratios), "range": (min(ratios), max(ratios)), "seconds": seconds}
