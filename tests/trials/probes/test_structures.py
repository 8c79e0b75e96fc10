"""What each network is made of, and how large each dataset is, as every runtime showed it."""

from collections import Counter
from typing import get_args

import pytest

from study.claims.vocabulary import Api
from study.config.datasets import load_datasets
from study.config.runtimes import load_runtimes
from study.config.study import load_study
from study.planning.architectures import other_architectures
from study.records.observations import place

RUNTIMES = load_runtimes()
# Variants whose softmax is no layer and no activation, by how it is written.
WRITTEN_OUT = {
    "subclass_tape": "from scratch",
    "subclass_tape_verbatim": "from scratch",
    "subclass_tape_eager": "from scratch",
    "subclass_tape_softmax": "hidden from the loss",
}


def test_every_variant_of_every_experiment_is_taken_apart(probed, refusing_len):
    cells = [cell for cell in probed["structures"] if cell.variant]
    experiments = load_study().experiments.items()
    networks = [(e, v, a) for e, said in experiments for v in said.variants for a in [None, *other_architectures(said)]]
    seen = Counter((cell.subject, cell.variant, cell.alternative) for cell in cells)
    assert seen == dict.fromkeys(networks, len(RUNTIMES))
    # Inside a graph alone it can be seen what feeds a layer.
    failed = {(cell.variant, cell.runtime) for cell in probed["structures"] if cell.status != "works"}
    assert failed == {("subclass_tape_verbatim", runtime) for runtime in refusing_len}


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


def test_the_two_networks_of_source_001_are_taken_apart(probed, refusing_len):
    cells = {(c.variant, c.alternative): c.values for c in probed["structures"] if c.subject == "mini_vgg"}
    plain, strided = cells["sequential", None], cells["subclass", "same_stride_2"]
    shapes = [row["output_shape"][1] for row in plain["layers"]]
    assert shapes == [224, 222, 111, 109, 54, 52, 26, 24, 12, 18432, 512, 1]
    assert [row["path"] for row in strided["layers"]][1:3] == ["block_a/conv2D_0", "block_a/max_pool"]
    assert {(row["padding"], *row["strides"]) for row in strided["layers"] if row["strides"]} == {("same", 2, 2)}
    pools = [row for row in plain["layers"] if row["pool_size"]]
    assert {(row["padding"], *row["strides"]) for row in pools} == {("valid", 2, 2)}
    assert f"{plain['n_parameters']:,}" in plain["summary"]


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
    images = {"n_train": 22495, "n_test": 2500, "n_classes": 2, "n_dropped": 5}
    counted = {"mnist": digits, "fashion-mnist": digits, "cats_vs_dogs": images}
    cells = [cell for cell in probed["structures"] if cell.variant is None]
    assert {cell.subject for cell in cells} == set(counted)
    for cell in cells:
        assert counted[cell.subject].items() <= cell.values.items()
    shapes = {name: dataset.image_shape for name, dataset in load_datasets().items() if dataset.image_shape}
    assert {name: [counted[name]["height"], counted[name]["width"]] for name in shapes} == shapes
