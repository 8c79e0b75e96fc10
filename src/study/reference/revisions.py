"""Finds the revision of this repository that holds the code which made a record, by that code's hash."""

import hashlib
import subprocess
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import PurePosixPath

RUNNER = "src/trials"

# Files of the runner in one revision: path below RUNNER and the file's id in git.
Files = dict[PurePosixPath, str]


def revisions_of(hashes: Iterable[str]) -> dict[str, str]:
    """Newest revision of which each hash is the code's; a hash that no revision has is absent."""
    missing, found = set(hashes), dict[str, str]()
    for revision in _git("rev-list", "HEAD", "--", RUNNER).decode().split():
        if not missing:
            break
        for code_sha256 in missing & set(code_hashes(revision)):
            found[code_sha256] = revision
            missing.remove(code_sha256)
    return found


def code_hashes(revision: str) -> Iterator[str]:
    """Hash of each experiment's code in `revision`, as a trial record names it, and of the code of the probes."""
    files = _files(revision)
    folders = (".", "experiments", "inspection", "probes")
    runner, experiments, inspection, probes = (sorted(_below(folder, files), key=str) for folder in folders)
    package = PurePosixPath("experiments/__init__.py")
    for path in experiments:
        if path != package:
            yield _hash(files, sorted([*runner, package, path], key=str), str)
    yield _hash(files, probes, _name)
    yield _hash(files, [*experiments, *inspection, *probes], _name)
    yield _hash(files, sorted(files, key=str), _name)


def _below(folder: str, files: Files) -> list[PurePosixPath]:
    """Files that lie in `folder` itself."""
    return [path for path in files if path.parent == PurePosixPath(folder)]


def _hash(files: Files, ordered: Iterable[PurePosixPath], name: Callable[[PurePosixPath], str]) -> str:
    digest = hashlib.sha256()
    for path in ordered:
        if path in files:
            digest.update(f"{name(path)} {_content_sha256(files[path])}\n".encode())
    return digest.hexdigest()


def _name(path: PurePosixPath) -> str:
    return path.name


def _files(revision: str) -> Files:
    """Python files of the runner in `revision`."""
    files = {}
    for line in _git("ls-tree", "-r", revision, "--", RUNNER).decode().splitlines():
        described, path = line.split("\t")
        if path.endswith(".py"):
            files[PurePosixPath(path).relative_to(RUNNER)] = described.split()[2]
    return files


@cache
def _content_sha256(blob: str) -> str:
    return hashlib.sha256(_git("cat-file", "blob", blob)).hexdigest()


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], capture_output=True, check=True).stdout  # noqa: S603, S607
