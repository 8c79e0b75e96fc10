"""Fetches a file over bad lines, from wrong places and to full disks, with the command that the study runs.

A fetch holds if it ends with the right bytes where these are to be had; elsewhere, with nothing under the file's name
and with words that say what was found.
"""

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import yaml
from tests.disks import mounted
from tests.servers import CONTENT, LOGIN_PAGE, NOWHERE, Manner, Serve, serving, status

from benchmarks.faults.outcome import Outcome

NAME = "numbers.gz"
OTHER = random.Random(2).randbytes(len(CONTENT))
HALF = len(CONTENT) // 2
FIFTH = len(CONTENT) // 5
RANDOM_CUTS = 10  # attacks of several cuts at random places
AT_ONCE = 8  # most of the time is spent waiting for servers
UNSET = {"http_proxy", "https_proxy", "all_proxy", "no_proxy", "study_data_mirror"}


@dataclass(frozen=True)
class Attack:
    """A server that answers each request in the next manner, the last for good, and what else spoils a fetch.

    `words` are what a fetch must say that cannot succeed. `left` is in the file that an earlier fetch left, `own` in a
    mirror that is a folder. `disk` are options of the disk in memory that is written to; only root can mount it.
    """

    manners: Sequence[Manner] = (Serve(),)
    words: str = ""
    left: bytes | None = None
    own: bytes | None = None
    proxy: str = ""
    disk: str = ""

    def holds(self) -> bool:
        """Whether the study holds."""
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            server = stack.enter_context(serving(*self.manners))
            out = folder / "raw" / NAME
            if self.disk:
                stack.enter_context(mounted(out.parent, self.disk))
            else:
                out.parent.mkdir()
            if self.left is not None:
                out.with_name(f"{NAME}.part").write_bytes(self.left)
            done = self._fetch(folder, server.url, out)
            if self.words:
                in_words = self.words in done.stderr and "Traceback" not in done.stderr
                return done.returncode == 1 and in_words and not out.exists()
            return done.returncode == 0 and out.read_bytes() == CONTENT and [*out.parent.iterdir()] == [out]

    def _fetch(self, folder: Path, url: str, out: Path) -> "subprocess.CompletedProcess[str]":
        config, mirror = folder / "datasets.yaml", folder / "own"
        expected = {"bytes": len(CONTENT), "sha256": sha256(CONTENT).hexdigest()}
        about = {"title": "Numbers", "homepage": "https://example.org", "license": "CC0", "image_shape": [28, 28]}
        config.write_text(yaml.safe_dump({"numbers": {**about, "mirrors": [url], "files": {NAME: expected}}}))
        if self.own is not None:
            (mirror / "numbers").mkdir(parents=True)
            (mirror / "numbers" / NAME).write_bytes(self.own)
        environment = {name: value for name, value in os.environ.items() if name.lower() not in UNSET}
        environment |= {"http_proxy": self.proxy} if self.proxy else {"NO_PROXY": "*"}
        environment |= {"STUDY_DATA_MIRROR": str(mirror)} if self.own is not None else {}
        command = [sys.executable, "-m", "study.data.fetch", "numbers", NAME, "--out", out, "--datasets", config]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603


def attacks() -> dict[str, list[Attack]]:
    """What is tried, by what it is called in the table."""
    chance = random.Random(3)
    served = {
        "a line that is cut at each fifth": Attack([Serve(cut_after=FIFTH)]),
        "a line that is cut at each twentieth": Attack([Serve(cut_after=len(CONTENT) // 20)]),
        "a line that brings nothing three times, then half, over and over": Attack(
            [*[status(503)] * 3, Serve(cut_after=HALF), *[Serve(cut_after=0)] * 3, Serve()]
        ),
        "a cut and a server that knows no ranges": Attack([Serve(cut_after=HALF), Serve(ranges=False)]),
        "a cut of a file of unknown length": Attack([Serve(cut_after=HALF, announced=False), Serve()]),
        "a suffix taken for an encoding": Attack([Serve(encoding="gzip")]),
        "a server that says that nothing is behind what is held": Attack([status(416), Serve()], left=CONTENT[:9]),
        **{f"HTTP {code}, twice": Attack([status(code), status(code), Serve()]) for code in (408, 429, 500, 502, 503)},
    }
    left = {"half": CONTENT[:HALF], "half of another": OTHER[:HALF], "all": CONTENT, "another": OTHER}
    left |= {"too much": CONTENT + b"+", "nothing": b""}
    refused = {
        "a line that brings nothing any more": Attack([Serve(cut_after=HALF), Serve(cut_after=0)], f"the {HALF} of"),
        "two bytes a second": Attack([Serve(drip=0.5)], "too slow: 2 bytes a second"),
        "a login page": Attack([Serve(LOGIN_PAGE)], "a web page instead of the file"),
        "a login page of unknown length": Attack(
            [Serve(LOGIN_PAGE, announced=False)], "a web page instead of the file"
        ),
        "a login page after half of the file": Attack(
            [Serve(cut_after=HALF), Serve(LOGIN_PAGE, ranges=False)], f"goes on from the {HALF} of"
        ),
        "a proxy that is not there": Attack(words="connection refused (by the proxy 127.0.0.1:9", proxy=NOWHERE),
        "another file": Attack([Serve(OTHER)], "but sha256"),
        "another file over a line that is cut": Attack([Serve(OTHER, cut_after=HALF)], "but sha256"),
        "a shorter file": Attack([Serve(CONTENT[:HALF])], f"{HALF} of {len(CONTENT)} bytes"),
        "a longer file": Attack([Serve(CONTENT + b"+")], f"{len(CONTENT) + 1} of {len(CONTENT)} bytes"),
        "a longer file of unknown length": Attack([Serve(CONTENT + b"+", announced=False)], "more than"),
        **{f"HTTP {code}": Attack([status(code)], f"HTTP {code}") for code in (401, 403, 404, 410, 451)},
        "another file in a folder": Attack([status(404)], "but sha256", own=OTHER),
        "half a file in a folder": Attack([status(404)], f"{HALF} of {len(CONTENT)} bytes", own=CONTENT[:HALF]),
    }
    disks = {
        "too small a disk for a download": Attack(words="are needed", disk="size=16k"),
        "too small a disk for a copy of a folder's file": Attack(words="are needed", disk="size=16k", own=CONTENT),
        "a read-only disk": Attack(words="read-only file system", disk="ro"),
        "a read-only disk and a folder": Attack(words="read-only file system", disk="ro", own=CONTENT),
    }
    cuts = [
        [Serve(cut_after=chance.randrange(len(CONTENT)), ranges=bool(chance.randrange(3))) for _ in range(4)]
        for _ in range(RANDOM_CUTS)
    ]
    return {
        **{what: [one] for what, one in served.items()},
        "cuts at random places": [Attack([*manners, Serve()]) for manners in cuts],
        **{f"an earlier fetch left {what}": [Attack(left=content)] for what, content in left.items()},
        **{what: [one] for what, one in (refused | (disks if os.geteuid() == 0 else {})).items()},
    }


def attack() -> Iterator[Outcome]:
    """Try everything."""
    every = attacks()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        held = {what: [pool.submit(one.holds) for one in tries] for what, tries in every.items()}
        for what, tries in held.items():
            yield Outcome(what, len(tries), sum(each.result() for each in tries))
