"""What all runs together say of two things that were changed at once."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from study.analysis.linear_model import Run, effects_of

DEAR, CHEAP = None, "cheap"
APIS = ("sequential", "subclass", "functional")
FACTORS = some.floats(0.1, 10)


def runs(value, arms, blocks=(1, 2, 3)):
    """A run of each arm, an architecture and an API, in each block; `value` tells what it measures."""
    return [Run(*arm, block, math.log(value(*arm, block))) for arm in arms for block in blocks]


EVERY_ARM = [(architecture, api) for api in APIS for architecture in (DEAR, CHEAP)]


def found(*arguments, **options):
    return {(each.changed, each.second): each for each in effects_of(*arguments, (DEAR, CHEAP), **options)}


@given(FACTORS, FACTORS, FACTORS, some.tuples(FACTORS, FACTORS, FACTORS))
def test_what_multiplies_is_found_whatever_blocks_do(architecture, api, level, blocks):
    def value(is_of, by, block):
        return (
            level * (architecture if is_of == DEAR else 1) * (1 if by == "sequential" else 1 / api) * blocks[block - 1]
        )

    told = found(runs(value, EVERY_ARM), paired=True)
    assert set(told) == {
        ("the architecture", CHEAP),
        *((what, by) for what in ("the API", "the interaction") for by in APIS[1:]),
    }
    for (what, _), effect in told.items():
        assert effect.ratio == pytest.approx({"the architecture": architecture, "the API": api}.get(what, 1))
        assert effect.interval == pytest.approx((effect.ratio, effect.ratio), rel=1e-4)
        assert effect.n == 18


def test_with_one_api_it_is_the_test_of_two_means_with_one_variance():
    dear, cheap = [1.0, 2.0, 3.0], [2.0, 4.0, 6.0, 8.0]
    logs = [Run(of, "sequential", 1, log) for of, values in ((DEAR, dear), (CHEAP, cheap)) for log in values]
    (effect,) = effects_of(logs, (DEAR, CHEAP), paired=False)
    expected = stats.ttest_ind(dear, cheap, equal_var=True)
    assert (effect.estimate.value, effect.estimate.df) == pytest.approx((-3, 5))
    assert [math.log(end) for end in effect.interval] == pytest.approx([*expected.confidence_interval(0.95)])


def test_an_api_that_does_something_else_with_one_architecture_is_interaction():
    def value(architecture, api, _):
        return 2.0 if (architecture, api) == (DEAR, "subclass") else 1.0

    told = found(runs(value, EVERY_ARM), paired=False)
    assert told["the interaction", "subclass"].ratio == pytest.approx(0.5)
    assert told["the interaction", "functional"].ratio == pytest.approx(1)


def test_a_single_run_of_a_dear_architecture_borrows_from_the_cheap_one():
    spread = {1: 0.98, 2: 1.0, 3: 1.02}
    cheap = runs(lambda *arm: spread[arm[-1]], [(CHEAP, api) for api in APIS])
    told = found([*runs(lambda *_: 1.5, [(DEAR, "sequential")], [1]), *cheap], paired=False)
    effect = told["the architecture", CHEAP]
    assert effect.ratio == pytest.approx(1.5, rel=0.01)
    assert 1.4 < effect.interval[0] < effect.ratio < effect.interval[1] < 1.6
    assert not any(what == "the interaction" for what, _ in told), "one API ran with both architectures"
    assert effect.estimate.df == 10 - 4


@pytest.mark.parametrize(
    "arms",
    [
        [(CHEAP, api) for api in APIS],
        [(DEAR, "sequential"), (CHEAP, "subclass")],
    ],
    ids=["one architecture", "each API has an architecture of its own"],
)
def test_what_the_runs_do_not_tell_apart_is_not_told(arms):
    assert effects_of(runs(lambda *_: 1.0, arms), (DEAR, CHEAP), paired=False) == []


def test_as_many_runs_as_are_needed_to_say_how_far_they_differ():
    arms = [(DEAR, "sequential"), (CHEAP, "sequential"), (CHEAP, "subclass")]
    few = runs(lambda *_: 1.0, arms, [1])
    assert effects_of(few, (DEAR, CHEAP), paired=False) == []
    assert effects_of(few + runs(lambda *_: 1.0, arms[:2], [2]), (DEAR, CHEAP), paired=False)
