"""Kills runs of the study at random moments, in all the ways in which runs end, and goes on with the same command.

A kill was held if no finished trial was lost or trained again, and the run after it was not refused.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.faults.outcome import Outcome

WAYS: dict[str, tuple[Callable[[int, int], None], signal.Signals]] = {
    "kill -9 of all processes, as in a power cut": (os.killpg, signal.SIGKILL),
    "kill -9 of Snakemake alone": (os.kill, signal.SIGKILL),
    "a closed terminal (SIGHUP)": (os.killpg, signal.SIGHUP),
    "Ctrl-C": (os.killpg, signal.SIGINT),
    "kill of Snakemake (SIGTERM)": (os.kill, signal.SIGTERM),
}
TRIED = 10  # in each way
SECONDS = (2.0, 30.0)  # a run lives between so many
COMMAND = ("snakemake", "--cores", "2", "--config", "scale=smoke")
REFUSED = "cannot be locked"


@dataclass
class Study:
    """A clone of the study that is run and killed."""

    root: Path
    finished: Counter[str] = field(default_factory=Counter)

    def run(self, ends: Callable[[subprocess.Popen[bytes]], object]) -> tuple[int, str]:
        """Start a run and wait until it has ended, after `ends` had its way with it: exit status, and what it said."""
        log = self.root / "said.txt"
        with (
            log.open("wb") as said,
            subprocess.Popen(  # noqa: S603  our own command
                COMMAND, cwd=self.root, stdout=said, stderr=said, start_new_session=True
            ) as process,
        ):
            ends(process)
        return process.returncode, log.read_text(encoding="utf-8", errors="replace")

    def lost_or_repeated(self) -> list[str]:
        """Trials that had finished before and are missing now, or finished more than once; remember the others."""
        now = Counter(self._finished())
        wrong = [trial for trial in self.finished | now if now[trial] != 1]
        self.finished = now
        return wrong

    def begin_again(self) -> None:
        """Remove what was made of the datasets."""
        for folder in ("results", "reports/figures", ".snakemake"):
            shutil.rmtree(self.root / folder, ignore_errors=True)
        self.finished.clear()

    def _finished(self) -> Iterator[str]:
        for path in (self.root / "results/journal").rglob("*.jsonl"):
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    record = json.loads(line)
                except ValueError:  # the last one, which the kill cut off
                    continue
                if record["status"] == record["expect"]:
                    yield record["plan_sha256"]


def attack(tried: int = TRIED) -> Iterator[Outcome]:
    """Kill runs, and run to the end what is left."""
    random.seed(1)
    kills = random.sample([way for way in WAYS for _ in range(tried)], k=tried * len(WAYS))
    held: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        study = Study(Path(scratch, "study"))
        subprocess.run(["git", "clone", "--quiet", ".", study.root], check=True)  # noqa: S603, S607
        before = None
        for way in kills:
            status, said = study.run(_killer(way))
            held[before or way] -= REFUSED in said
            held[way] += not study.lost_or_repeated()
            before = way
            if status == 0:  # it ended before it was killed
                study.begin_again()
        status, said = study.run(lambda process: process.wait())
        held[before or ""] -= REFUSED in said
        yield from (Outcome(way, tried, held[way]) for way in WAYS)
        yield Outcome(
            "the same command then did all that was left", 1, int(status == 0 and not study.lost_or_repeated())
        )


def _killer(way: str) -> Callable[[subprocess.Popen[bytes]], None]:
    send, sent = WAYS[way]

    def kill(process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(random.uniform(*SECONDS))
        except subprocess.TimeoutExpired:
            send(process.pid, sent)
            process.wait()

    return kill
