"""What crosses the process boundary: planned trials go in, trial records and observations come out."""

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from study.config.datasets import EditionName, ImageShape
from study.config.study import Architecture, Arrangement, Optimizer, Protocol, Scale, Settings, Validation
from study.config.validation import Count, Sha256, StrictModel


class PlannedTrial(StrictModel):
    """One training run to do: experiment, variant, runtime, protocol, seed, and everything that shapes it.

    In a plan and in its hash what does not apply is absent, not null (`APPLIES_TO_SOME`): a trial keeps its hash when
    a later experiment brings something new.
    """

    experiment: str
    variant: str
    alternative: str | None = None
    runtime: str
    protocol: Protocol
    series: str
    scale: Scale
    block: PositiveInt
    replicate: Count
    seed: Count
    timed: bool
    expect: Literal["completed", "failed"]
    diagnostic: Literal[True] | None = None
    confirms: Literal[True] | None = None
    dataset: str
    edition: EditionName | None = None
    n_train: PositiveInt
    n_validation: Count
    n_test: PositiveInt
    arrangement: Arrangement | None = None
    validation: Validation | None = None
    n_skipped: PositiveInt | None = None
    image_shape: ImageShape | None = None
    n_epochs: PositiveInt
    batch_size: PositiveInt
    optimizer: Optimizer
    loss: str
    architecture: Architecture | None = None
    checkpoints: Literal[True] | None = None
    settings: Settings

    def planned(self) -> dict[str, Any]:
        """Return what the plan says of this trial, as it crosses the process boundary."""
        fields = self.model_dump(include=set(PlannedTrial.model_fields))
        fields["optimizer"] = self.optimizer.model_dump(exclude_none=True)
        fields["settings"] = self.settings.model_dump(exclude=set() if self.settings.run_eagerly else {"run_eagerly"})
        return {name: value for name, value in fields.items() if name not in APPLIES_TO_SOME or value is not None}

    def sha256(self) -> str:
        """Hash of the planned trial, the same on both sides of the process boundary."""
        return hashlib.sha256(json.dumps(self.planned(), sort_keys=True).encode()).hexdigest()


APPLIES_TO_SOME = (
    *("alternative", "diagnostic", "confirms", "edition", "arrangement", "validation", "n_skipped", "image_shape"),
    *("architecture", "checkpoints"),
)


class Plan(StrictModel):
    """What one job runs: trials that share a series, a runtime and a block, in the order in which they run."""

    trials: Annotated[list[PlannedTrial], Field(min_length=1)]

    def text(self) -> str:
        """JSON of the plan, as it crosses the process boundary."""
        return json.dumps({"trials": [trial.planned() for trial in self.trials]}, indent=1) + "\n"


class Output(StrictModel):
    """Metrics of one output of a network that has several."""

    loss: float
    accuracy: float
    val_loss: float | None = None
    val_accuracy: float | None = None


class Epoch(StrictModel):
    """What one epoch took and gave; what does not apply is absent.

    A network with several outputs has a `loss`, the sum over its `outputs`, but no accuracy of its own. A controlled
    trial has a hash of its weights after the epoch and one of the batches that it was fed; older records lack the
    latter.
    """

    epoch: PositiveInt
    seconds: PositiveFloat
    loss: float
    accuracy: float | None = None
    val_loss: float | None = None
    val_accuracy: float | None = None
    outputs: list[Output] | None = None
    weights_sha256: Sha256 | None = None
    batches_sha256: Sha256 | None = None


Score = Annotated[float, Field(ge=0, le=1)]


class TrialError(StrictModel):
    """How a trial failed."""

    type: str
    message: str
    traceback: str


class Trial(PlannedTrial):
    """One training run that ended: the plan's fields, and what came of it. Seconds, bytes, fractions.

    A network that tells two classes apart has `test_scores`: how sure it is of each test sample that it is of class 1.
    `resumed_after` is the epoch after which a trial went on whose process had been killed. `n_train_available` is how
    many training samples the dataset has where they are fewer than planned. `boot_id` names the boot of the machine,
    and `busy_elsewhere` is how many cores other processes kept busy meanwhile, on average; older records have neither.
    """

    status: Literal["completed", "failed"]
    started: str
    epochs: list[Epoch]
    build_seconds: NonNegativeFloat | None = None
    trace_seconds: NonNegativeFloat | None = None
    test_loss: float | None = None
    test_accuracy: float | None = None
    test_outputs: list[Output] | None = None
    test_scores: list[Score] | None = None
    resumed_after: PositiveInt | None = None
    n_train_available: PositiveInt | None = None
    peak_memory_bytes: PositiveInt | None = None
    boot_id: str | None = None
    busy_elsewhere: NonNegativeFloat | None = None
    initial_weights_sha256: Sha256 | None = None
    n_parameters: Count | None = None
    applied: dict[str, Any]
    environment: dict[str, Any]
    environment_sha256: Sha256
    dataset_sha256: Sha256
    plan_sha256: Sha256
    code_sha256: Sha256
    error: TrialError | None = None

    @property
    def n_trained(self) -> int:
        """Number of samples in an epoch."""
        return self.n_train_available or self.n_train


Probe = Literal["capabilities", "behaviours", "formulas", "structures", "programs"]


class Observation(StrictModel):
    """What a program that is no training showed on one runtime: a cell of the capability matrix, a formula, a model.

    `status` is what came of it; `remedy` says after what it works. `values` holds what it measured or counted; it is
    empty where it failed.
    """

    probe: Probe
    subject: str
    variant: str | None = None
    alternative: str | None = None
    runtime: str
    status: Literal["works", "works after", "fails"]
    remedy: str | None = None
    error: TrialError | None = None
    values: dict[str, Any] = {}
    environment_sha256: Sha256
    environment: dict[str, Any]
    code_sha256: Sha256
