"""The study as data: what `config/*.yaml` may say."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    PositiveFloat,
    PositiveInt,
    StrictBool,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_validator,
)

from study.config.datasets import Dataset, EditionName, ImageShape, load_datasets
from study.config.runtimes import load_runtimes
from study.config.validation import (
    ConfigError,
    Count,
    Loc,
    StrictModel,
    check,
    did_you_mean,
    line_of,
    parse_yaml,
    read_text,
)

Scale = Literal["smoke", "quick", "full"]
Protocol = Literal["as_published", "controlled"]
ProviderName = Literal["uv", "docker", "apptainer"]
# How samples become what a network reads; what each means stands in src/trials/training/data.py.
Arrangement = Literal["vector", "vector_twice", "image_halves", "two_images"]
# Samples that validate: the training part's last ones (unless said otherwise) or first ones, or the test part.
Validation = Literal["last", "first", "test"]
Architecture = dict[str, StrictBool | PositiveInt | list[PositiveInt] | str]


class Optimizer(StrictModel):
    """An optimizer by its Keras name; what is not said here is Keras' default."""

    name: Literal["adam", "adagrad", "rmsprop", "sgd"]
    learning_rate: PositiveFloat
    momentum: PositiveFloat | None = None


class Settings(StrictModel):
    """The knobs that TensorFlow or Keras would otherwise choose silently.

    `threads` null leaves the choice to TensorFlow, as the sources did. `eager_execution` switches it on in
    TensorFlow 1; `onednn` null leaves the build's default; `run_eagerly` has Keras run each step without a
    `tf.function`. A knob that a runtime does not have is recorded as null.
    """

    threads: PositiveInt | None = None
    eager_execution: bool = False
    run_eagerly: bool = False
    jit_compile: bool = False
    steps_per_execution: PositiveInt = 1
    deterministic: bool = False
    onednn: bool | None = None
    progress_bar: bool = True

    @model_validator(mode="after")
    def _must_go_together(self) -> Self:
        if not go_together(**self.model_dump()):
            raise ValueError("run_eagerly leaves no graph for jit_compile and steps_per_execution")
        return self


def go_together(*, run_eagerly: bool, jit_compile: bool, steps_per_execution: int, **_others: object) -> bool:
    """Whether these settings exist together: XLA and several steps an execution both need a graph."""
    return not (run_eagerly and (jit_compile or steps_per_execution > 1))


class Factors(StrictModel):
    """Settings that an arm varies, each with its levels; a setting that is left out is not varied."""

    threads: list[PositiveInt] = []
    run_eagerly: list[bool] = []
    jit_compile: list[bool] = []
    steps_per_execution: list[PositiveInt] = []
    onednn: list[bool] = []

    @field_validator("*")
    @classmethod
    def _must_differ(cls, levels: list[object]) -> list[object]:
        if len(set(levels)) < len(levels):
            raise ValueError("a level comes twice")
        return levels

    def combinations(self, base: Settings) -> list[Settings]:
        """Every combination of levels that exists, the other settings as in `base`."""
        varied = {name: levels for name, levels in self if levels}
        every = (base.model_dump() | dict(zip(varied, chosen, strict=True)) for chosen in product(*varied.values()))
        return [Settings(**settings) for settings in every if go_together(**settings)]


def _names_or_all(value: object, check_names: ValidatorFunctionWrapHandler) -> object:
    try:
        return check_names(value)
    except ValidationError:
        raise ValueError(f"{value!r} is neither 'all' nor a list of names") from None


# Names in a list, or all that there are. One mistake is one message: pydantic's own has one for each of the two forms.
OneOrMore = Field(min_length=1)
Names = Annotated[Annotated[list[str], OneOrMore] | Literal["all"], WrapValidator(_names_or_all)]
NamesOrBase = Annotated[Annotated[list[str | None], OneOrMore] | Literal["all"], WrapValidator(_names_or_all)]


