"""Pushes what DVC keeps to a remote and pulls it from there, and lets no changed byte pass.

DVC names each file in its cache after the md5 of its bytes, and from then on trusts it. So here every file of this
project in the cache is checked before it is sent or put in place, and what is wrong is set aside, never deleted. What a
remote sends DVC checks itself: that is its option `verify`, without which nothing is exchanged.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.common.atomic import copy
from study.common.command import run
from study.common.errors import StudyError

DVC = (sys.executable, "-m", "dvc")
ASIDE = Path(".dvc/tmp/changed")
RAW = Path("data/raw")
OBJECT_DEPTH = 4  # files/md5/<first two digits>/<the others>
TRIALS, JOURNAL = Path("results/trials"), Path("results/journal")
NO_REMOTE = """\
DVC has no remote here to exchange anything with. Name one, then run the same again:
  dvc remote add --default storage ssh://YOU@SERVER/PATH
  dvc remote modify storage verify true"""
NO_VERIFY = """\
DVC would take what the remote sends without a check. Ask for one, then run the same again:
  dvc remote modify {remote} verify true"""
NOTHING = """\
There is nothing here to send: no raw data, and no results that DVC took note of. After a finished run:
  dvc repro                                takes note of its results"""
NOT_EXCHANGED = """\
DVC could not exchange everything; its own message stands above. Nothing here was changed or lost.
  dvc remote list                          is this the right address?
  ssh -p PORT USER@HOST true               for a remote over SSH: does it let you in?
An object that it calls corrupted is so at the remote: remove it there, then push from a folder that has it.
Then run the same again: what has arrived is not sent again."""
NOT_COMMITTED = """\
DVC did not take these raw files into its cache; its own message stands above. Each of its pointers (*.dvc) names the
published bytes: delete a file that has others, and the next run fetches it again."""
NOT_PLACED = """\
DVC could not put everything in place; its own message stands above. What you changed here is kept.
To keep it for good, or to put what was pulled in its place:
  dvc commit {targets}
  dvc checkout --force {targets}"""
CHANGED = """\
DVC's cache does not hold the right bytes of these files. What it held was set aside in .dvc/tmp/changed:
{names}"""
GET_BACK = """\
Get them back, then run the same again:
  make pull                                from the remote
  dvc repro                                makes results again
or from this folder, where they are still right:
  dvc commit {targets}"""
NOWHERE = """\
Neither DVC's cache nor the remote has these files:
{names}
Take them from this folder, then run the same again:
  dvc commit {targets}"""
REMOTE_WRONG = """\
The remote lacks these files, or sent other bytes for them, and nothing was put in place:
{names}
Remove what it has of them, also the lists of their folders, by which DVC takes all in a folder for sent:
{objects}
Then push them from a folder that has them, or make them again: dvc repro"""
RAW_ABSENT = """\
The remote lacks raw data, or sent other bytes for it; a run fetches what it needs of it:
{names}"""


@dataclass(frozen=True)
class Kept:
    """A file that DVC keeps: where it belongs, where the cache has it, and the stage or pointer that names it.

    `folder` is the folder that DVC keeps as a whole, if the file belongs to one.
    """

    path: Path
    cached: Path
    target: str
    folder: "Kept | None" = None

    @property
    def md5(self) -> str:
        """Hash of the right bytes; that of the list of a folder's files stands for the folder."""
        return f"{self.cached.parent.name}{self.cached.stem}"

    @property
    def objects(self) -> set[str]:
        """What a remote holds of it, below its address."""
        own = "/".join(self.cached.parts[-OBJECT_DEPTH:])
        return {own} | (self.folder.objects if self.folder else set())

    @property
    def is_raw(self) -> bool:
        """Whether a run would fetch it from where it is published, too."""
        return self.path.is_relative_to(RAW)


@contextmanager
def opened() -> Iterator[Any]:
    """Give this folder as DVC sees it.

    Raises
    ------
    StudyError
        If DVC is not installed, or cannot read what is here.
    """
    try:
        from dvc.exceptions import DvcException  # noqa: PLC0415
        from dvc.repo import Repo  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise StudyError("DVC is not installed here: .venv/bin/uv sync --locked") from error
    try:
        with Repo() as repo:
            yield repo
    except DvcException as error:
        raise StudyError(f"DVC: {error}") from error


def require_remote() -> None:
    """Look whether there is a default remote.

    Raises
    ------
    StudyError
        If there is none, or DVC is not to verify what it sends.
    """
    with opened() as repo:
        name = repo.config["core"].get("remote")
        if name is None:
            raise StudyError(NO_REMOTE)
        if not repo.config["remote"][name].get("verify"):
            raise StudyError(NO_VERIFY.format(remote=name))


def everything() -> list[Kept]:
    """Every file that DVC keeps of what is checked out, those in a folder as far as the cache has the folder's list."""
    with opened() as repo:
        outs = [out for out in repo.index.outs if out.use_cache and out.hash_info]
        return [each for out in outs for each in _files(out, Path(repo.root_dir))]


