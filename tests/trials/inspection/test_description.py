"""The inspector and the fingerprint, in every runtime: what is one network is one hash, what is another is another."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from runner import python_in

from study.config.runtimes import load_runtimes

TESTS = Path(__file__).resolve().parents[2]
RUNTIMES = load_runtimes()
NEWEST = list(RUNTIMES)[-1]
SLOW = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True}

Spec = dict[str, Any]


class Worker:
    """A process of a runtime that describes networks: TensorFlow is imported once."""

    def __init__(self, runtime: str) -> None:
        self._process = subprocess.Popen(
            [*python_in(runtime), "-W", "ignore", str(TESTS / "inspected.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, **request: Any) -> Any:
        """Answer to one request."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def fingerprint(self, spec: Spec, api: str = "functional", **how: Any) -> str | None:
        """Fingerprint of a spec; None where no such network can be built."""
        said = self.ask(spec=spec, api=api, **how)
        return None if "error" in said else str(said["fingerprint"])

    def stop(self) -> None:
        """End the process."""
        self._process.communicate()


@pytest.fixture(scope="module")
def workers() -> Iterator[dict[str, Worker]]:
    started = {runtime: Worker(runtime) for runtime in RUNTIMES}
    yield started
    for worker in started.values():
        worker.stop()


@pytest.fixture(params=RUNTIMES)
def worker(request, workers) -> Worker:
    """One worker of each runtime in turn."""
    return workers[request.param]


def layer(kind: str, **arguments: Any) -> Spec:
    return {"type": kind, "arguments": arguments}


def chain(layers: list[Spec]) -> Spec:
    """A network in which each layer reads the one before it."""
    nodes = [{"layer": place, "reads": [place]} for place in range(len(layers))]
    return {"inputs": [[12, 12, 2]], "layers": layers, "nodes": nodes, "outputs": [len(layers)]}


@st.composite
def chains(draw: st.DrawFn) -> Spec:
    """Small networks without branches: convolutions, poolings, dense layers."""
    image = st.one_of(
        st.builds(
            lambda filters, kernel, strides, padding, activation, bias: layer(
                "Conv2D",
                filters=filters,
                kernel_size=kernel,
                strides=strides,
                padding=padding,
                activation=activation,
                use_bias=bias,
            ),
            st.integers(1, 3),
            st.integers(2, 3),
            st.integers(1, 2),
            st.sampled_from(["same", "valid"]),
            st.sampled_from([None, "relu", "tanh"]),
            st.booleans(),
        ),
        st.builds(
            lambda kind, strides, padding: layer(kind, pool_size=2, strides=strides, padding=padding),
            st.sampled_from(["MaxPooling2D", "AveragePooling2D"]),
            st.sampled_from([None, 1]),
            st.sampled_from(["same", "valid"]),
        ),
        st.just(layer("BatchNormalization", epsilon=0.001)),
    )
    dense = st.one_of(
        st.builds(
            lambda units, activation, bias: layer("Dense", units=units, activation=activation, use_bias=bias),
            st.integers(1, 4),
            st.sampled_from([None, "relu", "softmax"]),
            st.booleans(),
        ),
        st.just(layer("Dropout", rate=0.5)),
    )
    layers = [*draw(st.lists(image, max_size=2)), layer("Flatten"), *draw(st.lists(dense, min_size=1, max_size=3))]
    return chain(layers)


@st.composite
def graphs(draw: st.DrawFn) -> Spec:
    """Small networks with two inputs, a layer that both share, a merge and two outputs."""
    width, units = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    activation = draw(st.sampled_from([None, "relu", "tanh"]))
    layers = [
        layer("Dense", units=units, activation=activation),
        layer("Dense", units=units, activation=draw(st.sampled_from([None, "sigmoid"]))),
        layer("Concatenate", axis=draw(st.sampled_from([-1, 1]))),
        layer("Dense", units=draw(st.integers(1, 3))),
        layer("Dense", units=2, activation="softmax"),
    ]
    nodes = [
        {"layer": 0, "reads": [0]},  # tensor 2
        {"layer": 0, "reads": [1]},  # tensor 3, of the shared layer
        {"layer": 1, "reads": [2]},  # tensor 4
        {"layer": 2, "reads": [4, 3]},
        {"layer": 3, "reads": [5]},
        {"layer": 4, "reads": [6]},
    ]
    return {"inputs": [[3, width], [3, width]], "layers": layers, "nodes": nodes, "outputs": [6, 7]}


