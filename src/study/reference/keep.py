"""Keeps records of full runs as reference results, with the code revisions that made them, and derives the rest."""

import argparse
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from study.common.atomic import copy, write_text
from study.common.command import run
from study.common.errors import StudyError
from study.config.validation import Count, Sha256, StrictModel, load_yaml
from study.records.collect import gather, read_trials, write_trials
from study.records.models import Observation, Trial
from study.records.observations import gather_observations, read_observations, write_observations
from study.reference import checksums
from study.reference.archive import FILE, Archive, archive
from study.reference.contents import CHECKSUMS, DERIVED, ORIGIN, RECORDS, files_in
from study.reference.derive import derive
from study.reference.revisions import RUNNER, code_hashes, require_history, revisions_of
from study.reference.scope import Planned, any_edition, full_plan, update
from study.report.complete import unexpected


@dataclass(frozen=True)
class Results:
    """Records of one machine: trials, and what its probes observed.

    Attributes
    ----------
    code
        The code revision of each code hash.
    archives
        Of revisions that are only said by the downloaded archive in which records were made, the release that it is.
    """

    trials: Sequence[Trial]
    observations: Sequence[Observation]
    code: Mapping[str, str]
    archives: Mapping[str, str] = field(default_factory=dict)


class Origin(StrictModel):
    """Where reference results come from; `code` and `archives` are those of `Results`."""

    machine: dict[str, Any]
    trials: Count
    observations: Count
    started: str
    ended: str
    code: dict[Sha256, str]
    archives: dict[str, str] = {}


def machine_name(machine: dict[str, Any]) -> str:
    """Name a machine by its processor and what accelerates it, without trademark signs: `intel-xeon-2-cores`."""
    cpu = re.sub(r"\((?:R|TM)\)|\b(?:CPU|Processor)\b", " ", machine["cpu"])
    parts = [cpu, f"{machine['logical_cores']} cores", *(gpu["name"] for gpu in machine.get("gpus", []))]
    return re.sub(r"[^a-z0-9]+", "-", " ".join(parts).lower()).strip("-")


def identity_of(machine: dict[str, Any]) -> dict[str, Any]:
    """What of a fingerprint outlives an update: its kernel without the build, its memory in whole GiB.

    The kernel keeps a little memory for itself, each build another amount. Every record has the whole fingerprint.
    """
    identity = {**machine, "ram_gib": round(machine["ram_bytes"] / 2**30)}
    del identity["ram_bytes"]
    if "kernel" in machine:
        identity["kernel"] = machine["kernel"].partition("-")[0]
    return identity


def machine_of(trials: Iterable[Trial], observations: Iterable[Observation]) -> dict[str, Any]:
    """Find the machine that made all records, by what `identity_of` keeps of its fingerprint.

    Raises
    ------
    StudyError
        If there are several, or no record at all.
    """
    records: list[Trial | Observation] = [*trials, *observations]
    machines = {json.dumps(identity_of(each.environment["machine"]), sort_keys=True) for each in records}
    if len(machines) != 1:
        raise StudyError(f"the records come from {len(machines)} different machines: {'; '.join(sorted(machines))}")
    machine: dict[str, Any] = json.loads(machines.pop())
    return machine


def merge(kept: Sequence[Trial], new: Sequence[Trial], planned: Planned) -> list[Trial]:
    """Trials of both that are planned: of two of the same plan the new one, of two new ones the later one.

    Raises
    ------
    StudyError
        If a new trial is of another scale than full, or did not end as planned.
    """
    if any(trial.scale != "full" for trial in new):
        raise StudyError("only a run at the scale full can be kept as reference: make study SCALE=full")
    latest = [*kept, *sorted(new, key=lambda trial: trial.started)]
    merged = {trial.plan_sha256: trial for trial in latest if trial.plan_sha256 in planned}
    if wrong := unexpected(merged.values()):
        first = wrong[0]
        where = f"{first.experiment}/{first.series}/{first.runtime}/{first.block}: {first.variant}"
        raise StudyError(f"{len(wrong)} trials did not end as planned, first {where}: make study SCALE=full")
    return list(merged.values())


def read_reference(folder: Path) -> Results:
    """Read the records of a folder of reference results; there are none if there is no such folder.

    Raises
    ------
    StudyError
        If a file is not as it was kept.
    """
    if not (folder / ORIGIN).exists():
        return Results([], [], {})
    if changed := list(checksums.differences(folder)):
        raise StudyError("\n".join([*changed, f"{folder} is not as it was kept: restore it, then keep more"]))
    trials, observations = (folder / name for name in RECORDS)
    origin = load_yaml(folder / ORIGIN, Origin)
    return Results(read_trials(trials), read_observations(observations), origin.code, origin.archives)


def origin_text(results: Results, machine: dict[str, Any]) -> str:
    """Say where reference results come from (JSON)."""
    started = [trial.started for trial in results.trials]
    origin = Origin(
        machine=machine,
        trials=len(results.trials),
        observations=len(results.observations),
        started=min(started),
        ended=max(started),
        code=dict(sorted(results.code.items())),
        archives=dict(sorted(results.archives.items())),
    )
    return origin.model_dump_json(indent=1, exclude_defaults=True) + "\n"


