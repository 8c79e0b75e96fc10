"""The ledger: every published statement, quoted, with the rule that judges it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, NonNegativeFloat, PositiveInt, ValidationInfo, field_validator, model_validator

from study.config import Experiment, Protocol
from study.records import PlannedTrial
from study.yamlfiles import ConfigError, Loc, StrictModel, did_you_mean, line_of, load_yaml, read_text

LEDGER = "config/claims"

Rule = Literal[
    "value",
    "curve",
    "order",
    "equal",
    "fails",
    "arithmetic",
    "structure",
    "network",
    "capability",
    "formula",
    "opinion",
]
EpochMetric = Literal["loss", "accuracy", "val_loss", "val_accuracy"]
TimeMetric = Literal["epoch_seconds", "cost_per_sample", "setup_seconds"]
Metric = Literal[
    TimeMetric,
    EpochMetric,
    "best_accuracy",
    "best_val_accuracy",
    "final_accuracy",
    "final_loss",
    "test_accuracy",
    "test_loss",
]
TIME_METRICS = get_args(TimeMetric)
EPOCH_METRICS = get_args(EpochMetric)
CURVE_METRICS = (*EPOCH_METRICS, "epoch_seconds", "cost_per_sample")

Api = Literal["sequential", "functional", "subclass"]
Capability = Literal[
    "several_inputs",
    "several_outputs",
    "shared_layers",
    "branches",
    "residual_connection",
    "dynamic_control_flow",
    "layers_before_first_call",
    "summary_before_first_call",
    "summary",
    "plot_model",
    "save_and_load",
    "clone_from_config",
]
Formula = Literal[
    "composition",
    "graph",
    "subclass_call",
    "mean_loss",
    "sequential_backpropagation",
    "functional_backpropagation",
    "subclass_backpropagation",
]
TrialFact = Literal["n_train", "n_validation", "n_test", "n_epochs", "n_parameters", "batch_size", "steps_per_epoch"]
# `units_1` is the number of units of the first dense layer, and so on.
# `conv_strides` and `pool_strides` are those of every convolution and of every pooling layer, in every direction.
NetworkFact = Literal[
    "n_parameters",
    "n_layers",
    "n_inputs",
    "n_outputs",
    "units_1",
    "units_2",
    "units_3",
    "units_4",
    "conv_strides",
    "pool_strides",
]
# In what two networks may differ: what somebody chooses of a layer, by Keras' own name where it has one.
Choice = Literal[
    "inputs",
    "layers",
    "type",
    "activation",
    "padding",
    "strides",
    "pool_size",
    "units",
    "filters",
    "kernel_size",
    "use_bias",
    "dilation_rate",
    "groups",
    "data_format",
    "rate",
    "axis",
    "dtype",
    "connections",
    "sharing",
]
DatasetFact = Literal["n_train", "n_test", "height", "width", "n_classes", "n_dropped"]
Fact = Literal[TrialFact, NetworkFact, DatasetFact]

# What a claim may be about where no trials are: the subjects of a probe.
SUBJECTS: dict[str, tuple[str, ...]] = {"capability": get_args(Capability), "formula": get_args(Formula)}
NEEDED = {
    "value": ("experiment", "variant", "runtime", "metric", "published"),
    "curve": ("experiment", "variant", "runtime", "metric", "published"),
    "order": ("experiment", "variant", "runtime", "metric", "baseline", "direction", "margin"),
    "equal": ("experiment", "variant", "runtime", "metric", "baseline", "margin"),
    "fails": ("experiment", "variant", "runtime"),
    "arithmetic": ("terms", "published"),
    "structure": ("fact", "published"),
    "network": ("subject", "variant", "baseline", "expected"),
    "capability": ("subject", "variant", "expected"),
    "formula": ("subject", "variant", "margin"),
    "opinion": ("why",),
}
# What a claim of a rule may expect.
EXPECTED = {"capability": ("works", "fails"), "network": ("same", "differs"), "structure": ("fewer",)}
# By what a claim picks its trials: the claim's field, and where a trial has it.
PICKED_BY: dict[str, Callable[[PlannedTrial], object]] = {
    "experiment": lambda trial: trial.experiment,
    "variant": lambda trial: trial.variant,
    "runtime": lambda trial: trial.runtime,
    "alternative": lambda trial: trial.alternative,
    "protocol": lambda trial: trial.protocol,
    "eager_execution": lambda trial: trial.settings.eager_execution,
}
# Left out, these mean all; an alternative left out means the base reading.
ALL_IF_ABSENT = ("experiment", "variant", "runtime")


class Arm(StrictModel):
    """Which trials a statement speaks of; what is left out is as in the claim.

    An alternative belongs to its experiment: of another experiment it is the base reading unless named.
    """

    experiment: str | None = None
    variant: str | None = None
    runtime: str | None = None
    alternative: str | None = None
    eager_execution: bool | None = None


class Number(StrictModel):
    """A printed number and the worth of its last printed digit (0: exact)."""

    value: float
    resolution: NonNegativeFloat = 0


class Reading(StrictModel):
    """Another way to read what the source left out: the claim's fields it changes."""

    reading: str
    metric: Metric | None = None
    variant: str | None = None
    runtime: str | None = None
    alternative: str | None = None
    epoch: PositiveInt | None = None
    protocol: Protocol | None = None
    eager_execution: bool | None = None
    baseline: Arm | None = None


