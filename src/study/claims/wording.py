"""Numbers as a reader sees them: each with its unit, the same everywhere."""

from collections.abc import Sequence

from study.claims.models import Claim, baseline_of
from study.claims.vocabulary import EPOCH_METRICS, TIME_METRICS
from study.common.text import count, listed, plain

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
# Rules whose measured value is a difference; what a curve publishes is a list of levels.
DIFFERENCES = ("equal", "curve")


def quantity(value: float | Sequence[float], claim: Claim) -> str:
    """Write a measured or published value of `claim` with its unit; of a curve, its first and last number."""
    if not isinstance(value, float | int):
        return f"{_ends(value, claim.metric)} ({count(len(value), 'epoch')})"
    if claim.rule == "order":
        return f"× {_number(value, claim)}"
    unit = _unit(claim)
    return f"{_number(value, claim)} {unit}" if unit else _number(value, claim)


def with_interval(value: float | None, interval: Sequence[float] | None, claim: Claim) -> str:
    """Write a measured value and its interval, in the unit of the value; nothing where nothing was measured."""
    if value is None:
        return ""
    bounds = f" [{', '.join(_number(bound, claim) for bound in interval)}]" if interval else ""
    return quantity(value, claim) + bounds


def level(value: float, metric: str | None) -> str:
    """Write a value of `metric` with its unit: an accuracy in percent, a time, a loss as it is."""
    unit = _level_unit(metric)
    return f"{_level(value, metric)} {unit}" if unit else _level(value, metric)


def distance(value: float, metric: str | None) -> str:
    """Write how far two values of `metric` lie apart, or may: accuracies in points."""
    unit = _difference_unit(metric)
    number = f"{abs(value):.4f}" if _is_loss(metric) else f"{100 * abs(value):.2f}"
    return f"{number} {unit}" if unit else number


def difference(value: float, metric: str | None) -> str:
    """Write how much higher one value of `metric` is than another, with its sign: accuracies in points."""
    unit = _difference_unit(metric)
    return f"{_difference(value, metric)} {unit}" if unit else _difference(value, metric)


def differences(low: float, high: float, metric: str | None) -> str:
    """Write an interval of how much higher one value of `metric` is than another, without its unit."""
    return f"{_difference(low, metric)} to {_difference(high, metric)}"


def span(low: float, high: float, metric: str | None) -> str:
    """Write two values of `metric` as from … to, or one if they look the same."""
    return _joined(level(low, metric), level(high, metric))


def noun(claim: Claim) -> str:
    """Name what `claim` measures."""
    name, output = NOUNS[str(claim.metric)], f" of output {claim.output}" if claim.output else ""
    if claim.metric not in EPOCH_METRICS or claim.rule == "curve":
        return name + output
    return f"{name}{output} after {f'epoch {claim.epoch}' if claim.epoch else 'the last epoch'}"


def arm(claim: Claim) -> str:
    """Name the trials that `claim` speaks of."""
    how = [f"alternative {claim.alternative}"] if claim.alternative else []
    how += ["eager execution"] if claim.eager_execution else []
    return f"{claim.variant} on {claim.runtime}" + (f" with {listed(how)}" if how else "")


def arms(claim: Claim) -> tuple[str, str]:
    """Name the two that `claim` compares, with their experiments where these are not the same."""
    baseline = baseline_of(claim)
    if claim.experiment == baseline.experiment:
        return arm(claim), arm(baseline)
    return f"{claim.experiment} ({arm(claim)})", f"{baseline.experiment} ({arm(baseline)})"


def _joined(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def _ends(values: Sequence[float], metric: str | None) -> str:
    first, last = level(values[0], metric), level(values[-1], metric)
    return first if first == last else f"{first} … {last}"


def _number(value: float, claim: Claim) -> str:
    if claim.rule == "arithmetic":
        return plain(float(f"{value:.4g}"))
    if claim.rule == "structure":
        return plain(value)
    if claim.rule == "formula":
        return f"{value:.1e}"
    if claim.rule == "order":
        return f"{value:.3f}" if claim.timed else f"{value:.4f}"
    if claim.rule in DIFFERENCES and not _is_level(claim):
        return _difference(value, claim.metric)
    return _level(value, claim.metric)


def _unit(claim: Claim) -> str:
    if claim.rule in ("arithmetic", "structure", "formula"):
        return ""
    return _level_unit(claim.metric) if _is_level(claim) else _difference_unit(claim.metric)


def _is_level(claim: Claim) -> bool:
    """Whether what `claim` measures is a value of its metric, not a difference; of a curve of times it is one."""
    return claim.rule not in DIFFERENCES or (claim.rule == "curve" and claim.timed)


def _level(value: float, metric: str | None) -> str:
    if metric in TIME_METRICS:
        return f"{value:g}" if value == round(value) else f"{value:#.3g}".rstrip(".")
    return f"{value:.4f}" if _is_loss(metric) else f"{100 * value:.2f}"


def _difference(value: float, metric: str | None) -> str:
    if metric in TIME_METRICS:
        return f"{value:+#.3g}".rstrip(".")
    return f"{value:+.4f}" if _is_loss(metric) else f"{100 * value:+.3f}"


def _level_unit(metric: str | None) -> str:
    return "" if _is_loss(metric) else UNITS.get(metric or "", "%")


def _difference_unit(metric: str | None) -> str:
    return "" if _is_loss(metric) else UNITS.get(metric or "", "points")


def _is_loss(metric: str | None) -> bool:
    return (metric or "").endswith("loss")
