"""Names the code of a record by the hash that the runner gives it (`trials.code`), without running the runner."""

import hashlib
import json

from study.runtimes.isolation import SOURCES

RUNNER = SOURCES / "trials"
LIST = RUNNER / "code.json"


def trial_code_sha256(experiment: str) -> str:
    """Hash of the code that a trial of `experiment` runs, as its record would name it."""
    patterns = json.loads(LIST.read_text(encoding="utf-8"))["trial"]
    files = {path for pattern in patterns for path in RUNNER.glob(pattern.format(experiment=experiment))}
    digest = hashlib.sha256()
    for name, path in sorted((path.relative_to(RUNNER).as_posix(), path) for path in files):
        digest.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
