"""Compares what the variants of an experiment compile to: the same program, or which operations differ."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from study.config.runtimes import version_of
from study.config.study import Study
from study.records.models import Observation


@dataclass(frozen=True)
class Difference:
    """Variants whose one traced program is not that of the first variant: how many more of each operation it has."""

    variants: Sequence[str]
    operations: Mapping[str, int]
    same_after_xla: bool

    @property
    def words(self) -> str:
        """What differs, the operations with the largest differences first."""
        if not self.operations:
            return "the same operations, connected or set otherwise"
        largest_first = sorted(self.operations.items(), key=lambda item: (-abs(item[1]), item[0]))
        return ", ".join(f"{'+' if n > 0 else '−'}{abs(n)} {operation}" for operation, n in largest_first)


@dataclass(frozen=True)
class Cell:
    """The programs of an experiment's variants on one runtime, each compared with that of the first variant traced."""

    first: Observation
    same: Sequence[str]
    different: Sequence[Difference]
    without: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """The comparison in a word or two."""
        if not self.different:
            return "same"
        return "same after XLA" if all(each.same_after_xla for each in self.different) else "differs"


@dataclass(frozen=True)
class Comparison:
    """All experiments on all runtimes: `rows` has for each experiment a cell a runtime, None where nothing was traced.

    `n` other variants were compared with the first of their experiment; of `n_same` the traced program is the same, of
    `n_same_after_xla` only XLA's. `others` names the rest, the variants of each experiment.
    """

    runtimes: Sequence[str]
    rows: Mapping[str, Sequence[Cell | None]]

    @property
    def cells(self) -> list[Cell]:
        """Every cell that there is."""
        return [cell for row in self.rows.values() for cell in row if cell]

    @property
    def n_same(self) -> int:
        """How many variants have the traced program of their experiment's first."""
        return sum(len(cell.same) for cell in self.cells)

    @property
    def n_same_after_xla(self) -> int:
        """How many others have the same program after XLA."""
        return sum(len(each.variants) for each in self._different() if each.same_after_xla)

    @property
    def n(self) -> int:
        """How many variants were compared with another."""
        return self.n_same + sum(len(each.variants) for each in self._different())

    @property
    def others(self) -> dict[str, list[str]]:
        """Variants of each experiment that somewhere have another program, traced and after XLA."""
        named = {
            name: [each.variants for cell in row if cell for each in cell.different if not each.same_after_xla]
            for name, row in self.rows.items()
        }
        return {name: list(dict.fromkeys(chain(*variants))) for name, variants in named.items() if variants}

    def _different(self) -> Iterator[Difference]:
        for cell in self.cells:
            yield from cell.different


def compared(study: Study, observations: Iterable[Observation]) -> Comparison:
    """Compare the programs of every experiment's variants on each runtime, in the order of the configuration."""
    traced = {(each.subject, each.variant, each.runtime): each for each in observations if each.probe == "programs"}
    runtimes = sorted({runtime for _, _, runtime in traced}, key=version_of)
    rows = {
        name: [
            _cell([traced[name, each, runtime] for each in experiment.variants if (name, each, runtime) in traced])
            for runtime in runtimes
        ]
        for name, experiment in study.experiments.items()
    }
    return Comparison(runtimes, {name: row for name, row in rows.items() if any(row)})


def _cell(programs: Sequence[Observation]) -> Cell | None:
    """Compare programs of one experiment and runtime; None if none was traced."""
    traced = [each for each in programs if "sha256" in each.values]
    if not traced:
        return None
    first = traced[0]
    by_program: dict[str, list[Observation]] = {}
    for each in traced:
        by_program.setdefault(each.values["sha256"], []).append(each)
    same, *others = by_program.values()
    return Cell(
        first,
        _variants(same[1:]),
        [_difference(first, each) for each in others],
        {str(each.variant): _why_not(each) for each in programs if each not in traced},
    )


def _variants(observations: Iterable[Observation]) -> list[str]:
    return [str(each.variant) for each in observations]


def _difference(first: Observation, others: Sequence[Observation]) -> Difference:
    """How the one program of `others` differs from that of `first`."""
    more = Counter(others[0].values["operations"])
    more.subtract(first.values["operations"])
    return Difference(
        _variants(others),
        {operation: n for operation, n in more.items() if n},
        "xla" in first.values and first.values["xla"]["sha256"] == others[0].values["xla"]["sha256"],
    )


def _why_not(observation: Observation) -> str:
    """Why a step has no program: it is not compiled, or compiling it fails."""
    return f"fails: {observation.error.type}" if observation.error else str(observation.values["untraced"])
