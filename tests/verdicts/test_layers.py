"""Whether a network has the layers that a source names, in that order."""

import pytest
from factories import make_claim, make_observation

from study.verdicts.judge import judge

LAYERS = [
    {"path": "input", "type": "InputLayer"},
    {"path": "flatten", "type": "Flatten", "output_shape": [None, 784]},
    {"path": "dense", "type": "Dense", "activation": "relu", "output_shape": [None, 300]},
    {"path": "dense_1", "type": "Dense", "activation": "linear", "output_shape": [None, 10]},
]


def verdict_of(named, **networks):
    """Verdict of a claim that names layers; `networks` gives those of each variant (default: one)."""
    observations = [
        make_observation("structures", "two_dense", variant=variant, status="works", values={"layers": layers})
        for variant, layers in (networks or {"sequential": LAYERS}).items()
    ]
    return judge([make_claim("layers", subject="two_dense", layers=named)], [], observations)[0]


@pytest.mark.parametrize(
    "named",
    [["Flatten", "Dense 300 relu", "Dense 10"], ["Flatten", "Dense", "Dense"], ["Flatten", "Dense relu", "Dense"]],
)
def test_what_the_study_copies_is_followed_as_far_as_it_is_said(named):
    found = verdict_of(named)
    assert (found.verdict, found.n) == ("followed", 1)
    assert found.reason == "The layers of two_dense are: Flatten, Dense 300 relu, Dense 10."


@pytest.mark.parametrize(
    "named",
    [
        ["Dense 300 relu", "Flatten", "Dense 10"],
        ["Flatten", "Dense 300 relu"],
        ["Flatten", "Dense 301 relu", "Dense 10"],
        ["Flatten", "Dense 300 relu", "Dense 10 softmax"],
    ],
    ids=["another order", "too few", "other units", "another activation"],
)
def test_other_layers_are_not_those_of_the_source(named):
    assert verdict_of(named).verdict == "not run"


def test_every_network_must_have_them_and_each_is_named():
    found = verdict_of(["Flatten", "Dense", "Dense"], sequential=LAYERS, subclass=LAYERS[:3])
    assert found.verdict == "not run"
    assert "Dense 10 (sequential on tf-2.0.0); Flatten, Dense 300 relu (subclass on tf-2.0.0)" in found.reason


def test_without_a_network_nothing_is_said():
    assert judge([make_claim("layers", subject="two_dense", layers=["Dense"])], [])[0].verdict == "not run"
