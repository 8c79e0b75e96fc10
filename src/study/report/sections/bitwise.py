"""What the report says of sameness to the bit and of where bits come from: sentences and tables made of trials."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import get_args

from study.analysis.bitwise import Arm, Divergence, Gap, Setup, named, overall, setups
from study.analysis.explanation import Case, condition
from study.analysis.factorial import Effect, Factorial, factor_name, factorials
from study.claims.models import Claim
from study.claims.rules import EqualClaim
from study.claims.vocabulary import Api
from study.common.text import count, listed, number_word, small
from study.config.study import Experiment, Study
from study.records.models import Trial

APIS = get_args(Api)
BASELINE = "sequential"
OPTIMIZERS = {"adam": "Adam", "adagrad": "Adagrad", "rmsprop": "RMSprop", "sgd": "SGD"}


@dataclass(frozen=True)
class Class:
    """Arms that share every bit, and their last weights' hash for each seed."""

    arms: str
    weights: list[str]
    divergence: Divergence | None


@dataclass(frozen=True)
class Ladder:
    """Variants beside the three APIs, each held against `sequential` on every runtime; a cell is what came of it."""

    setup: Setup
    runtimes: list[str]
    rows: list[tuple[str, str, list[str]]]


@dataclass(frozen=True)
class Section:
    """Everything that the section is made of."""

    setups: list[Setup]
    sentences: list[str]
    ladders: list[Ladder]
    claims: list[Claim]
    factorials: list[Factorial]


def section(study: Study, trials: Sequence[Trial], claims: Sequence[Claim]) -> Section:
    """Look everything up that the section shows."""
    found = setups(study.experiments, trials)
    return Section(
        found,
        list(_sentences(found)),
        [ladder for setup in found if (ladder := _ladder(study.experiments[setup.experiment], setup))],
        [claim for claim in claims if isinstance(claim, EqualClaim) and claim.protocol == "controlled"],
        factorials(study.experiments, trials),
    )


def classes(setup: Setup) -> list[Class]:
    """What each class of a setup holds, and where it parts from the first."""
    firsts = [setup.most_seeds(arms) for arms in setup.classes]
    return [
        Class(
            named(arms),
            [str(trial.epochs[-1].weights_sha256) for _, trial in sorted(setup.runs[one].items())],
            None if one == firsts[0] else setup.divergence(firsts[0], one),
        )
        for arms, one in zip(setup.classes, firsts, strict=True)
    ]


def initial_weights(setup: Setup) -> list[str]:
    """Hashes of the weights that the trials began with: one a seed, or they did not begin alike."""
    return list(dict.fromkeys(str(trial.initial_weights_sha256) for trial in setup.trials))


def told(divergence: Divergence) -> str:
    """Say where two part and by how much, and why if they were not treated alike."""
    why = f"; had {divergence.cause}" if divergence.cause and not divergence.alike else ""
    if divergence.identical:
        return f"the same{why}"
    if divergence.weights is None:
        head = f"the same weights, but losses part in epoch {divergence.numbers}"
    else:
        head = f"part in epoch {divergence.epoch}"
    return f"{head}, at the end {small(divergence.last.absolute)} apart ({steps(divergence.last)}){why}"


def steps(gap: Gap) -> str:
    """Write how many steps of a float32 two losses lie apart."""
    n = round(gap.ulps)
    return f"{n:,} step{'' if n == 1 else 's'}" if n else "less than a step"


def statements(factorial: Factorial) -> dict[str, list[str]]:
    """Say of each factor, by its name, what it does; runtimes of which the same is true together."""
    found: dict[str, list[str]] = {}
    for factor in factorial.factors:
        where: dict[str, list[Effect]] = defaultdict(list)
        for effect in factorial.effects:
            if effect.factor == factor:
                where[effect.statement].append(effect)
        found[factor_name(factor)] = [f"{_places(effects)} {statement}." for statement, effects in where.items()]
    return {name: texts for name, texts in found.items() if texts}


def _places(effects: Sequence[Effect]) -> str:
    """Begin a sentence with where it holds and for how many pairs."""
    pairs = count(sum(len(effect.pairs) for effect in effects), "pair")
    if effects[0].factor == "runtime":
        return f"Between {'; '.join(effect.where for effect in effects)} ({pairs}) it"
    return f"On {listed([effect.where for effect in effects])} ({pairs}) it"


def _sentences(found: Sequence[Setup]) -> Iterator[str]:
    """What is the same in all experiments, what in some, and by how much the others part."""
    if within := [pair for setup in found for pair in _api_pairs(setup)]:
        yield _within(within, len({setup.experiment for setup in found}))
    yield from _between(found)
    parted = [
        divergence
        for setup in found
        for one, other in combinations([arm for arm in setup.runs if arm.variant in APIS], 2)
        if (divergence := setup.divergence(one, other)) and not divergence.identical
    ]
    if parted:
        yield _sizes(parted)


