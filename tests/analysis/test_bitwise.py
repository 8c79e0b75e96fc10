"""Which controlled trials count as the same, where the others part, and what the report says and shows of it."""

import pytest
from factories import make_claim, make_trial
from hypothesis import given
from hypothesis import strategies as st

from study.analysis.bitwise import Arm, divergence, gap, named, overall, setups
from study.analysis.explanation import condition
from study.common.text import small
from study.config.study import load_study
from study.figures.bitwise import identities, identity
from study.figures.experiment_data import ExperimentData
from study.report.chapter import ReportData
from study.report.embedded import Embedded
from study.report.sections.bitwise import bitwise, classes, describe

STUDY = load_study()
OLD, NEW = "tf-1.15.0", "tf-2.21.0"
CONTROLLED = {"protocol": "controlled", "series": "controlled"}
LOSSES = (0.5, 0.25, 0.125)


def run(weights="aaa", losses=LOSSES, **changes):
    """A controlled trial; `weights` has a letter for the hash after each epoch."""
    trial = make_trial(curves={"loss": losses}, **(CONTROLLED | {"initial_weights_sha256": "0" * 64} | changes))
    epochs = [
        epoch.model_copy(update={"weights_sha256": letter * 64})
        for epoch, letter in zip(trial.epochs, weights, strict=True)
    ]
    return trial.model_copy(update={"epochs": epochs})


def setups_of(*trials):
    return setups(STUDY.experiments, trials)


def section_of(*trials, claims=()):
    return bitwise(ReportData(STUDY, (), claims, (), trials, (), Embedded()))


def texts(drawing):
    return [text.get_text() for axes in drawing.figure.axes for text in axes.texts]


# ---- two trials ----
@pytest.mark.parametrize(
    ("weights", "losses", "found"),
    [
        ("aaa", LOSSES, (None, None)),
        ("aba", LOSSES, (2, None)),
        ("aaa", (0.5, 0.25, 0.126), (None, 3)),
        ("aab", (0.5, 0.26, 0.126), (3, 2)),
        ("abb", (0.5, 0.25, 0.126), (2, 3)),
    ],
)
def test_weights_and_losses_part_in_their_first_epoch_that_differs(weights, losses, found):
    compared = divergence(run(), run(weights, losses))
    assert (compared.weights, compared.numbers) == found
    assert compared.identical == (found == (None, None))


def fed(trial, batches):
    """The trial with a letter for the hash of each epoch's batches; a space is none."""
    pairs = zip(trial.epochs, batches, strict=True)
    hashes = [epoch.model_copy(update={"batches_sha256": letter.strip() * 64 or None}) for epoch, letter in pairs]
    return trial.model_copy(update={"epochs": hashes})


@pytest.mark.parametrize(
    ("one", "other", "cause"),
    [
        (fed(run(), "abc"), fed(run(), "abc"), None),
        (fed(run(), "abc"), fed(run("abb"), "abc"), "another training in epoch 2"),
        (fed(run(), "abc"), fed(run("abb"), "acc"), "other batches in epoch 2"),
        (fed(run(), "abc"), fed(run("bbb"), "acc"), "another training in epoch 1"),
        (fed(run(), "abc"), fed(run(), "abd"), "other batches in epoch 3"),
        (fed(run(), "abc"), fed(run("bbb", initial_weights_sha256="1" * 64), "dbc"), "other initial weights"),
        (run(), fed(run(), "abc"), None),
        (run(), fed(run("bbb"), "abc"), "another training in epoch 1"),
    ],
)
def test_the_first_thing_that_differs_is_named(one, other, cause):
    found = divergence(one, other)
    assert found.cause == cause
    assert overall([divergence(one, one), found]).cause == cause
    said = "had other" in describe(found)
    assert said == (cause is not None and cause.startswith("other"))


def test_gaps_are_those_of_the_epoch_of_divergence_and_of_the_last():
    found = divergence(run(), run("aaa", (0.5, 0.26, 0.175)))
    assert found.first.absolute == pytest.approx(0.01)
    assert found.last.absolute == pytest.approx(0.05)


def test_a_step_is_what_a_float32_of_that_size_can_change_by():
    assert gap(1.0, 1.0 + 2**-23).ulps == 1
    assert gap(0.25, 0.25 + 3 * 2**-25).ulps == 3
    assert gap(0.0, 0.0).ulps == 0


losses = st.lists(st.floats(0, 10), min_size=3, max_size=3)
runs = st.builds(run, st.text("ab", min_size=3, max_size=3), losses)


@given(runs, runs)
def test_neither_trial_is_the_first(one, other):
    assert divergence(one, other) == divergence(other, one)
    assert divergence(one, one).identical


