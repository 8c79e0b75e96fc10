"""Traced programs: their canonical hash, XLA's text, real training steps in every runtime, and their comparison."""

import json
from pathlib import Path

import pytest
from factories import make_observation
from hypothesis import given
from hypothesis import strategies as st
from pages import page_of, section, words
from runner import run_in

from study.analysis.programs import compared
from study.config.runtimes import load_runtimes
from study.config.study import load_study
from trials.inspection import hlo
from trials.inspection.graphs import MAIN, Graph, Node, alive, operations, sha256

SOURCES = Path(__file__).resolve().parents[2] / "src"
RUNTIMES = load_runtimes()
WITH_XLA = ("tf-2.10.0", "tf-2.21.0")


@st.composite
def programs(draw):
    """A random graph in which every operation reads earlier ones, and a function that some of them call."""
    nodes: dict[str, Node] = {}
    for number in range(draw(st.integers(2, 10))):
        earlier = st.sampled_from(sorted(nodes)) if nodes else st.nothing()
        tensors = st.tuples(earlier, st.sampled_from("01")) if nodes else st.nothing()
        nodes[f"n{number}"] = Node(
            draw(st.sampled_from(["Const", "Add", "MatMul"])),
            # Unlike those of all others, so that no two operations are each other's mirror image.
            {"value": str(number), "shape": draw(st.sampled_from(["[]", "[2]"]))},
            draw(st.lists(tensors, max_size=3)) if nodes else [],
            draw(st.lists(earlier, max_size=2, unique=True)) if nodes else [],
            draw(st.sampled_from([{}, {"f:0": "inner"}])),
        )
    outputs = draw(st.lists(st.tuples(st.sampled_from(sorted(nodes)), st.just("0")), min_size=1, max_size=3))
    inner = Graph({"x": Node("Argument", {"index": "0"}), "y": Node("Neg", {}, [("x", "0")])}, [("y", "0")])
    return {MAIN: Graph(nodes, outputs, draw(st.lists(st.sampled_from(sorted(nodes)), max_size=2))), "inner": inner}


def renamed(program, names, functions, order):
    """The same program with other names of operations and functions, listed in another order."""
    graphs = {}
    for name, graph in program.items():
        new = {old: names(old) for old in graph.nodes}
        nodes = {
            new[old]: node._replace(
                inputs=[(new[source], port) for source, port in node.inputs],
                controls=[new[control] for control in reversed(node.controls)],
                calls={key: functions(function) for key, function in node.calls.items()},
            )
            for old, node in order(list(graph.nodes.items()))
        }
        outputs = [(new[source], port) for source, port in graph.outputs]
        graphs[name and functions(name)] = Graph(nodes, outputs, [new[control] for control in graph.controls])
    return graphs


@given(programs(), st.randoms())
def test_names_and_order_never_change_the_hash(program, random):
    def shuffled(items):
        return random.sample(items, len(items))

    other = renamed(program, lambda name: f"scope/{hash(name)}", lambda name: f"__inference_{name}_7", shuffled)
    assert sha256(other) == sha256(program)
    assert operations(other) == operations(program)


def with_node(program, name, **changes):
    main = program[MAIN]
    return program | {MAIN: main._replace(nodes=main.nodes | {name: main.nodes[name]._replace(**changes)})}


@given(programs(), st.data())
def test_any_other_operation_or_setting_changes_the_hash(program, data):
    name = data.draw(st.sampled_from(sorted(program[MAIN].nodes)))
    node = program[MAIN].nodes[name]
    changes = [
        {"op": "Sub"},
        {"attributes": node.attributes | {"shape": "[3]"}},
        {"attributes": node.attributes | {"value": "another"}},
        {"attributes": {"shape": node.attributes["shape"]}},
        {"inputs": [*node.inputs, (name, "2")]},
        {"calls": node.calls | {"g:0": "inner"}},
    ]
    if node.inputs:
        (source, port), *rest = node.inputs
        changes += [{"inputs": rest}, {"inputs": [(source, port + "1"), *rest]}]
    if node.controls:
        changes.append({"controls": node.controls[1:]})
    if list(node.inputs) != list(reversed(node.inputs)):
        changes.append({"inputs": list(reversed(node.inputs))})
    hashes = {sha256(with_node(program, name, **change)) for change in changes}
    assert len(hashes) == len(changes)
    assert sha256(program) not in hashes


