"""Holds the files of a machine against the hashes that `dvc.lock` has of them. DVC itself need not be installed."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from study.config.validation import line_of, load_yaml, read_text
from study.reference.contents import REFERENCE

LOCK = Path("dvc.lock")
STAGE = "reference@"


class Entry(BaseModel):
    """What DVC knows of a file or a folder; `nfiles` is of folders."""

    path: Path
    md5: str
    size: int
    nfiles: int | None = None


class Stage(BaseModel):
    """What a stage read and what it gave."""

    deps: list[Entry]
    outs: list[Entry]


class Lock(BaseModel):
    """All stages that were run."""

    stages: dict[str, Stage]


def machines(lock: Path = LOCK) -> list[Path]:
    """Folder of every machine that a lock has a stage of, whether it is there or not."""
    return [REFERENCE / name.removeprefix(STAGE) for name in load_yaml(lock, Lock).stages if name.startswith(STAGE)]


def differences(folder: Path, lock: Path = LOCK) -> Iterator[str]:
    """Every hash or size in a lock, of a machine's files and of the configuration, that is not what is there.

    Raises
    ------
    StudyError
        If there is no such lock, naming the line.
    """
    text, stages, name = read_text(lock), load_yaml(lock, Lock).stages, f"{STAGE}{folder.name}"
    if name not in stages:
        yield f"{lock}: no stage {name}: name the machine in dvc.yaml, then dvc repro reference"
        return
    own = REFERENCE / folder.name
    for kind, entries in stages[name]:
        for number, entry in enumerate(entries):
            there = folder / entry.path.relative_to(own) if entry.path.is_relative_to(own) else entry.path
            for field, value in _seen(there):
                if getattr(entry, field) != value:
                    line = line_of(text, ("stages", name, kind, number, field))
                    yield f"{lock}:{line}: {there}: {field} {getattr(entry, field)}, but there it is {value}"


def _seen(path: Path) -> Iterator[tuple[str, Path | str | int | None]]:
    """Fields of an entry as they should be."""
    if not path.exists():
        yield "path", None
    elif path.is_file():
        yield "md5", _md5(path.read_bytes())
        yield "size", path.stat().st_size
        yield "nfiles", None
    else:
        files = sorted(file for file in path.rglob("*") if file.is_file())
        listed = [{"md5": _md5(file.read_bytes()), "relpath": file.relative_to(path).as_posix()} for file in files]
        yield "md5", f"{_md5(json.dumps(listed).encode())}.dir"
        yield "size", sum(file.stat().st_size for file in files)
        yield "nfiles", len(files)


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
