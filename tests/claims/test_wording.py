"""Numbers as a reader sees them, each in the unit of its metric."""

from typing import get_args

import pytest
from factories import accuracy_claim, curve_claim, faster_claim, make_claim, same_claim

from study.claims import wording
from study.claims.vocabulary import Metric


def value_claim(metric, **changes):
    return make_claim("value", metric=metric, published=1, margin=0.1, **changes)


@pytest.mark.parametrize(
    ("claim", "value", "written"),
    [
        (accuracy_claim(0.9), 0.93456, "93.46 %"),
        (value_claim("val_accuracy", epoch=3), 0.9, "90.00 %"),
        (value_claim("loss"), 0.61534, "0.6153"),
        (value_claim("test_loss"), 0.5, "0.5000"),
        (value_claim("epoch_seconds"), 6, "6 s"),
        (value_claim("setup_seconds"), 0.51234, "0.512 s"),
        (value_claim("cost_per_sample"), 17.44, "17.4 µs"),
        (faster_claim(), 0.8, "× 0.800"),
        (faster_claim(metric="loss"), 0.8, "× 0.8000"),
        (same_claim(), -0.0012, "-0.120 points"),
        (same_claim(metric="final_loss"), 0.01, "+0.0100"),
        (curve_claim([0.5, 0.3]), -0.03, "-0.0300"),
        (curve_claim([0.5, 0.3], metric="accuracy"), 0.01, "+1.000 points"),
        (curve_claim([6, 6], metric="epoch_seconds"), 1.25, "1.25 s"),
        (make_claim("structure", subject="mnist", fact="n_train", published=60000), 60000, "60000"),
        (make_claim("formula", subject="graph", variant="functional", margin=1e-9), 1.234e-15, "1.2e-15"),
        (make_claim("arithmetic", terms=[[{"value": 4}]], published=4), 4.83333, "4.833"),
        (make_claim("arithmetic", terms=[[{"value": 60000}]], published=60000), 60000, "60000"),
    ],
)
def test_a_value_has_the_unit_of_what_it_measures(claim, value, written):
    assert claim.quantity(value) == written


@pytest.mark.parametrize(
    ("published", "metric", "written"),
    [
        ([0.6153, 0.3, 0.0541], "loss", "0.6153 … 0.0541 (three epochs)"),
        ([0.8461, 0.9858], "accuracy", "84.61 % … 98.58 % (two epochs)"),
        ([6.0] * 20, "epoch_seconds", "6 s (20 epochs)"),
    ],
)
def test_of_a_curve_the_ends_are_written(published, metric, written):
    assert curve_claim(published, metric=metric).published_text == written


def test_an_interval_is_in_the_unit_of_its_value():
    assert accuracy_claim(0.9).with_interval(0.93, (0.92, 0.94)) == "93.00 % [92.00, 94.00]"
    assert curve_claim([1.0]).with_interval(-0.03, (-0.04, -0.02)) == "-0.0300 [-0.0400, -0.0200]"
    assert make_claim("formula", subject="graph", variant="functional", margin=1).with_interval(1e-15, None)
    assert accuracy_claim(0.9).with_interval(None, None) == ""


@pytest.mark.parametrize(
    ("claim", "named"),
    [
        (value_claim("loss", epoch=3), "training loss after epoch 3"),
        (value_claim("val_accuracy"), "validation accuracy after the last epoch"),
        (value_claim("loss", output=2), "training loss of output 2 after the last epoch"),
        (curve_claim([1.0], metric="val_loss", output=1), "validation loss of output 1"),
        (faster_claim(), "time of an epoch"),
    ],
)
def test_what_a_claim_measures_has_a_name(claim, named):
    assert claim.noun == named


def test_every_metric_has_a_name():
    assert set(wording.NOUNS) == set(get_args(Metric))