@given(runs, runs, runs)
def test_two_that_are_the_same_as_a_third_are_the_same(one, other, third):
    if divergence(one, other).identical and divergence(other, third).identical:
        assert divergence(one, third).identical


def test_of_several_pairs_the_earliest_epoch_and_the_largest_gap_count():
    late, early = divergence(run(), run("aab", (0.5, 0.25, 0.325))), divergence(run(), run("abb", (0.5, 0.26, 0.135)))
    both = overall([late, early])
    assert (both.weights, both.numbers, both.n) == (2, 2, 2)
    assert both.last.absolute == pytest.approx(0.2)


# ---- what is held against each other ----
def test_only_what_differs_in_variant_runtime_and_seed_alone_is_held_against_each_other():
    alike = [
        run(),
        run(variant="subclass", runtime=NEW),
        run(seed=2, block=2),
        run(runtime=OLD, variant="subclass_tape", eager_execution=True),
    ]
    others = [run(n_train=320), run(dataset_sha256="1" * 64), run(series="uneven"), run(experiment="deep_mlp")]
    found = setups_of(*alike, *others)
    assert sorted(len(setup.trials) for setup in found) == [1, 1, 1, 1, len(alike)]


def test_trials_as_published_and_series_that_vary_a_setting_are_left_out():
    published = run(protocol="as_published")
    varied = [run(series="factorial", settings={"threads": threads}) for threads in (1, 2)]
    assert setups_of(published, *varied) == []


def test_arms_that_share_every_bit_for_every_seed_are_one_class():
    trials = [
        *(run(variant=variant, runtime=OLD, seed=seed) for variant in ("functional", "sequential") for seed in (1, 2)),
        run(variant="subclass", runtime=OLD, losses=(0.5, 0.25, 0.126)),
        run(runtime=NEW),
        run("aab", runtime=NEW, seed=2),
        run(variant="functional", runtime=NEW),
        run(variant="subclass", runtime=NEW, seed=3),
    ]
    (setup,) = setups_of(*trials)
    sequential, functional, subclass = (Arm(name, OLD) for name in ("sequential", "functional", "subclass"))
    assert setup.classes == [
        [sequential, functional, Arm("functional", NEW)],
        [subclass],
        [Arm("sequential", NEW)],
        [Arm("subclass", NEW)],
    ]
    assert setup.divergence(sequential, functional).identical
    assert setup.divergence(sequential, Arm("sequential", NEW)).weights == 3
    assert setup.divergence(Arm("sequential", NEW), Arm("subclass", NEW)) is None


def test_an_arm_with_the_most_seeds_stands_for_its_class():
    (setup,) = setups_of(run(), *(run(variant="subclass", seed=seed) for seed in (1, 2)))
    (only,) = classes(setup)
    assert (only.arms, len(only.weights)) == ("sequential and subclass on 2.0.0", 2)


def test_arms_are_named_by_what_ran_on_the_same_runtimes():
    arms = [Arm("a", OLD), Arm("b", OLD), Arm("c", NEW), Arm("a", NEW), Arm("b", NEW)]
    assert named(arms) == "a and b on 1.15.0 and 2.21.0; c on 2.21.0"


# ---- what explains ----
def test_what_is_there_exactly_where_it_happens_explains_it():
    cases = [({"a": a, "b": b}, a == 1 and b == 2) for a in (0, 1) for b in (0, 1, 2)]
    assert condition(cases) is None
    assert condition(cases, at_most=2) == {"a": [1], "b": [2]}
    assert condition([({"a": a, "b": 0}, a > 0) for a in range(3)]) == {"a": [1, 2]}


circumstances = st.fixed_dictionaries({"a": st.integers(0, 2), "b": st.booleans()})


@given(st.lists(st.tuples(circumstances, st.booleans()), max_size=12))
def test_an_explanation_holds_where_it_happens_and_nowhere_else(cases):
    found = condition(cases, at_most=2)
    if found is not None:
        assert all(true == all(each[name] in values for name, values in found.items()) for each, true in cases)
        assert len({true for _, true in cases}) == 2


# ---- what the report says ----
def of_runtimes(experiment, optimizer, same):
    """Two APIs on two runtimes, which are the same or not."""
    fields = {"experiment": experiment, "optimizer": {"name": optimizer, "learning_rate": 0.1}}
    return [
        run("aaa" if same or runtime == OLD else "abc", variant=variant, runtime=runtime, **fields)
        for variant in ("sequential", "functional")
        for runtime in (OLD, NEW)
    ]