@given(programs())
def test_another_function_changes_the_hash_where_it_is_called(program):
    inner = program["inner"]
    other = program | {"inner": inner._replace(nodes=inner.nodes | {"y": Node("Exp", {}, [("x", "0")])})}
    is_called = any(node.calls for node in program[MAIN].nodes.values())
    assert (sha256(other) != sha256(program)) == is_called


def test_two_equal_variables_are_told_apart_by_their_use():
    variable = Node("Variable", {"shape": "[2]"})
    read = {
        "a": variable,
        "b": variable,
        "product": Node("MatMul", {}, [("a", "0"), ("b", "0")]),
    }
    updated = {
        name: sha256({MAIN: Graph(read | {"update": Node("Assign", {}, [(name, "0"), ("product", "0")])}, [])})
        for name in "ab"
    }
    assert updated["a"] != updated["b"]


def test_one_shared_operation_is_not_two_equal_ones():
    random = Node("RandomUniform")
    one = {"r": random, "sum": Node("Add", {}, [("r", "0"), ("r", "0")])}
    two = {"r": random, "s": random, "sum": Node("Add", {}, [("r", "0"), ("s", "0")])}
    assert sha256({MAIN: Graph(one, [("sum", "0")])}) != sha256({MAIN: Graph(two, [("sum", "0")])})


def test_a_function_counts_as_often_as_it_is_called():
    inner = Graph({"x": Node("Argument"), "y": Node("Neg", {}, [("x", "0")])}, [("y", "0")])
    calls = {name: Node("Call", {}, [], [], {"f:0": "inner"}) for name in "ab"}
    assert operations({MAIN: Graph(calls, []), "inner": inner}) == {"Argument": 2, "Call": 2, "Neg": 2}


def test_only_what_has_an_effect_is_kept():
    nodes = {"x": Node("Const"), "y": Node("Neg", {}, [("x", "0")]), "dead": Node("Exp", {}, [("x", "0")])}
    assert set(alive(Graph(nodes, [("y", "0")])).nodes) == {"x", "y"}
    assert set(alive(Graph(nodes, [], ["dead"])).nodes) == {"x", "dead"}


HLO = """HloModule step.1, input_output_alias={ {1}: (1, {}, may-alias) }, entry_computation_layout={(f32[4,8]{1,0})}

%add.1 (x.2: f32[], y.3: f32[]) -> f32[] {
  %x.2 = f32[] parameter(0)
  %y.3 = f32[] parameter(1)
  ROOT %add.4 = f32[] add(f32[] %x.2, f32[] %y.3), metadata={op_name="a/Sum"}
}

ENTRY %step.1 (arg0.1: f32[4,8], arg1.2: f32[8,3]) -> (f32[4], /*index=1*/f32[8,3]) {
  %arg0.1 = f32[4,8]{1,0} parameter(0), parameter_replication={false}, metadata={op_name="XLA_Args"}
  %arg1.2 = f32[8,3]{1,0} parameter(1)
  %dot.3 = f32[4,3]{1,0} dot(f32[4,8]{1,0} %arg0.1, f32[8,3]{1,0} %arg1.2), lhs_contracting_dims={1}, \
rhs_contracting_dims={0}, metadata={op_name="a/MatMul" source_line=7}
  %zero.4 = f32[] constant(0)
  %sum.5 = f32[4]{0} reduce(f32[4,3]{1,0} %dot.3, f32[] %zero.4), dimensions={1}, to_apply=%add.1
  %new.6 = f32[8,3]{1,0} multiply(f32[8,3]{1,0} %arg1.2, f32[8,3]{1,0} %arg1.2)
  ROOT %tuple.7 = (f32[4]{0}, /*index=1*/f32[8,3]{1,0}) tuple(f32[4]{0} %sum.5, f32[8,3]{1,0} %new.6)
}
"""


def hlo_sha256(text, n_inputs=1):
    return sha256(hlo.program_of(text, n_inputs))


def test_xla_s_program_is_read_with_its_updates_and_its_arithmetic():
    program = hlo.program_of(HLO, 1)
    assert operations(program) == {
        **{"add": 1, "constant": 1, "dot": 1, "multiply": 1, "parameter": 3, "reduce": 1, "update": 1, "variable": 1},
    }
    products, sums, squares = 2 * 4 * 3 * 8, 4 * 3 - 4, 8 * 3
    assert hlo.flops(program) == products + sums + squares


