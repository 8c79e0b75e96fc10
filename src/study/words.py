"""Numbers as a reader sees them: each with its unit, the same everywhere."""

from collections.abc import Sequence

from study.claims import Claim


def quantity(value: float, claim: Claim) -> str:
    """Write a measured or published value of `claim` with its unit."""
    if claim.rule == "order":
        return f"× {value:.3f}"
    if claim.rule == "arithmetic":
        return f"{value:.4g}"
    if claim.rule == "equal":
        return f"{100 * value:+.3f} points"
    if claim.metric == "epoch_seconds":
        return f"{value:.3g} s"
    if claim.metric == "cost_per_sample":
        return f"{value:.3g} µs"
    return f"{100 * value:.2f} %"


def with_interval(value: float | None, interval: Sequence[float] | None, claim: Claim) -> str:
    """Write a measured value and its interval; nothing where nothing was measured."""
    if value is None:
        return ""
    if interval is None:
        return quantity(value, claim)
    low, high = (quantity(bound, claim) for bound in interval)
    return f"{quantity(value, claim)} [{low.removeprefix('× ')}, {high.removeprefix('× ')}]"
