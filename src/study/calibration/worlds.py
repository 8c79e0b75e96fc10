"""How what is measured may vary: quiet and normal, with bursts and drift, or with blocks that differ."""

from collections.abc import Callable

import numpy as np

from study.statistics import Array

# Deviations of runs from what is true, shape (n_blocks, n_arms), in standard deviations of one run within its block.
World = Callable[[np.random.Generator, int, int], Array]
BURST_SHARE, BURST = 0.1, 2.0
DRIFT = 2.0
BLOCK = 2.0


def normal(random: np.random.Generator, n_blocks: int, n_arms: int) -> Array:
    """Every run by itself."""
    return random.normal(size=(n_blocks, n_arms))


def bursts(random: np.random.Generator, n_blocks: int, n_arms: int) -> Array:
    """One run in ten is slowed down by something else, exponentially long, and the machine drifts from block to block.

    Such noise is skewed and has a heavy tail; the standard deviation within a block is 1.
    """
    quiet = random.normal(size=(n_blocks, n_arms))
    slowed = (random.random((n_blocks, n_arms)) < BURST_SHARE) * random.exponential(BURST, (n_blocks, n_arms))
    # Of a share p of exponentials of mean b: mean p b, mean square 2 p b².
    variance = 1 + 2 * BURST_SHARE * BURST**2 - (BURST_SHARE * BURST) ** 2
    within = (quiet + slowed - BURST_SHARE * BURST) / np.sqrt(variance)
    drifting: Array = within + DRIFT * np.linspace(-1, 1, n_blocks)[:, np.newaxis]
    return drifting


def blocks(random: np.random.Generator, n_blocks: int, n_arms: int) -> Array:
    """What the runs of a block have in common varies twice as much as the runs."""
    return normal(random, n_blocks, n_arms) + BLOCK * random.normal(size=(n_blocks, 1))


WORLDS: dict[str, World] = {"normal": normal, "bursts": bursts, "blocks": blocks}
