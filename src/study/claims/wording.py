"""Numbers as a reader sees them: each with its unit, the same everywhere."""

from study.claims.selection import Measure, Selection
from study.claims.vocabulary import EPOCH_METRICS, TIME_METRICS

UNITS = {"epoch_seconds": "s", "cost_per_sample": "µs", "setup_seconds": "s"}
NOUNS = {
    "epoch_seconds": "time of an epoch",
    "cost_per_sample": "time per sample",
    "setup_seconds": "time to build the network and to take its first step",
    "best_accuracy": "best training accuracy",
    "best_val_accuracy": "best validation accuracy",
    "final_accuracy": "training accuracy of the last epoch",
    "final_loss": "training loss of the last epoch",
    "test_accuracy": "test accuracy",
    "test_loss": "test loss",
    "loss": "training loss",
    "accuracy": "training accuracy",
    "val_loss": "validation loss",
    "val_accuracy": "validation accuracy",
}


def noun(measure: Measure, *, of_all_epochs: bool = False) -> str:
    """Name what is measured, after which epoch unless it is of all of them."""
    name = NOUNS[measure.metric] + (f" of output {measure.output}" if measure.output else "")
    if of_all_epochs or measure.metric not in EPOCH_METRICS:
        return name
    return f"{name} after {f'epoch {measure.epoch}' if measure.epoch else 'the last epoch'}"


def texts(one: Selection, other: Selection) -> tuple[str, str]:
    """Name two selections that are compared, with their experiments where these are not the same."""
    if one.experiment == other.experiment:
        return one.text, other.text
    return f"{one.experiment} ({one.text})", f"{other.experiment} ({other.text})"


def with_unit(number: str, unit: str) -> str:
    """Write a number with its unit, if it has one."""
    return f"{number} {unit}" if unit else number


def level(value: float, metric: str) -> str:
    """Write a value of `metric` with its unit: an accuracy in percent, a time, a loss as it is."""
    return with_unit(level_number(value, metric), level_unit(metric))


def distance(value: float, metric: str) -> str:
    """Write how far two values of `metric` lie apart, or may: accuracies in points."""
    number = f"{abs(value):.4f}" if _is_loss(metric) else f"{100 * abs(value):.2f}"
    return with_unit(number, difference_unit(metric))


def difference(value: float, metric: str) -> str:
    """Write how much higher one value of `metric` is than another, with its sign: accuracies in points."""
    return with_unit(difference_number(value, metric), difference_unit(metric))


def differences(low: float, high: float, metric: str) -> str:
    """Write an interval of how much higher one value of `metric` is than another, without its unit."""
    return f"{difference_number(low, metric)} to {difference_number(high, metric)}"


def span(low: float, high: float, metric: str) -> str:
    """Write two values of `metric` as from … to, or one if they look the same."""
    first, last = level(low, metric), level(high, metric)
    return first if first == last else f"{first} to {last}"


def level_number(value: float, metric: str) -> str:
    """Write a value of `metric` without its unit."""
    if metric in TIME_METRICS:
        return f"{value:g}" if value == round(value) else f"{value:#.3g}".rstrip(".")
    return f"{value:.4f}" if _is_loss(metric) else f"{100 * value:.2f}"


def level_unit(metric: str) -> str:
    """Unit of a value of `metric`."""
    return "" if _is_loss(metric) else UNITS.get(metric, "%")


def difference_number(value: float, metric: str) -> str:
    """Write a difference of two values of `metric` with its sign, without its unit."""
    if metric in TIME_METRICS:
        return f"{value:+#.3g}".rstrip(".")
    return f"{value:+.4f}" if _is_loss(metric) else f"{100 * value:+.3f}"


def difference_unit(metric: str) -> str:
    """Unit of a difference of two values of `metric`."""
    return "" if _is_loss(metric) else UNITS.get(metric, "points")


def ratio(value: float, *, timed: bool) -> str:
    """Write a ratio, of accuracies with a digit more."""
    return f"{value:.3f}" if timed else f"{value:.4f}"


def _is_loss(metric: str) -> bool:
    return metric.endswith("loss")
