"""Changes the committed results, one change at a time, and counts how often verification names the file and the place.

The folders are copies. What is derived is derived once: no change of a derived file changes what it is derived from.
"""

import gzip
import hashlib
import json
import random
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.faults.outcome import Outcome
from study.reference import checksums, verify
from study.reference.contents import DERIVED, RECORDS, files_in, machines

TRIED = 200
FORGED = 20  # a field: each takes seconds, as all records are read
FORGED_FIELDS = ("environment", "environment_sha256", "code_sha256", "dataset_sha256", "seed", "version")
PIXELS = (".jpg", ".png")

# Changes the content of a file; gives the new one and, as a pattern, the place that is to be named.
Change = Callable[[bytes], tuple[bytes | None, str]]


@dataclass(frozen=True)
class Target:
    """A file of a copy of a machine's results, and the folder of what is derived from these."""

    folder: Path
    name: str
    derived: Path

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.folder / self.name

    def holds(self, content: bytes | None, place: str) -> bool:
        """Whether verification names the file and the `place` if the file has this content; None is no file."""
        before = self.path.read_bytes() if self.path.exists() else None
        _put(self.path, content)
        try:
            derived = self.name in DERIVED
            said = list(verify.differing(self.folder, self.derived)) if derived else verify.unheld(self.folder)
        finally:
            _put(self.path, before)
        return any(re.search(re.escape(str(self.path)) + place, line) for line in said)

    def holds_with_checksum(self, content: bytes, place: str) -> bool:
        """Whether it does so, too, if the file's checksum is made to fit."""
        before = checksums.read(self.folder)
        checksums.write(self.folder, before | {self.name: hashlib.sha256(content).hexdigest()})
        try:
            return self.holds(content, place)
        finally:
            checksums.write(self.folder, before)


def _put(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)


def attack(folders: Sequence[Path] = (), tried: int = TRIED, forged: int = FORGED) -> Iterator[Outcome]:
    """Change bytes and digits, whole files, and what records say of where they come from, of all machines or some."""
    random.seed(1)  # to be repeated
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        targets: list[Target] = []
        for folder in folders or machines():
            copy = Path(shutil.copytree(folder, Path(scratch, folder.name)))
            derived = stack.enter_context(verify.derived_again(copy))
            targets += [Target(copy, name, derived) for name in sorted(files_in(copy))]
        texts = [
            each
            for each in targets
            if not each.name.endswith(PIXELS) and re.search(rb"\d", _unpacked(each.path.read_bytes()))
        ]
        records = [each for each in texts if each.name in RECORDS]
        yield _tried("a byte of any file", Target.holds, byte, random.choices(targets, k=tried))
        yield _tried("a digit of any text, unpacked", Target.holds, digit, random.choices(texts, k=tried))
        yield _tried("a file cut off", Target.holds, cut_off, [each for each in targets if each.path.stat().st_size])
        yield _tried("a file missing", Target.holds, lambda _: (None, "(: | is )missing"), targets)
        added = [Target(each.folder, f"{each.name}.new", each.derived) for each in targets]
        yield _tried("a file added", Target.holds, lambda _: (b"new", ": neither derived nor"), added)
        for field in FORGED_FIELDS:
            able = [each for each in records if each.name == RECORDS[0] or field not in ("dataset_sha256", "seed")]
            chosen = random.choices(able, k=forged)
            what = f"{field} of a record, with a checksum that fits"
            yield _tried(what, Target.holds_with_checksum, partial(forge, field), chosen)


def _tried(what: str, holds: Callable[[Target, Any, str], bool], change: Change, targets: Sequence[Target]) -> Outcome:
    """Try a change on each target."""
    held = [holds(each, *change(each.path.read_bytes() if each.path.exists() else b"")) for each in targets]
    return Outcome(what, len(held), sum(held))


def byte(content: bytes) -> tuple[bytes, str]:
    """Change a byte."""
    place = random.randrange(len(content))
    other = bytes([content[place] ^ random.randrange(1, 256)])
    line = content.count(b"\n", 0, place) + 1
    return content[:place] + other + content[place + 1 :], f"(:{line}: |: byte {place + 1} )"


def digit(content: bytes) -> tuple[bytes, str]:
    """Change a digit of a text, compressed or not."""
    text = _unpacked(content)
    changed, place = _other_digit(text)
    line = text.count(b"\n", 0, place) + 1
    return gzip.compress(changed, mtime=0) if text is not content else changed, f":{line}: "


def cut_off(content: bytes) -> tuple[bytes, str]:
    """Cut off the end."""
    return content[: random.randrange(len(content))], r"(:\d+: |: byte \d+ |: \d+ lines)"


def forge(field: str, content: bytes) -> tuple[bytes, str]:
    """Change a digit of a field of a record; `version` is that of TensorFlow in an environment whose hash fits."""
    lines = gzip.decompress(content).decode().removesuffix("\n").split("\n")
    number = random.randrange(len(lines))
    record = json.loads(lines[number])
    if field == "version":
        runtime = record["environment"]["runtime"]
        runtime["tensorflow"] = _of_other_digit(runtime["tensorflow"])
        described = json.dumps(record["environment"], sort_keys=True).encode()
        record["environment_sha256"] = hashlib.sha256(described).hexdigest()
    else:
        record[field] = json.loads(_of_other_digit(json.dumps(record[field])))
    lines[number] = json.dumps(record, sort_keys=True)
    return gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0), f":{number + 1}: "


def _other_digit(text: bytes) -> tuple[bytes, int]:
    """Change a digit, never to a 0, which no number may begin with; return the place too."""
    place = random.choice([match.start() for match in re.finditer(rb"\d", text)])
    other = random.choice(b"123456789".replace(text[place : place + 1], b""))
    return text[:place] + bytes([other]) + text[place + 1 :], place


def _of_other_digit(text: str) -> str:
    return _other_digit(text.encode())[0].decode()


def _unpacked(content: bytes) -> bytes:
    return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