CONVOLUTION = """HloModule c, entry_computation_layout={(f32[2,5,5,3]{3,2,1,0})}

ENTRY %c (x: f32[2,5,5,3], k: f32[3,3,3,7]) -> (f32[2,3,3,7]) {
  %x = f32[2,5,5,3]{3,2,1,0} parameter(0)
  %k = f32[3,3,3,7]{3,2,1,0} parameter(1)
  %y = f32[2,3,3,7]{3,2,1,0} convolution(%x, %k), window={size=3x3}, dim_labels=b01f_01io->b01f
  ROOT %t = (f32[2,3,3,7]{3,2,1,0}) tuple(%y)
}
"""


def test_a_convolution_counts_each_product_twice_and_a_library_cannot_be_counted():
    assert hlo.flops(hlo.program_of(CONVOLUTION, 1)) == 2 * (2 * 3 * 3 * 7) * (3 * 3 * 3)
    assert hlo.flops(hlo.program_of(CONVOLUTION.replace("convolution(", "custom-call("), 1)) is None


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("%sum.5", "%total.99", True),
        ("%add.1", "%region_0.8", True),
        ('"a/MatMul" source_line=7', '"b/MatMul" source_line=8', True),
        ("constant(0)", "constant(1)", False),
        ("dimensions={1}, to", "dimensions={0}, to", False),
        ("multiply(", "divide(", False),
        ("%x.2, f32[] %y.3", "%y.3, f32[] %x.2", False),
        ("{1}: (1", "{0}: (1", False),
    ],
)
def test_names_and_places_of_xla_s_program_do_not_count_and_all_else_does(old, new, same):
    assert old in HLO
    assert (hlo_sha256(HLO.replace(old, new)) == hlo_sha256(HLO)) == same


TRACE = """
import functools, importlib, json, sys
import tensorflow as tf
from trials.probes import attempt, programs
from trials.training.fit import fitted

planned = {
    "architecture": {}, "image_shape": [28, 28], "batch_size": 8, "optimizer": {"name": "adam", "learning_rate": 0.001},
    "settings": programs.SETTINGS, "protocol": programs.PROTOCOL,
}
SOFTMAX = dict(planned, arrangement="image", loss="sparse_categorical_crossentropy")
VECTOR = dict(planned, arrangement="vector", loss="sparse_categorical_crossentropy_from_logits")

def dense(activation="relu", units=64, name=None):
    hidden = tf.keras.layers.Dense(units, activation=activation, name=name, input_shape=(784,))
    return tf.keras.Sequential([hidden, tf.keras.layers.Dense(10)])

steps = {("softmax_regression", name): (train, SOFTMAX) for name, train in
         importlib.import_module("trials.experiments.softmax_regression").VARIANTS.items()}
steps.update((("mlp_64", name), (train, VECTOR)) for name, train in
             importlib.import_module("trials.experiments.mlp_64").VARIANTS.items())
for name, changes in {
    "relu": {}, "named": {"name": "first"}, "tanh": {"activation": "tanh"}, "wide": {"units": 65}
}.items():
    steps["planted", name] = fitted(functools.partial(dense, **changes)), VECTOR
steps["planted", "sgd"] = steps["planted", "relu"][0], dict(VECTOR, optimizer={"name": "sgd", "learning_rate": 0.01})
for (experiment, variant), (train, plan) in steps.items():
    outcome = attempt.tried(functools.partial(programs.program, train, plan))
    print(json.dumps([experiment, variant, outcome.get("values"), outcome.get("error", {}).get("type")]))
"""


@pytest.fixture(scope="module", params=list(RUNTIMES))
def traced(request):
    """Programs of two experiments and of planted changes, by experiment and variant, on each runtime in turn."""
    done = run_in(request.param, "-c", TRACE)
    assert done.returncode == 0, done.stderr
    lines = map(json.loads, done.stdout.splitlines())
    return request.param, {(experiment, variant): values or error for experiment, variant, values, error in lines}


@pytest.mark.parametrize("experiment", ["softmax_regression", "mlp_64"])
def test_the_three_apis_compile_to_the_same_program(traced, experiment):
    runtime, seen = traced
    programs = [seen[experiment, variant] for variant in ("sequential", "functional", "subclass")]
    assert all(program == programs[0] for program in programs)
    assert programs[0]["n_operations"] == sum(programs[0]["operations"].values()) > 100
    assert programs[0]["operations"]["MatMul"] >= 2
    assert ("xla" in programs[0]) == (runtime in WITH_XLA)


