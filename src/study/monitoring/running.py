"""What of a run is at work now: its journals are locked while trials run, and Snakemake marks what it has begun."""

import base64
import binascii
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from study.common.checkout import LOCK, SNAKEMAKE
from study.common.locks import held

RESULTS = Path("results")
JOURNALS, LOGS = RESULTS / "journal", RESULTS / "logs/trials"
TAIL_BYTES = 4096
# What the runner prints as an epoch ends (`trials.progress`).
EPOCH = re.compile(r": epoch (\d+)/(\d+): .*; job ends in (\d+):(\d\d):(\d\d)$")
# How a line begins that says that a lock is held by others (`study.common.locks`).
WAITING = "waiting for "


@dataclass(frozen=True)
class Said:
    """What a job last said: seconds that it will still take from now, how far its trial is, and what it waits for.

    `epoch` is the one that ended last, of how many. What was not said is None.
    """

    seconds_left: float | None = None
    epoch: tuple[int, int] | None = None
    waiting: str | None = None


@dataclass(frozen=True)
class Work:
    """Processes that run a workflow here, paths of jobs that run trials, and files that Snakemake is having made.

    On a cluster only the last tells of jobs that run: other machines' locks cannot be seen.
    """

    snakemake: list[int]
    jobs: set[str]
    begun: set[str]


def work(jobs: Iterable[str]) -> Work:
    """See what is at work; `jobs` are paths of those whose trials may be."""
    journals = {JOURNALS / f"{job}.jsonl": job for job in jobs}
    locked = held([LOCK, *journals])
    snakemake = locked.get(LOCK, [])
    # What a run that was killed had begun stays marked.
    begun = _begun() if snakemake else set()
    running = {job for path, job in journals.items() if path in locked or f"results/trials/{job}.jsonl" in begun}
    return Work(snakemake, running, begun)


def last_said(job: str) -> Said:
    """Read in the log of a job that runs what it last said."""
    log = LOGS / f"{job}.log"
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - TAIL_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
        written = log.stat().st_mtime
    except OSError:
        return Said()
    if lines and lines[-1].startswith(WAITING):
        return Said(waiting=lines[-1])
    for line in reversed(lines):
        if found := EPOCH.search(line):
            number, of, hours, minutes, seconds = map(int, found.groups())
            left = 3600 * hours + 60 * minutes + seconds - (time.time() - written)
            # A record that was kept later is of the trial that the line is about.
            kept = (JOURNALS / f"{job}.jsonl").stat().st_mtime
            return Said(max(0.0, left), (number, of) if written > kept else None)
    return Said()


def _begun() -> set[str]:
    """Files that Snakemake's jobs are making: it marks each by a file whose name is the path, in base64."""
    folder = SNAKEMAKE / "incomplete"
    markers = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return {path for path in map(_path_of, markers) if path}


def _path_of(marker: Path) -> str:
    # A long name is cut into folders, whose names begin with "@".
    name = "".join(part.removeprefix("@") for part in marker.parts)
    try:
        return base64.urlsafe_b64decode(name).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
