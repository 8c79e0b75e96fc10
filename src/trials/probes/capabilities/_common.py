"""Samples, and checks of what a network computes, for all capabilities."""

import functools

import numpy as np
import tensorflow as tf

from trials.probes.attempt import require

N, WIDTH = 8, 4
TOLERANCE = 1e-5


def random(*shape, seed=0):
    """Random numbers in 0..1 as float32."""
    return np.random.RandomState(seed).uniform(size=shape).astype(np.float32)


A, B, TARGET = random(N, WIDTH, seed=1), random(N, WIDTH, seed=2), random(N, 1, seed=3)


def trained(model, x, y, **arguments):
    """Train `model` for two steps and see that each step changes every weight; return the first step's loss."""
    model.compile(optimizer=tf.keras.optimizers.SGD(0.1), loss="mse", **arguments)
    first = model.fit(x, y, batch_size=N, verbose=0)
    before = model.get_weights()
    model.fit(x, y, batch_size=N, verbose=0)
    require(before, "the model has no weights")
    changed = [np.any(old != new) for old, new in zip(before, model.get_weights())]
    require(all(changed), f"a step of training changes {sum(changed)} of {len(changed)} weights")
    return first.history["loss"][0]


def require_equal(computed, expected, what):
    """Raise unless an array is what it should be."""
    require(np.shape(computed) == expected.shape, f"{what}: shape {np.shape(computed)} instead of {expected.shape}")
    difference = float(np.max(np.abs(computed - expected)))
    require(difference < TOLERANCE, f"{what}: off by up to {difference:.2g}")


def affine(x, dense):
    """What a Dense layer without activation computes, in NumPy."""
    kernel, bias = dense.get_weights()
    return x @ kernel + bias


def each_api(check, sequential, functional, subclass):
    """Attempts of each API: pairs of a remedy and of the program that calls `check` with the rest."""
    apis = {"sequential": sequential, "functional": functional, "subclass": subclass}
    return {
        api: [(remedy, functools.partial(check, *arguments)) for remedy, *arguments in attempts]
        for api, attempts in apis.items()
    }
