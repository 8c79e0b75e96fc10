"""Two networks side by side: what differs is named, what follows from it is not, and fingerprints decide."""

import pytest
from factories import SHA, make_claim, make_dense, make_layer, make_network, make_observation
from hypothesis import given
from hypothesis import strategies as some

from study.config.study import load_study
from study.networks.comparison import compare, differences, training
from study.networks.models import Layer, Network, fact_of
from study.networks.tables import CHOSEN, COLUMNS, FOLLOWS, side_by_side, text, totals
from study.verdicts.judge import judge

OTHER = "1" * 64
RUNTIMES = ("tf-1.15.0", "tf-2.0.0", "tf-2.10.0", "tf-2.21.0")
STUDY = load_study()


def network(*layers, fingerprint=SHA) -> Network:
    return Network.model_validate(make_network(*layers, fingerprint=fingerprint))


def chain(*units, **changes):
    """Dense layers, each of which reads the one before."""
    paths = [f"{changes.get('prefix', 'dense')}_{place}" for place in range(len(units))]
    return [
        make_dense(number, path, before) for number, path, before in zip(units, paths, [None, *paths], strict=False)
    ]


def conv(path, reads=None, **changes):
    fields = {"padding": "valid", "strides": [1, 1], "activation": "relu", "inputs": [reads] if reads else []}
    return make_layer("Conv2D", path, **(fields | {"attributes": {"filters": 32, "kernel_size": [3, 3]}} | changes))


def pool(path, reads=None, **changes):
    fields = {"padding": "valid", "strides": [2, 2], "pool_size": [2, 2], "inputs": [reads] if reads else []}
    return make_layer("MaxPooling2D", path, **(fields | changes))


def different(one, other):
    """Compare layers of two networks that are not the same."""
    return compare(network(*one), network(*other, fingerprint=OTHER))


# ---- what is the same, and what differs ----


def test_equal_fingerprints_are_one_network_whatever_its_layers_are_called():
    found = compare(network(*chain(300, 10)), network(*chain(300, 10, prefix="fc")))
    assert found.same
    assert found.causes == []
    assert found.verdict() == "They are the same network."


def test_padding_and_strides_are_named_and_what_follows_is_not():
    one = [conv("a", output_shape=[None, 222, 222, 32]), pool("b", "a"), conv("c", "b")]
    changed = {"padding": "same"}
    other = [
        conv("block/a", strides=[2, 2], output_shape=[None, 112, 112, 32], **changed),
        pool("block/b", "block/a", **changed),
        conv("block/c", "block/b", strides=[2, 2], **changed),
    ]
    found = different(one, other)
    assert found.causes == ["padding", "strides"]
    assert found.verdict() == "They are not the same network: padding and strides differ."
    assert [difference.name for difference in found.pairs[0].consequences] == ["output shape"]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"activation": "tanh"}, "activation"),
        ({"padding": "same"}, "padding"),
        ({"strides": [2, 1]}, "strides"),
        ({"attributes": {"filters": 33, "kernel_size": [3, 3]}}, "filters"),
        ({"attributes": {"filters": 32, "kernel_size": [3, 5]}}, "kernel_size"),
        ({"weights": [{"name": "kernel", "shape": [3, 3], "dtype": "float16"}]}, "dtype"),
        ({"calls": 2}, "sharing"),
        ({"type": "DepthwiseConv2D"}, "type"),
    ],
)
def test_whatever_was_chosen_otherwise_is_named(change, name):
    kept = {"weights": [{"name": "kernel", "shape": [3, 3], "dtype": "float32"}]}
    found = different([conv("a", **kept)], [conv("a", **(kept | change))])
    assert found.causes == [name]
    assert found.verdict().endswith(f": {name} {'differ' if name in ('strides', 'filters') else 'differs'}.")


@given(units=some.lists(some.integers(1, 9), min_size=1, max_size=5, unique=True), data=some.data())
def test_a_layer_that_only_one_network_has_does_not_shift_the_others(units, data):
    place = data.draw(some.integers(0, len(units)))
    longer = [*units[:place], 100, *units[place:]]
    found = different(chain(*units), chain(*longer))
    assert found.causes == ["layers"]
    alone = [pair.other for pair in found.pairs if pair.one is None]
    assert [layer.attributes["units"] for layer in alone] == [100]


