"""Keeps each trial record the moment its trial ends, so that an interrupted job resumes at the first missing trial."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import sys

from trials.disk import writing

KEY = ("plan_sha256", "code_sha256", "dataset_sha256", "environment_sha256")


class Journal:
    """Trial records on disk, one JSON line each, complete or absent.

    Only one process at a time has it: a container, say, may outlive the command that started it.
    """

    def __init__(self, path):
        self._path = path
        with writing(path):
            os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
            self._file = open(path, "ab")  # noqa: SIM115  closing it would end the lock
        self._lock()
        self._drop_torn_line()

    def finished(self):
        """Records of the trials that need not run again, by key (see `KEY`)."""
        with open(self._path, encoding="utf-8") as file:
            records = [json.loads(line) for line in file]
        return {key_of(record): record for record in records if record["status"] == record["expect"]}

    def checkpoints_of(self, header):
        """Folder for the checkpoints of a trial that has not ended; it is there until the trial is completed."""
        return os.path.join(self._path + ".checkpoints", hashlib.sha256(repr(key_of(header)).encode()).hexdigest())

    def append(self, record):
        """Add a record; when this returns it is on the disk."""
        with writing(self._path):
            self._file.write((json.dumps(record, sort_keys=True) + "\n").encode())
            self._file.flush()
            os.fsync(self._file.fileno())
        if record["status"] == "completed":
            shutil.rmtree(self.checkpoints_of(record), ignore_errors=True)

    def _lock(self):
        """Wait for others who have this journal, and keep them from it until this process and its forks have ended."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(
                f"waiting for another process that runs these trials, perhaps of a run that was killed; `fuser "
                f"{self._path}` names it, `docker ps` its container",
                file=sys.stderr,
                flush=True,
            )
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def _drop_torn_line(self):
        """Cut off what a killed process left half-written."""
        with open(self._path, "rb+") as file:
            content = file.read()
            file.truncate(content.rfind(b"\n") + 1)


def key_of(record):
    """What makes two records the same trial: its plan, code, data and environment."""
    return tuple(record[field] for field in KEY)


def write_records(path, records):
    """Write `records` as JSON lines at `path`, all or none."""
    partial = path + ".part"
    try:
        with writing(path):
            with open(partial, "w", encoding="utf-8") as file:
                file.writelines(json.dumps(record, sort_keys=True) + "\n" for record in records)
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.remove(partial)
        raise
