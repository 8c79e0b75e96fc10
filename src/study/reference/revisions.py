"""Finds in this repository's history the code which made a record, by that code's hash, and what a file once was."""

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import cache, partial
from pathlib import Path, PurePosixPath

from study.common.errors import StudyError

RUNNER = "src/trials"
# Says which files make up the code of each kind of record, as patterns: see `trials.code`.
LIST = PurePosixPath("code.json")
# Until there was a list, all of the runner went into a trial's code, and the files of probes had names without folders.
BEFORE_THE_LIST = {
    "trial": ["*.py", "experiments/__init__.py", "experiments/{experiment}.py"],
    "capabilities, formulas": ["probes/*.py"],
    "structures": ["experiments/*.py", "inspection/*.py", "probes/*.py"],
    "programs": ["*.py", "experiments/*.py", "inspection/*.py", "probes/*.py"],
}

# Files of the runner in one revision: path below RUNNER, and what reads the file.
Files = Mapping[PurePosixPath, Callable[[], bytes]]


def require_history() -> None:
    """Raise a StudyError, with git's own words, where there is no history of the runner."""
    if not _git("rev-list", "--max-count=1", "HEAD", "--", RUNNER):
        raise StudyError(f"git: no revision of the repository that this folder lies in has {RUNNER}")


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


def code_hashes(revision: str | None) -> Iterator[str]:
    """Hash of each experiment's code, as a trial record names it, and of each probe's; None is what is here."""
    files = _files_here() if revision is None else _files(revision)
    listed = LIST in files
    kinds: dict[str, list[str]] = json.loads(files[LIST]()) if listed else BEFORE_THE_LIST
    experiments = [path.stem for path in _matching("experiments/*.py", files) if path.stem != "__init__"]
    for kind, patterns in kinds.items():
        for of_one in {tuple(pattern.format(experiment=name) for pattern in patterns) for name in experiments}:
            found = {path for pattern in of_one for path in _matching(pattern, files)}
            yield _hash(files, sorted(found, key=str), with_folders=listed or kind == "trial")


def versions(path: Path) -> Iterator[bytes]:
    """Every content that a file had in a revision, the newest first; none where there is no history."""
    with suppress(StudyError):
        changes = _git("log", "--format=", "--raw", "--no-abbrev", "--no-renames", "HEAD", "--", str(path)).decode()
        yield from (_content(blob) for line in changes.splitlines() if (blob := line.split()[3]).strip("0"))


def changes(paths: Iterable[Path]) -> Iterator[tuple[str, datetime]]:
    """Every revision that changed one of `paths`, and when it was committed, the oldest first.

    What was merged counts from its merge on, so that each revision changes the one before it. In a shallow clone the
    oldest that is there counts as having made all that it holds.

    Raises
    ------
    StudyError
        Where there is no history.
    """
    listed = _git("log", "--first-parent", "--reverse", "--format=%H %cI", "HEAD", "--", *map(str, paths)).decode()
    for line in listed.splitlines():
        revision, committed = line.split()
        yield revision, datetime.fromisoformat(committed).astimezone(UTC)


def files_at(revision: str, paths: Iterable[Path]) -> Iterator[bytes]:
    """Contents of the files that a revision has at or below `paths`."""
    listed = _git("ls-tree", "-r", revision, "--", *map(str, paths)).decode()
    yield from (_content(line.split()[2]) for line in listed.splitlines())


def _matching(pattern: str, files: Files) -> list[PurePosixPath]:
    """Files that a pattern matches, whose wildcards do not reach into folders."""
    folder, name = PurePosixPath(pattern).parent, PurePosixPath(pattern).name
    return [path for path in files if path.parent == folder and fnmatchcase(path.name, name)]


def _hash(files: Files, ordered: Iterable[PurePosixPath], *, with_folders: bool) -> str:
    digest = hashlib.sha256()
    for path in ordered:
        name = path if with_folders else path.name
        digest.update(f"{name} {hashlib.sha256(files[path]()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _files(revision: str) -> Files:
    """Files of the runner in `revision`."""
    files = {}
    for line in _git("ls-tree", "-r", revision, "--", RUNNER).decode().splitlines():
        described, path = line.split("\t")
        files[PurePosixPath(path).relative_to(RUNNER)] = partial(_content, described.split()[2])
    return files


def _files_here() -> Files:
    """Files of the runner as they are in this folder."""
    files = (path for path in Path(RUNNER).rglob("*") if path.is_file())
    return {PurePosixPath(path.relative_to(RUNNER)): path.read_bytes for path in files}


@cache
def _content(blob: str) -> bytes:
    return _git("cat-file", "blob", blob)


def _git(*arguments: str) -> bytes:
    try:
        return subprocess.run(["git", *arguments], capture_output=True, check=True).stdout  # noqa: S603, S607
    except OSError as error:
        raise StudyError(f"git cannot be run: {error.strerror}") from error
    except subprocess.CalledProcessError as error:
        said = " ".join(error.stderr.decode(errors="replace").split())
        raise StudyError(f"git: {said.removeprefix('fatal: ')}") from error
