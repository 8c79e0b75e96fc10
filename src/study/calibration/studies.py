"""Simulated studies: the questions of the study, answers that are true by construction, and trials that show them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from study.calibration.worlds import World
from study.claims.models import Claim, ComparingClaim, MeasuredClaim
from study.claims.rules import CurveClaim, EqualClaim, OrderClaim, ValueClaim
from study.claims.selection import Selection
from study.config.study import Settings
from study.records.models import Epoch, Output, Trial
from study.statistics import Array
from study.verdicts.tested import ways_to_ask

ONE, OTHER, RUNTIME = "one", "other", "runtime"
# What every simulated number is near: so a deviation is a relative one, too.
LEVEL = 1.0
SETTINGS = Settings()
OTHERS = 1_000_000


Drawn = tuple[MeasuredClaim, list[Trial]]


@dataclass(frozen=True)
class Question:
    """A claim by itself, about trials of its own, and how far runs differ: `deviation` is that of one, relatively."""

    claim: MeasuredClaim
    deviation: float


def questions(claims: Sequence[Claim], deviations: dict[str, float]) -> list[Question]:
    """Every different test of the claims that leaves something to chance, asked of trials of its own.

    What the study was fitted to is asked, too: rules are held to their word though such a claim is not judged by them.
    `deviations` has how far runs differ by the claim's `test`, where that was measured; elsewhere the median counts, in
    margins of the claims.
    """
    asked = {way.test: way for claim in claims for way in ways_to_ask(claim)}
    tested = {test: claim for test, claim in asked.items() if isinstance(claim, MeasuredClaim) and _is_tested(claim)}
    shares = [deviations[test] / _margin(claim) for test, claim in tested.items() if test in deviations]
    typical = float(np.median(shares)) if shares else 1.0
    return [
        Question(_alone(claim, number), deviations.get(test, typical * _margin(claim)))
        for number, (test, claim) in enumerate(tested.items())
    ]


def _is_tested(claim: MeasuredClaim) -> bool:
    return isinstance(claim, OrderClaim | EqualClaim) or (
        isinstance(claim, ValueClaim | CurveClaim) and not claim.timed
    )


def _margin(claim: MeasuredClaim) -> float:
    margin: float = getattr(claim, "margin", 0.0)
    return margin or 0.01


def _alone(claim: MeasuredClaim, number: int) -> MeasuredClaim:
    """The same question of an experiment of its own."""
    changes: dict[str, object] = {
        "id": f"question-{number}",
        "experiment": f"experiment-{number}",
        "variant": ONE,
        "runtime": RUNTIME,
        "alternative": None,
        "protocol": "as_published",
        "eager_execution": False,
        "sensitivity": [],
        "also": [],
        "fitted": None,
    }
    if isinstance(claim, ComparingClaim):
        changes["named_baseline"] = Selection(variant=OTHER)
    if isinstance(claim, OrderClaim):
        changes["published"] = None
    return claim.model_copy(update=changes)


def draw(question: Question, n: int, beyond: float, world: World, random: np.random.Generator) -> Drawn:
    """Draw `n` runs, or blocks, of a question whose claim is true, and what the source prints.

    A claim of an order is true by `beyond`, a log ratio more than its margin; what is claimed to be equal differs by
    the whole margin; a published value or curve is one more run.
    """
    claim = question.claim
    if isinstance(claim, OrderClaim):
        return claim, _ordered(claim, question.deviation * world(random, n, 3 if claim.timed else 2), beyond)
    if isinstance(claim, EqualClaim):
        values = LEVEL + question.deviation * world(random, n, 2)
        return claim, [*_runs(claim, ONE, values[:, 0] + claim.margin), *_runs(claim, OTHER, values[:, 1])]
    n_epochs = len(claim.published) if isinstance(claim, CurveClaim) else 1
    *runs, published = LEVEL + question.deviation * _curves(world, random, n + 1, n_epochs)
    printed = [float(value) for value in published]
    drawn = claim.model_copy(update={"published": printed if isinstance(claim, CurveClaim) else printed[0]})
    return drawn, [*_trials(drawn, ONE, np.array(runs))]


def _ordered(claim: OrderClaim, logs: Array, beyond: float) -> list[Trial]:
    """Trials of a claim, and of its baseline, which runs twice in a block where times are compared."""
    one = np.exp(logs[:, 0] + effect_of(claim, beyond))
    return [*_runs(claim, ONE, one), *_runs(claim, OTHER, np.exp(logs[:, 1:]))]


def effect_of(claim: OrderClaim, beyond: float) -> float:
    """Log ratio to the baseline that is true: `beyond` more than the claim's margin, on the claimed side."""
    return (1 if claim.direction == "higher" else -1) * (float(np.log1p(claim.margin)) + beyond)


def _curves(world: World, random: np.random.Generator, n_runs: int, n_epochs: int) -> Array:
    """Deviations of runs after each epoch, shape (n_runs, n_epochs): half of its variance the epochs of a run share.

    The runs of one arm have no block in common.
    """
    own, shared = (world(random, 1, n_runs * width).reshape(n_runs, width) for width in (n_epochs, 1))
    return (own + shared) / np.sqrt(2) if n_epochs > 1 else shared


def _runs(claim: MeasuredClaim, variant: str, values: Array) -> Iterator[Trial]:
    """Trials with these values, shape (n,), or of pairs, shape (n, 2)."""
    for replicate, column in enumerate(values.reshape(len(values), -1).T):
        yield from _trials(claim, variant, column[:, np.newaxis], replicate)


def _trials(claim: MeasuredClaim, variant: str, curves: Array, replicate: int = 0) -> Iterator[Trial]:
    """A trial for each curve, shape (n_runs, n_epochs): every number that a trial has is that of its epoch."""
    for block, curve in enumerate(curves, start=1):
        last = float(curve[-1])
        epochs = [_epoch(claim, number, float(value)) for number, value in enumerate(curve, start=1)]
        fields: dict[str, Any] = {
            "experiment": claim.experiment,
            "variant": variant,
            "runtime": RUNTIME,
            "protocol": "as_published",
            "series": "series",
            "scale": "full",
            "block": block,
            "replicate": replicate,
            # No two arms share a seed: they would be compared bit for bit.
            "seed": block + (OTHERS if variant == OTHER else 0),
            "timed": claim.timed,
            "n_train": 1_000_000,  # so that a second is a microsecond a sample
            "settings": SETTINGS,
            "status": "completed",
            "epochs": epochs + epochs[-1:] * (max(claim.epoch or 1, 2) - len(epochs)),
            "build_seconds": last / 2,
            "trace_seconds": last / 2,
            "test_loss": last,
            "test_accuracy": last,
            "plan_sha256": "",
        }
        yield Trial.model_construct(**fields)


def _epoch(claim: MeasuredClaim, number: int, value: float) -> Epoch:
    """An epoch of which everything is `value`."""
    measured: dict[str, Any] = {"loss": value, "accuracy": value, "val_loss": value, "val_accuracy": value}
    outputs = [Output.model_construct(**measured)] * claim.output if claim.output else None
    return Epoch.model_construct(epoch=number, seconds=value, outputs=outputs, **measured)
