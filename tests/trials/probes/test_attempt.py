"""Programs in processes of their own."""

from runner import run_in

HANGS_OR_DIES = """
import os, signal, time
from trials.probes import attempt
attempt.SECONDS = 1
for program in (lambda: os.kill(os.getpid(), signal.SIGSEGV), lambda: time.sleep(60), lambda: {"n": 1}):
    print(attempt.tried(program))
"""


def test_a_program_that_dies_or_hangs_is_a_cell_that_fails():
    done = run_in("tf-2.10.0", "-c", HANGS_OR_DIES)
    died, hung, worked = done.stdout.splitlines()
    assert "ProcessDied" in died
    assert "TimeoutError" in hung
    assert worked == str({"values": {"n": 1}})
