"""Builds networks and runs trials with something planted in them. Runs inside a TensorFlow runtime, like `trials`.

`python planted.py ASKED OUT`: both are JSON. What is asked for has `networks` and `trials` by name, and `data`, the
folder of the dataset.
"""

import importlib
import json
import os
import sys

import numpy as np
import tensorflow as tf

from trials.inspection.description import describe
from trials.training import controlled, feed, fit, fork, trial


def described(network):
    """What the inspector says of a network that is told as data."""
    specs = [tf.TensorSpec([None, *shape], tf.float32) for shape in network["inputs"].values()]
    return describe(built(network), specs)


def all_described(networks):
    return {name: described(network) for name, network in networks.items()}


def built(network):
    """Build a network: one of an experiment, whose module is changed as told, or one of `layers` and their `calls`."""
    if "experiment" in network:
        module = importlib.import_module("trials.experiments." + network["experiment"])
        vars(module).update(network["changes"])
        return module.VARIANTS[network["api"]].build(**network["architecture"])
    return {"sequential": sequential, "functional": functional, "subclass": subclass, "nested": nested}[network["api"]](
        network
    )


def made(network):
    return {name: getattr(tf.keras.layers, kind)(**arguments) for name, (kind, arguments) in network["layers"].items()}


def flow(layers, calls, values):
    """Call layers on what they read; return what the last one gives."""
    for call, layer, reads in calls:
        read = [values[name] for name in reads]
        values[call] = layers[layer](read if len(read) > 1 else read[0])
    return values[calls[-1][0]]


def sequential(network):
    layers = made(network)
    return tf.keras.Sequential([layers[layer] for _, layer, _ in network["calls"]])


def functional(network):
    inputs = {name: tf.keras.Input(shape=tuple(shape)) for name, shape in network["inputs"].items()}
    outputs = flow(made(network), network["calls"], dict(inputs))
    return tf.keras.Model(list(inputs.values()) if len(inputs) > 1 else inputs[next(iter(inputs))], outputs)


def subclass(network):
    return of_class(list(network["inputs"]), made(network), network["calls"])


def nested(network):
    """Build a chain as two blocks, each a model of its own."""
    layers, calls, (start,) = made(network), network["calls"], network["inputs"]
    middle = len(calls) // 2
    joint = calls[middle - 1][0]
    blocks = {"first": of_class([start], layers, calls[:middle]), "second": of_class([joint], layers, calls[middle:])}
    return of_class([start], blocks, [[joint, "first", [start]], ["end", "second", [joint]]])


def of_class(inputs, layers, calls):
    """Model of the Subclassing API whose attributes are those of `layers` that it calls, made in their order."""
    called = {layer for _, layer, _ in calls}

    class Planted(tf.keras.Model):
        def __init__(self):
            super().__init__()
            for name, layer in layers.items():
                if name in called:
                    setattr(self, name, layer)

        def call(self, given):
            given = given if isinstance(given, (list, tuple)) else [given]
            return flow({name: getattr(self, name) for name in called}, calls, dict(zip(inputs, given)))

    return Planted()


def ulp(weight, place):
    """The next number that a float32 can hold, in place of one initial weight."""
    plain = controlled.initial_weights

    def initial_weights(shapes, seed):
        weights = plain(shapes, seed)
        weights[weight].flat[place] = np.nextafter(weights[weight].flat[place], np.float32(1))
        return weights

    controlled.initial_weights = initial_weights


def swap(epoch, size, one, other):
    """Two stretches of `size` samples in each other's place."""
    plain = controlled.batch_order

    def batch_order(n, seed, number):
        order = plain(n, seed, number)
        if number == epoch:
            first, second = slice(one * size, (one + 1) * size), slice(other * size, (other + 1) * size)
            order[first], order[second] = order[second].copy(), order[first].copy()
        return order

    controlled.batch_order = batch_order


def double():
    """Pixels in double precision."""
    plain = feed.pixels
    feed.pixels = lambda x, dtype: plain(x, np.float64)


def brighter():
    """One pixel of one image, a step brighter."""
    plain = feed.pixels

    def pixels(x, dtype):
        x = x.copy()
        x.flat[0] += 1
        return plain(x, dtype)

    feed.pixels = pixels


def optimize(**arguments):
    """Other arguments of the optimizer than planned."""
    plain = fit.optimizer
    fit.optimizer = lambda planned: type(plain(planned))(**dict(planned["optimizer"], **arguments))


PLANTS = {plant.__name__: plant for plant in (ulp, swap, double, brighter, optimize)}


def trained(planned, plant, data):
    """Outcome of a trial, in a process of its own, with a plant: its name and arguments."""
    if plant:
        name, arguments = plant
        PLANTS[name](**arguments)
    return trial.run(planned, data, lambda epoch: None)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        asked = json.load(file)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    # In processes of their own, as the runner has it: TensorFlow reads some settings only once.
    found = {
        "trials": {
            name: fork.call(trained, each["planned"], each["plant"], asked["data"])
            for name, each in asked["trials"].items()
        },
        "networks": fork.call(all_described, asked["networks"]),
    }
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(found, file)


if __name__ == "__main__":
    main()
