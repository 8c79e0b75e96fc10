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


def drawing(smoke: Checkout, root: Path) -> tuple[Checkout, subprocess.Popen[bytes]]:
    """A copy of a finished study that lacks what is derived, and a run in it, in a session of its own, that draws."""
    checkout = smoke.copy(root)
    for name in DERIVED:
        (root / name).unlink()
    shutil.rmtree(root / "reports/figures")
    with (root / "said.txt").open("wb") as said:
        # Tests that were started with nohup hear no hang-up, and what they start would inherit that.
        hearing = ("env", "--default-signal=HUP", *SNAKEMAKE)
        run = subprocess.Popen(hearing, cwd=root, stdout=said, stderr=said, start_new_session=True)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "Drawing the figures" not in (text := (root / "said.txt").read_text("utf-8")):
        assert time.monotonic() < deadline, text[-3000:]
        time.sleep(0.05)
    return checkout, run


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGHUP])
def test_the_same_command_does_all_that_a_killed_run_left(smoke, tmp_path, how):
    """SIGHUP is what a terminal sends that is closed."""
    killed, run = drawing(smoke, tmp_path / "study")
    os.killpg(run.pid, how)
    run.wait()
    done = killed.snakemake()
    assert done.returncode == 0, done.stdout[-3000:]
    assert "The run before was killed; its lock is lifted" in done.stdout
    assert all((killed.root / name).exists() for name in DERIVED)
    assert "Nothing to be done" in killed.snakemake("--dry-run").stdout


def test_a_second_run_names_the_process_of_the_first(smoke, tmp_path):
    busy, run = drawing(smoke, tmp_path / "study")
    second = busy.snakemake()
    assert second.returncode
    assert f"This checkout is in use by process {run.pid} of" in second.stdout
    assert run.wait() == 0, (busy.root / "said.txt").read_text("utf-8")[-3000:]