def test_planted_differences_change_the_program_and_names_do_not(traced):
    runtime, seen = traced
    planted = {name: values["sha256"] for (group, name), values in seen.items() if group == "planted"}
    assert planted["relu"] == planted["named"] == seen["mlp_64", "sequential"]["sha256"]
    assert len({planted[name] for name in ("relu", "tanh", "wide", "sgd")}) == 4
    if runtime in WITH_XLA:
        after = {name: values["xla"]["sha256"] for (group, name), values in seen.items() if group == "planted"}
        assert after["relu"] == after["named"]
        assert len({after[name] for name in ("relu", "tanh", "wide", "sgd")}) == 4


def test_the_source_s_own_loop_is_another_program_and_without_a_graph_none(traced):
    runtime, seen = traced
    tape = seen["softmax_regression", "subclass_tape"]
    assert tape["sha256"] != seen["softmax_regression", "sequential"]["sha256"]
    assert list(seen["softmax_regression", "subclass_tape_eager"]) == ["untraced"]
    verbatim = seen["softmax_regression", "subclass_tape_verbatim"]
    assert verbatim == ("TypeError" if runtime == "tf-2.21.0" else tape)


@pytest.mark.parametrize("traced", WITH_XLA, indirect=True)
def test_xla_counts_the_arithmetic_of_a_network_by_hand(traced):
    _, seen = traced
    forwards_and_backwards = 2 * 2 * 8 * 784 * 10  # the product of inputs and weights, and the weights' gradient
    flops = seen["softmax_regression", "sequential"]["xla"]["flops"]
    adam = 12 * 784 * 10  # a dozen operations a weight
    assert forwards_and_backwards < flops < forwards_and_backwards + 1.2 * adam


def program_seen(variant, sha="a", xla=None, runtime="tf-2.10.0", subject="softmax_regression", **operations):
    values = {"sha256": sha, "operations": operations or {"Mul": 1}, "n_operations": 1}
    if xla:
        values["xla"] = {"sha256": xla, "operations": {"dot": 1}, "n_operations": 1, "flops": 1234567}
    return make_observation("programs", subject, variant=variant, runtime=runtime, values=values)


EAGER = make_observation(
    "programs",
    "softmax_regression",
    variant="subclass_tape_eager",
    runtime="tf-2.10.0",
    values={"untraced": "no graph"},
)
SEEN = [
    program_seen("sequential", "a", "x", Mul=3, Shape=1),
    program_seen("functional", "a", "x", Mul=3, Shape=1),
    program_seen("subclass", "b", "x", Mul=3, Shape=1),
    program_seen("subclass_tape", "c", "y", Mul=1, Shape=2, Reshape=5),
    EAGER,
]


def test_programs_are_compared_with_the_first_and_their_differences_named():
    (cell,) = compared(load_study(), SEEN).rows["softmax_regression"]
    assert cell.first.variant == "sequential"
    assert cell.same == ["functional"]
    assert [(each.variants, each.same_after_xla) for each in cell.different] == [
        (["subclass"], True),
        (["subclass_tape"], False),
    ]
    assert cell.different[0].words == "the same operations, connected or set otherwise"
    assert cell.different[1].words == "+5 Reshape, −2 Mul, +1 Shape"
    assert cell.without == {"subclass_tape_eager": "no graph"}


@pytest.mark.parametrize(("n", "status"), [(2, "same"), (3, "same after XLA"), (4, "differs")])
def test_a_cell_says_in_a_word_how_programs_compare(n, status):
    (cell,) = compared(load_study(), SEEN[:n]).rows["softmax_regression"]
    assert cell.status == status


def test_the_report_counts_and_names_what_differs():
    text = words(section(page_of(observations=SEEN), "programs"))
    assert "1 of 3 are the same to the last operation, 1 more once XLA has optimised them" in text
    assert "softmax_regression (subclass_tape) are others" in text
    assert "+5 Reshape, −2 Mul, +1 Shape" in text
    assert "1,234,567 floating-point operations a step" in text


def test_a_report_without_programs_says_nothing_of_them():
    assert 'id="programs"' not in page_of()
    assert 'id="programs"' not in page_of(observations=[EAGER])