def changed(spec: Spec, place: int, **arguments: Any) -> Spec:
    """The same network with other arguments of one layer."""
    layers = [dict(each) for each in spec["layers"]]
    layers[place] = {**layers[place], "arguments": layers[place]["arguments"] | arguments}
    return spec | {"layers": layers}


def other_values(name: str, value: Any) -> list[Any]:
    """Values of an attribute that make another network."""
    if name in ("units", "filters", "kernel_size", "pool_size"):
        return [value + 1]
    others = {
        "strides": [3 if value in (None, 2) else 2 if value == 1 else 1],
        "padding": ["same", "valid"],
        "activation": [None, "relu", "tanh", "softmax"],
        "use_bias": [True, False],
        "rate": [0.25],
        "epsilon": [0.01],
        "axis": [2 if value == 1 else 1],
        "dilation_rate": [2],
    }
    return [other for other in others[name] if other != value]


def planted(spec: Spec) -> list[tuple[str, Spec]]:
    """Every network that differs from `spec` in one thing, with the name of that thing."""
    found = [
        (f"{each['type']} {name}", changed(spec, place, **{name: other}))
        for place, each in enumerate(spec["layers"])
        for name, value in each["arguments"].items()
        for other in other_values(name, value)
    ]
    for place, each in enumerate(spec["layers"]):
        if each["type"] == "Conv2D" and each["arguments"]["strides"] == 1:
            found.append(("Conv2D dilation_rate", changed(spec, place, dilation_rate=2)))
        if each["type"].endswith("Pooling2D"):
            other = "AveragePooling2D" if each["type"].startswith("Max") else "MaxPooling2D"
            layers = [{**old, "type": other} if old is each else old for old in spec["layers"]]
            found.append(("type", spec | {"layers": layers}))
    found += [(f"order of node {place}", reordered) for place, reordered in _reordered(spec)]
    found += [("sharing", unshared) for unshared in _unshared(spec)]
    if len(spec["outputs"]) > 1:
        found += [("order of outputs", spec | {"outputs": spec["outputs"][::-1]})]
        found += [("one output less", spec | {"outputs": spec["outputs"][1:]})]
    wider = [[*shape[:-1], shape[-1] + 1] for shape in spec["inputs"]]
    return [*found, ("shape of the inputs", spec | {"inputs": wider})]


def _reordered(spec: Spec) -> Iterator[tuple[int, Spec]]:
    for place, node in enumerate(spec["nodes"]):
        if len(node["reads"]) > 1:
            nodes = [{**node, "reads": node["reads"][::-1]} if old is node else old for old in spec["nodes"]]
            yield place, spec | {"nodes": nodes}


def _unshared(spec: Spec) -> Iterator[Spec]:
    """The same with a layer of its own wherever a layer is used again."""
    seen = set()
    for node in spec["nodes"]:
        if node["layer"] in seen:
            layers = [*spec["layers"], spec["layers"][node["layer"]]]
            nodes = [{**old, "layer": len(layers) - 1} if old is node else old for old in spec["nodes"]]
            yield spec | {"layers": layers, "nodes": nodes}
        seen.add(node["layer"])


