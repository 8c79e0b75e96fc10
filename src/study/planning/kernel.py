"""Times a short piece of training in NumPy, on one core: how fast a machine is, before any TensorFlow is there.

`python -m study.planning.kernel` prints seconds. It is a process of its own because NumPy's BLAS reads once, as it is
loaded, how many threads it may use.
"""

import time

import numpy as np

from study.common.command import run

BATCH, INPUTS, HIDDEN, CLASSES = 32, 784, 128, 10
STEPS = 20
ROUNDS = 100
RATE = np.float32(0.01)


def seconds() -> float:
    """Seconds of a core that `STEPS` steps take: the fewest of `ROUNDS` rounds, as other work only adds."""
    return min(_round() for _ in range(ROUNDS))


def _round() -> float:
    generator = np.random.default_rng(0)
    x = generator.random((BATCH, INPUTS), dtype=np.float32)
    y = np.eye(CLASSES, dtype=np.float32)[generator.integers(CLASSES, size=BATCH)]
    first = generator.standard_normal((INPUTS, HIDDEN), dtype=np.float32) / np.float32(INPUTS)
    second = generator.standard_normal((HIDDEN, CLASSES), dtype=np.float32) / np.float32(HIDDEN)
    started = time.process_time()
    for _ in range(STEPS):
        hidden = np.maximum(x @ first, 0)
        scores = np.exp(hidden @ second)
        error = (scores / scores.sum(axis=1, keepdims=True) - y) / np.float32(BATCH)
        back = (error @ second.T) * (hidden > 0)
        second -= RATE * (hidden.T @ error)
        first -= RATE * (x.T @ back)
    return time.process_time() - started


def main() -> None:
    """Print them."""
    print(seconds())


if __name__ == "__main__":
    run(main)
