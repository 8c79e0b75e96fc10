"""What a trial measured, derived from its record."""

import statistics
from collections.abc import Iterable

from study.records.models import Epoch, Output, Trial

MICROSECONDS = 1e6


def metrics(trial: Trial) -> dict[str, float]:
    """Derive what a trial measured; what does not apply is absent.

    Returns
    -------
    dict
        `first_epoch_seconds`; `steady_epoch_seconds` and `epoch_seconds`, the median of the epochs after the first;
        `cost_per_sample`, the microseconds of such an epoch per training sample; `setup_seconds`, those of building
        the network and of its first step; `best_accuracy` and `best_val_accuracy`, the best training and validation
        accuracy after any epoch; `final_accuracy` and `final_loss`, those of the last; `test_accuracy`, `test_loss`.
        A network with several outputs has no accuracy of its own.
    """
    found: dict[str, float | None] = {"test_accuracy": trial.test_accuracy, "test_loss": trial.test_loss}
    if trial.build_seconds is not None and trial.trace_seconds is not None:
        found["setup_seconds"] = trial.build_seconds + trial.trace_seconds
    if trial.epochs:
        found["first_epoch_seconds"] = trial.epochs[0].seconds
        found["best_accuracy"] = _best(epoch.accuracy for epoch in trial.epochs)
        found["best_val_accuracy"] = _best(epoch.val_accuracy for epoch in trial.epochs)
        found["final_accuracy"] = trial.epochs[-1].accuracy
        found["final_loss"] = trial.epochs[-1].loss
    if len(trial.epochs) > 1:
        steady = statistics.median(epoch.seconds for epoch in trial.epochs[1:])
        found["steady_epoch_seconds"] = found["epoch_seconds"] = steady
        found["cost_per_sample"] = steady / trial.n_trained * MICROSECONDS
    return {name: value for name, value in found.items() if value is not None}


def _best(accuracies: Iterable[float | None]) -> float | None:
    return max((accuracy for accuracy in accuracies if accuracy is not None), default=None)


def epoch_value(trial: Trial, epoch: int | None, metric: str, output: int | None = None) -> float | None:
    """Look up a loss or an accuracy after an epoch; None where there is none.

    Parameters
    ----------
    epoch
        From 1; None is the last.
    metric
        `loss`, `accuracy`, `val_loss` or `val_accuracy`.
    output
        From 1, of a network with several outputs; None is the whole network.
    """
    if len(trial.epochs) < (epoch or 1):
        return None
    found = trial.epochs[-1 if epoch is None else epoch - 1]
    outputs: dict[int | None, Epoch | Output] = {None: found, **dict(enumerate(found.outputs or [], start=1))}
    value: float | None = getattr(outputs.get(output), metric, None)
    return value
