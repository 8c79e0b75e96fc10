"""One real smoke run of the whole study, in a copy of the project, shared by all tests that look at its results."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

# A slow machine is no failure of the law under test.
settings.register_profile("study", deadline=None)
settings.load_profile("study")

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
        """Copy this checkout with everything in it, time stamps and links included."""
        shutil.copytree(self.root, root, symlinks=True, copy_function=_copied)
        return Checkout(root)

    def touch_everything(self) -> None:
        """Give all files new time stamps, in another order than they were written."""
        now = time.time()
        for number, path in enumerate(sorted(self.root.rglob("*"), reverse=True)):
            if path.is_file() and not {".snakemake", ".git"} & set(path.parts) and not path.is_symlink():
                os.utime(path, (now + number % 7, now + number % 7))


def _copied(source: str, target: str) -> None:
    """Copy a file; pictures' pixels, gigabytes that are only ever replaced, share their bytes."""
    (os.link if source.endswith(".pixels") else shutil.copy2)(source, target)


def _fresh_copy(root: Path) -> Checkout:
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


@pytest.fixture(scope="session", autouse=True)
def _mirror():
    """A mirror given relative to the project is found from a copy of it too."""
    mirror = os.environ.get("STUDY_DATA_MIRROR", "")
    if mirror and "://" not in mirror:
        os.environ["STUDY_DATA_MIRROR"] = str(Path(mirror).resolve())


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Checkout:
    """A copy of the project in which nothing has run."""
    return _fresh_copy(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def smoke(tmp_path_factory) -> Checkout:
    """A copy of the project in which the study ran at the scale smoke. Tests must leave it as it is."""
    ran = _fresh_copy(tmp_path_factory.mktemp("smoke"))
    done = ran.snakemake()
    (ran.root / "terminal.txt").write_text(done.stdout, encoding="utf-8")
    assert done.returncode == 0, done.stdout[-6000:]
    return ran