def across(setup: Setup, one: str, other: str) -> Divergence | None:
    """Hold two runtimes against each other, each API against itself; None where they have none in common."""
    found = [setup.divergence(Arm(api, one), Arm(api, other)) for api in APIS]
    divergences = [divergence for divergence in found if divergence]
    return overall(divergences) if divergences else None


def _api_pairs(setup: Setup) -> Iterator[tuple[str, Divergence]]:
    for runtime in setup.runtimes:
        for one, other in combinations(APIS, 2):
            if divergence := setup.divergence(Arm(one, runtime), Arm(other, runtime)):
                yield f"{one} and {other} of {setup.name} on {runtime.removeprefix('tf-')}", divergence


def _within(pairs: Sequence[tuple[str, Divergence]], n_experiments: int) -> str:
    n = sum(divergence.n for _, divergence in pairs)
    apart = [name for name, divergence in pairs if not divergence.identical]
    head = "Within one TensorFlow version, two APIs give the same weights and the same training losses after every "
    if not apart:
        return f"{head}epoch, bit for bit, in all {n} pairs of trials ({count(n_experiments, 'experiment')})."
    return f"{head}epoch, bit for bit, but for {listed(apart)} ({count(n, 'pair')} of trials)."


def _between(found: Sequence[Setup]) -> Iterator[str]:
    """Say of each pair of runtimes where it gives the same bits, pairs of which the same is true together."""
    seen: dict[tuple[str, str], dict[str, list[tuple[Setup, Divergence]]]] = defaultdict(lambda: defaultdict(list))
    for setup in found:
        for pair in combinations(setup.runtimes, 2):
            if divergence := across(setup, *pair):
                seen[pair][setup.experiment].append((setup, divergence))
    where: dict[str, list[str]] = defaultdict(list)
    for (one, other), experiments in seen.items():
        cases = [_case(each) for each in experiments.values()]
        where[_where(cases)].append(f"{one.removeprefix('tf-')} and {other.removeprefix('tf-')}")
    for statement, names in where.items():
        yield f"TensorFlow {', '.join(names)}: {statement}."


def _case(seen: Sequence[tuple[Setup, Divergence]]) -> Case:
    """Of one experiment, how it is trained and whether two runtimes give the same bits."""
    optimizers = sorted({OPTIMIZERS[setup.trials[0].optimizer.name] for setup, _ in seen})
    return {"optimizer": listed(optimizers)}, all(divergence.identical for _, divergence in seen)


def _where(cases: Sequence[Case]) -> str:
    """Say in how many experiments two runtimes give the same bits, and what these have in common."""
    same, n = sum(same for _, same in cases), len(cases)
    if same in (0, n):
        return f"{'the same' if same else 'other'} bits in {'all ' if n > 1 else ''}{count(n, 'experiment')}"
    explained = condition(cases)
    why = f", those trained with {listed(list(map(str, explained['optimizer'])))}" if explained else ""
    return f"the same bits in {number_word(same)} of {count(n, 'experiment')}{why}"


def _sizes(parted: Sequence[Divergence]) -> str:
    worst, epochs = overall(parted), sorted({each.epoch for each in parted if each.epoch})
    when = f"in epoch {epochs[0]}" if len(epochs) == 1 else f"in epochs {epochs[0]} to {epochs[-1]}"
    order = {
        "weights and losses in the same epoch": sum(each.weights == each.numbers for each in parted),
        "the weights before the losses": sum(_sooner(each.weights, each.numbers) for each in parted),
        "the losses before the weights": sum(_sooner(each.numbers, each.weights) for each in parted),
    }
    how = listed(
        [text if k == len(parted) else f"{text} in {k} of {len(parted)} pairs" for text, k in order.items() if k]
    )
    return (
        f"Where two part, they part {when}, {how}. In that epoch their training losses are at most "
        f"{small(worst.first.absolute)} apart ({steps(worst.first)}), in the last one at most "
        f"{small(worst.last.absolute)} ({steps(worst.last)}). A step is the least by which a float32 of that "
        "size can change."
    )


def _sooner(one: int | None, other: int | None) -> bool:
    return one is not None and (other is None or one < other)


def _ladder(experiment: Experiment, setup: Setup) -> Ladder | None:
    arms = {*setup.runs, *setup.failed}
    variants = [name for name in experiment.variants if name not in APIS and any(name == arm.variant for arm in arms)]
    if not variants or not any(arm.variant == BASELINE for arm in setup.runs):
        return None
    rows = [
        (name, experiment.variants[name], [_rung(setup, Arm(name, runtime)) for runtime in setup.runtimes])
        for name in variants
    ]
    return Ladder(setup, setup.runtimes, rows)


def _rung(setup: Setup, arm: Arm) -> str:
    if arm in setup.failed:
        return "does not run"
    divergence = setup.divergence(Arm(BASELINE, arm.runtime), arm)
    return told(divergence) if divergence else ""


# What the template calls.
FILTERS: dict[str, Callable[..., object]] = {
    "classes": classes,
    "initial_weights": initial_weights,
    "told": told,
    "steps": steps,
    "small": small,
    "statements": statements,
}