def _files(out: Any, root: Path) -> Iterator[Kept]:
    path, target = Path(out.fs_path).relative_to(root), out.stage.addressing
    whole = Kept(path, Path(out.cache.oid_to_path(out.hash_info.value)), target)
    yield whole
    if out.hash_info.isdir and whole.cached.exists() and is_right(whole):
        for file in json.loads(whole.cached.read_bytes()):
            yield Kept(path / file["relpath"], Path(out.cache.oid_to_path(file["md5"])), target, whole)


def is_right(kept: Kept) -> bool:
    """Whether the cache holds the bytes that it names."""
    with kept.cached.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest() == kept.md5


def set_aside(kept: Iterable[Kept]) -> list[Kept]:
    """Move what is wrong in the cache to `ASIDE`, and give it."""
    wrong = [each for each in kept if each.cached.exists() and not is_right(each)]
    for each in wrong:
        if each.cached.exists():  # two files may hold the same bytes
            copy(each.cached, ASIDE / each.md5)
            each.cached.unlink()
    return wrong


def push() -> None:
    """Send what the remote lacks.

    Raises
    ------
    StudyError
        If there is nothing to send, a file in the cache was changed or is nowhere, or the remote does not take all.
    """
    require_remote()
    kept = everything()
    if wrong := set_aside(kept):
        raise StudyError(_for(f"{CHANGED}\n{GET_BACK}", wrong))
    if fetched := [each for each in kept if each.is_raw and each.path.exists() and not each.cached.exists()]:
        _dvc(["commit", *_targets(fetched)], NOT_COMMITTED)
    sent = [each for each in kept if each.cached.exists() or not each.is_raw]
    if not sent:
        raise StudyError(NOTHING)
    _dvc(["push", *_targets(sent)], NOT_EXCHANGED)
    if nowhere := _missing([each for each in sent if not each.cached.exists()]):
        raise StudyError(_for(NOWHERE, nowhere))


def pull() -> None:
    """Fetch what the cache lacks, or holds with wrong bytes, and put everything in place.

    Raw data that the remote lacks is no error: a run fetches it from where it is published.

    Raises
    ------
    StudyError
        If the remote lacks a result, or sends other bytes for it.
    """
    require_remote()
    kept = everything()
    if wrong := set_aside(kept):
        print(_for(f"{CHANGED}\nThey are fetched again.", wrong), file=sys.stderr)
    _dvc(["fetch", *_targets(kept)], NOT_EXCHANGED)
    kept = everything()
    absent = [each for each in kept if not each.cached.exists()]
    if wrong := [each for each in absent if not each.is_raw]:
        raise StudyError(_for(REMOTE_WRONG, wrong))
    if absent:
        print(_for(RAW_ABSENT, absent), file=sys.stderr)
    if there := [each for each in kept if each not in absent]:
        _dvc(["checkout", *_targets(there)], _for(NOT_PLACED, there))
    resume()


def resume() -> None:
    """Enter pulled records in the journals by which a job resumes, where these lack: then no trial trains again.

    The journals themselves are not DVC's, because `dvc exp run` deletes what is DVC's and not in its cache.
    """
    for records in TRIALS.rglob("*.jsonl"):
        journal = JOURNAL / records.relative_to(TRIALS)
        if not journal.exists():
            copy(records, journal)


def _missing(absent: Collection[Kept]) -> list[Kept]:
    """Those that the cache lacks and the remote lacks too."""
    if not absent:
        return []
    command = [*DVC, "status", "--cloud", "--json", *_targets(absent)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise StudyError(NOT_EXCHANGED)
    states = json.loads(done.stdout)
    return [kept for kept in absent if states.get(kept.path.as_posix()) == "missing"]


def _targets(kept: Iterable[Kept]) -> list[str]:
    return sorted({each.target for each in kept})


def _names(kept: Iterable[Kept]) -> str:
    return "\n".join(sorted(f"  {each.path}" for each in kept))


def _for(text: str, kept: Collection[Kept]) -> str:
    objects = "\n".join(f"  {name}" for name in sorted(set().union(*(each.objects for each in kept))))
    return text.format(names=_names(kept), targets=" ".join(_targets(kept)), objects=objects)


def _dvc(arguments: Sequence[str], remedy: str) -> None:
    if subprocess.run([*DVC, *arguments], stdin=subprocess.DEVNULL, check=False).returncode:  # noqa: S603
        raise StudyError(remedy)


def main(arguments: Sequence[str] | None = None) -> None:
    """Push to the default remote, or pull from it."""
    commands = {"push": push, "pull": pull}
    parser = argparse.ArgumentParser(prog="python -m study.dvc.exchange", description=main.__doc__)
    parser.add_argument("command", choices=commands)
    chosen = parser.parse_args(arguments)
    try:
        commands[chosen.command]()
    except PermissionError as error:  # in a cache that others share
        raise StudyError(f"{error.filename}: you may not read or replace it: ask whose it is") from error


if __name__ == "__main__":
    run(main)
