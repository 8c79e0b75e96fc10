"""What changing one setting, the API or the version does to the bits of a training."""

from itertools import product

import pytest
from factories import make_trial

from study.analysis.factorial import condition_text, factorials
from study.config.study import load_study
from study.figures.bitwise import origin_of_bits
from study.report.sections.origin_of_bits import statements

STUDY = load_study()
OLD, NEW = "tf-1.15.0", "tf-2.21.0"


def factorial(bits, runtimes=(NEW,), variants=("sequential", "subclass"), **levels):
    """Trials of every combination of `levels`; those to which `bits` gives the same are the same, bit for bit."""
    trials = []
    for runtime, variant, *values in product(runtimes, variants, *levels.values()):
        settings = dict(zip(levels, values, strict=True))
        weights = format(abs(hash(bits(runtime=runtime, variant=variant, **settings))) % 16**8, "064x")
        fields = {"experiment": "two_dense", "series": "controlled", "protocol": "controlled", "applied": settings}
        trials.append(make_trial(runtime=runtime, variant=variant, settings=settings, weights=weights, **fields))
    (found,) = factorials(STUDY.experiments, trials)
    return found


def effects(found):
    return {(effect.factor, *effect.runtimes): effect for effect in found.effects}


THREADS = {"threads": [1, 2]}
BOTH = {"threads": [1, 2], "onednn": [False, True]}


@pytest.mark.parametrize(
    ("bits", "statement"),
    [
        (lambda threads, onednn, **_: onednn, "never changes a bit"),
        (lambda threads, onednn, **_: threads, "always changes bits"),
        (lambda threads, onednn, **_: onednn and threads, "changes bits only with oneDNN on"),
        (
            lambda threads, onednn, variant, **_: threads if variant == "subclass" else 0,
            "changes bits only with subclass",
        ),
        (
            lambda threads, onednn, variant, **_: threads if onednn and variant == "subclass" else 0,
            "changes bits only with oneDNN on and subclass",
        ),
        (
            lambda threads, onednn, variant, **_: 0 if not onednn and variant == "subclass" else threads,
            "changes bits except with oneDNN off and subclass",
        ),
        (
            lambda threads, onednn, variant, **_: threads if onednn == (variant == "subclass") else 0,
            "changes bits in 2 of 4 pairs",
        ),
    ],
)
def test_a_factor_changes_bits_never_always_or_where_another_has_a_level(bits, statement):
    effect = effects(factorial(bits, **BOTH))["threads", NEW]
    assert effect.statement == statement
    assert len(effect.pairs) == 4


def test_pairs_differ_in_one_thing_alone():
    found = effects(factorial(lambda **_: 0, runtimes=(OLD, NEW), **BOTH))
    counts = {key: len(effect.pairs) for key, effect in found.items()}
    assert counts == {
        **{("threads", OLD): 4, ("threads", NEW): 4, ("onednn", OLD): 4, ("onednn", NEW): 4},
        **{("variant", OLD): 4, ("variant", NEW): 4, ("runtime", OLD, NEW): 8},
    }


def test_what_a_runtime_does_not_have_tests_nothing():
    trials = factorial(lambda **_: 0, **BOTH).trials
    without = [trial.model_copy(update={"applied": trial.applied | {"onednn": None}}) for trial in trials]
    (found,) = factorials(STUDY.experiments, without)
    assert ("onednn", NEW) not in effects(found)
    assert ("threads", NEW) in effects(found)


def test_a_series_that_varies_nothing_is_none():
    trials = [
        make_trial(protocol="controlled", series="controlled", variant=each) for each in ("sequential", "subclass")
    ]
    assert factorials(STUDY.experiments, trials) == []


def test_the_same_is_said_of_several_runtimes_at_once():
    found = factorial(
        lambda threads, runtime, **_: threads - 1 if runtime == NEW else 0, ("tf-2.0.0", OLD, NEW), **THREADS
    )
    said = statements(found)
    assert said["threads"] == [
        "On 1.15.0 and 2.0.0 (four pairs) it never changes a bit.",
        "On 2.21.0 (two pairs) it always changes bits.",
    ]
    assert said["TensorFlow version"] == [
        "Between 1.15.0 and 2.0.0 (four pairs) it never changes a bit.",
        "Between 1.15.0 and 2.21.0; 2.0.0 and 2.21.0 (eight pairs) it changes bits only with 2 threads.",
    ]


@pytest.mark.parametrize(
    ("factor", "level", "words"),
    [
        ("onednn", False, "oneDNN off"),
        ("run_eagerly", True, "tf.function off"),
        ("steps_per_execution", 10, "10 steps per execution"),
        ("runtime", OLD, "1.15.0"),
    ],
)
def test_levels_are_said_as_a_reader_knows_them(factor, level, words):
    assert condition_text(factor, level) == words


def test_the_figure_counts_the_pairs_that_are_the_same():
    drawn = origin_of_bits(factorial(lambda threads, runtime, **_: threads, runtimes=(OLD, NEW), **THREADS))
    within, between = ([text.get_text() for text in axes.texts] for axes in drawn.figure.axes)
    assert within == ["0/2", "0/2", "2/2", "2/2"]
    assert between == ["4/4"]
