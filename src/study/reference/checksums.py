"""`SHA256SUMS` of a machine: the checksum of every file that cannot be derived, as `sha256sum --check` reads it."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from study.common.atomic import write_text
from study.reference import places
from study.reference.contents import CHECKSUMS, DERIVED, ORIGIN, RECORDS, REFERENCE, SCOPE, files_in
from study.reference.revisions import versions

LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
NEEDED = {*RECORDS, ORIGIN, SCOPE}


def of(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Checksums of the files called `names`, as they are now."""
    return {name: _sha256((folder / name).read_bytes()) for name in names}


def read(folder: Path) -> dict[str, str]:
    """Checksums that a folder has, by file; lines that are none are left out. Without the file there are none."""
    return {match[2]: match[1] for line in _lines(folder / CHECKSUMS) if (match := LINE.fullmatch(line))}


def write(folder: Path, checksums: Mapping[str, str]) -> None:
    """Write the checksums of a folder's files."""
    text = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(checksums.items()))
    write_text(folder / CHECKSUMS, text)


def differences(folder: Path) -> Iterator[str]:
    """What is missing, not as it was kept, or not of the results: each file with the place, as far as it can be told.

    The place is known where the history of this repository has the version that was kept.
    """
    path, kept, there = folder / CHECKSUMS, set[str](), files_in(folder)
    if CHECKSUMS not in there:
        yield f"{path}: missing, and nothing else holds the records and samples"
        return
    for number, line in enumerate(_lines(path), start=1):
        match = LINE.fullmatch(line)
        if match is None:
            yield f"{path}:{number}: no checksum and name of a file: {line!r}"
            continue
        sha256, name = match.groups()
        kept.add(name)
        if name in there:
            yield from _changed(folder, name, sha256, f"{path}:{number}")
        else:
            yield f"{path}:{number}: {folder / name} is missing"
    yield from (f"{folder / name}: missing" for name in sorted(NEEDED - there))
    extra = there - kept - {CHECKSUMS, *DERIVED}
    yield from (f"{folder / name}: neither derived nor named in {CHECKSUMS}" for name in sorted(extra))


def _changed(folder: Path, name: str, sha256: str, where: str) -> Iterator[str]:
    """Where a file is not what its checksum says, which stands at `where`."""
    content = (folder / name).read_bytes()
    if _sha256(content) == sha256:
        return
    in_history = versions(REFERENCE / folder.name / name)
    right = next((each for each in in_history if _sha256(each) == sha256), None)
    if right is None:
        yield f"{where}: {folder / name} has not this checksum, nor has any version of it in git"
    else:
        yield from places.differences(folder / name, content, right, "as kept")


def _lines(path: Path) -> list[str]:
    return path.read_bytes().decode("utf-8", "replace").removesuffix("\n").split("\n") if path.is_file() else []


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