class Claim(StrictModel):
    """One published statement.

    Accuracies are fractions, times seconds, costs per sample microseconds; `published` is in the metric's unit, for
    the rule `order` it is the ratio to the baseline, for `curve` a number an epoch. `resolution` is the worth of the
    last printed digit. `epoch` (default: the last) and `output` (from 1) say which number of a trial is meant.

    `subject` is what a program that is no training looks at (`SUBJECTS`, for `structure` an experiment or a dataset,
    for `network` an experiment). `differences` names everything in which two networks are said to differ.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")]
    source: str
    quote: str
    place: str
    rule: Rule
    experiment: str | None = None
    subject: str | None = None
    variant: str | None = None
    runtime: str | None = None
    alternative: str | None = None
    protocol: Protocol = "as_published"
    eager_execution: bool = False
    metric: Metric | None = None
    epoch: PositiveInt | None = None
    output: PositiveInt | None = None
    published: float | Annotated[list[float], Field(min_length=1)] | None = None
    resolution: NonNegativeFloat = 0
    margin: NonNegativeFloat | None = None
    direction: Literal["lower", "higher"] | None = None
    baseline: Arm | None = None
    terms: list[list[Number]] = []
    fact: Fact | None = None
    expected: Literal["works", "fails", "same", "differs", "fewer"] | None = None
    differences: list[Choice] = []
    why: str | None = None
    assumed: str | None = None
    sensitivity: list[Reading] = []

    @field_validator("subject")
    @classmethod
    def _subject_is_known(cls, subject: str | None, info: ValidationInfo) -> str | None:
        known = SUBJECTS.get(info.data.get("rule", ""), ())
        if subject is not None and known and subject not in known:
            raise ValueError(f"'{subject}' is not known; {did_you_mean(subject, list(known))}")
        return subject

    @field_validator("variant")
    @classmethod
    def _api_is_known(cls, variant: str | None, info: ValidationInfo) -> str | None:
        if variant is not None and info.data.get("rule") in SUBJECTS and variant not in get_args(Api):
            raise ValueError(f"'{variant}' is not known; {did_you_mean(variant, list(get_args(Api)))}")
        return variant

    @model_validator(mode="after")
    def _fits_its_rule(self) -> Self:
        read: list[Claim] = [self, *(reading for _, reading in readings(self))]
        for problem in (problem for claim in read for problem in _problems(claim)):
            raise ValueError(problem)
        return self

    @property
    def timed(self) -> bool:
        """Whether the claim speaks of a time."""
        return self.metric in TIME_METRICS

    @property
    def number(self) -> float:
        """The published number of a rule that needs one."""
        if self.published is None or isinstance(self.published, list):
            raise TypeError(f"{self.id}: the rule '{self.rule}' has no published number")
        return self.published

    @property
    def numbers(self) -> list[float]:
        """The published numbers of a curve."""
        return self.published if isinstance(self.published, list) else []


def _problems(claim: Claim) -> Iterator[str]:
    """What keeps `claim` from being judged by its rule."""
    needed = NEEDED[claim.rule]
    if claim.rule in ("value", "curve") and not claim.timed:
        needed += ("margin",)
    missing = [field for field in needed if getattr(claim, field) in (None, [])]
    if missing:
        yield f"the rule '{claim.rule}' needs {', '.join(missing)}"
    if (claim.rule == "curve") != isinstance(claim.published, list) and claim.published is not None:
        yield f"the rule '{claim.rule}' needs published to be {'a list' if claim.rule == 'curve' else 'one number'}"
    if claim.rule == "curve" and claim.metric not in CURVE_METRICS:
        yield f"the rule 'curve' needs a metric that each epoch has: {', '.join(CURVE_METRICS)}"
    if (claim.epoch or claim.output) and claim.metric not in EPOCH_METRICS:
        yield f"epoch and output need a metric that each epoch has: {', '.join(EPOCH_METRICS)}"
    if claim.rule == "equal" and claim.timed:
        yield "the rule 'equal' is not for a time: use 'order', which compares within blocks and knows the noise"
    if claim.expected is not None and claim.expected not in EXPECTED.get(claim.rule, ()):
        yield f"the rule '{claim.rule}' does not expect '{claim.expected}'"
    if claim.differences and claim.expected != "differs":
        yield "differences need expected to be 'differs'"
    if claim.rule == "structure":
        yield from _structure_problems(claim)


def _structure_problems(claim: Claim) -> Iterator[str]:
    if (claim.subject is None) == (claim.experiment is None):
        yield "the rule 'structure' needs either subject or experiment"
    known = get_args(TrialFact if claim.experiment else Literal[NetworkFact, DatasetFact])
    if claim.fact is not None and claim.fact not in known:
        of = "trials" if claim.experiment else "a subject"
        yield f"the fact '{claim.fact}' is not one of {of}: {did_you_mean(claim.fact, list(known))}"


def ledger_files(path: str | Path = LEDGER) -> list[Path]:
    """Files of the ledger: those in a folder, in the order of their names, or the one file named."""
    path = Path(path)
    return sorted(path.glob("*.yaml")) if path.is_dir() else [path]


def load_claims(path: str | Path = LEDGER) -> list[Claim]:
    """Read the ledger: every file of a folder, in the order of their names, or one file.

    Raises
    ------
    ConfigError
        For a misspelt key, an unknown rule, metric, subject or fact, with the line and the nearest valid name, and
        for a claim that comes twice.
    """
    claims, places = [], dict[str, tuple[Path, int]]()
    for file in ledger_files(path):
        for number, claim in enumerate(load_yaml(file, list[Claim])):
            if claim.id in places:
                first = _line(*places[claim.id], "id")
                raise ConfigError(f"{_line(file, number, 'id')}: the claim '{claim.id}' comes twice, first at {first}")
            places[claim.id] = file, number
            claims.append(claim)
    if not claims:
        raise ConfigError(f"{path}: there are no claims")
    return claims


def _line(file: Path, *loc: int | str) -> str:
    """Name the place of `loc` in a file of the ledger."""
    return f"{file}:{line_of(read_text(file), loc)}"


def _place(path: str | Path, claim: Claim, loc: Loc) -> str:
    """Name the place of `loc` in a claim of the ledger at `path`."""
    for file in ledger_files(path):
        for number, entry in enumerate(load_yaml(file, list[dict[str, Any]])):
            if entry.get("id") == claim.id:
                return _line(file, number, *loc)
    return str(path)


def readings(claim: Claim) -> Iterator[tuple[str, Claim]]:
    """Every other reading of `claim`, as a claim of its own."""
    for reading in claim.sensitivity:
        changed = {field: getattr(reading, field) for field in reading.model_fields_set - {"reading"}}
        yield reading.reading, claim.model_copy(update=changed | {"sensitivity": []})


def baseline_of(claim: Claim) -> Claim:
    """What `claim` compares with, as a claim of its own."""
    changed = claim.baseline.model_dump(exclude_unset=True) if claim.baseline else {}
    about = "experiment" if claim.subject is None else "subject"
    if changed.setdefault(about, changed.pop("experiment", getattr(claim, about))) != getattr(claim, about):
        changed = {"alternative": None} | changed
    return claim.model_copy(update=changed | {"baseline": None, "sensitivity": []})


def speaks_of(claim: Claim, trial: PlannedTrial) -> bool:
    """Whether `trial` is of what `claim` names: experiment, variant, runtime and so on, timed or not."""
    return not trial.diagnostic and all(_is_picked(field, claim, trial) for field in PICKED_BY)


def _is_picked(field: str, claim: Claim, trial: PlannedTrial) -> bool:
    wanted = getattr(claim, field)
    return (wanted is None and field in ALL_IF_ABSENT) or wanted == PICKED_BY[field](trial)


def refuse_unplanned(
    claims: Iterable[Claim],
    planned: Iterable[PlannedTrial],
    experiments: Mapping[str, Experiment],
    where: str | Path = LEDGER,
) -> None:
    """Refuse a ledger that speaks of trials that the full scale does not plan, or of subjects that are none.

    A smaller scale may leave trials out: a claim about them is then inconclusive.

    Parameters
    ----------
    planned
        Trials of the full scale.
    experiments
        All of the study, those without trials too: their networks can be spoken of.
    where
        Folder or file that the claims come from.

    Raises
    ------
    ConfigError
        With the claim, its line, and the nearest valid name.
    """
    trials = list(planned)
    for claim in claims:
        for loc, message in _unplanned(claim, trials, experiments):
            raise ConfigError(f"{_place(where, claim, loc)}: {claim.id}: {message}")


def _unplanned(
    claim: Claim, trials: list[PlannedTrial], experiments: Mapping[str, Experiment]
) -> Iterator[tuple[Loc, str]]:
    """Everything in `claim` that no planned trial has, with the place where it stands."""
    for field, message in _unplanned_arms(claim, trials, experiments):
        yield field, message
    for number, (_, reading) in enumerate(readings(claim)):
        changed = claim.sensitivity[number].model_fields_set
        for loc, message in _unplanned_arms(reading, trials, experiments):
            yield ("sensitivity", number, *(loc if loc[0] in changed else ())), message


def _unplanned_arms(
    claim: Claim, trials: list[PlannedTrial], experiments: Mapping[str, Experiment]
) -> Iterator[tuple[Loc, str]]:
    arms: list[tuple[Loc, Claim]] = [((), claim)]
    arms += [(("baseline",), baseline_of(claim))] if claim.baseline else []
    for at, arm in arms:
        unknown = _unplanned_arm(arm, trials) if arm.subject is None else _unknown_subject(arm, trials, experiments)
        for field, message in unknown:
            yield (*at, field), message


def _unknown_subject(
    claim: Claim, trials: list[PlannedTrial], experiments: Mapping[str, Experiment]
) -> Iterator[tuple[str, str]]:
    """A subject, variant, alternative, runtime or fact of `claim` that the study does not have."""
    datasets = {trial.dataset for trial in trials}
    subjects = {"structure": {*experiments, *datasets}, "network": {*experiments}}.get(claim.rule)
    if subjects is not None and claim.subject not in subjects:
        kind = "experiment or dataset" if datasets <= subjects else "experiment"
        yield "subject", f"no {kind} is called '{claim.subject}': {did_you_mean(claim.subject, sorted(subjects))}"
        return
    known = {"runtime": sorted({trial.runtime for trial in trials})}
    if experiment := experiments.get(str(claim.subject)):
        known |= {"variant": list(experiment.variants), "alternative": list(experiment.alternatives)}
    for field, names in known.items():
        name = getattr(claim, field)
        if name is not None and name not in names:
            yield field, f"{claim.subject} has no {field} '{name}': {did_you_mean(name, names)}"
    facts = get_args(NetworkFact if claim.subject in experiments else DatasetFact)
    if claim.rule == "structure" and claim.fact not in facts:
        yield "fact", f"{claim.subject} has no fact '{claim.fact}': {did_you_mean(claim.fact, list(facts))}"


def _unplanned_arm(arm: Claim, trials: list[PlannedTrial]) -> Iterator[tuple[str, str]]:
    """The first field of `arm` that no planned trial has together with the fields before it."""
    if arm.experiment is None:
        return
    before: list[str] = []
    for field in PICKED_BY:
        if getattr(arm, field) is None and field in ALL_IF_ABSENT:
            continue
        for message in _unknown(field, arm, trials, before):
            yield field, message
            return
        if arm.rule in ("arithmetic", "opinion"):
            return
        before.append(str(getattr(arm, field)))
        trials = [trial for trial in trials if _is_picked(field, arm, trial)]
    if arm.metric and arm.timed not in {trial.timed for trial in trials}:
        yield "metric", f"'{arm.metric}' needs {'timed' if arm.timed else 'untimed'} trials of {', '.join(before[:3])}"
    for message in _too_late(arm, trials):
        yield "epoch" if arm.epoch else "published", message


def _too_late(arm: Claim, trials: list[PlannedTrial]) -> Iterator[str]:
    """A published epoch that no planned trial reaches."""
    last = arm.epoch or len(arm.numbers)
    planned = max((trial.n_epochs for trial in trials if trial.timed == arm.timed), default=0)
    if last > planned and not arm.timed:
        yield f"epoch {last} comes after the last planned one, {planned}"


def _unknown(field: str, arm: Claim, trials: list[PlannedTrial], before: list[str]) -> Iterator[str]:
    wanted, known = getattr(arm, field), {str(PICKED_BY[field](trial)) for trial in trials}
    if str(wanted) not in known:
        of = f" of {', '.join(before)}" if before else ""
        yield f"no planned trial{of} has the {field} '{wanted}': {did_you_mean(wanted, sorted(known))}"
