"""Whether Keras does what a source says that it does."""

from factories import make_claim, make_observation

from study.verdicts.judge import judge

SUBJECT = "pooling_strides_follow_pool_size"


def verdict_of(*errors, **changes):
    """Verdict of a statement that a runtime for each of `errors` has checked; None is nothing against it."""
    runtimes = ("tf-1.15.0", "tf-2.0.0", "tf-2.10.0")
    observations = [
        make_observation("behaviours", SUBJECT, runtime=runtime, **({"error": error} if error else {"status": "works"}))
        for runtime, error in zip(runtimes, errors, strict=False)
    ]
    return judge([make_claim("behaviour", subject=SUBJECT, **changes)], [], observations)[0]


def test_what_nothing_speaks_against_is_reproduced_in_general():
    found = verdict_of(None, None)
    assert (found.verdict, found.n, found.scope) == ("reproduced", 2, "in general")
    assert found.reason == "Pooling strides follow pool size: so on tf-1.15.0 and tf-2.0.0."


def test_what_is_not_so_on_one_runtime_is_contradicted_with_its_error():
    found = verdict_of(None, "WrongResultError: a pool size of 3 moves by (2, 2)\nand more")
    assert found.verdict == "contradicted"
    assert found.reason == (
        "Pooling strides follow pool size: so on tf-1.15.0. Not so on tf-2.0.0. "
        "On tf-2.0.0: WrongResultError: a pool size of 3 moves by (2, 2)."
    )
    assert verdict_of("V: x").reason == "Pooling strides follow pool size: not so on tf-1.15.0. On tf-1.15.0: V: x."


def test_where_a_runtime_is_named_it_alone_decides():
    assert verdict_of(None, "V: x", runtime="tf-1.15.0").verdict == "reproduced"
    assert verdict_of(None, "V: x", runtime="tf-2.0.0").verdict == "contradicted"


def test_what_nobody_checked_is_not_run():
    found = verdict_of()
    assert (found.verdict, found.n) == ("not run", 0)
    assert "No runtime has checked whether pooling strides follow pool size" in found.reason


def test_an_example_of_all_is_consistent_and_a_counter_example_contradicts():
    found = verdict_of(None, universal=True)
    assert found.verdict == "consistent"
    assert "an example of what is said of all" in found.reason
    assert verdict_of(None, "V: x", universal=True).verdict == "contradicted"
