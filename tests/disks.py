"""Disks that refuse to be written: full, or read-only. They are real ones, in memory, which only root can mount."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """Mount a disk in memory at `folder`."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a disk, and not in every container")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def small(folder: Path, kib: int = 16) -> "mounted":
    """A disk that holds a few KiB."""
    return mounted(folder, f"size={kib}k")


def read_only(folder: Path) -> "mounted":
    """A disk that holds nothing and is never written."""
    return mounted(folder, "ro")