def archive_without_history() -> Archive | None:
    """Which archive was downloaded, where nothing else says of which revision the code is; None where git does.

    Raises
    ------
    StudyError
        If neither does.
    """
    try:
        require_history()
    except StudyError as error:
        if found := archive():
            return found
        raise StudyError(
            f"{error}. Results name the revision of their code: keep them in a clone of the repository, or in a"
            f" downloaded archive of it, whose {FILE} names the revision"
        ) from error
    return None


def code_of(
    records: Iterable[Trial | Observation], known: Mapping[str, str], downloaded: Archive | None = None
) -> dict[str, str]:
    """Revision of every code hash of `records`, as known or else as this repository's history tells.

    Parameters
    ----------
    downloaded
        An archive that holds the code here, where there is no history.

    Raises
    ------
    StudyError
        For code that no revision holds.
    """
    hashes = {record.code_sha256 for record in records}
    code = {code_sha256: known[code_sha256] for code_sha256 in hashes & set(known)}
    if downloaded:
        code |= dict.fromkeys((hashes - set(code)).intersection(code_hashes(None)), downloaded.revision)
    else:
        code |= revisions_of(hashes - set(code))
    if missing := sorted(hashes - set(code)):
        names = ", ".join(each[:16] for each in missing)
        raise StudyError(
            f"no revision here holds the code {names} that made some of the records: commit {RUNNER} as it was when"
            " they were made, or in a shallow clone git fetch --unshallow, so that the results can name their code"
        )
    return code


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """Files of records, those in a folder however deep."""
    for path in paths:
        yield from sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]


def keep(results: Results, samples: Path, folder: Path) -> None:
    """Derive verdicts and report of `results`, and put everything in `folder`, which exists or not.

    Parameters
    ----------
    samples
        Folder of the datasets' sample images.
    """
    machine = machine_of(results.trials, results.observations)
    with tempfile.TemporaryDirectory() as scratch:
        trials, observations, derived = (Path(scratch, name) for name in (*RECORDS, "derived"))
        write_trials(trials, results.trials)
        write_observations(observations, results.observations)
        derive(trials, observations, samples, derived)
        for name in (*RECORDS, *DERIVED):
            copy(derived / name, folder / name)
    if samples.resolve() != (folder / "samples").resolve():
        for path in samples.glob("[!.]*"):
            copy(path, folder / "samples" / path.name)
    write_text(folder / ORIGIN, origin_text(results, machine))
    held = files_in(folder) - {CHECKSUMS, *DERIVED}
    checksums.write(folder, checksums.of(folder, held))


def _merged(
    before: Results,
    new: Sequence[Trial],
    observed: Sequence[Observation],
    planned: Planned,
    downloaded: Archive | None,
) -> Results:
    """What was kept and what is new together; observations are all new, or all as they were."""
    trials = merge(before.trials, new, planned)
    observations = observed or before.observations
    code = code_of([*trials, *observations], before.code, downloaded)
    archives = ({downloaded.revision: downloaded.release} if downloaded else {}) | dict(before.archives)
    used = {revision: release for revision, release in archives.items() if revision in code.values()}
    return Results(trials, observations, code, used)


def _say(results: Results, new: Sequence[Trial], planned: Planned, folder: Path) -> Iterator[str]:
    """Say what is kept, what was left out, and what is missing."""
    hashes = {trial.plan_sha256 for trial in new}
    n_new = sum(trial.plan_sha256 in hashes for trial in results.trials)
    n_before = len(results.trials) - n_new
    yield f"kept {len(results.trials)} trials under {folder}: {n_new} of this run, {n_before} as before"
    if old := len(hashes - set(planned)):
        yield f"left out {old} trials that the study does not plan any more"
    there = {any_edition(trial) for trial in results.trials}
    missing = {any_edition(trial): trial for trial in planned.values()}
    numbers = Counter((trial.experiment, trial.series) for name, trial in missing.items() if name not in there)
    for (experiment, series), n in sorted(numbers.items()):
        yield f"missing: {n} trials of {experiment}, {series}"


def _refuse_missing(paths: Iterable[Path]) -> None:
    if missing := [str(path) for path in paths if not path.exists()]:
        raise StudyError(
            f"missing: {', '.join(missing)}. Only what a finished run made can be kept: make study SCALE=full"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Merge records into the folder of the machine that made them, and derive its verdicts and report."""
    parser = argparse.ArgumentParser(prog="python -m study.reference.keep", description=__doc__)
    parser.add_argument("records", nargs="+", type=Path, help="trial records (JSON lines), or folders of them")
    parser.add_argument("--observations", nargs="*", default=[], type=Path, help="observations, or folders of them")
    parser.add_argument("--samples", type=Path, help="folder of sample images (default: those kept before)")
    parser.add_argument("--out", required=True, type=Path, help="folder of all machines' reference results")
    chosen = parser.parse_args(arguments)
    _refuse_missing([*chosen.records, *chosen.observations, *([chosen.samples] if chosen.samples else [])])
    downloaded = archive_without_history()
    new, observed = gather(files_of(chosen.records)), gather_observations(files_of(chosen.observations))
    folder = chosen.out / machine_name(machine_of(new, observed))
    samples = chosen.samples or folder / "samples"
    if not samples.exists():
        raise StudyError(
            f"nothing is kept of {folder.name} yet: name the run's sample images, --samples reports/samples"
        )
    planned = full_plan()
    results = _merged(read_reference(folder), new, observed, planned, downloaded)
    keep(results, samples, folder)
    print(*_say(results, new, planned, folder), update(folder, results.trials, planned), sep="\n")


if __name__ == "__main__":
    run(main)
