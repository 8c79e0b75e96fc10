"""Says what of the study the records of a machine are: `scope.yaml` beside them, which is exactly what is there."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, get_args

import yaml
from pydantic import Field, PositiveInt

from study.common.atomic import write_text
from study.common.command import run
from study.config.datasets import EditionName, load_datasets
from study.config.editions import editions, names
from study.config.runtimes import load_runtimes
from study.config.study import load_study
from study.config.validation import ConfigError, StrictModel, did_you_mean, line_of, load_yaml, read_text
from study.planning.plan import jobs
from study.records.collect import read_trials
from study.records.models import PlannedTrial, Trial
from study.reference import checksums
from study.reference.contents import RECORDS, SCOPE, machines

# What each field of a part selects by: a field of a planned trial.
SELECTS = {
    "experiments": "experiment",
    "runtimes": "runtime",
    "series": "series",
    "alternatives": "alternative",
    "variants": "variant",
    "blocks": "block",
}
HEAD = """\
# What of the study this machine ran: all that `holds` selects but what `lacks` selects, which has not ended. A part
# selects the trials of the scale full that agree with all that it names; what it leaves out may be anything.
# `make reference` writes this; after a change of the study: python -m study.reference.scope
"""

Names = Annotated[list[str], Field(min_length=1)]
Planned = Mapping[str, PlannedTrial]
# A trial by its fields in SELECTS, in that order. Trials that differ in their settings or as replicates share it.
Cell = tuple[Any, ...]
# What a part selects, as sets in the same order; None selects everything.
Box = tuple[frozenset[Any] | None, ...]


class Part(StrictModel):
    """Planned trials that agree with all that is named; null is the alternative that is none.

    Experiments and runtimes are always named, so that those which the study gets later are in no machine's scope.
    """

    experiments: Names
    runtimes: Names
    series: Names | None = None
    alternatives: list[str | None] | None = None
    variants: Names | None = None
    blocks: list[PositiveInt] | None = None

    def selects(self, cell: Cell) -> bool:
        """Whether it selects the trials of a cell."""
        return all(wanted is None or value in wanted for (_, wanted), value in zip(self, cell, strict=True))


class Scope(StrictModel):
    """What a machine ran: the parts that it holds without those that it lacks."""

    holds: Annotated[list[Part], Field(min_length=1)]
    lacks: list[Part] = []

    def covers(self, cell: Cell) -> bool:
        """Whether the machine ran the trials of a cell."""
        held, lacking = (any(part.selects(cell) for part in parts) for parts in (self.holds, self.lacks))
        return held and not lacking

    def text(self) -> str:
        """Write it as YAML, a line a part."""
        return HEAD + "".join(_listed(name, parts) for name, parts in self if parts)


def _listed(name: str, parts: Sequence[Part]) -> str:
    plain = (part.model_dump(exclude_none=True) for part in parts)
    written = (yaml.safe_dump(each, default_flow_style=True, sort_keys=False, width=sys.maxsize) for each in plain)
    return f"{name}:\n" + "".join(f"  - {line}" for line in written)


def full_plan() -> Planned:
    """Every trial that the study plans at the scale full, with any edition of its dataset, by its hash."""
    study, runtimes, datasets = load_study(overrides={"scale": "full"}), list(load_runtimes()), load_datasets()
    chosen = (names(editions(datasets, edition, mirror=None)) for edition in get_args(EditionName))
    plans = (plan for each in chosen for plan in jobs(study, runtimes, each).values())
    return {trial.sha256(): trial for plan in plans for trial in plan.trials}


def load_scope(path: Path, planned: Planned) -> Scope:
    """Read a machine's scope.

    Raises
    ------
    ConfigError
        For a misspelt key, a name that no planned trial has, or a part that selects none, with file, line and the
        nearest valid name.
    """
    scope, text, cells = load_yaml(path, Scope), read_text(path), {_cell(trial) for trial in planned.values()}
    for kind, parts in scope:
        for number, part in enumerate(parts):
            for loc, problem in _problems(part, cells):
                raise ConfigError(f"{path}:{line_of(text, (kind, number, *loc))}: {problem}")
    return scope


def _problems(part: Part, cells: Iterable[Cell]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    within = cells = list(cells)
    for position, (name, wanted) in enumerate(part):
        known = {cell[position] for cell in within}
        for number, value in enumerate(wanted or []):
            if value not in known:
                valid = sorted(str(each) for each in known if each is not None)
                yield (name, number), f"unknown {SELECTS[name]} '{value}': {did_you_mean(value, valid)}"
        if name == "experiments":
            within = [cell for cell in cells if cell[0] in part.experiments]
    if not any(part.selects(cell) for cell in cells):
        yield (), "no planned trial agrees with all of this"


def differences(scope: Scope, trials: Iterable[Trial], planned: Planned) -> Iterator[str]:
    """What is there and not in the scope, in it and not there, or there twice: a line a trial."""
    covered = {any_edition(trial): trial for trial in planned.values() if scope.covers(_cell(trial))}
    found = Counter(any_edition(trial) for trial in trials)
    of_record = {any_edition(trial): trial for trial in trials}
    yield from (f"in scope, but not there: {_named(covered[name])}" for name in covered.keys() - found.keys())
    yield from (f"there, but not in scope: {_named(of_record[name])}" for name in found.keys() - covered.keys())
    yield from (f"there {n} times: {_named(of_record[name])}" for name, n in found.items() if n > 1)


def scope_of(trials: Iterable[Trial], planned: Planned) -> Scope:
    """Say what a machine ran as shortly as can be: the parts that it has, or all of some experiments but parts."""
    every, there = {_cell(trial) for trial in planned.values()}, {_cell(trial) for trial in trials}
    whole = Part(experiments=_sorted({cell[0] for cell in there}), runtimes=_sorted({cell[1] for cell in there}))
    absent = {cell for cell in every if whole.selects(cell)} - there
    scopes = [Scope(holds=[whole], lacks=_parts(absent, every)), Scope(holds=_parts(there, every))]
    return min(scopes, key=lambda scope: len(scope.holds) + len(scope.lacks))


def _parts(cells: Iterable[Cell], every: set[Cell]) -> list[Part]:
    """Parts that together select `cells` and nothing else of `every`.

    Starts with a part a cell and joins those that differ in one field alone, field by field from the last. A field
    that then names all that there is with the others is left out, but for the first two.
    """
    boxes: set[Box] = {tuple(frozenset([value]) for value in cell) for cell in cells}
    for field in reversed(range(len(SELECTS))):
        joined: dict[Box, frozenset[Any]] = {}
        for box in boxes:
            others = (*box[:field], None, *box[field + 1 :])
            joined[others] = joined.get(others, frozenset()) | (box[field] or frozenset())
        boxes = set()
        for others, values in joined.items():
            possible = {cell[field] for cell in every if _selected(others, cell)}
            named = None if values == possible and field > 1 else values
            boxes.add((*others[:field], named, *others[field + 1 :]))
    rows = ({name: _sorted(values) for name, values in zip(SELECTS, box, strict=True) if values} for box in boxes)
    return sorted((Part(**row) for row in rows), key=str)


def _selected(box: Box, cell: Cell) -> bool:
    return all(values is None or value in values for values, value in zip(box, cell, strict=True))


def _sorted(values: Iterable[Any]) -> list[Any]:
    return sorted(values, key=lambda value: (value is not None, value))


def _cell(trial: PlannedTrial) -> Cell:
    return tuple(getattr(trial, field) for field in SELECTS.values())


def any_edition(trial: PlannedTrial) -> str:
    """Hash of a trial, whichever edition of its dataset it reads."""
    return trial.model_copy(update={"edition": None}).sha256()


def _named(trial: PlannedTrial) -> str:
    alternative = f", {trial.alternative}" if trial.alternative else ""
    return f"{trial.experiment}/{trial.series}/{trial.runtime}/{trial.block}: {trial.variant}{alternative}"


def update(folder: Path, trials: Sequence[Trial], planned: Planned) -> str:
    """Write a machine's scope unless its file says the same already; return what was done."""
    path = folder / SCOPE
    try:
        if path.exists() and not list(differences(load_scope(path, planned), trials, planned)):
            return f"{path} is current"
    except ConfigError as error:
        print(error, file=sys.stderr)
    scope = scope_of(trials, planned)
    write_text(path, scope.text())
    checksums.write(folder, checksums.read(folder) | checksums.of(folder, [SCOPE]))
    return "\n".join([f"{path} is written", *differences(scope, trials, planned)])


def main() -> None:
    """Write the scope of every machine of which the file says another."""
    planned = full_plan()
    for folder in machines():
        print(update(folder, read_trials(folder / RECORDS[0]), planned))


if __name__ == "__main__":
    run(main)
