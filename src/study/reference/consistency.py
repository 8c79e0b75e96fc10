"""Finds what records of a machine say of where they come from that cannot be: each with its file and line."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path

from study.common.errors import StudyError
from study.config.runtimes import Runtime, load_runtimes
from study.config.validation import load_yaml
from study.records.collect import placed_trials
from study.records.jsonlines import read_json_lines
from study.records.models import Observation, Trial
from study.records.observations import placed_observations
from study.reference import places
from study.reference.contents import ORIGIN, RECORDS, SCOPE, machines
from study.reference.keep import Origin, Results, machine_name, machine_of, origin_text
from study.reference.revisions import code_hashes, require_history, versions
from study.reference.scope import differences, full_plan, load_scope
from study.runtimes.lock import pins

Placed = Sequence[tuple[str, Trial | Observation]]
PACKAGES = ("tensorflow", "keras", "numpy", "protobuf")  # those of which a record has the version


def contradictions(folder: Path) -> Iterator[str]:
    """What of the records of a machine disagrees with themselves, git, the configuration or other records.

    Raises
    ------
    StudyError
        For a file that is no record, no origin or no scope.
    """
    trials = list(placed_trials(folder / RECORDS[0]))
    observations = list(placed_observations(folder / RECORDS[1]))
    if not trials:
        raise StudyError(f"{folder / RECORDS[0]}: has no trial")
    placed: Placed = [*trials, *observations]
    runtimes = load_runtimes()
    for where, record in placed:
        yield from (f"{where}: {wrong}" for wrong in chain(_environment(record), _versions(record, runtimes)))
    yield from _datasets(folder, trials)
    results = Results([trial for _, trial in trials], [each for _, each in observations], {})
    yield from _origin(folder, results, placed)
    planned = full_plan()
    scope = differences(load_scope(folder / SCOPE, planned), results.trials, planned)
    yield from (f"{folder / SCOPE}: {wrong}" for wrong in scope)


def _environment(record: Trial | Observation) -> Iterator[str]:
    sha256 = hashlib.sha256(json.dumps(record.environment, sort_keys=True).encode()).hexdigest()
    if record.environment_sha256 != sha256:
        yield f"environment_sha256 is {record.environment_sha256[:16]}, but the environment gives {sha256[:16]}"


def _versions(record: Trial | Observation, runtimes: Mapping[str, Runtime]) -> Iterator[str]:
    said = record.environment.get("runtime", {})
    if record.runtime not in runtimes:
        yield f"runtime {record.runtime} is not in config/runtimes.yaml"
        return
    runtime = runtimes[record.runtime].on_gpu() if "gpu" in said else runtimes[record.runtime]
    lock = _lock(runtime.lock, said.get("lock_sha256"))
    if lock is None:
        yield f"lock_sha256 is {said.get('lock_sha256')}, which {runtime.lock} has in no revision"
        return
    locked = {name: lock[name] for name in PACKAGES if name in lock} | {"tensorflow": runtime.tensorflow}
    for name, version in locked.items():
        if said.get(name) != version:
            yield f"{name} is {said.get(name)}, but {runtime.lock} has {version}"
    if not str(said.get("python")).startswith(f"{runtime.python}."):
        yield f"python is {said.get('python')}, but config/runtimes.yaml has {runtime.python}"


@cache
def _lock(path: str, sha256: str | None) -> dict[str, str] | None:
    """Packages of a lock in the revision in which it had this checksum; None if there is none."""
    contents = chain([Path(path).read_bytes()], versions(Path(path)))
    found = (each for each in contents if hashlib.sha256(each).hexdigest() == sha256)
    content = next(found, None)
    return None if content is None else pins(content.decode("utf-8"))


def _datasets(folder: Path, trials: Iterable[tuple[str, Trial]]) -> Iterator[str]:
    """Trials whose dataset is not the one that most trials of that name and edition had, on all machines."""
    own = [(where, (trial.dataset, trial.edition), trial.dataset_sha256) for where, trial in trials]
    counts = Counter((name, sha256) for _, name, sha256 in own)
    for other in machines():
        if other.name != folder.name:
            # What cannot be read is named where that machine is verified.
            with suppress(StudyError):
                counts.update(
                    ((trial["dataset"], trial.get("edition")), trial["dataset_sha256"])
                    for _, trial in read_json_lines(other / RECORDS[0])
                )
    usual: dict[tuple[str, str | None], str] = {}
    for (name, sha256), _ in counts.most_common():
        usual.setdefault(name, sha256)
    for where, name, sha256 in own:
        if sha256 != usual[name]:
            yield f"{where}: dataset_sha256 is {sha256[:16]}, but {usual[name][:16]} in most trials on {name[0]}"


def _origin(folder: Path, results: Results, placed: Placed) -> Iterator[str]:
    """What `origin.json` says that the records or git do not."""
    path = folder / ORIGIN
    origin = load_yaml(path, Origin)
    code = origin.code
    yield from (f"{path}: {wrong}" for wrong in _revisions(code))
    for where, record in placed:
        if record.code_sha256 not in code:
            yield f"{where}: code_sha256 is {record.code_sha256[:16]}, of which {path} has no revision"
    used = {record.code_sha256 for _, record in placed}
    known = {sha256: revision for sha256, revision in code.items() if sha256 in used}
    archives = {revision: release for revision, release in origin.archives.items() if revision in known.values()}
    machine = machine_of(results.trials, results.observations)
    results = replace(results, code=known, archives=archives)
    yield from places.differences(path, path.read_bytes(), origin_text(results, machine).encode(), "the records give")
    if machine_name(machine) != folder.name:
        yield f"{folder}: the records are of another machine, {machine_name(machine)}"


def _revisions(code: Mapping[str, str]) -> Iterator[str]:
    """Where revisions do not hold the `code` that is said to be theirs, or cannot be looked up."""
    try:
        require_history()
    except StudyError as error:
        yield f"the code of its revisions cannot be looked up: {error}: verify in a clone, with its history"
        return
    for revision in sorted(set(code.values())):
        named = {code_sha256 for code_sha256, of in code.items() if of == revision}
        try:
            missing = named - set(code_hashes(revision))
        except StudyError as error:
            yield f"revision {revision[:16]} is not in the history here: {error}: git fetch --unshallow?"
            continue
        yield from (f"revision {revision[:16]} does not hold the code {each[:16]}" for each in sorted(missing))
