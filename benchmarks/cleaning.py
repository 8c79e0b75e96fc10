"""How fast the archive of cats and dogs is cleaned: on two processes against one, and against the bare decoder.

The bare decoder is the same one, with the same settings, on the same files. It neither checks, hashes, judges nor lists
them. Once it finds them in memory, once it reads them from the archive as cleaning does. In memory they are one object,
not one a file: many objects would slow down every process that is forked while they are there, as cleaning's are.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import accumulate, pairwise
from multiprocessing import get_context
from pathlib import Path

import simplejpeg

from study.config.datasets import MIRROR_VARIABLE, load_datasets
from study.config.editions import editions
from study.config.study import load_study
from study.data.archive import Archive
from study.data.clean import IMAGE, clean

DATASET = "cats_vs_dogs"
ROUNDS = 3


def measure() -> Iterator[dict[str, object]]:
    """Yield ratios of speeds; what is compared runs by turns."""
    edition = editions(load_datasets(), load_study().edition, os.environ.get(MIRROR_VARIABLE))[DATASET]
    path = Path("data/raw", DATASET, edition.archive)
    if not path.exists():
        sys.exit(f"{path} is not there: snakemake --cores all {path}")
    opened = Archive(path)
    names = [name for name in opened.names if IMAGE.fullmatch(name)]
    in_memory = _held(names, opened)
    ways: dict[str, Callable[[], object]] = {}
    for n in (1, 2):
        ways[f"clean {n}"] = partial(clean, path, edition.name, 0, {}, n)
        ways[f"in memory {n}"] = partial(bare, names, in_memory, n)
        ways[f"in the archive {n}"] = partial(bare, names, opened.read, n)
    rounds = [{way: _seconds(run) for way, run in ways.items()} for _ in range(ROUNDS)]
    about = f"{len(names)} files, edition {edition.name}"
    yield _result(f"cleaning, two processes / one, {about}", rounds, "clean 1", "clean 2")
    for n in (1, 2):
        for place in ("in memory", "in the archive"):
            what = f"cleaning / bare decoder of files {place}, processes: {n}, {about}"
            yield _result(what, rounds, f"{place} {n}", f"clean {n}")


def _held(names: list[str], archive: Archive) -> Callable[[str], bytes]:
    """Read all files; what is returned gives each by its name."""
    contents = [archive.read(name) for name in names]
    whole, ends = b"".join(contents), [0, *accumulate(map(len, contents))]
    places = dict(zip(names, pairwise(ends), strict=True))
    return lambda name: whole[slice(*places[name])]


def bare(names: list[str], get: Callable[[str], bytes], processes: int) -> None:
    """Decode all files, a share in each process."""
    fork = get_context("fork")
    started = [fork.Process(target=_decode, args=(names[number::processes], get)) for number in range(processes)]
    for process in started:
        process.start()
    for process in started:
        process.join()


def _decode(names: list[str], get: Callable[[str], bytes]) -> None:
    for name in names:
        with suppress(ValueError):
            simplejpeg.decode_jpeg(get(name), "RGB", fastdct=True, strict=False)


def _seconds(run: Callable[[], object]) -> float:
    started = time.monotonic()
    run()
    return time.monotonic() - started


def _result(what: str, rounds: list[dict[str, float]], slower: str, faster: str) -> dict[str, object]:
    ratios = [each[slower] / each[faster] for each in rounds]
    seconds = {way: round(statistics.median(each[way] for each in rounds), 2) for way in (slower, faster)}
    return {"what": what, "ratio": statistics.median(ratios), "range": (min(ratios), max(ratios)), "seconds": seconds}
