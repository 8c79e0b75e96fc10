"""Which trials are bitwise identical, and where the others diverge: the one definition of "the same bits"."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import NamedTuple, get_args

import numpy as np

from study.claims.vocabulary import Api
from study.common.text import listed
from study.config.runtimes import version_of
from study.config.study import Experiment
from study.records.models import Epoch, Trial

# What may differ between two trials that are compared. Eager execution is a switch of TensorFlow 1
# alone: later versions always have it.
FREE = ("variant", "runtime", "seed", "block", "replicate", "expect")
FREE_SETTING = "eager_execution"


class Arm(NamedTuple):
    """A variant on a runtime."""

    variant: str
    runtime: str


class Gap(NamedTuple):
    """How far two training losses lie apart.

    `ulps` counts units in the last place of a float32, the steps in which a number of that size can change.
    """

    absolute: float
    ulps: float

    @property
    def steps(self) -> str:
        """Write how many such steps they are."""
        n = round(self.ulps)
        return f"{n:,} step{'' if n == 1 else 's'}" if n else "less than a step"


@dataclass(frozen=True)
class Divergence:
    """Where trials that began alike diverge; if nowhere, they are bitwise identical.

    Bitwise identical are trials that have the same weights and the same training loss after every epoch or, where
    weights are not recorded, every loss and accuracy the same. (With the same weights a TensorFlow version may still
    sum up an accuracy in its own way.) `weights` is the first epoch, from 1, after which weights differ, `numbers` the
    first in which a number does that must be the same. None is never. `first` is how far their training losses lie
    apart in the epoch in which they diverge, `last` in the last one. Of several pairs of trials, `n` in number, it
    holds the earliest epochs and the largest gaps.

    What the records show of why: whether the trials `began_differently`, with other initial weights, and the first
    epoch in which they were `fed` other batches; None is never, or that older records do not say.
    """

    weights: int | None
    numbers: int | None
    first: Gap
    last: Gap
    n: int = 1
    began_differently: bool = False
    fed: int | None = None

    @property
    def epoch(self) -> int | None:
        """The first epoch in which anything differs; None is never."""
        return _earliest([self.weights, self.numbers])

    @property
    def identical(self) -> bool:
        """Whether every bit of weights and numbers is the same."""
        return self.epoch is None

    @property
    def alike(self) -> bool:
        """Whether the trials began with the same weights and, until they diverge, were fed the same batches."""
        return not self.began_differently and (self.fed is None or (self.epoch is not None and self.epoch < self.fed))

    @property
    def cause(self) -> str | None:
        """Name the first thing in which the trials differ, in the order in which a trial meets it; None is nothing."""
        if self.alike:
            return f"another training in epoch {self.epoch}" if self.epoch else None
        return "other initial weights" if self.began_differently else f"other batches in epoch {self.fed}"


def gap(one: float, other: float) -> Gap:
    """Measure how far two losses lie apart."""
    apart = abs(one - other)
    return Gap(apart, apart / float(np.spacing(np.float32(max(abs(one), abs(other))))))


def divergence(one: Trial, other: Trial) -> Divergence:
    """Compare two trials epoch by epoch; an epoch that only one of them has is a difference in its numbers."""
    pairs = list(zip(one.epochs, other.epochs, strict=False))
    gaps = [gap(a.loss, b.loss) for a, b in pairs]
    alone = len(pairs) + 1 if len(one.epochs) != len(other.epochs) else None
    weights = _first(_differ(a.weights_sha256, b.weights_sha256) for a, b in pairs)
    recorded = all(epoch.weights_sha256 for pair in pairs for epoch in pair)
    numbers = _first(_numbers(a, recorded) != _numbers(b, recorded) for a, b in pairs) or alone
    epoch = min(_earliest([weights, numbers]) or 1, len(pairs))
    return Divergence(
        weights,
        numbers,
        gaps[epoch - 1],
        gaps[-1],
        began_differently=one.initial_weights_sha256 != other.initial_weights_sha256,
        fed=_first(_differ(a.batches_sha256, b.batches_sha256) for a, b in pairs),
    )


def overall(divergences: Sequence[Divergence]) -> Divergence:
    """Sum up several: the earliest epochs, the largest gaps."""
    return Divergence(
        _earliest([each.weights for each in divergences]),
        _earliest([each.numbers for each in divergences]),
        _largest([each.first for each in divergences]),
        _largest([each.last for each in divergences]),
        sum(each.n for each in divergences),
        any(each.began_differently for each in divergences),
        _earliest([each.fed for each in divergences]),
    )


def shared_seeds(ours: Iterable[Trial], theirs: Iterable[Trial]) -> tuple[dict[int, Trial], dict[int, Trial]]:
    """Trials of two arms that began alike, by seed; of controlled ones those that recorded their weights."""
    one, other = ({run.seed: run for run in runs if _shows_bits(run)} for runs in (ours, theirs))
    seeds = sorted(one.keys() & other.keys())
    return {seed: one[seed] for seed in seeds}, {seed: other[seed] for seed in seeds}


def _shows_bits(run: Trial) -> bool:
    return run.protocol != "controlled" or all(epoch.weights_sha256 for epoch in run.epochs)


def divergence_by_seed(ours: Mapping[int, Trial], theirs: Mapping[int, Trial]) -> Divergence | None:
    """Compare the trials of two arms, by seed, over the seeds that both ran; None where there are none."""
    seeds = sorted(ours.keys() & theirs.keys())
    return overall([divergence(ours[seed], theirs[seed]) for seed in seeds]) if seeds else None


def _differ(one: str | None, other: str | None) -> bool:
    """Whether two hashes differ, as far as is known: a record may lack its one."""
    return one is not None and other is not None and one != other


def _numbers(epoch: Epoch, weights_are_recorded: bool) -> list[str | None]:
    """Every bit of the numbers of an epoch that must be the same: the training loss, or all, of its outputs too."""
    if weights_are_recorded:
        return [epoch.loss.hex()]
    of = [epoch, *(epoch.outputs or [])]
    numbers = [getattr(each, name) for each in of for name in ("loss", "accuracy", "val_loss", "val_accuracy")]
    return [None if number is None else number.hex() for number in numbers]


def _first(differs: Iterable[bool]) -> int | None:
    return next((epoch for epoch, found in enumerate(differs, start=1) if found), None)


def _earliest(epochs: Iterable[int | None]) -> int | None:
    return min((epoch for epoch in epochs if epoch is not None), default=None)


def _largest(gaps: Sequence[Gap]) -> Gap:
    return Gap(max(each.absolute for each in gaps), max(each.ulps for each in gaps))


@dataclass(frozen=True)
class Setup:
    """Controlled trials of one experiment that differ in nothing but variant, runtime and seed.

    `runs` holds the finished trials of each arm by seed, the arms in the order of versions and of the configuration;
    `failed` the arms whose trials all failed.
    """

    experiment: str
    alternative: str | None
    series: str
    runs: Mapping[Arm, Mapping[int, Trial]]
    failed: frozenset[Arm]

    @property
    def name(self) -> str:
        """Its experiment, with what tells it from others of the same."""
        series = self.series.removeprefix("controlled").strip("_")
        return ", ".join(filter(None, [self.experiment, self.alternative, series]))

    @property
    def trials(self) -> list[Trial]:
        """All finished trials."""
        return [trial for by_seed in self.runs.values() for trial in by_seed.values()]

    @property
    def seeds(self) -> list[int]:
        """Seeds of the finished trials."""
        return sorted({trial.seed for trial in self.trials})

    @property
    def runtimes(self) -> list[str]:
        """Runtimes of the finished trials, in the order of their versions."""
        return list(dict.fromkeys(arm.runtime for arm in self.runs))

    @cached_property
    def classes(self) -> list[list[Arm]]:
        """Arms that share every bit, for every seed that both ran; one that ran fewer joins the first that it can."""
        found: list[list[Arm]] = []
        for arm in sorted(self.runs, key=self._n_seeds, reverse=True):
            if same := next((arms for arms in found if self._identical(arms[0], arm)), None):
                same.append(arm)
            else:
                found.append([arm])
        order = list(self.runs)
        return sorted((sorted(arms, key=order.index) for arms in found), key=lambda arms: order.index(arms[0]))

    def _identical(self, one: Arm, other: Arm) -> bool:
        compared = self.divergence(one, other)
        return compared is not None and compared.identical

    def most_seeds(self, arms: Sequence[Arm]) -> Arm:
        """Of the arms of a class, one that ran the most seeds: it stands for all."""
        return max(arms, key=self._n_seeds)

    def _n_seeds(self, arm: Arm) -> int:
        return len(self.runs[arm])

    def divergence(self, one: Arm, other: Arm) -> Divergence | None:
        """Compare two arms over the seeds that both ran; None where there are none."""
        return divergence_by_seed(self.runs.get(one, {}), self.runs.get(other, {}))


def setups(experiments: Mapping[str, Experiment], trials: Iterable[Trial]) -> list[Setup]:
    """Controlled trials that can be compared, in the order of the configuration.

    Not those of a series that varies a setting: `study.analysis.factorial` finds with them where bits come from.
    """
    controlled = [trial for trial in trials if trial.experiment in experiments and trial.protocol == "controlled"]
    varied = varying(controlled)
    found: dict[tuple[Hashable, ...], list[Trial]] = defaultdict(list)
    for trial in sorted(controlled, key=lambda trial: _place(trial, experiments)):
        if (trial.experiment, trial.series) not in varied:
            found[*common(trial), trial.settings.model_dump_json(exclude={FREE_SETTING})].append(trial)
    return [_setup(alike) for alike in found.values() if any(trial.status == "completed" for trial in alike)]


def api_pairs(setup: Setup) -> Iterator[tuple[str, Divergence]]:
    """Each two APIs that ran on one version: what is compared, by name, and how they diverge, if they do."""
    for runtime in setup.runtimes:
        for one, other in combinations(get_args(Api), 2):
            if divergence := setup.divergence(Arm(one, runtime), Arm(other, runtime)):
                yield f"{one} and {other} of {setup.name} on {runtime.removeprefix('tf-')}", divergence


def varying(trials: Iterable[Trial]) -> set[tuple[str, str]]:
    """Experiment and series of those that run the same arm from the same seed with several settings."""
    settings = defaultdict(set)
    for trial in trials:
        arm = (trial.experiment, trial.series, trial.alternative, trial.variant, trial.runtime, trial.seed)
        settings[arm].add(trial.settings.model_dump_json())
    return {(arm[0], arm[1]) for arm, different in settings.items() if len(different) > 1}


def common(trial: Trial) -> tuple[Hashable, ...]:
    """Everything but settings that must be the same in trials that are compared."""
    plan = [repr(value) for name, value in trial.planned().items() if name not in (*FREE, "settings")]
    return trial.experiment, trial.series, trial.dataset_sha256, *plan


def named(arms: Iterable[Arm]) -> str:
    """Name arms: variants that ran on the same runtimes together, as "a and b on 1.15.0 and 2.0.0; c on 2.0.0"."""
    runtimes: dict[str, list[str]] = defaultdict(list)
    for arm in arms:
        runtimes[arm.variant].append(arm.runtime.removeprefix("tf-"))
    variants: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for variant, where in runtimes.items():
        variants[tuple(where)].append(variant)
    return "; ".join(f"{listed(names)} on {listed(where)}" for where, names in variants.items())


def _place(trial: Trial, experiments: Mapping[str, Experiment]) -> tuple[object, ...]:
    experiment = experiments[trial.experiment]
    return (
        list(experiments).index(trial.experiment),
        list(experiment.series).index(trial.series) if trial.series in experiment.series else len(experiment.series),
        version_of(trial.runtime),
        list(experiment.variants).index(trial.variant),
        trial.seed,
    )


def _setup(alike: Sequence[Trial]) -> Setup:
    runs: dict[Arm, dict[int, Trial]] = defaultdict(dict)
    for trial in alike:
        if trial.status == "completed":
            runs[Arm(trial.variant, trial.runtime)][trial.seed] = trial
    failed = {Arm(trial.variant, trial.runtime) for trial in alike} - runs.keys()
    one = alike[0]
    return Setup(one.experiment, one.alternative, one.series, dict(runs), frozenset(failed))