class Arm(StrictModel):
    """Variants that a series trains alike; what it leaves out it takes from the series.

    It runs every one of `variants` with every one of `alternatives`: other ways to fill in what the source leaves out,
    null being the experiment as it stands, which `all` does not mean. It runs on all `runtimes` but those that it is
    `not_on`, so also on those that are added later. With `factors` it runs once for every combination of settings.
    """

    variants: Names
    alternatives: NamesOrBase = [None]
    runtimes: Names = "all"
    not_on: list[str] = []
    blocks: dict[Scale, Count] = {}
    confirming: dict[Scale, Count] = {}
    epochs: dict[Scale, PositiveInt] = {}
    settings: Settings | None = None
    factors: Factors = Factors()
    replicate: Count = 0
    expect: Literal["completed", "failed"] = "completed"

    def runs_on(self, runtime: str) -> bool:
        """Whether it has trials on a runtime."""
        return (self.runtimes == "all" or runtime in self.runtimes) and runtime not in self.not_on


class Series(StrictModel):
    """Trials of one experiment that belong together: `blocks` rounds in which every arm runs once.

    Each trial has its own seed, but with `shared_seed` the trials of a block have the same, as scripts have that fix
    theirs. In the controlled protocol the seed is always shared. `n_train`, `n_validation` and `n_test` cut an epoch
    where its length does not matter. A `diagnostic` series looks for the causes of differences; no claim is judged by
    it. With `checkpoints` a trial whose process is killed goes on after its last epoch: for trials of an hour.

    `confirming` blocks come after these, a batch of their own: no verdict looks at them but one that contradicts, which
    they must confirm.
    """

    protocol: Protocol
    timed: bool
    diagnostic: Literal[True] | None = None
    shared_seed: bool = False
    checkpoints: Literal[True] | None = None
    n_train: PositiveInt | None = None
    n_validation: PositiveInt | None = None
    n_test: PositiveInt | None = None
    blocks: dict[Scale, Count]
    confirming: dict[Scale, Count] = {}
    epochs: dict[Scale, PositiveInt]
    settings: Settings
    arms: Annotated[list[Arm], Field(min_length=1)]


class Alternative(StrictModel):
    """Another way to fill in what the source leaves out: the experiment's fields that it changes."""

    title: str
    dataset: str | None = None
    n_train: PositiveInt | None = None
    validation: Validation | None = None
    batch_size: PositiveInt | None = None
    optimizer: Optimizer | None = None
    architecture: Architecture | None = None

    def changes(self) -> dict[str, Any]:
        """Fields of the experiment that it changes, with their new values."""
        return {field: getattr(self, field) for field in self.model_fields_set - {"title"}}


class Limits(StrictModel):
    """What a scale cuts down to."""

    n_train: PositiveInt | None = None
    n_validation: PositiveInt | None = None
    n_test: PositiveInt | None = None


class Experiment(StrictModel):
    """A fixed task and the series of trials that study it.

    `arrangement` says how samples become what the network reads; `validation`, which samples validate; `n_skipped`, how
    many at the start of the training part are not used; `architecture` is what its module's builders take;
    `image_shape` is that of an image as the network reads it, where it is not the dataset's. An experiment without a
    dataset has no trials: its networks are only looked at. `limits` are its own, in place of the scale's, where
    its samples cost more. `assumption` is what these fields are called as they stand, beside the titles of the
    alternatives. What does not apply is left out.
    """

    title: str
    source: str
    assumption: str = "as assumed"
    dataset: str | None = None
    image_shape: ImageShape | None = None
    n_train: PositiveInt
    n_validation: Count
    n_test: PositiveInt
    arrangement: Arrangement | None = None
    validation: Validation | None = None
    n_skipped: PositiveInt | None = None
    limits: dict[Scale, Limits] = {}
    batch_size: PositiveInt
    optimizer: Optimizer
    loss: Literal[
        "sparse_categorical_crossentropy", "sparse_categorical_crossentropy_from_logits", "binary_crossentropy"
    ]
    architecture: Architecture | None = None
    alternatives: dict[str, Alternative] = {}
    variants: dict[str, str]
    series: dict[str, Series]


