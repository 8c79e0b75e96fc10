"""What the laboratory finds where something is planted, and what it says where nothing is.

Networks and trials are made twice, once with a plant. 50 plants are differences: each must be found and named, and
nothing else. 50 are none: nothing may be said. All run on the newest TensorFlow, some on the oldest too.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import PLAN, SHA
from runner import run_in

from study.analysis.bitwise import divergence
from study.config.study import load_study
from study.networks.comparison import compare, differ, differences, training
from study.networks.models import Network
from study.records.models import PlannedTrial, Trial

TESTS = Path(__file__).resolve().parents[1]
OLD, NEW = "tf-1.15.0", "tf-2.21.0"
N_PLANTS = 50
MANY = 4  # of so many plants one is tried on the oldest version too
SAME = "They are the same network."
EXPERIMENT = load_study().experiments["mlp_300_100"]
# What TensorFlow reads only as it is imported, as the runner sets it for controlled trials.
AT_IMPORT = {"TF_DETERMINISTIC_OPS": "1", "TF_ENABLE_ONEDNN_OPTS": "0", "TF_CPP_MIN_LOG_LEVEL": "3"}
Told = dict[str, Any]


# ---- networks that are told as data ----
def chain(inputs: Told, **layers: Any) -> Told:
    """A network in which each layer reads the one before."""
    names = [*inputs, *layers]
    calls = [[layer, layer, [before]] for before, layer in zip(names, layers, strict=False)]
    return {"api": "functional", "inputs": inputs, "layers": layers, "calls": calls}


IMAGE = chain(
    {"image": [12, 12, 4]},
    conv=["Conv2D", {"filters": 4, "kernel_size": 3, "activation": "relu"}],
    pool=["MaxPooling2D", {"pool_size": 2, "strides": 2}],
    conv_again=["Conv2D", {"filters": 6, "kernel_size": 3, "padding": "same", "activation": "relu"}],
    norm=["BatchNormalization", {}],
    drop=["Dropout", {"rate": 0.25}],
    flat=["Flatten", {}],
    dense=["Dense", {"units": 8, "activation": "relu"}],
    classes=["Dense", {"units": 3, "activation": "softmax"}],
)
SERIES = chain(
    {"series": [16, 4]},
    conv=["Conv1D", {"filters": 5, "kernel_size": 3, "padding": "causal"}],
    leaky=["LeakyReLU", {}],
    memory=["LSTM", {"units": 4, "return_sequences": True}],
    pool=["GlobalMaxPooling1D", {}],
    dense=["Dense", {"units": 2, "activation": "tanh"}],
)
BRANCHES: Told = {
    "api": "functional",
    "inputs": {"a": [6], "b": [6]},
    "layers": {
        "left": ["Dense", {"units": 5, "activation": "relu"}],
        "right": ["Dense", {"units": 5, "activation": "relu"}],
        "gate": ["Subtract", {}],
        "join": ["Concatenate", {}],
        "out": ["Dense", {"units": 2}],
    },
    "calls": [
        ["left", "left", ["a"]],
        ["right", "right", ["b"]],
        ["gate", "gate", ["left", "right"]],
        ["join", "join", ["left", "right", "gate"]],
        ["out", "out", ["join"]],
    ],
}
# The source's own network, of smaller images.
VGG: Told = {
    "experiment": "mini_vgg",
    "api": "sequential",
    "inputs": {"image": [64, 64, 3]},
    "architecture": {"padding": "valid", "strides": 1},
    "changes": {"IMAGE": [64, 64, 3], "FILTERS": [32, 64, 128, 128], "POOL_SIZE": 2},
}
NETWORKS = {"image": IMAGE, "series": SERIES, "branches": BRANCHES, "vgg": VGG}


def with_arguments(layer: str, **arguments: Any) -> Callable[[Told], None]:
    return lambda network: network["layers"][layer][1].update(arguments)


def as_type(layer: str, kind: str, **arguments: Any) -> Callable[[Told], None]:
    return lambda network: network["layers"].update({layer: [kind, arguments]})


def reading(call: str, *reads: str) -> Callable[[Told], None]:
    """A call that reads something else."""
    return lambda network: next(each for each in network["calls"] if each[0] == call)[2].__setitem__(
        slice(None), list(reads)
    )


def calling(call: str, layer: str) -> Callable[[Told], None]:
    """A call of another layer."""
    return lambda network: next(each for each in network["calls"] if each[0] == call).__setitem__(1, layer)


def without(layer: str) -> Callable[[Told], None]:
    def change(network: Told) -> None:
        kept = {name: each for name, each in network["layers"].items() if name != layer}
        network.update(chain(network["inputs"], **kept) | {"api": network["api"]})

    return change


def after(layer: str, kind: str, **arguments: Any) -> Callable[[Told], None]:
    """One more layer."""

    def change(network: Told) -> None:
        items = list(network["layers"].items())
        place = 1 + [name for name, _ in items].index(layer)
        items.insert(place, ("planted", [kind, arguments]))
        network.update(chain(network["inputs"], **dict(items)) | {"api": network["api"]})

    return change


def of_source(architecture: Told | None = None, **changes: Any) -> Callable[[Told], None]:
    def change(network: Told) -> None:
        network["architecture"].update(architecture or {})
        network["changes"].update(changes)

    return change


def by(api: str) -> Callable[[Told], None]:
    return lambda network: network.update(api=api)


def renamed(network: Told) -> None:
    for name, (_, arguments) in network["layers"].items():
        arguments["name"] = f"planted_{name}"


def reversed_init(network: Told) -> None:
    network["layers"] = dict(reversed(network["layers"].items()))


def both(*changes: Callable[[Told], None]) -> Callable[[Told], None]:
    def change(network: Told) -> None:
        for each in changes:
            each(network)

    return change


def nothing(network: Told) -> None:
    """Build it again."""


# ---- what is planted ----
@dataclass(frozen=True)
class InNetwork:
    """A network of `base`, held against the same one with a change; `names` is what must be named."""

    title: str
    base: str
    change: Callable[[Told], None]
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class InTraining:
    """An experiment, held against the same one with another value of `fields`."""

    title: str
    fields: Told
    names: tuple[str, ...]


@dataclass(frozen=True)
class InTrial:
    """A trial, held against the same one with a plant (`planted.PLANTS`), or of another variant."""

    title: str
    plant: tuple[str, Told] | None = None
    cause: str | None = None
    variants: tuple[str, str] = ("sequential", "sequential")


def named(title: str, base: str, change: Callable[[Told], None], *names: str) -> InNetwork:
    return InNetwork(title, base, change, names)


NORMAL = {"class_name": "RandomNormal", "config": {"stddev": 0.1}}
KERNEL, BIAS = "kernel initializer", "bias initializer"
DIFFERENCES: list[InNetwork | InTraining | InTrial] = [
    named("strides of a convolution", "image", with_arguments("conv", strides=2), "strides"),
    named("strides in one direction", "image", with_arguments("conv", strides=[1, 2]), "strides"),
    named("strides of a pooling", "image", with_arguments("pool", strides=1), "strides"),
    named("padding of a convolution", "image", with_arguments("conv", padding="same"), "padding"),
    named("padding of a pooling", "image", with_arguments("pool", padding="same"), "padding"),
    named("pool size", "image", with_arguments("pool", pool_size=3), "pool_size"),
    named("filters", "image", with_arguments("conv", filters=5), "filters"),
    named("kernel size", "image", with_arguments("conv_again", kernel_size=5), "kernel_size"),
    named("kernel size in one direction", "image", with_arguments("conv_again", kernel_size=[3, 1]), "kernel_size"),
    named("dilation", "image", with_arguments("conv", dilation_rate=2), "dilation_rate"),
    named("groups", "image", with_arguments("conv_again", groups=2), "groups"),
    named("bias of a convolution", "image", with_arguments("conv", use_bias=False), "use_bias"),
    named("activation of a convolution", "image", with_arguments("conv", activation="tanh"), "activation"),
    named("no activation", "image", with_arguments("dense", activation=None), "activation"),
    named("activation of the output", "image", with_arguments("classes", activation="sigmoid"), "activation"),
    named("units", "image", with_arguments("dense", units=9), "units"),
    named("bias of a dense layer", "image", with_arguments("dense", use_bias=False), "use_bias"),
    named("axis of a normalisation", "image", with_arguments("norm", axis=1), "axis"),
    named("momentum of a normalisation", "image", with_arguments("norm", momentum=0.9), "momentum"),
    named("epsilon of a normalisation", "image", with_arguments("norm", epsilon=1e-5), "epsilon"),
    named("no scale in a normalisation", "image", with_arguments("norm", scale=False), "scale"),
    named("rate of a dropout", "image", with_arguments("drop", rate=0.5), "rate"),
    named("one layer less", "image", without("drop"), "layers"),
    named("one layer more", "image", after("dense", "Dropout", rate=0.1), "layers"),
    named("another pooling", "image", as_type("pool", "AveragePooling2D", pool_size=2, strides=2), "type"),
    named("dilation along a series", "series", with_arguments("conv", dilation_rate=2), "dilation_rate"),
    named("slope of an activation", "series", as_type("leaky", "LeakyReLU", negative_slope=0.1), "negative_slope"),
    named("units of a memory", "series", with_arguments("memory", units=5), "units"),
    named("direction of a memory", "series", with_arguments("memory", go_backwards=True), "go_backwards"),
    named("gates of a memory", "series", with_arguments("memory", recurrent_activation="tanh"), "recurrent_activation"),
    named("inputs of a concatenation swapped", "branches", reading("join", "right", "left", "gate"), "connections"),
    named("inputs of a subtraction swapped", "branches", reading("gate", "right", "left"), "connections"),
    named("one input read twice", "branches", reading("right", "a"), "connections"),
    named("one layer shared instead of two", "branches", calling("right", "left"), "sharing"),
    named("filters of the source's network", "vgg", of_source(FILTERS=[32, 64, 128, 127]), "filters"),
    named("the source's pair", "vgg", of_source({"padding": "same", "strides": 2}), "padding", "strides"),
    named("type of an initialiser", "image", with_arguments("dense", kernel_initializer="he_normal"), KERNEL),
    named("argument of an initialiser", "series", with_arguments("dense", kernel_initializer=NORMAL), KERNEL),
    named("initialiser of a bias", "branches", with_arguments("left", bias_initializer="ones"), BIAS),
    InTraining(
        "learning rate",
        {"optimizer": EXPERIMENT.optimizer.model_copy(update={"learning_rate": 0.25})},
        ("learning_rate",),
    ),
    InTraining("batch size", {"batch_size": 64}, ("batch_size",)),
    InTraining("loss", {"loss": "mean_squared_error"}, ("loss",)),
    InTrial("one ulp in the first kernel", ("ulp", {"weight": 0, "place": 1234}), "other initial weights"),
    InTrial("one ulp in a bias", ("ulp", {"weight": 3, "place": 7}), "other initial weights"),
    InTrial("one ulp in the last kernel", ("ulp", {"weight": 4, "place": 0}), "other initial weights"),
    InTrial(
        "two batches swapped", ("swap", {"epoch": 2, "size": 32, "one": 3, "other": 8}), "other batches in epoch 2"
    ),
    InTrial(
        "two samples of a batch swapped",
        ("swap", {"epoch": 1, "size": 1, "one": 64, "other": 65}),
        "other batches in epoch 1",
    ),
    InTrial("data in double precision", ("double", {}), "other batches in epoch 1"),
    InTrial("one pixel", ("brighter", {}), "other batches in epoch 1"),
    InTrial("another epsilon than planned", ("optimize", {"epsilon": 0.001}), "another training in epoch 1"),
]
RELU, SOFTMAX = {"activation": "relu"}, {"activation": "softmax"}


def none(title: str, base: str, *changes: Callable[[Told], None]) -> InNetwork:
    return InNetwork(title, base, both(*changes))


NON_DIFFERENCES: list[InNetwork | InTrial] = [
    *(none(f"{base} built twice", base, nothing) for base in NETWORKS),
    *(none(f"{base} renamed", base, renamed) for base in ("image", "series", "branches")),
    *(none(f"{base}, subclass", base, by("subclass")) for base in NETWORKS),
    *(none(f"{base}, sequential", base, by("sequential")) for base in ("image", "series")),
    *(none(f"{base}, nested", base, by("nested")) for base in ("image", "series")),
    *(none(f"{base}, nested and renamed", base, by("nested"), renamed) for base in ("image", "series")),
    *(
        none(f"{base}, order of __init__ reversed", base, by("subclass"), reversed_init)
        for base in ("image", "series", "branches")
    ),
    *(
        none(f"{base}, renamed and order of __init__ reversed", base, by("subclass"), renamed, reversed_init)
        for base in ("image", "series", "branches")
    ),
    none("the source's network, functional", "vgg", by("functional")),
    none("order of branches", "branches", lambda network: network["calls"].insert(0, network["calls"].pop(1))),
    none(
        "activation as a layer", "image", with_arguments("dense", activation=None), after("dense", "Activation", **RELU)
    ),
    none("activation as a ReLU", "image", with_arguments("dense", activation=None), after("dense", "ReLU")),
    none("after a convolution", "image", with_arguments("conv", activation=None), after("conv", "Activation", **RELU)),
    none("softmax as a layer", "image", with_arguments("classes", activation=None), after("classes", "Softmax")),
    none(
        "softmax as an Activation",
        "image",
        with_arguments("classes", activation=None),
        after("classes", "Activation", **SOFTMAX),
    ),
    none("a linear activation more", "image", after("pool", "Activation", activation="linear")),
    none("strides of a pooling left out", "image", with_arguments("pool", strides=None)),
    none("strides of a convolution written out", "image", with_arguments("conv", strides=[1, 1])),
    none("padding of a convolution written out", "image", with_arguments("conv", padding="valid")),
    none("padding of a pooling written out", "image", with_arguments("pool", padding="valid")),
    none("dilation written out", "image", with_arguments("conv", dilation_rate=1)),
    none("kernel size as two numbers", "image", with_arguments("conv", kernel_size=[3, 3])),
    none("bias written out", "image", with_arguments("dense", use_bias=True)),
    none("axis counted from the front", "image", with_arguments("norm", axis=3)),
    none("axis of a concatenation", "branches", with_arguments("join", axis=1)),
    none("no activation written out", "branches", with_arguments("out", activation="linear")),
    none("initialiser written out", "image", with_arguments("dense", kernel_initializer="glorot_uniform")),
    none(
        "a seed for an initialiser",
        "image",
        with_arguments("dense", kernel_initializer={"class_name": "GlorotUniform", "config": {"seed": 7}}),
    ),
    none(
        "initialiser as an object",
        "image",
        with_arguments("dense", bias_initializer={"class_name": "Zeros", "config": {}}),
    ),
    none("a seed for a dropout", "image", with_arguments("drop", seed=7)),
    InTrial("sequential trained twice"),
    InTrial("functional trained twice", variants=("functional", "functional")),
    InTrial("subclass trained twice", variants=("subclass", "subclass")),
    InTrial("sequential and functional", variants=("sequential", "functional")),
    InTrial("sequential and subclass", variants=("sequential", "subclass")),
]


def on_old(plants: list[Any]) -> list[Any]:
    """Some plants, none of which needs what TensorFlow 1.15 lacks: a memory that runs with its NumPy, and groups."""
    return [plant for plant in plants if getattr(plant, "base", None) != "series" and plant.title != "groups"][::MANY]


PLANTED = {NEW: (DIFFERENCES, NON_DIFFERENCES), OLD: (on_old(DIFFERENCES), on_old(NON_DIFFERENCES))}


# ---- what is found ----
def asked_of(plants: list[Any]) -> Told:
    """Every network and trial that `plants` need, by name."""
    networks, trials = {"image": IMAGE}, {}
    for plant in plants:
        if isinstance(plant, InNetwork):
            networks[plant.base] = NETWORKS[plant.base]
            networks[plant.title] = deepcopy(NETWORKS[plant.base])
            plant.change(networks[plant.title])
        elif isinstance(plant, InTrial):
            for number, variant in enumerate(plant.variants):
                title = plant.title if number else variant
                trials[title] = {"planned": planned(variant), "plant": plant.plant if number else None}
    return {"networks": networks, "trials": trials}


def planned(variant: str) -> Told:
    """A controlled trial of two epochs of ten batches."""
    tiny = {"n_train": 320, "n_test": 32, "n_epochs": 2, "protocol": "controlled", "series": "controlled"}
    settings = {"threads": 1, "deterministic": True, "onednn": False}
    made = PLAN | {"experiment": "mlp_300_100", "variant": variant, "settings": settings}
    return PlannedTrial(**(made | tiny)).planned()


@dataclass(frozen=True)
class Found:
    """What one runtime said of all that was asked."""

    networks: dict[str, Network]
    trials: dict[str, Trial]

    def of(self, plant: InNetwork | InTraining | InTrial) -> tuple[list[str], str]:
        """Name what differs, and say it in a sentence."""
        if isinstance(plant, InTrial):
            cause = divergence(self.trials[plant.variants[0]], self.trials[plant.title]).cause
            return [cause] if cause else [], cause or SAME
        one = self.networks[plant.base] if isinstance(plant, InNetwork) else self.networks["image"]
        other = self.networks[plant.title] if isinstance(plant, InNetwork) else one
        trained = EXPERIMENT.model_copy(update=plant.fields if isinstance(plant, InTraining) else {})
        found = compare(one, other, differences(training(EXPERIMENT, None), training(trained, None)))
        return [*found.causes, *found.initializers, *(each.name for each in found.training)], found.verdict()


def trial_of(asked: Told, outcome: Told) -> Trial:
    """A record as the runner writes it."""
    hashes = ("environment_sha256", "dataset_sha256", "plan_sha256", "code_sha256")
    return Trial(**asked["planned"], **outcome, environment={}, **dict.fromkeys(hashes, SHA))


def found_in(runtime: str, plants: list[Any], folder: Path) -> Found:
    """Ask a runtime in one process."""
    (folder / "mnist").mkdir()
    random = np.random.default_rng(7)
    samples = {
        f"{name}_{part}": array
        for part, n in (("train", 320), ("test", 32))
        for name, array in (
            ("x", random.integers(0, 255, (n, 28, 28)).astype(np.uint8)),
            ("y", random.integers(0, 10, n).astype(np.uint8)),
        )
    }
    np.savez(folder / "mnist" / "mnist.npz", **samples)
    asked = asked_of(plants) | {"data": str(folder)}
    (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    files = [str(folder / "asked.json"), str(folder / "found.json")]
    done = run_in(runtime, str(TESTS / "planted.py"), *files, **AT_IMPORT)
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads((folder / "found.json").read_text("utf-8"))
    return Found(
        {name: Network.model_validate(values) for name, values in said["networks"].items()},
        {name: trial_of(asked["trials"][name], outcome) for name, outcome in said["trials"].items()},
    )


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict[str, Found]:
    return {
        runtime: found_in(runtime, [*differing, *same], tmp_path_factory.mktemp(runtime))
        for runtime, (differing, same) in PLANTED.items()
    }


def on_both(which: int) -> list[Any]:
    return [
        pytest.param(runtime, plant, id=f"{runtime}: {plant.title}")
        for runtime, plants in PLANTED.items()
        for plant in plants[which]
    ]


def test_there_are_fifty_of_each_and_each_has_its_own_name():
    assert (len(DIFFERENCES), len(NON_DIFFERENCES)) == (N_PLANTS, N_PLANTS)
    titles = [plant.title for plant in [*DIFFERENCES, *NON_DIFFERENCES]]
    assert len({*titles, *NETWORKS, "sequential", "functional", "subclass"}) == len(titles) + len(NETWORKS) + 3


@pytest.mark.parametrize(("runtime", "plant"), on_both(0))
def test_a_planted_difference_is_found_and_named_and_nothing_else_is(found, runtime, plant):
    names, sentence = found[runtime].of(plant)
    expected = [plant.cause] if isinstance(plant, InTrial) else list(plant.names)
    assert names == expected
    assert sentence != SAME
    assert (plant.cause if isinstance(plant, InTrial) else differ(plant.names)) in sentence


@pytest.mark.parametrize(("runtime", "plant"), on_both(1))
def test_where_nothing_is_planted_nothing_is_said(found, runtime, plant):
    assert found[runtime].of(plant) == ([], SAME)
