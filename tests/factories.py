"""Trials, observations and claims for tests, complete and consistent; what a test leaves out does not matter to it."""

from collections.abc import Mapping, Sequence
from typing import Any

from study.claims.models import Claim
from study.claims.rules import RULES
from study.records.models import Observation, PlannedTrial, Trial

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
    seconds: Sequence[float] | None = None,
    accuracies: Sequence[float] = (0.9, 0.93),
    curves: Mapping[str, Sequence[float]] | None = None,
    outputs: Sequence[Mapping[str, Sequence[float]]] | None = None,
    error: str | None = None,
    **changes: Any,
) -> Trial:
    """Make a trial of `PLAN` with `changes`, an epoch for each of `accuracies`; `error` (`Type: message`) fails it.

    Parameters
    ----------
    seconds
        Of each epoch; the first takes twice as long as the others unless given.
    curves
        More of each epoch: `loss`, `accuracy` (in place of `accuracies`), `val_loss`, `val_accuracy`.
    outputs
        The same of each output of a network with several, which then has no accuracy and the sum of their losses.
    changes
        Fields of the trial; `eager_execution`; and `weights`, the hash of the weights after every epoch.
    """
    settings = {"eager_execution": changes.pop("eager_execution", False)}
    weights = changes.pop("weights", None)
    kind, _, message = (error or "").partition(": ")
    epochs = [] if error else _epochs(seconds, accuracies, curves or {}, outputs or [], weights)
    fields = set(PlannedTrial.model_fields)
    plan = PLAN | {"settings": settings, "n_epochs": len(epochs) or PLAN["n_epochs"]}
    plan |= {name: changes.pop(name) for name in list(changes) if name in fields}
    outcome = {
        "status": "failed" if error else "completed",
        "started": "2026-01-01T00:00:00Z",
        "epochs": epochs,
        "error": {"type": kind, "message": message, "traceback": f"Traceback\n{error}"} if error else None,
        "test_accuracy": None if error or outputs else 0.92,
        "test_loss": None if error else 0.3,
        "applied": {"threads": None},
        "environment": ENVIRONMENT,
        "plan_sha256": PlannedTrial(**plan).sha256(),
        "environment_sha256": SHA,
        "dataset_sha256": SHA,
        "code_sha256": SHA,
    }
    return Trial(**plan, **(outcome | changes))


def _epochs(
    seconds: Sequence[float] | None,
    accuracies: Sequence[float],
    curves: Mapping[str, Sequence[float]],
    outputs: Sequence[Mapping[str, Sequence[float]]],
    weights: str | None,
) -> list[dict[str, Any]]:
    n = len(seconds or next(iter((outputs[0] if outputs else curves).values()), accuracies))
    whole: dict[str, Sequence[float]] = {"loss": [1 / number for number in range(1, n + 1)]}
    if outputs:
        losses = [name for name in ("loss", "val_loss") if name in outputs[0]]
        whole |= {name: [sum(of) for of in zip(*(output[name] for output in outputs), strict=True)] for name in losses}
    elif "accuracy" not in curves:
        whole["accuracy"] = accuracies if len(accuracies) == n else [1 - 1 / (number + 1) for number in range(1, n + 1)]
    whole |= curves
    return [
        {
            "epoch": number + 1,
            "seconds": seconds[number] if seconds else 1.0 if number else 2.0,
            "weights_sha256": weights,
            "outputs": [
                {"loss": 1.0, "accuracy": 0.5} | {name: values[number] for name, values in output.items()}
                for output in outputs
            ]
            or None,
        }
        | {name: values[number] for name, values in whole.items()}
        for number in range(n)
    ]


def timed(seconds: Sequence[float], **changes: Any) -> list[Trial]:
    """Timed trials, block by block, with these steady epochs."""
    return [
        make_trial(seconds=(2 * took, took), timed=True, series="timing", block=block, seed=block, **changes)
        for block, took in enumerate(seconds, start=1)
    ]


def untimed(accuracies: Sequence[float], **changes: Any) -> list[Trial]:
    """Untimed trials, block by block, with these best accuracies."""
    return [
        make_trial(accuracies=(accuracy / 2, accuracy), **({"block": block, "seed": block} | changes))
        for block, accuracy in enumerate(accuracies, start=1)
    ]


