"""A copy of the project in which commands run as a user would run them."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SMOKE_SECONDS = 1800


@dataclass(frozen=True)
class Checkout:
    """A copy of the project in which commands run as a user would run them."""

    root: Path

    def run(self, *command: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the driver environment in this copy; output and error come together as stdout."""
        bin_folder = str(Path(sys.executable).parent)
        environment = os.environ | {"PATH": f"{bin_folder}:{os.environ['PATH']}", "COLUMNS": "200"} | changes
        return subprocess.run(
            command,
            cwd=self.root,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SMOKE_SECONDS,
            check=False,
        )

    def snakemake(self, *arguments: str, scale: str = "smoke") -> subprocess.CompletedProcess[str]:
        """Run Snakemake here at `scale`."""
        return self.run("snakemake", "--cores", "2", *arguments, "--config", f"scale={scale}")

    def copy(self, root: Path) -> "Checkout":
        """Copy this checkout with everything in it but a driver environment, time stamps and links included."""
        left_out = shutil.ignore_patterns(".venv")
        shutil.copytree(self.root, root, symlinks=True, ignore=left_out, copy_function=_copied)
        return Checkout(root)

    def touch_everything(self) -> None:
        """Give all files new time stamps, in another order than they were written."""
        now = time.time()
        for number, path in enumerate(sorted(self.root.rglob("*"), reverse=True)):
            if path.is_file() and not {".snakemake", ".git"} & set(path.parts) and not path.is_symlink():
                os.utime(path, (now + number % 7, now + number % 7))


def _copied(source: str, target: str) -> None:
    """Copy a file; images' pixels, gigabytes that are only ever replaced, share their bytes."""
    (os.link if source.endswith(".pixels") else shutil.copy2)(source, target)


def fresh_copy(root: Path) -> Checkout:
    """Copy the files that git tracks or would track, as a clone of their commit would hold them."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (PROJECT / name).exists():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, root / name)
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    for arguments in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-q", "-m", "Copy"]):
        subprocess.run(["git", *arguments], cwd=root, check=True)
    return Checkout(root)