def test_an_activation_of_its_own_is_that_of_the_layer_before():
    placeholder = make_layer("InputLayer", "in", output_shape=[None, 4])
    one = [placeholder, make_dense(3, "a", "in", activation="relu"), make_dense(2, "b", "a")]
    split = [
        placeholder,
        make_dense(3, "a", "in"),
        make_layer("Activation", "act", activation="relu", inputs=["a"]),
        make_dense(5, "b", "act"),
    ]
    assert different(one, split).causes == ["units"]
    split[2] |= {"activation": "tanh"}
    assert different(one, split).causes == ["activation", "units"]
    split[2] |= {"type": "ReLU", "activation": None, "attributes": {"negative_slope": 0.0}}
    assert different(one, split).causes == ["units"]
    split[2] |= {"attributes": {"negative_slope": 0.1}}
    assert "layers" in different(one, split).causes


def test_an_activation_that_is_not_the_only_reader_stays_a_layer():
    layers = [
        make_dense(3, "a"),
        make_layer("Activation", "act", activation="relu", inputs=["a"]),
        make_layer("Add", "add", inputs=["a", "act"]),
    ]
    assert [pair.one.type for pair in compare(network(*layers), network(*layers)).pairs] == [
        "Dense",
        "Activation",
        "Add",
    ]


def test_connections_that_differ_are_named_and_the_order_of_branches_is_not():
    def towers(joined, *order):
        made = {"a": make_dense(3, "a"), "b": make_dense(5, "b")}
        return [*(made[path] for path in order), make_layer("Concatenate", "join", inputs=joined)]

    assert different(towers(["a", "b"], "a", "b"), towers(["b", "a"], "b", "a")).causes == ["connections"]
    same = compare(network(*towers(["a", "b"], "a", "b")), network(*towers(["a", "b"], "b", "a")))
    assert [pair.causes for pair in same.pairs] == [()] * 3


def test_what_no_layer_shows_is_said():
    found = different(chain(3, 2), chain(3, 2))
    assert found.causes == []
    assert "not the same network: they differ in what no layer shows by itself" in found.verdict()


def test_different_inputs_come_first():
    one = [make_layer("InputLayer", "in", output_shape=[None, 28, 28]), make_layer("Flatten", "f", inputs=["in"])]
    other = [make_layer("InputLayer", "other", output_shape=[None, 784]), make_layer("Flatten", "f", inputs=["other"])]
    found = different(one, other)
    assert (found.inputs.one, found.inputs.other) == ([[None, 28, 28]], [[None, 784]])
    assert found.verdict() == "They are not the same network: inputs differ."
    assert [part.title for part in side_by_side(found)] == ["inputs", "InputLayer", "Flatten"]


def test_inputs_that_are_read_in_another_order_are_connections_that_differ():
    def joined(*inputs):
        placeholders = [make_layer("InputLayer", name, output_shape=[None, 4]) for name in ("x", "y")]
        return [
            *placeholders,
            make_dense(3, "a", inputs[0]),
            make_layer("Concatenate", "join", inputs=["a", inputs[1]]),
        ]

    assert different(joined("x", "y"), joined("y", "x")).causes == ["connections"]


def test_how_a_weight_starts_makes_no_other_network():
    start = {"kernel": {"type": "HeNormal"}, "bias": {"type": "Zeros", "dtype": "float32"}}
    one, other = network(make_dense(3, "a")), network(make_dense(3, "a", initializers=start))
    found = compare(one, other)
    assert found.initializers == ["kernel initializer"]
    assert found.verdict() == ("They are the same network, but are not started alike: kernel initializer differs.")


def test_how_it_is_trained_comes_last():
    experiment = STUDY.experiments["two_dense"]
    trained = differences(training(experiment, None), training(experiment, "sgd"))
    found = compare(network(*chain(3)), network(*chain(3)), trained)
    assert found.verdict() == (
        "They are the same network, but are not trained alike: optimizer and learning_rate differ."
    )
    assert [(line.one, line.other) for line in side_by_side(found)[-1].lines] == [("adam", "sgd"), ("0.001", "0.01")]


