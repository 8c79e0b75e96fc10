"""Numbers as a reader sees them: each with its unit, the same everywhere."""

from collections.abc import Sequence

from study.claims import Claim

UNITS = {"epoch_seconds": "s", "cost_per_sample": "µs"}


def quantity(value: float, claim: Claim) -> str:
    """Write a measured or published value of `claim` with its unit."""
    number = _number(value, claim)
    if claim.rule == "order":
        return f"× {number}"
    unit = _unit(claim)
    return f"{number} {unit}" if unit else number


def with_interval(value: float | None, interval: Sequence[float] | None, claim: Claim) -> str:
    """Write a measured value and its interval, in the unit of the value; nothing where nothing was measured."""
    if value is None:
        return ""
    bounds = f" [{', '.join(_number(bound, claim) for bound in interval)}]" if interval else ""
    return quantity(value, claim) + bounds


def _number(value: float, claim: Claim) -> str:
    if claim.rule == "arithmetic":
        return f"{value:.4g}"
    if claim.rule == "order":
        return f"{value:.3f}" if claim.timed else f"{value:.4f}"
    if claim.timed:
        return f"{value:g}" if value == round(value) else f"{value:#.3g}"
    return f"{100 * value:+.3f}" if claim.rule == "equal" else f"{100 * value:.2f}"


def _unit(claim: Claim) -> str:
    if claim.rule == "arithmetic":
        return ""
    return "points" if claim.rule == "equal" else UNITS.get(claim.metric or "", "%")
