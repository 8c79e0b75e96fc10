"""The scope of a machine's results: exactly what is there, in as few words as can be, whatever the study gets later."""

import pytest
from factories import make_trial
from hypothesis import given, settings
from hypothesis import strategies as st

from study.config.validation import ConfigError
from study.reference.scope import Scope, any_edition, differences, full_plan, load_scope, scope_of, update

PLANNED = full_plan()
TRIALS = list({any_edition(trial): trial for trial in PLANNED.values()}.values())
PICTURES = [trial for trial in TRIALS if trial.experiment == "mini_vgg"]
ALL = Scope(
    holds=[
        {
            "experiments": sorted({trial.experiment for trial in TRIALS}),
            "runtimes": sorted({trial.runtime for trial in TRIALS}),
        }
    ]
)


def found(scope, trials):
    return list(differences(scope, trials, PLANNED))


def test_a_machine_that_ran_everything_holds_every_experiment_on_every_runtime():
    assert scope_of(TRIALS, PLANNED) == ALL
    assert found(ALL, TRIALS) == []


def test_a_trial_too_few_too_many_or_twice_is_named():
    one, *others = TRIALS
    where = f"{one.experiment}/{one.series}/{one.runtime}/{one.block}: {one.variant}"
    (few,), (twice,) = found(ALL, others), found(ALL, [one, *TRIALS])
    assert few.startswith(f"in scope, but not there: {where}")
    assert twice.startswith(f"there 2 times: {where}")
    without = Scope(holds=ALL.holds, lacks=[{"experiments": ["mini_vgg"], "runtimes": ALL.holds[0].runtimes}])
    many = found(without, TRIALS)
    assert len(many) == len(PICTURES)
    assert all(line.startswith("there, but not in scope: mini_vgg/") for line in many)


def test_another_edition_of_its_dataset_is_the_same_trial():
    assert {trial.edition for trial in PLANNED.values()} == {None, "original", "180px"}
    for edition in ("original", "180px"):
        ran = [trial for trial in PLANNED.values() if trial.edition in (None, edition)]
        assert found(ALL, ran) == []


def test_what_the_study_gets_later_is_in_no_scope():
    """Neither an experiment nor a runtime; another arm of an experiment is."""
    new = [
        make_trial(experiment="new_experiment"),
        make_trial(experiment="mlp_64", runtime="tf-9.0.0"),
        make_trial(experiment="mlp_64", variant="new_variant"),
    ]
    planned = PLANNED | {trial.sha256(): trial for trial in new}
    (line,) = differences(ALL, TRIALS, planned)
    assert line == "in scope, but not there: mlp_64/accuracy/tf-2.0.0/1: new_variant"


@settings(max_examples=30)
@given(data=st.data())
def test_whatever_is_there_is_written_and_read_again(data, tmp_path_factory):
    """Of parts of the study, which often have something in common."""
    fields = {"runtime": 4, "series": 3, "variant": 3, "alternative": 2, "block": 3}
    left_out = [
        {name: data.draw(st.sampled_from(sorted({getattr(t, name) for t in PICTURES}, key=str))) for name in chosen}
        for chosen in data.draw(st.lists(st.sets(st.sampled_from(sorted(fields)), min_size=1), max_size=4))
    ]
    there = [
        trial
        for trial in PICTURES
        if not any(all(getattr(trial, name) == value for name, value in part.items()) for part in left_out)
    ]
    if there:
        path = tmp_path_factory.mktemp("scope") / "scope.yaml"
        scope = scope_of(there, PLANNED)
        path.write_text(scope.text(), encoding="utf-8")
        assert load_scope(path, PLANNED) == scope
        assert found(scope, there) == []


def test_a_scope_that_fits_is_left_as_it_is_and_another_is_written_again(tmp_path):
    path = tmp_path / "scope.yaml"
    path.write_text("# A comment.\n" + ALL.text(), encoding="utf-8")
    assert update(tmp_path, TRIALS, PLANNED) == f"{path} is current"
    assert path.read_text("utf-8").startswith("# A comment.\n")
    assert update(tmp_path, PICTURES, PLANNED) == f"{path} is written"
    assert [part.experiments for part in load_scope(path, PLANNED).holds] == [["mini_vgg"]]


HELD = "holds:\n  - {experiments: [mini_vgg], runtimes: [tf-2.10.0]}\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("lack:\n  - {experiments: [mini_vgg]}\n", 3, ["unknown key", "did you mean 'lacks'?"]),
        ("lacks:\n  - {experiments: [mini_vgg]}\n", 4, ["runtimes", "required"]),
        ("lacks:\n  - {experiments: [mini_vg], runtimes: [tf-2.10.0]}\n", 4, ["experiment 'mini_vg'", "'mini_vgg'?"]),
        (
            "lacks:\n  - experiments: [mini_vgg]\n    runtimes: [tf-2.10.1]\n",
            5,
            ["runtime 'tf-2.10.1'", "'tf-2.10.0'?"],
        ),
        (
            "lacks:\n  - {experiments: [mini_vgg], runtimes: [tf-2.10.0], variants: [sequentail]}\n",
            4,
            ["unknown variant 'sequentail'", "did you mean 'sequential'?"],
        ),
        (
            "lacks:\n  - {experiments: [mlp_64], runtimes: [tf-2.0.0], alternatives: [same_stride_2]}\n",
            4,
            ["unknown alternative 'same_stride_2'"],
        ),
        (
            "lacks:\n  - {experiments: [mini_vgg], runtimes: [tf-2.0.0], series: [accuracy]}\n",
            4,
            ["no planned trial agrees with all of this"],
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path, text, line, words):
    path = tmp_path / "scope.yaml"
    path.write_text(HELD + text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load_scope(path, PLANNED)
    assert f"{path}:{line}: " in str(raised.value)
    for word in words:
        assert word in str(raised.value)