class Setup(StrictModel):
    """How a run has its runtimes: who provides them, and which of them train on the GPU, the others on the CPU."""

    provider: ProviderName = "uv"
    gpu: list[str] = []


class Study(Setup):
    """`config/study.yaml`: how a run is set up, its scale, the seed everything derives from, and the experiments.

    `edition` is of the datasets that have several; left out it is the published one, or the one that a mirror holds.
    """

    scale: Scale
    seed: Count
    edition: EditionName | None = None
    scales: dict[Scale, Limits]
    experiments: dict[str, Experiment]

    def is_evidence(self, scale: Scale) -> bool:
        """Whether trials at this scale may answer claims: only those of a scale that cuts nothing may."""
        of_experiments = (experiment.limits.get(scale) for experiment in self.experiments.values())
        return not any(limits and limits.model_fields_set for limits in (self.scales[scale], *of_experiments))


def load_study(path: str | Path = "config/study.yaml", overrides: dict[str, object] | None = None) -> Study:
    """Read the study; `overrides` are top-level values from the command line (`--config scale=smoke`)."""
    text = read_text(path)
    content = parse_yaml(text, path)
    changed = {key: value for key, value in (overrides or {}).items() if content.get(key) != value}
    content |= changed

    def where(loc: Loc) -> str:
        return "--config" if loc and loc[0] in changed else f"{path}:{line_of(text, loc)}"

    study = check(content, Study, where)
    for loc, message in _unknown_names(study):
        raise ConfigError(f"{where(loc)}: {message}")
    return study


def _unknown_names(study: Study) -> Iterator[tuple[Loc, str]]:
    """Every name in the study that nothing defines, with the place where it stands."""
    runtimes, datasets = list(load_runtimes()), load_datasets()
    for position, runtime in enumerate(study.gpu):
        yield from _unknown("runtime", runtime, runtimes, ("gpu", position))
    for name, experiment in study.experiments.items():
        at: Loc = ("experiments", name)
        yield from _unknown_dataset(experiment, datasets, at)
        for alternative_name, alternative in experiment.alternatives.items():
            if alternative.dataset is not None:
                yield from _unknown(
                    "dataset", alternative.dataset, list(datasets), (*at, "alternatives", alternative_name, "dataset")
                )
        for series_name, series in experiment.series.items():
            for number, arm in enumerate(series.arms):
                yield from _unknown_in_arm(experiment, arm, runtimes, (*at, "series", series_name, "arms", number))


def _unknown_dataset(experiment: Experiment, datasets: dict[str, Dataset], at: Loc) -> Iterator[tuple[Loc, str]]:
    if experiment.dataset is not None:
        yield from _unknown("dataset", experiment.dataset, list(datasets), (*at, "dataset"))
    elif experiment.series:
        yield (*at, "series"), f"trials need a dataset: {', '.join(datasets)}"
    known = datasets.get(str(experiment.dataset))
    if experiment.image_shape is None and (known is None or known.image_shape is None):
        yield at, "without a dataset whose images have one shape it needs an image_shape"


def _unknown_in_arm(experiment: Experiment, arm: Arm, runtimes: list[str], at: Loc) -> Iterator[tuple[Loc, str]]:
    known = {
        "variants": ("variant", list(experiment.variants)),
        "alternatives": ("alternative", list(experiment.alternatives)),
        "runtimes": ("runtime", runtimes),
        "not_on": ("runtime", runtimes),
    }
    if arm.alternatives == "all" and not experiment.alternatives:
        yield (*at, "alternatives"), "the experiment has no alternatives"
    for field, (what, valid) in known.items():
        names = getattr(arm, field)
        for position, name in enumerate([] if names == "all" else names):
            if name is not None:
                yield from _unknown(what, name, valid, (*at, field, position))


def _unknown(what: str, name: str, known: list[str], loc: Loc) -> Iterator[tuple[Loc, str]]:
    if name not in known:
        yield loc, f"unknown {what} '{name}': {did_you_mean(name, known)}"
