"""Kills runs of the study at random moments, in all the ways in which runs end, and goes on with the same command.

A kill was held if no finished trial was lost or trained again, and the run after it did not fail by itself: as where
Snakemake refuses a folder that it takes for locked.
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

from benchmarks.faults.outcome import SNAKEMAKE, Outcome

WAYS: dict[str, tuple[Callable[[int, int], None], signal.Signals]] = {
    "kill -9 of all processes, as in a power cut": (os.killpg, signal.SIGKILL),
    "kill -9 of Snakemake alone": (os.kill, signal.SIGKILL),
    "a closed terminal (SIGHUP)": (os.killpg, signal.SIGHUP),
    "Ctrl-C": (os.killpg, signal.SIGINT),
    "kill of Snakemake (SIGTERM)": (os.kill, signal.SIGTERM),
}
TRIED = 10  # in each way
SECONDS = (2.0, 30.0)  # a run lives between so many
COMMAND = (SNAKEMAKE, "--cores", "2", "--config", "scale=smoke")


@dataclass
class Study:
    """A clone of the study that is run and killed."""

    root: Path
    finished: Counter[str] = field(default_factory=Counter)

    def run(self, way: str | None = None) -> int | None:
        """Start a run and let it end, or kill it after a while; return its status, None if it was killed."""
        with (
            (self.root / "said.txt").open("wb") as said,
            subprocess.Popen(  # noqa: S603  our own command
                COMMAND, cwd=self.root, stdout=said, stderr=said, start_new_session=True
            ) as process,
        ):
            try:
                return process.wait(random.uniform(*SECONDS) if way else None)
            except subprocess.TimeoutExpired:
                send, sent = WAYS[str(way)]
                send(process.pid, sent)
        return None

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
    with tempfile.TemporaryDirectory() as scratch:
        study = Study(Path(scratch, "study"))
        subprocess.run(["git", "clone", "--quiet", ".", study.root], check=True)  # noqa: S603, S607
        held: Counter[str] = Counter()
        before, safe = "", True  # how the run before was killed, and whether no trial was lost or repeated
        for way in [*kills, None]:
            status = study.run(way)
            held[before] += safe and status in (0, None)
            if status == 0 and way:  # it was done before it could be killed
                study.begin_again()
                study.run(way)
            before, safe = str(way), not study.lost_or_repeated()
        yield from (Outcome(way, tried, held[way]) for way in WAYS)
        yield Outcome("the same command then did all that was left", 1, int(status == 0 and safe))