def learned(curves: Sequence[Sequence[float]], metric: str = "loss", **changes: Any) -> list[Trial]:
    """Untimed trials, block by block, with these values of `metric` after each epoch."""
    return [
        make_trial(curves={metric: values}, **({"block": block, "seed": block} | changes))
        for block, values in enumerate(curves, start=1)
    ]


def make_observation(probe: str, subject: str, *, error: str | None = None, **changes: Any) -> Observation:
    """Make an observation on `tf-2.0.0`; `error` (`Type: message`) fails it unless `status` says otherwise."""
    kind, _, message = (error or "").partition(": ")
    fields = {
        "runtime": "tf-2.0.0",
        "status": "fails" if error else "works",
        "error": {"type": kind, "message": message, "traceback": f"Traceback\n{error}"} if error else None,
        "environment": ENVIRONMENT,
        "environment_sha256": SHA,
        "code_sha256": SHA,
    }
    return Observation(probe=probe, subject=subject, **(fields | changes))


def make_claim(rule: str, **changes: Any) -> Claim:
    """Make a claim about `sequential` on `tf-2.0.0`, if its rule is about trials; with a `subject`, about that one."""
    spec = RULES[rule]
    fields = {"id": "a-claim", "source": "a source", "quote": "a quote", "place": "a place"}
    about = {"experiment": PLAN["experiment"], "variant": "sequential", "runtime": "tf-2.0.0"}
    if "subject" not in changes:
        fields |= {name: value for name, value in about.items() if name in spec.model_fields}
    return spec(rule=rule, **(fields | changes))


def changed(claim: Claim, **changes: Any) -> Claim:
    """Make the same claim with `changes`."""
    return type(claim)(**(claim.model_dump(by_alias=True, exclude_unset=True) | changes))


def accuracy_claim(published: float, **changes: Any) -> Claim:
    """Make a claim of the rule `value` about the best accuracy."""
    return make_claim("value", **({"metric": "best_accuracy", "published": published, "margin": 0.0026} | changes))


def curve_claim(published: Sequence[float], **changes: Any) -> Claim:
    """Make a claim of the rule `curve` about the loss."""
    return make_claim("curve", **({"metric": "loss", "published": list(published), "margin": 0.02} | changes))


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


def make_layer(kind: str, path: str | None = None, **changes: Any) -> dict[str, Any]:
    """Make a layer as the probe `structures` describes it; `path` is its type in small letters unless given."""
    fields = {
        "path": path or kind.lower(),
        "name": (path or kind.lower()).rpartition("/")[2],
        "type": kind,
        "known": True,
        "weights": [],
        **dict.fromkeys(("activation", "padding", "strides", "pool_size", "units", "input_shape", "output_shape")),
        "attributes": {},
        "initializers": {},
        "n_parameters": 0,
        "multiply_adds": 0,
        "activation_bytes": 0,
        "inputs": [],
        "calls": 1,
    }
    return fields | changes


def make_dense(units: int, path: str, reads: str | None = None, **changes: Any) -> dict[str, Any]:
    """Make a dense layer of 4 inputs that reads the layer at path `reads`."""
    fields = {
        "units": units,
        "activation": "linear",
        "attributes": {"units": units, "use_bias": True},
        "weights": [{"name": "kernel", "shape": [4, units], "dtype": "float32"}],
        "initializers": {"kernel": {"type": "GlorotUniform"}, "bias": {"type": "Zeros"}},
        "inputs": [reads] if reads else [],
        "input_shape": [None, 4],
        "output_shape": [None, units],
    }
    return make_layer("Dense", path, **(fields | changes))


def make_network(*layers: dict[str, Any], fingerprint: str = SHA) -> dict[str, Any]:
    """Make what the probe `structures` says of a network of `layers`."""
    sums = {name: sum(layer[name] or 0 for layer in layers) for name in ("multiply_adds", "activation_bytes")}
    n_parameters = sum(layer["n_parameters"] for layer in layers)
    return {"layers": list(layers), "fingerprint": fingerprint, "n_parameters": n_parameters, **sums}
