"""What sources say that Keras does, as every runtime showed it."""

from typing import get_args

import pytest

from study.claims.vocabulary import Behaviour
from study.config.runtimes import load_runtimes
from study.records.models import Observation

RUNTIMES = list(load_runtimes())
# What is not so anywhere, and what is not so on one runtime.
NOWHERE = {
    "subclassed_model_is_functional",
    "sequential_is_in_keras_models",
    "functional_inputs_reach_the_output_layer",
    "keras_includes_tuning",
}
NOT_ON = {
    ("softmax_from_scratch", "tf-1.15.0"),
    ("inspection_as_printed", "tf-2.21.0"),
    ("log_names_accuracy", "tf-1.15.0"),
    *((subject, runtime) for subject in ("log_counts_samples", "log_costs_per_sample") for runtime in RUNTIMES[2:]),
}


@pytest.fixture(scope="session")
def shown(probed) -> dict[tuple[str, str], Observation]:
    return {(cell.subject, cell.runtime): cell for cell in probed["behaviours"]}


def test_every_statement_is_checked_once_on_every_runtime(probed, shown):
    assert set(shown) == {(subject, runtime) for subject in get_args(Behaviour) for runtime in RUNTIMES}
    assert len(probed["behaviours"]) == len(shown)
    assert {cell.variant for cell in shown.values()} == {None}


def test_each_is_so_or_not_as_seen_before(shown):
    fails = {place for place, cell in shown.items() if cell.status == "fails"}
    assert fails == {(subject, runtime) for subject in NOWHERE for runtime in RUNTIMES} | NOT_ON


def test_what_is_not_so_says_what_was_found(shown):
    assert "it has no graph" in shown["subclassed_model_is_functional", "tf-2.10.0"].error.message
    assert "no attribute 'Models'" in shown["sequential_is_in_keras_models", "tf-2.0.0"].error.message
    assert "as_list" in shown["inspection_as_printed", "tf-2.21.0"].error.message
    assert shown["softmax_from_scratch", "tf-2.0.0"].values["largest_difference"] < 1e-12
