"""A run that is killed loses nothing, and the same command does, at once, all that is missing."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from checkout import Checkout

SNAKEMAKE = [str(Path(sys.executable).with_name("snakemake")), "--cores", "2", "--config", "scale=smoke"]
DERIVED = ("results/verdicts.json", "results/complete.json", "reports/report.html")
PATIENCE_SECONDS = 300


def start(checkout: Checkout) -> subprocess.Popen[bytes]:
    """Start a run in a session of its own."""
    log = (checkout.root / "killed.txt").open("wb")
    return subprocess.Popen(SNAKEMAKE, cwd=checkout.root, stdout=log, stderr=log, start_new_session=True)


def wait_for(words: str, checkout: Checkout) -> None:
    """Wait until a run has said something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while words not in (said := (checkout.root / "killed.txt").read_text("utf-8")):
        assert time.monotonic() < deadline, said[-3000:]
        time.sleep(0.05)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGHUP])
def test_the_same_command_does_all_that_a_killed_run_left(smoke, tmp_path, how):
    """SIGHUP is what a terminal sends that is closed."""
    killed = smoke.copy(tmp_path / "study")
    for name in DERIVED:
        (killed.root / name).unlink()
    shutil.rmtree(killed.root / "reports/figures")
    run = start(killed)
    wait_for("Drawing the figures", killed)
    os.killpg(run.pid, how)
    run.wait()
    done = killed.snakemake()
    assert done.returncode == 0, done.stdout[-3000:]
    assert "The run before was killed; its lock is lifted" in done.stdout
    assert all((killed.root / name).exists() for name in DERIVED)
    assert "Nothing to be done" in killed.snakemake("--dry-run").stdout


def test_a_second_run_names_the_process_of_the_first(smoke, tmp_path):
    busy = smoke.copy(tmp_path / "study")
    for name in DERIVED:
        (busy.root / name).unlink()
    shutil.rmtree(busy.root / "reports/figures")
    run = start(busy)
    wait_for("Drawing the figures", busy)
    second = busy.snakemake()
    assert second.returncode
    assert f"This checkout is in use by process {run.pid} of" in second.stdout
    assert run.wait() == 0, (busy.root / "killed.txt").read_text("utf-8")[-3000:]
