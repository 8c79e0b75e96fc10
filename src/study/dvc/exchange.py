"""Pushes what DVC keeps to a remote and pulls it from there, and lets no changed byte pass.

DVC names each file in its cache after the md5 of its bytes, and from then on trusts it. So here every file is checked
before it is sent, and before it is put in place. What is wrong is set aside, never deleted.
"""

import argparse
import hashlib
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from study.common.atomic import copy
from study.common.command import run
from study.common.errors import StudyError

DVC = (sys.executable, "-m", "dvc")
ASIDE = Path(".dvc/tmp/changed")
TRIALS, JOURNAL = Path("results/trials"), Path("results/journal")
UNREACHED = """\
DVC could not reach everything; its own message stands above. Nothing here was changed or lost.
  dvc remote list                          is this the right address?
  ssh -p PORT USER@HOST true               for a remote over SSH: does it let you in?
  dvc commit                               if files are missing from the cache: take them from this folder
Then run the same again: what has arrived is not sent again."""
NOT_PLACED = """\
DVC could not put everything in place; its own message stands above. What you changed here is kept.
  dvc status                 says what that is
  dvc commit                 keeps it for good
  dvc checkout --force       puts what was pulled in its place"""
CHANGED = """\
These files in DVC's cache do not hold the bytes that they are named by, and were set aside in {aside}:
{names}"""
GET_BACK = """\
Get them back, then run the same again:
  dvc commit       takes them from this folder, where they are still right
  make pull        takes them from the remote
  dvc repro        makes them again"""
REMOTE_CHANGED = """\
The remote sent them so, and nothing was put in place.
Remove them there, then push them again from a folder that has them."""


def cache_folder() -> Path:
    """Folder of the files that DVC's cache holds, each at `<first two digits of its md5>/<the others>`."""
    answer = subprocess.run([*DVC, "cache", "dir"], capture_output=True, text=True, check=True)  # noqa: S603
    return Path(answer.stdout.strip(), "files/md5")


def changed(cache: Path) -> list[Path]:
    """Files in the cache whose bytes do not have the md5 that they are named by; a folder's list ends in `.dir`."""
    return [
        path for path in sorted(cache.glob("??/*")) if _md5(path) != f"{path.parent.name}{path.name}".partition(".")[0]
    ]


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def set_aside(paths: Iterable[Path]) -> str:
    """Move files out of the cache to `ASIDE`, and say so; an empty text if there are none."""
    names = []
    for path in paths:
        ASIDE.mkdir(parents=True, exist_ok=True)
        names.append(f"  {path.parent.name}/{path.name}")
        path.replace(ASIDE / f"{path.parent.name}{path.name}")
    return CHANGED.format(aside=ASIDE, names="\n".join(names)) if names else ""


def push(cache: Path) -> None:
    """Send what the remote lacks.

    Raises
    ------
    StudyError
        If a file in the cache was changed, or the remote does not take everything.
    """
    if found := set_aside(changed(cache)):
        raise StudyError(f"{found}\n{GET_BACK}")
    _dvc("push", UNREACHED)


def pull(cache: Path) -> None:
    """Fetch what the cache lacks, or holds with wrong bytes, and put everything in place.

    Raises
    ------
    StudyError
        If the remote does not have everything, or sends wrong bytes.
    """
    if found := set_aside(changed(cache)):
        print(f"{found}\nThey are fetched again.", file=sys.stderr)
    _dvc("fetch", UNREACHED)
    if found := set_aside(changed(cache)):
        raise StudyError(f"{found}\n{REMOTE_CHANGED}")
    _dvc("checkout", NOT_PLACED)
    resume()


def resume() -> None:
    """Enter pulled records in the journals by which a job resumes, where these lack: then no trial trains again.

    The journals themselves are not DVC's, because `dvc exp run` deletes what is DVC's and not in its cache.
    """
    for records in TRIALS.rglob("*.jsonl"):
        journal = JOURNAL / records.relative_to(TRIALS)
        if not journal.exists():
            copy(records, journal)


def _dvc(command: str, remedy: str) -> None:
    if subprocess.run([*DVC, command], check=False).returncode:  # noqa: S603
        raise StudyError(remedy)


def main(arguments: Sequence[str] | None = None) -> None:
    """Push to the default remote, or pull from it."""
    commands = {"push": push, "pull": pull}
    parser = argparse.ArgumentParser(prog="python -m study.dvc.exchange", description=main.__doc__)
    parser.add_argument("command", choices=commands)
    chosen = parser.parse_args(arguments)
    commands[chosen.command](cache_folder())


if __name__ == "__main__":
    run(main)
