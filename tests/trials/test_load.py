"""What else the machine did while a trial ran."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from trials import load

SPIN = "while True: pass"


def test_what_others_take_is_seen_and_what_the_trial_takes_is_not():
    other = subprocess.Popen([sys.executable, "-c", SPIN])
    try:
        time.sleep(0.2)
        watch = load.Watch()
        until = time.process_time() + 0.5
        while time.process_time() < until:
            pass
        seen = watch.seen()
    finally:
        other.kill()
        other.wait()
    assert seen["busy_elsewhere"] > 0.3
    assert seen["boot_id"] == Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()


def test_no_more_is_said_than_there_are_cores(monkeypatch):
    """A machine whose cores are all at work, half of it by this process."""
    times = iter([(10.0, 100.0, 50.0, "a boot"), (20.0, 120.0, 60.0, "a boot")])
    monkeypatch.setattr(load, "_read", lambda: next(times))
    assert load.Watch().seen()["busy_elsewhere"] == pytest.approx(1)


@pytest.mark.parametrize("content", [None, "cpu\n", "no numbers at all here\n"])
def test_where_the_machine_does_not_tell_nothing_is_recorded(content, tmp_path, monkeypatch):
    monkeypatch.setattr(load, "STAT", str(tmp_path / "stat"))
    if content:
        (tmp_path / "stat").write_text(content, "ascii")
    assert load.Watch().seen() == {}


def test_a_container_that_hides_the_boot_costs_no_trial(tmp_path, monkeypatch):
    monkeypatch.setattr(load, "BOOT_ID", str(tmp_path / "boot_id"))
    assert load.Watch().seen() == {}