def respelled(spec: Spec) -> list[Spec]:
    """The same network, its defaults spelled out and its activations as layers of their own."""
    found = []
    for place, each in enumerate(spec["layers"]):
        said = each["arguments"]
        if "pool_size" in said and said["strides"] is None:
            found.append(changed(spec, place, strides=said["pool_size"]))
        if said.get("activation") and len(spec["inputs"]) == 1:
            layers = [*changed(spec, place, activation=None)["layers"]]
            layers.insert(place + 1, layer("Activation", activation=said["activation"]))
            nodes = [{"layer": number, "reads": [number]} for number in range(len(layers))]
            found.append(spec | {"layers": layers, "nodes": nodes, "outputs": [len(layers)]})
    return found


@st.composite
def builds(draw: st.DrawFn, spec: Spec) -> list[Spec]:
    """Ways to build one network: each API, with names of its own or none, in some order of `__init__`."""
    n = len(spec["layers"])
    names = st.lists(st.text("abcxyz", min_size=1, max_size=8), min_size=n, max_size=n, unique=True)
    apis = ["functional", "subclass", "nested"]
    if len(spec["inputs"]) == 1:
        apis += ["sequential", "sequential_without_shape"]
    ways = [{"api": api, "names": draw(st.none() | names), "order": draw(st.permutations(range(n)))} for api in apis]
    return [{"spec": spec, **way} for way in ways]


@settings(max_examples=8, **SLOW)
@given(spec=st.one_of(chains(), graphs()), data=st.data())
def test_names_api_and_order_never_change_the_fingerprint(workers, spec, data):
    ways = data.draw(builds(spec)) + [{"spec": other} for other in respelled(spec)]
    fingerprints = [workers[NEWEST].fingerprint(**way) for way in ways]
    assume(any(fingerprints))
    assert len(set(fingerprints)) == 1, list(zip(ways, fingerprints, strict=True))


@settings(max_examples=8, **SLOW)
@given(spec=st.one_of(chains(), graphs()), data=st.data())
def test_whatever_changes_the_function_changes_the_fingerprint(workers, spec, data):
    fingerprint = workers[NEWEST].fingerprint(spec)
    assume(fingerprint)
    some = data.draw(st.permutations(planted(spec)))[:6]
    seen = [(what, workers[NEWEST].fingerprint(other)) for what, other in some]
    assert [what for what, other in seen if other == fingerprint] == []


@settings(max_examples=3, **SLOW)
@given(spec=st.one_of(chains(), graphs()), data=st.data())
def test_every_version_gives_the_same_fingerprint(workers, spec, data):
    ways = data.draw(builds(spec))[:2]
    found = {runtime: [worker.fingerprint(**way) for way in ways] for runtime, worker in workers.items()}
    assume(all(map(any, found.values())))
    assert len({fingerprint for each in found.values() for fingerprint in each}) == 1, found


def rows_of(said: Spec) -> dict[str, Spec]:
    return {row["path"]: row for row in said["layers"]}


def test_nested_models_are_opened_and_what_is_never_called_is_shown(worker):
    said = worker.ask(case="blocks")
    rows = rows_of(said["after"])
    assert list(rows) == [
        "input_1",
        *("blocks[0]/conv", "blocks[0]/pool", "blocks[1]/conv", "blocks[1]/pool", "flatten", "twice", "never"),
    ]
    assert rows["never"]["calls"] == 0
    assert rows["blocks[1]/conv"]["inputs"] == ["blocks[0]/pool"]
    conv, pool = rows["blocks[0]/conv"], rows["blocks[0]/pool"]
    assert (conv["padding"], conv["strides"], conv["activation"]) == ("valid", [1, 1], "relu")
    assert (pool["strides"], pool["pool_size"], pool["padding"]) == ([2, 2], [2, 2], "valid")
    assert (conv["input_shape"], conv["output_shape"]) == ([None, 14, 14, 3], [None, 12, 12, 4])
    assert conv["weights"] == [
        {"name": "kernel", "shape": [3, 3, 3, 4], "dtype": "float32"},
        {"name": "bias", "shape": [4], "dtype": "float32"},
    ]
    assert conv["initializers"] == {"kernel": {"type": "GlorotUniform"}, "bias": {"type": "Zeros"}}
    assert conv["n_parameters"] == 3 * 3 * 3 * 4 + 4
    assert conv["multiply_adds"] == 12 * 12 * 4 * 3 * 3 * 3
    assert conv["activation_bytes"] == 12 * 12 * 4 * 4
    assert pool["multiply_adds"] == 0


