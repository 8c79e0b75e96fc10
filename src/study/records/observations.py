"""Gathers what programs that are no training showed on every runtime into one file."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from study.common.command import run
from study.common.errors import StudyError
from study.config.validation import check
from study.records.jsonlines import read_json_lines, write_json_lines
from study.records.models import Observation


def read_observations(path: str | Path) -> list[Observation]:
    """Read the observations of one file of JSON lines (`.jsonl` or `.jsonl.gz`).

    Raises
    ------
    StudyError
        Naming file and line, for what is no observation.
    """
    return [observation for _, observation in placed_observations(path)]


def gather_observations(paths: Iterable[Path]) -> list[Observation]:
    """Every observation of all files, by probe, subject, variant, alternative and runtime.

    Raises
    ------
    StudyError
        As `read_observations` does, and for what was observed twice.
    """
    found: dict[tuple[str, ...], tuple[str, Observation]] = {}
    for path in paths:
        for where, observation in placed_observations(path):
            key = place(observation)
            if key in found:
                raise StudyError(f"{where}: the same observation as {found[key][0]}: {', '.join(filter(None, key))}")
            found[key] = where, observation
    return [found[key][1] for key in sorted(found)]


def place(observation: Observation) -> tuple[str, ...]:
    """What makes two observations the same one, and their order."""
    of = observation
    return of.probe, of.subject, of.variant or "", of.alternative or "", of.runtime


def placed_observations(path: str | Path) -> Iterator[tuple[str, Observation]]:
    """Every observation of a file with the file and line that name it."""
    for where, record in read_json_lines(path):
        yield where, check(record, Observation, lambda _, where=where: where)


def write_observations(path: Path, observations: Iterable[Observation]) -> None:
    """Write `observations` as compressed JSON lines: equal observations give equal bytes."""
    write_json_lines(path, (each.model_dump(mode="json", exclude_unset=True) for each in observations))


def main(arguments: Sequence[str] | None = None) -> None:
    """Gather observations; on a bad one, name it and write nothing."""
    parser = argparse.ArgumentParser(prog="python -m study.records.observations", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="observations (JSON lines, may be compressed)")
    parser.add_argument("--out", required=True, type=Path, help="where all of them (compressed JSON lines) go")
    chosen = parser.parse_args(arguments)
    write_observations(chosen.out, gather_observations(chosen.files))


if __name__ == "__main__":
    run(main)
