"""The probes, run in every runtime: what they say of the APIs, of the formulas and of the networks."""

import json
import os
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from study.claims.files import load_claims
from study.claims.rules import ProbedClaim, StructureClaim
from study.claims.vocabulary import Api, Capability, Formula
from study.config.datasets import load_datasets
from study.config.runtimes import load_runtimes
from study.config.study import load_study
from study.planning.architectures import architectures, other_architectures
from study.records.models import Observation
from study.records.observations import place, read_observations
from study.runtimes.runtime import python_of
from trials.probes import published

SOURCES = Path(__file__).resolve().parents[2] / "src"
RUNTIMES = load_runtimes()
PROBES = ("capabilities", "formulas", "structures", "programs")
# Variants whose softmax is no layer and no activation, by how it is written.
WRITTEN_OUT = {
    "subclass_tape": "from scratch",
    "subclass_tape_verbatim": "from scratch",
    "subclass_tape_eager": "from scratch",
    "subclass_tape_softmax": "hidden from the loss",
}
# Up to 2.0 Keras reduces a loss in single precision.
SINGLE = {("mean_loss", runtime) for runtime in ("tf-1.15.0", "tf-2.0.0")}


def run_in(runtime: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a runtime as the rule `probe` does."""
    command = [str(python_of(runtime, RUNTIMES[runtime])), *arguments]
    environment = os.environ | {"PYTHONPATH": str(SOURCES)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=400, check=False)


@pytest.fixture(scope="session")
def probed(smoke) -> dict[str, list[Observation]]:
    """Observations of every probe on every runtime, as the study made them."""
    cells = read_observations(smoke.root / "results/observations.jsonl.gz")
    return {name: [cell for cell in cells if cell.probe == name] for name in PROBES}


@pytest.fixture(scope="session")
def matrix(probed) -> dict[tuple[str, str, str], Observation]:
    return {(cell.subject, str(cell.variant), cell.runtime): cell for cell in probed["capabilities"]}


def statuses(matrix, subject: str, variant: str) -> list[str]:
    return [matrix[subject, variant, runtime].status for runtime in RUNTIMES]


def test_every_cell_is_observed_once_on_every_runtime(probed, matrix):
    wanted = {(s, v, r) for s in get_args(Capability) for v in get_args(Api) for r in RUNTIMES}
    assert set(matrix) == wanted
    assert len(probed["capabilities"]) == len(wanted)


@pytest.mark.parametrize(
    "subject", ["several_inputs", "several_outputs", "shared_layers", "branches", "residual_connection"]
)
@pytest.mark.parametrize("variant", ["functional", "subclass"])
def test_two_apis_build_any_graph_everywhere(matrix, subject, variant):
    assert statuses(matrix, subject, variant) == ["works"] * len(RUNTIMES)


@pytest.mark.parametrize("subject", ["shared_layers", "branches", "residual_connection"])
def test_a_sequential_builds_no_graph_anywhere(matrix, subject):
    assert statuses(matrix, subject, "sequential") == ["fails"] * len(RUNTIMES)


@pytest.mark.parametrize("subject", ["several_inputs", "several_outputs"])
def test_a_sequential_has_several_inputs_or_outputs_nowhere_without_a_trick(matrix, subject):
    assert "works" not in statuses(matrix, subject, "sequential")
    assert statuses(matrix, subject, "sequential")[:2] == ["fails", "fails"], "1.15.0 and 2.0.0 refuse the trick too"


def test_python_control_flow_runs_where_the_version_converts_it(matrix):
    subclass = dict(zip(RUNTIMES, statuses(matrix, "dynamic_control_flow", "subclass"), strict=True))
    assert subclass["tf-2.10.0"] == "works"
    assert subclass["tf-2.21.0"] == "works after"
    assert matrix["dynamic_control_flow", "subclass", "tf-2.21.0"].remedy == "compiling it with run_eagerly"
    assert set(statuses(matrix, "dynamic_control_flow", "functional")) == {"works after"}


@pytest.mark.parametrize("subject", ["layers_before_first_call", "summary_before_first_call"])
def test_a_subclassed_model_knows_its_layers_only_after_a_call_or_build(matrix, subject):
    assert set(statuses(matrix, subject, "sequential") + statuses(matrix, subject, "functional")) == {"works"}
    assert set(statuses(matrix, subject, "subclass")) == {"works after"}


def test_what_does_not_work_by_itself_keeps_its_error_without_folders_and_addresses(matrix):
    for cell in matrix.values():
        assert (cell.error is None) == (cell.status == "works"), place(cell)
        assert (cell.remedy is not None) == (cell.status == "works after"), place(cell)
        assert str(SOURCES) not in cell.model_dump_json()
        assert str(Path.home()) not in cell.model_dump_json()
        assert not re.search(r"0x[0-9a-f]{6}", cell.error.message if cell.error else "")


def test_every_formula_agrees_with_every_runtime(probed):
    assert {cell.subject for cell in probed["formulas"]} == set(get_args(Formula))
    for cell in probed["formulas"]:
        margin = 1e-7 if (cell.subject, cell.runtime) in SINGLE else 1e-12
        assert cell.values["largest_relative_difference"] < margin, place(cell)


def test_gradients_are_compared_by_name(probed):
    backward = [cell for cell in probed["formulas"] if cell.subject.endswith("_backpropagation")]
    assert backward
    assert {tuple(sorted(cell.values["gradients"])) for cell in backward} == {
        ("dL/dW_1", "dL/dW_2", "dL/db_1", "dL/db_2")
    }


BROKEN = """
from trials.probes import formulas, published
{line}
compute, arguments, builds = formulas.CELLS["functional_backpropagation"]
print(formulas.compared(compute, builds["functional"], *arguments)["largest_relative_difference"])
"""


@pytest.mark.parametrize(
    ("line", "agrees"),
    [
        ("", True),
        ("published.loss_by_output = lambda y, target: -2 * (y - target) / len(y)", False),
        ("published.by_input = lambda layer, x: layer.w", False),
    ],
    ids=["as published", "wrong sign", "without the derivative of f"],
)
def test_a_broken_formula_is_caught(line, agrees):
    done = run_in("tf-2.10.0", "-c", BROKEN.format(line=line))
    assert done.returncode == 0, done.stderr
    assert (float(done.stdout.splitlines()[-1]) < 1e-12) == agrees


@pytest.mark.parametrize("backpropagation", [published.linear_backpropagation, published.functional_backpropagation])
def test_the_formulas_are_the_slopes_of_the_loss(backpropagation):
    generator = np.random.RandomState(0)
    reads = [4, 3] if backpropagation is published.linear_backpropagation else [4, 3, 3 + 2]
    gives = [3, 2, 2][: len(reads)]
    layers = [
        published.Layer(generator.normal(size=(m, n)), generator.normal(size=m), f)
        for m, n, f in zip(gives, reads, [published.TANH, published.SOFTMAX, published.TANH], strict=False)
    ]
    x, target = generator.normal(size=4), generator.uniform(size=2)

    def loss() -> float:
        output = published.composition(layers, x) if len(layers) == 2 else published.graph(layers, x)[-1]
        return published.loss(output, target)

    gradients = backpropagation(layers, x, target)
    for name, array in {"W_1": layers[0].w, "b_1": layers[0].b, "W_2": layers[1].w, "b_2": layers[1].b}.items():
        slopes = np.zeros_like(array)
        for at in np.ndindex(array.shape):
            before, step = array[at], 1e-6
            array[at] = before + step
            above = loss()
            array[at] = before - step
            slopes[at] = (above - loss()) / (2 * step)
            array[at] = before
        np.testing.assert_allclose(gradients[name], slopes, rtol=1e-6, atol=1e-9)


def test_every_variant_of_every_experiment_is_taken_apart(probed):
    cells = [cell for cell in probed["structures"] if cell.variant]
    experiments = load_study().experiments.items()
    networks = [(e, v, a) for e, said in experiments for v in said.variants for a in [None, *other_architectures(said)]]
    seen = Counter((cell.subject, cell.variant, cell.alternative) for cell in cells)
    assert seen == dict.fromkeys(networks, len(RUNTIMES))
    # Keras 3 refuses len inside a graph, in which alone it can be seen what feeds a layer.
    failed = {(cell.variant, cell.runtime) for cell in probed["structures"] if cell.status != "works"}
    assert failed == {("subclass_tape_verbatim", "tf-2.21.0")}


def test_within_an_experiment_all_variants_and_versions_build_one_network(probed):
    found: dict[tuple[str, str | None, str | None], set[str]] = {}
    for cell in probed["structures"]:
        if cell.variant and cell.values:
            ending = WRITTEN_OUT.get(cell.variant)
            rows = [row for row in cell.values["layers"] if row["type"] == "operations"]
            assert [row["known"] for row in rows] == [False] * (ending is not None), place(cell)
            found.setdefault((cell.subject, cell.alternative, ending), set()).add(cell.values["fingerprint"])
    assert {len(fingerprints) for fingerprints in found.values()} == {1}
    assert len(set.union(*found.values())) == len(found)


def test_the_two_networks_of_source_001_are_taken_apart(probed):
    cells = {(c.variant, c.alternative): c.values for c in probed["structures"] if c.subject == "mini_vgg"}
    plain, strided = cells["sequential", None], cells["subclass", "same_stride_2"]
    shapes = [row["output_shape"][1] for row in plain["layers"]]
    assert shapes == [224, 222, 111, 109, 54, 52, 26, 24, 12, 18432, 512, 1]
    assert [row["path"] for row in strided["layers"]][1:3] == ["block_a/conv2D_0", "block_a/max_pool"]
    assert {(row["padding"], *row["strides"]) for row in strided["layers"] if row["strides"]} == {("same", 2, 2)}
    pools = [row for row in plain["layers"] if row["pool_size"]]
    assert {(row["padding"], *row["strides"]) for row in pools} == {("valid", 2, 2)}
    assert f"{plain['n_parameters']:,}" in plain["summary"]


def test_every_training_step_is_traced_and_the_apis_compile_to_the_same(probed):
    study, programs = load_study(), {(cell.subject, cell.variant, cell.runtime): cell for cell in probed["programs"]}
    assert set(programs) == {
        (e, v, r) for e, said in study.experiments.items() for v in said.variants for r in RUNTIMES
    }
    failed = [place for place, cell in programs.items() if cell.status == "fails"]
    assert failed == [("softmax_regression", "subclass_tape_verbatim", "tf-2.21.0")]
    for name, runtime in {(e, r) for e, _, r in programs}:
        values = [programs[name, api, runtime].values for api in get_args(Api) if (name, api, runtime) in programs]
        assert all(each == values[0] for each in values), (name, runtime)


@pytest.mark.parametrize(
    ("experiment", "n_parameters", "units"),
    [("deep_mlp", 235146, [256, 128, 10]), ("mlp_300_100", 266610, [300, 100, 10]), ("mlp_64", 50890, [64, 10])],
)
def test_all_apis_build_the_same_network(probed, experiment, n_parameters, units):
    cells = [cell for cell in probed["structures"] if cell.subject == experiment]
    assert {cell.variant for cell in cells} == set(get_args(Api))
    assert {cell.values["n_parameters"] for cell in cells} == {n_parameters}
    for cell in cells:
        assert [cell.values[f"units_{place}"] for place in range(1, len(units) + 1)] == units
        assert f"{n_parameters:,}" in cell.values["summary"]


def test_a_functional_model_tells_how_its_layers_connect(probed):
    for cell in probed["structures"]:
        if (cell.subject, cell.variant) == ("two_tower", "functional"):
            inputs = {layer["path"]: layer["inputs"] for layer in cell.values["layers"]}
            assert inputs["concat"] == ["dense_1", "dense_2"]
            assert inputs["dense_2"] == ["input_2"]
            assert (cell.values["n_inputs"], cell.values["n_outputs"]) == (2, 1)


def test_datasets_are_counted(probed):
    digits = {"n_train": 60000, "n_test": 10000, "height": 28, "width": 28, "n_classes": 10}
    pictures = {"n_train": 22495, "n_test": 2500, "n_classes": 2, "n_dropped": 5}
    counted = {"mnist": digits, "fashion-mnist": digits, "cats_vs_dogs": pictures}
    cells = [cell for cell in probed["structures"] if cell.variant is None]
    assert {cell.subject for cell in cells} == set(counted)
    for cell in cells:
        assert counted[cell.subject].items() <= cell.values.items()
    shapes = {name: dataset.image_shape for name, dataset in load_datasets().items() if dataset.image_shape}
    assert {name: [counted[name]["height"], counted[name]["width"]] for name in shapes} == shapes


def test_whatever_claims_are_about_is_observed(probed):
    seen = {(cell.subject, variant) for name in PROBES for cell in probed[name] for variant in (cell.variant, None)}
    asked = [claim for claim in load_claims() if isinstance(claim, ProbedClaim | StructureClaim) and claim.subject]
    assert [claim.id for claim in asked if (claim.subject, claim.variant) not in seen] == []


HANGS_OR_DIES = """
import os, signal, time
from trials.probes import observe
observe.SECONDS = 1
for program in (lambda: os.kill(os.getpid(), signal.SIGSEGV), lambda: time.sleep(60), lambda: {"n": 1}):
    print(observe.tried(program))
"""


def test_a_program_that_dies_or_hangs_is_a_cell_that_fails():
    done = run_in("tf-2.10.0", "-c", HANGS_OR_DIES)
    died, hung, worked = done.stdout.splitlines()
    assert "ProcessDied" in died
    assert "TimeoutError" in hung
    assert worked == str({"values": {"n": 1}})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["capabilites"], "invalid choice"),
        (["structures"], "structures needs --architectures"),
        (["formulas"], "No such file"),
    ],
)
def test_bad_input_is_refused(tmp_path, arguments, words):
    runtime = str(tmp_path / "missing.json")
    done = run_in("tf-2.10.0", "-m", "trials.probes", *arguments, str(tmp_path / "out.jsonl"), "--runtime", runtime)
    assert done.returncode == 2
    assert words in done.stderr
    assert not (tmp_path / "out.jsonl").exists()


def test_architectures_name_each_experiment_and_all_datasets():
    told = json.loads(architectures(load_study()))
    assert told["datasets"] == ["cats_vs_dogs", "fashion-mnist", "mnist"]
    assert told["experiments"]["two_tower"] == {
        "image_shape": [28, 28],
        "arrangement": "vector_twice",
        "architecture": {},
        "alternatives": {},
        "variants": ["functional", "subclass"],
        "batch_size": 32,
        "loss": "sparse_categorical_crossentropy",
        "optimizer": {"name": "adam", "learning_rate": 0.001},
    }
    two_dense = told["experiments"]["two_dense"]
    assert two_dense["architecture"] == {"hidden": 128}
    assert two_dense["alternatives"] == {"hidden_64": {"hidden": 64}, "hidden_512": {"hidden": 512}}
    assert told["experiments"]["mini_vgg"]["image_shape"] == [224, 224, 3]