def test_a_layer_that_is_used_twice_is_one_row_that_counts_twice(worker):
    row = rows_of(worker.ask(case="blocks")["after"])["twice"]
    assert row["calls"] == 2
    assert row["inputs"] == ["flatten", "twice"]
    assert row["multiply_adds"] == 2 * 20 * 20
    assert row["n_parameters"] == 20 * 20 + 20


def test_a_model_is_looked_at_before_its_first_call_too_and_left_as_it_is(worker):
    said = worker.ask(case="blocks")
    before, after = said["before"], said["after"]
    assert "fingerprint" not in before
    assert [row["path"] for row in before["layers"]] == [path for path in rows_of(after) if path != "input_1"]
    assert {(row["calls"], row["output_shape"], len(row["weights"])) for row in before["layers"]} == {(0, None, 0)}
    attributes = ("type", "padding", "strides", "pool_size", "activation", "units")
    for row in before["layers"]:
        assert [row[name] for name in attributes] == [rows_of(after)[row["path"]][name] for name in attributes]
    assert said["unchanged"]


def test_what_is_not_known_is_shown_and_told_apart_by_its_operations(worker):
    said = worker.ask(case="unknown")
    scale = next(row for row in said["scale"]["layers"] if row["type"] == "Scale")
    assert not scale["known"]
    assert scale["weights"] == [{"name": "weight", "shape": [3], "dtype": "float32"}]
    assert {each["op"] for each in scale["attributes"]["operations"]} >= {"ReadVariableOp", "Mul"}
    assert said["scale"]["multiply_adds"] is None
    inline = next(row for row in said["inline"]["layers"] if row["type"] == "operations")
    assert inline["inputs"] == ["dense"]
    assert inline["attributes"]["operations"][0]["op"] == "Exp"
    fingerprints = {name: each["fingerprint"] for name, each in said.items()}
    assert fingerprints.pop("renamed") == fingerprints["scale"]
    assert len(set(fingerprints.values())) == len(fingerprints)


def test_an_activation_is_the_same_wherever_it_stands(worker):
    said = {name: each["fingerprint"] for name, each in worker.ask(case="activations").items()}
    assert said["inside"] == said["functions"] == said["activation layers"] == said["own layers"]
    assert said["linear"] == said["linear layers"]
    assert len({said["inside"], said["linear"], said["capped"]}) == 3


def test_how_weights_begin_and_are_held_is_no_part_of_the_function(worker):
    said = {name: each["fingerprint"] for name, each in worker.ask(case="no_function").items()}
    assert said["plain"] == said["initialiser"] == said["regulariser"] != said["without dropout"]


def test_a_layer_that_does_nothing_when_called_keeps_its_place(worker):
    said = worker.ask(case="dropped_branch")
    assert said["narrow"]["fingerprint"] != said["wide"]["fingerprint"]
    for name, other in (("narrow", "wide"), ("wide", "narrow")):
        rows = rows_of(said[name])
        assert (rows[name]["inputs"], rows[other]["inputs"]) == (["dropout"], ["input_1"])


def test_a_sequential_model_without_shape_or_weights_is_what_its_layers_are(worker):
    """Keras first calls its layers on symbols that are no tensors: these are no uses of them."""
    spec = chain([layer("Flatten"), layer("Dropout", rate=0.5)])
    assert worker.fingerprint(spec, "sequential_without_shape") == worker.fingerprint(spec) is not None


def test_what_a_switched_off_option_would_do_does_not_count(workers):
    """Some versions of Keras name the momentum of a renormalisation that is off."""
    spec = chain([layer("BatchNormalization"), layer("Flatten")])
    assert len({worker.fingerprint(spec) for worker in workers.values()}) == 1
