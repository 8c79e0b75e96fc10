"""Which controlled trials are bitwise identical: sentences and tables made of trials."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import get_args

from study.analysis.bitwise import Arm, Divergence, Setup, api_pairs, named, overall, setups
from study.analysis.explanation import Case, condition
from study.claims.models import Claim
from study.claims.rules import EqualClaim
from study.claims.vocabulary import Api
from study.common.text import count, listed, number_word, small
from study.config.study import Experiment
from study.report.chapter import Chapter, ReportData
from study.report.embedded import EmbeddedFigure

APIS = get_args(Api)
BASELINE = "sequential"
OPTIMIZERS = {"adam": "Adam", "adagrad": "Adagrad", "rmsprop": "RMSprop", "sgd": "SGD"}


@dataclass(frozen=True)
class Class:
    """Arms that share every bit, the hash of their last weights for each seed, and where they diverge from the first.

    `divergence` is empty for the first class itself.
    """

    arms: str
    weights: Sequence[str]
    divergence: str


@dataclass(frozen=True)
class Compared:
    """A setup and its classes; `first_weights` is what its trials began with: one a seed, or they began differently."""

    setup: Setup
    first_weights: Sequence[str]
    classes: Sequence[Class]


@dataclass(frozen=True)
class StepByStep:
    """Variants beside the three APIs, each compared with `sequential` on every runtime; a cell is what came of it."""

    setup: Setup
    runtimes: Sequence[str]
    rows: Sequence[tuple[str, str, Sequence[str]]]


@dataclass(frozen=True)
class Bitwise:
    """Everything that the chapter is made of."""

    compared: Sequence[Compared]
    sentences: Sequence[str]
    loops: Sequence[StepByStep]
    claims: Sequence[Claim]
    figures: Sequence[EmbeddedFigure]


def bitwise(report: ReportData) -> Bitwise | None:
    """Look everything up that the chapter shows; None where no trial was controlled."""
    experiments = report.study.experiments
    found = setups(experiments, report.trials)
    if not found:
        return None
    return Bitwise(
        [Compared(setup, _initial_weights(setup), classes(setup)) for setup in found],
        list(_sentences(found)),
        [loops for setup in found if (loops := _step_by_step(experiments[setup.experiment], setup))],
        [claim for claim in report.claims if isinstance(claim, EqualClaim) and claim.protocol == "controlled"],
        [figure for figure in report.embedded.figures_of(None) if figure.name == "identities"],
    )


def classes(setup: Setup) -> list[Class]:
    """What each class of a setup holds, and where it diverges from the first."""
    firsts = [setup.most_seeds(arms) for arms in setup.classes]
    return [
        Class(
            named(arms),
            [str(trial.epochs[-1].weights_sha256) for _, trial in sorted(setup.runs[one].items())],
            "" if one == firsts[0] else describe(setup.divergence(firsts[0], one)),
        )
        for arms, one in zip(setup.classes, firsts, strict=True)
    ]


def _initial_weights(setup: Setup) -> list[str]:
    return list(dict.fromkeys(str(trial.initial_weights_sha256) for trial in setup.trials))


def describe(divergence: Divergence | None) -> str:
    """Say where two diverge and by how much, and why if they were not treated alike; nothing where none is compared."""
    if divergence is None:
        return ""
    why = f"; had {divergence.cause}" if divergence.cause and not divergence.alike else ""
    if divergence.identical:
        return f"the same{why}"
    if divergence.weights is None:
        head = f"the same weights, but losses diverge in epoch {divergence.numbers}"
    else:
        head = f"diverge in epoch {divergence.epoch}"
    return f"{head}, at the end {small(divergence.last.absolute)} apart ({divergence.last.steps}){why}"


def _sentences(found: Sequence[Setup]) -> Iterator[str]:
    """What is the same in all experiments, what in some, and by how much the others diverge."""
    if within := within_versions(found):
        yield within
    yield from _between(found)
    diverging = [
        divergence
        for setup in found
        for one, other in combinations([arm for arm in setup.runs if arm.variant in APIS], 2)
        if (divergence := setup.divergence(one, other)) and not divergence.identical
    ]
    if diverging:
        yield _sizes(diverging)


def across(setup: Setup, one: str, other: str) -> Divergence | None:
    """Compare two runtimes, each API with itself; None where they have none in common."""
    found = [setup.divergence(Arm(api, one), Arm(api, other)) for api in APIS]
    divergences = [divergence for divergence in found if divergence]
    return overall(divergences) if divergences else None


def within_versions(found: Sequence[Setup]) -> str:
    """Say whether the APIs are bitwise identical within each version; nothing where no two were compared."""
    pairs, n_experiments = (
        [pair for setup in found for pair in api_pairs(setup)],
        len({each.experiment for each in found}),
    )
    if not pairs:
        return ""
    n = sum(divergence.n for _, divergence in pairs)
    apart = [name for name, divergence in pairs if not divergence.identical]
    head = "Within one TensorFlow version, two APIs give the same weights and the same training losses after every "
    if not apart:
        return f"{head}epoch, bit for bit, in all {n} pairs of trials ({count(n_experiments, 'experiment')})."
    return f"{head}epoch, bit for bit, but for {listed(apart)} ({count(n, 'pair')} of trials)."


def _between(found: Sequence[Setup]) -> Iterator[str]:
    """Say of each pair of runtimes where it gives the same bits, pairs of which the same is true together."""
    by_pair: dict[tuple[str, str], dict[str, list[tuple[Setup, Divergence]]]] = defaultdict(lambda: defaultdict(list))
    for setup in found:
        for pair in combinations(setup.runtimes, 2):
            if divergence := across(setup, *pair):
                by_pair[pair][setup.experiment].append((setup, divergence))
    where: dict[str, list[str]] = defaultdict(list)
    for (one, other), experiments in by_pair.items():
        cases = [_case(each) for each in experiments.values()]
        where[_where(cases)].append(f"{one.removeprefix('tf-')} and {other.removeprefix('tf-')}")
    for statement, names in where.items():
        yield f"TensorFlow {', '.join(names)}: {statement}."


def _case(compared: Sequence[tuple[Setup, Divergence]]) -> Case:
    """Of one experiment, how it is trained and whether two runtimes give the same bits."""
    optimizers = sorted({OPTIMIZERS[setup.trials[0].optimizer.name] for setup, _ in compared})
    return {"optimizer": listed(optimizers)}, all(divergence.identical for _, divergence in compared)


def _where(cases: Sequence[Case]) -> str:
    """Say in how many experiments two runtimes give the same bits, and what these have in common."""
    same, n = sum(same for _, same in cases), len(cases)
    if same in (0, n):
        return f"{'the same' if same else 'other'} bits in {'all ' if n > 1 else ''}{count(n, 'experiment')}"
    explained = condition(cases)
    why = f", those trained with {listed(list(map(str, explained['optimizer'])))}" if explained else ""
    return f"the same bits in {number_word(same)} of {count(n, 'experiment')}{why}"


def _sizes(diverging: Sequence[Divergence]) -> str:
    worst, epochs = overall(diverging), sorted({each.epoch for each in diverging if each.epoch})
    when = f"in epoch {epochs[0]}" if len(epochs) == 1 else f"in epochs {epochs[0]} to {epochs[-1]}"
    order = {
        "weights and losses in the same epoch": sum(each.weights == each.numbers for each in diverging),
        "the weights before the losses": sum(_sooner(each.weights, each.numbers) for each in diverging),
        "the losses before the weights": sum(_sooner(each.numbers, each.weights) for each in diverging),
    }
    how = listed(
        [text if k == len(diverging) else f"{text} in {k} of {len(diverging)} pairs" for text, k in order.items() if k]
    )
    return (
        f"Where two diverge, they do so {when}, {how}. In that epoch their training losses are at most "
        f"{small(worst.first.absolute)} apart ({worst.first.steps}), in the last one at most "
        f"{small(worst.last.absolute)} ({worst.last.steps}). A step is the least by which a float32 of that "
        "size can change."
    )


def _sooner(one: int | None, other: int | None) -> bool:
    return one is not None and (other is None or one < other)


def _step_by_step(experiment: Experiment, setup: Setup) -> StepByStep | None:
    arms = {*setup.runs, *setup.failed}
    variants = [name for name in experiment.variants if name not in APIS and any(name == arm.variant for arm in arms)]
    if not variants or not any(arm.variant == BASELINE for arm in setup.runs):
        return None
    rows = [
        (name, experiment.variants[name], [_step(setup, Arm(name, runtime)) for runtime in setup.runtimes])
        for name in variants
    ]
    return StepByStep(setup, setup.runtimes, rows)


def _step(setup: Setup, arm: Arm) -> str:
    if arm in setup.failed:
        return "does not run"
    return describe(setup.divergence(Arm(BASELINE, arm.runtime), arm))


BITWISE = Chapter("bitwise", "Bitwise identical?", "bitwise.html.j2", bitwise)
