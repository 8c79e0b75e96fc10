"""Checkouts such as strangers have them: no clone, at odd places, of another user's."""

import subprocess
from pathlib import Path

from checkout import Checkout

RELEASE = "v9.8.7"


def clone(origin: Path, root: Path, *options: str) -> Path:
    """Clone a repository as git does over a network, with further options of `git clone`."""
    subprocess.run(["git", "clone", "-q", *options, f"file://{origin}", str(root)], check=True)
    return root


def commit(root: Path, *options: str) -> None:
    """Commit what is staged in a repository."""
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    subprocess.run(["git", *identity, "commit", "-q", "-m", "Change", *options], cwd=root, check=True)


def downloaded(checkout: Checkout, root: Path) -> Path:
    """Unpack an archive of a copy of the project, as a code host makes one of the release `RELEASE`."""
    subprocess.run(["git", "tag", "--force", RELEASE], cwd=checkout.root, check=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=checkout.root, capture_output=True, check=True).stdout
    root.mkdir(parents=True)
    subprocess.run(["tar", "--extract"], input=archive, cwd=root, check=True)
    return root