def test_an_attribute_that_only_one_layer_has_is_named_if_both_are_of_one_type():
    """The inspector leaves out a default that only some versions know, so what is there is no default."""
    grouped = conv("a", attributes={"filters": 32, "kernel_size": [3, 3], "groups": 2})
    assert different([conv("a")], [grouped]).causes == ["groups"]
    assert different([grouped], [conv("a", type="DepthwiseConv2D")]).causes == ["type"]


def test_a_bias_less_is_not_another_dtype():
    kernel, bias = ({"name": name, "shape": [3], "dtype": "float32"} for name in ("kernel", "bias"))
    one = make_dense(3, "a", weights=[kernel, bias])
    other = make_dense(3, "a", weights=[kernel], attributes={"units": 3, "use_bias": False})
    assert different([one], [other]).causes == ["use_bias"]


def test_a_layer_shared_in_place_of_two_is_named_and_what_follows_is_not():
    joined = make_layer("Concatenate", "join", inputs=["a", "b"])
    two = [make_dense(3, "a", "x"), make_dense(3, "b", "y"), joined]
    shared = [make_dense(3, "a", inputs=["x", "y"], calls=2), joined | {"inputs": ["a", "a"]}]
    assert different(two, shared).causes == ["sharing"]
    assert different(two, [shared[0] | {"attributes": {"units": 4, "use_bias": True}}, shared[1]]).causes == [
        "units",
        "sharing",
    ]


@given(
    units=some.lists(some.integers(1, 4), min_size=1, max_size=6),
    others=some.lists(some.integers(1, 4), min_size=1, max_size=6),
)
def test_comparing_the_other_way_round_names_the_same(units, others):
    there, back = different(chain(*units), chain(*others)), different(chain(*others), chain(*units))
    assert sorted(there.causes) == sorted(back.causes)
    assert bool(there.causes) == (units != others)


# ---- as a reader sees it ----


def test_what_differs_is_marked_and_what_follows_is_marked_otherwise():
    one = conv("a", output_shape=[None, 222, 222, 32])
    part = side_by_side(different([one], [one | {"padding": "same", "output_shape": [None, 224, 224, 32]}]))[0]
    shown = [(line.mark, line.name, line.one, line.other) for line in part.lines]
    assert shown[1:3] == [
        (CHOSEN, "padding", "valid", "same"),
        (FOLLOWS, "output shape", "222×222×32", "224×224×32"),
    ]
    assert shown[3][2] == shown[3][3] == "activation relu, strides 1×1, filters 32, kernel_size 3×3"


def test_a_layer_without_counterpart_is_marked():
    lines = side_by_side(different(chain(3), chain(3, 2)))[1].lines
    assert [(line.mark, line.one, line.other) for line in lines] == [(CHOSEN, "–", "dense_1")]


def test_what_the_inspector_does_not_know_is_shown_and_marked():
    layer = Layer.model_validate(make_layer("MyLayer", known=False, multiply_adds=None))
    assert COLUMNS["type"](layer) == "MyLayer (unknown)"
    assert COLUMNS["multiply-adds"](layer) == "unknown"
    assert totals(Network(layers=[layer], n_parameters=1000))["parameters"] == "1,000"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ([None, 222, 222, 32], "222×222×32"),
        ([[None, 4], [None]], "4, scalar"),
        ([3, 3], "3×3"),
        (None, ""),
        (True, "yes"),
        (0.5, "0.5"),
        ({"type": "Zeros", "seed": 1}, "type Zeros, seed 1"),
    ],
)
def test_values_are_written_for_readers(value, written):
    assert text(value) == written


# ---- claims ----


def claim(expected, **changes):
    fields = {"subject": "mini_vgg", "variant": "sequential", "baseline": {"variant": "subclass"}}
    return make_claim("network", expected=expected, **(fields | changes))


