"""Source 004's formulas, as every runtime computes them."""

from typing import get_args

import numpy as np
import pytest
from runner import run_in

from study.claims.vocabulary import Formula
from study.records.observations import place
from trials.probes import published

# Up to 2.0 Keras reduces a loss in single precision.
SINGLE = {("mean_loss", runtime) for runtime in ("tf-1.15.0", "tf-2.0.0")}


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
