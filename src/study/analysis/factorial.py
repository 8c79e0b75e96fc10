"""What each setting, the API and the version do to the bits of a training: trials that differ in one thing alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from study.analysis.bitwise import FREE_SETTING, Divergence, common, divergence, overall, varying
from study.analysis.explanation import Case, condition
from study.common.text import listed
from study.config.runtimes import version_of
from study.config.study import Experiment
from study.records.models import Trial

Level = bool | int | str | None
# How a reader knows each factor. Whether Keras runs eagerly is whether tf.function is off.
FACTORS = {
    "threads": "threads",
    "onednn": "oneDNN",
    "run_eagerly": "tf.function",
    "jit_compile": "XLA",
    "steps_per_execution": "steps per execution",
    "variant": "API",
    "runtime": "TensorFlow version",
}
ARM = ("variant", "runtime")
INVERTED = "run_eagerly"
# So few things together may explain a difference.
MOST_CIRCUMSTANCES = 2


@dataclass(frozen=True)
class Pair:
    """Two trials that differ in one factor alone: the levels of all others, and where the two part."""

    circumstances: Mapping[str, Level]
    divergence: Divergence


@dataclass(frozen=True)
class Effect:
    """What changing one factor alone does, on one runtime or, where the factor is the version, between two."""

    factor: str
    runtimes: tuple[str, ...]
    pairs: Sequence[Pair]

    @property
    def where(self) -> str:
        """Its runtimes in words."""
        return listed([runtime.removeprefix("tf-") for runtime in self.runtimes])

    @property
    def name(self) -> str:
        """Its factor as a reader knows it."""
        return factor_name(self.factor)

    @property
    def n_same(self) -> int:
        """How many pairs are the same, bit for bit."""
        return sum(pair.divergence.identical for pair in self.pairs)

    @property
    def share(self) -> float:
        """Share of the pairs that are the same, 0 to 1."""
        return self.n_same / len(self.pairs)

    @property
    def worst(self) -> Divergence:
        """The earliest epoch in which a pair parts, and the largest gaps."""
        return overall([pair.divergence for pair in self.pairs])

    @cached_property
    def statement(self) -> str:
        """Say whether it changes bits: never, always, or where."""
        if self.n_same == len(self.pairs):
            return "never changes a bit"
        if not self.n_same:
            return "always changes bits"
        for how, changes in (("only", True), ("except", False)):
            cases: list[Case] = [(pair.circumstances, pair.divergence.identical != changes) for pair in self.pairs]
            if explained := condition(cases, MOST_CIRCUMSTANCES):
                conditions = [condition_text(name, *levels) for name, levels in explained.items()]
                return f"changes bits {how} with {listed(conditions)}"
        return f"changes bits in {len(self.pairs) - self.n_same} of {len(self.pairs)} pairs"


@dataclass(frozen=True)
class Factorial:
    """A series that varies settings: its finished trials and the effect of each factor."""

    experiment: str
    series: str
    trials: Sequence[Trial]

    @cached_property
    def factors(self) -> list[str]:
        """What varies: settings, then the variant and the runtime."""
        levels = [_levels(trial) for trial in self.trials]
        return [name for name in levels[0] if len({each[name] for each in levels}) > 1]

    @property
    def runtimes(self) -> list[str]:
        """Runtimes that have trials, in the order of their versions."""
        return sorted({trial.runtime for trial in self.trials}, key=version_of)

    @cached_property
    def effects(self) -> list[Effect]:
        """Effects that there are trials for, factor by factor, older versions first."""
        return [
            Effect(factor, where, pairs)
            for factor in self.factors
            for where, pairs in sorted(self._pairs(factor).items(), key=lambda item: list(map(version_of, item[0])))
        ]

    def _pairs(self, factor: str) -> dict[tuple[str, ...], list[Pair]]:
        """Pairs of trials that differ in `factor` alone, by the runtimes that they ran on."""
        alike: dict[tuple[object, ...], list[Trial]] = defaultdict(list)
        for trial in sorted(self.trials, key=lambda trial: version_of(trial.runtime)):
            others = [(name, level) for name, level in _levels(trial).items() if name != factor]
            alike[common(trial), trial.seed, *others].append(trial)
        found: dict[tuple[str, ...], list[Pair]] = defaultdict(list)
        for one, other in (pair for trials in alike.values() for pair in combinations(trials, 2)):
            if _truly_differ(one, other, factor):
                circumstances = {name: _levels(one)[name] for name in self.factors if name != factor}
                where = tuple(dict.fromkeys((one.runtime, other.runtime)))
                found[where].append(Pair(circumstances, divergence(one, other)))
        return found

    def label(self, factor: str) -> str:
        """Name a factor, a setting with the levels that were tried."""
        if factor in ARM:
            return factor_name(factor)
        levels = sorted({level_word(factor, _levels(trial)[factor]) for trial in self.trials})
        return f"{factor_name(factor)}: {', '.join(levels)}"


def factorials(experiments: Mapping[str, Experiment], trials: Iterable[Trial]) -> list[Factorial]:
    """Every controlled series that varies a setting, in the order of the configuration."""
    controlled = [trial for trial in trials if trial.protocol == "controlled" and trial.experiment in experiments]
    varied = varying(controlled)
    finished = [trial for trial in controlled if trial.status == "completed"]
    return [
        Factorial(name, series, of_series)
        for name, experiment in experiments.items()
        for series in experiment.series
        if (name, series) in varied
        and (of_series := [trial for trial in finished if (trial.experiment, trial.series) == (name, series)])
    ]


def condition_text(factor: str, *levels: object) -> str:
    """Name a factor with the levels that it has."""
    if factor in ARM:
        return listed([str(level).removeprefix("tf-") for level in levels])
    if all(isinstance(level, bool) for level in levels):
        return f"{factor_name(factor)} {listed([level_word(factor, level) for level in levels])}"
    return f"{listed(list(map(str, levels)))} {factor_name(factor)}"


def factor_name(factor: str) -> str:
    """Name a factor as a reader knows it."""
    return FACTORS.get(factor, factor.replace("_", " "))


def level_word(factor: str, level: object) -> str:
    """Write one level: a switch is on or off."""
    if not isinstance(level, bool):
        return str(level)
    return "on" if level != (factor == INVERTED) else "off"


def _levels(trial: Trial) -> dict[str, Level]:
    """Level of everything that may vary; where the plan does not say that Keras runs eagerly, it does not."""
    settings = trial.settings.model_dump(exclude={FREE_SETTING})
    settings[INVERTED] = bool(settings.get(INVERTED))
    return {**settings, "variant": trial.variant, "runtime": trial.runtime}


def _truly_differ(one: Trial, other: Trial, factor: str) -> bool:
    """Whether the factor differs in what was done, not only in what was asked for: a runtime may lack the knob."""
    done = [trial.applied.get(factor, _levels(trial)[factor]) for trial in (one, other)]
    return done[0] != done[1]