def test_sentences_say_what_is_the_same_and_what_those_experiments_have_in_common():
    trials = [
        *of_runtimes("two_dense", "adam", False),
        *of_runtimes("mlp_64", "adam", False),
        *of_runtimes("deep_mlp", "sgd", True),
    ]
    within, between_them, sizes = section_of(*trials).sentences
    assert "in all 6 pairs of trials (three experiments)" in within
    assert between_them == (
        "TensorFlow 1.15.0 and 2.21.0: the same bits in one of three experiments, those trained with SGD."
    )
    assert "they do so in epoch 2, the weights before the losses" in sizes


def test_where_nothing_explains_it_only_the_count_is_said():
    trials = [*of_runtimes("two_dense", "adam", False), *of_runtimes("mlp_64", "adam", True)]
    assert "TensorFlow 1.15.0 and 2.21.0: the same bits in one of two experiments." in section_of(*trials).sentences


def test_apis_that_differ_within_a_runtime_are_named():
    (within, _) = section_of(run(), run("abc", variant="subclass")).sentences
    assert "but for sequential and subclass of softmax_regression on 2.0.0 (one pair of trials)" in within


def test_step_by_step_loops_are_compared_with_sequential():
    trials = [
        run(),
        run(runtime=NEW),
        run("abc", (0.5, 0.25, 0.375), variant="subclass_tape"),
        run(variant="subclass_tape", runtime=NEW, losses=(0.5, 0.25, 0.375)),
        run(variant="subclass_tape_verbatim"),
        make_trial(variant="subclass_tape_verbatim", runtime=NEW, error="E: no", n_epochs=3, **CONTROLLED),
    ]
    (loops,) = section_of(*trials).loops
    meaning = STUDY.experiments["softmax_regression"].variants
    assert [row[:2] for row in loops.rows] == [(name, meaning[name]) for name in meaning if "tape" in name][:2]
    (first, second) = (row[2] for row in loops.rows)
    assert first[0].startswith("diverge in epoch 2, at the end 0.25 apart")
    assert first[1].startswith("the same weights, but losses diverge in epoch 3")
    assert second == ["the same", "does not run"]


def test_claims_that_controlled_trials_judge_are_listed():
    fields = {"metric": "test_accuracy", "margin": 0.1, "baseline": {"variant": "functional"}}
    controlled = make_claim("equal", id="yes", protocol="controlled", **fields)
    assert section_of(run(), claims=[controlled, make_claim("equal", id="no", **fields)]).claims == [controlled]


def test_a_class_shows_its_hashes_and_where_it_parts_from_the_first():
    (setup,) = setups_of(run(), run("abc", variant="subclass"), run(seed=2), run("abc", variant="subclass", seed=2))
    first, second = classes(setup)
    assert (first.weights, second.weights) == (["a" * 64] * 2, ["c" * 64] * 2)
    assert not first.divergence
    assert second.divergence.startswith("diverge in epoch 2")
    assert section_of(*setup.trials).compared[0].first_weights == ["0" * 64]


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (0.0012345, "0.0012"), (3.94e-4, "3.9\xa0×\xa010⁻⁴"), (12.3, "12")]
)
def test_a_small_number_has_a_power_of_ten(number, text):
    assert small(number) == text


# ---- figures ----
def test_the_figure_of_all_experiments_has_a_sign_for_each_pair():
    drawn = identities(
        STUDY.experiments, [*of_runtimes("deep_mlp", "sgd", True), *of_runtimes("mlp_64", "adam", False)]
    )
    signs = texts(drawn)
    # Two experiments, two runtimes: functional is sequential's equal on each; of two, each API is on both.
    assert (signs.count("="), signs.count("2")) == (4 + 2, 2)
    assert identities(STUDY.experiments, []) is None
    assert identities(STUDY.experiments, [run(), run(variant="subclass_tape")]) is None


def test_the_figure_of_an_experiment_holds_classes_not_arms_against_each_other():
    trials = of_runtimes("deep_mlp", "sgd", False)
    drawn = identity(ExperimentData(STUDY, "deep_mlp", trials, [], []))
    assert [text.splitlines()[0] for text in texts(drawn)] == ["=", "epoch 2", "epoch 2", "="]
    labels = [label.get_text().replace("\n", " ") for label in drawn.figure.axes[0].get_yticklabels()]
    assert labels == ["A: sequential and functional on 1.15.0", "B: sequential and functional on 2.21.0"]


def test_arms_that_are_all_the_same_need_no_figure():
    assert identity(ExperimentData(STUDY, "deep_mlp", of_runtimes("deep_mlp", "sgd", True), [], [])) is None