def seen(values, variant, alternative=None, runtimes=RUNTIMES[:2]):
    return [
        make_observation(
            "structures", "mini_vgg", variant=variant, alternative=alternative, runtime=runtime, values=values
        )
        for runtime in runtimes
    ]


SEQUENTIAL = make_network(conv("a"), pool("b", "a"))
SUBCLASS = make_network(conv("block/a"), pool("block/b", "block/a"))
ANOTHER = make_network(conv("a", padding="same", strides=[2, 2]), pool("b", "a"), fingerprint=OTHER)


def verdict_of(one, observations):
    return judge([one], [], observations)[0]


def test_networks_with_one_fingerprint_are_the_same_on_every_runtime():
    observations = [*seen(SEQUENTIAL, "sequential"), *seen(SUBCLASS, "subclass")]
    found = verdict_of(claim("same"), observations)
    assert (found.verdict, found.n, found.measured) == ("reproduced", 2, None)
    assert found.reason == (
        "On tf-1.15.0 and tf-2.0.0: mini_vgg/sequential and mini_vgg/subclass are the same network."
    )
    assert verdict_of(claim("differs"), observations).verdict == "contradicted"


def test_the_differences_must_be_those_that_are_claimed():
    observations = [*seen(SEQUENTIAL, "sequential"), *seen(ANOTHER, "subclass", "same_stride_2")]
    baseline = {"variant": "subclass", "alternative": "same_stride_2"}

    def found(expected, *names):
        return verdict_of(claim(expected, baseline=baseline, differences=names), observations)

    assert found("differs", "strides", "padding").verdict == "reproduced"
    assert found("differs").verdict == "reproduced"
    assert found("differs", "padding").verdict == "contradicted"
    assert found("differs", "padding", "strides", "units").verdict == "contradicted"
    same = found("same")
    assert same.verdict == "contradicted"
    assert same.reason.endswith(
        "mini_vgg/sequential and mini_vgg/subclass/same_stride_2 are not the same network: padding and strides differ."
    )


def test_where_runtimes_do_not_agree_the_reason_says_where():
    observations = [
        *seen(SEQUENTIAL, "sequential"),
        *seen(SUBCLASS, "subclass", runtimes=RUNTIMES[:1]),
        *seen(ANOTHER, "subclass", runtimes=RUNTIMES[1:2]),
    ]
    found = verdict_of(claim("same"), observations)
    assert found.verdict == "contradicted"
    assert found.reason.startswith("It depends on the version. On tf-1.15.0: ")
    assert "On tf-2.0.0: mini_vgg/sequential and mini_vgg/subclass are not" in found.reason


def test_what_was_not_observed_says_nothing():
    broken = make_observation("structures", "mini_vgg", variant="subclass", runtime="tf-2.0.0", error="V: x")
    only = seen(SEQUENTIAL, "sequential")
    assert verdict_of(claim("same"), only).verdict == "not run"
    assert verdict_of(claim("differs"), [*only, broken]).verdict == "not run"
    some_seen = verdict_of(claim("same"), [*only, *seen(SUBCLASS, "subclass", runtimes=RUNTIMES[:1]), broken])
    assert some_seen.verdict == "reproduced"
    assert some_seen.reason.endswith("Nothing shows both on tf-2.0.0.")


def test_two_runtimes_can_be_compared():
    observations = seen(SEQUENTIAL, "sequential")
    across = claim("same", runtime="tf-1.15.0", baseline={"runtime": "tf-2.0.0"})
    found = verdict_of(across, observations)
    assert found.verdict == "reproduced"
    assert "mini_vgg/sequential on tf-1.15.0 and mini_vgg/sequential on tf-2.0.0" in found.reason


@pytest.mark.parametrize(
    ("values", "conv_strides", "pool_strides"),
    [(SEQUENTIAL, 1, 2), (ANOTHER, 2, 2), (make_network(conv("a", strides=[1, 2])), None, None), ({}, None, None)],
)
def test_strides_are_a_fact_where_all_layers_agree(values, conv_strides, pool_strides):
    assert fact_of(values, "conv_strides") == conv_strides
    assert fact_of(values, "pool_strides") == pool_strides
