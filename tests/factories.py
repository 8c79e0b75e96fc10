"""Trials and claims for tests, complete and consistent; what a test does not name is of no matter to it."""

from collections.abc import Sequence
from typing import Any

from study.claims import Claim
from study.records import PlannedTrial, Trial

SHA = "0" * 64
PLAN = {
    "experiment": "softmax_regression",
    "variant": "sequential",
    "runtime": "tf-2.0.0",
    "protocol": "as_published",
    "series": "accuracy",
    "scale": "full",
    "block": 1,
    "replicate": 0,
    "seed": 1,
    "timed": False,
    "expect": "completed",
    "dataset": "mnist",
    "n_train": 60000,
    "n_validation": 0,
    "n_test": 10000,
    "n_epochs": 2,
    "batch_size": 32,
    "optimizer": {"name": "adam", "learning_rate": 0.001},
    "loss": "sparse_categorical_crossentropy",
    "settings": {},
}
ENVIRONMENT = {
    "machine": {"cpu": "a processor", "logical_cores": 2, "ram_bytes": 2**34, "os": "an operating system"},
    "runtime": {"tensorflow": "2.0.0", "keras": "2.2.4-tf", "numpy": "1.18.5", "python": "3.7.17"},
}


def make_trial(
    *,
    seconds: Sequence[float] = (2.0, 1.0),
    accuracies: Sequence[float] = (0.9, 0.93),
    weights: str | None = None,
    error: str | None = None,
    **changes: Any,
) -> Trial:
    """Make a trial of `PLAN` with `changes`, an epoch for each of `seconds`; `error` (`Type: message`) fails it."""
    settings = {"eager_execution": changes.pop("eager_execution", False)}
    fields = set(PlannedTrial.model_fields)
    plan = PLAN | {"settings": settings} | {name: changes.pop(name) for name in list(changes) if name in fields}
    kind, _, message = (error or "").partition(": ")
    outcome = {
        "status": "failed" if error else "completed",
        "started": "2026-01-01T00:00:00Z",
        "epochs": []
        if error
        else [
            {"epoch": number, "seconds": took, "loss": 1 / number, "accuracy": accuracy, "weights_sha256": weights}
            for number, (took, accuracy) in enumerate(zip(seconds, accuracies, strict=True), start=1)
        ],
        "error": {"type": kind, "message": message, "traceback": f"Traceback\n{error}"} if error else None,
        "test_accuracy": None if error else 0.92,
        "test_loss": None if error else 0.3,
        "applied": {"threads": None},
        "environment": ENVIRONMENT,
        "plan_sha256": PlannedTrial(**plan).sha256(),
        "environment_sha256": SHA,
        "dataset_sha256": SHA,
        "code_sha256": SHA,
    }
    return Trial(**plan, **(outcome | changes))


def timed(seconds: Sequence[float], **changes: Any) -> list[Trial]:
    """Timed trials, block by block, with these steady epochs."""
    return [
        make_trial(seconds=(2 * took, took), timed=True, series="timing", block=block, seed=block, **changes)
        for block, took in enumerate(seconds, start=1)
    ]


def untimed(accuracies: Sequence[float], **changes: Any) -> list[Trial]:
    """Untimed trials, block by block, with these best accuracies."""
    return [
        make_trial(accuracies=(accuracy / 2, accuracy), block=block, seed=block, **changes)
        for block, accuracy in enumerate(accuracies, start=1)
    ]


def make_claim(rule: str, **changes: Any) -> Claim:
    """Make a claim about `sequential` on `tf-2.0.0`."""
    fields = {
        "id": "a-claim",
        "source": "a source",
        "quote": "a quote",
        "place": "a place",
        "experiment": PLAN["experiment"],
        "variant": "sequential",
        "runtime": "tf-2.0.0",
    }
    return Claim(rule=rule, **(fields | changes))


def accuracy_claim(published: float, **changes: Any) -> Claim:
    """Make a claim of the rule `value` about the best accuracy."""
    return make_claim("value", **({"metric": "best_accuracy", "published": published, "margin": 0.0026} | changes))


def faster_claim(**changes: Any) -> Claim:
    """Make a claim that `subclass` takes less time than `sequential`."""
    fields = {
        "variant": "subclass",
        "baseline": {"variant": "sequential"},
        "metric": "epoch_seconds",
        "direction": "lower",
        "margin": 0.05,
    }
    return make_claim("order", **(fields | changes))


def same_claim(**changes: Any) -> Claim:
    """Make a claim that `subclass` is as accurate as `sequential`."""
    fields = {
        "variant": "subclass",
        "baseline": {"variant": "sequential"},
        "metric": "best_accuracy",
        "margin": 0.0026,
    }
    return make_claim("equal", **(fields | changes))
