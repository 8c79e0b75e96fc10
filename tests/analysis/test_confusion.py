"""What networks make of test images: confusion, disagreement, and comparisons taken apart."""

import json

import numpy as np
import pytest
from factories import changed, make_claim, make_trial
from hypothesis import given
from hypothesis import strategies as st
from pages import RUNTIME, page_of, section, words

from study.analysis.architecture_or_api import decompositions
from study.analysis.confusion import confusions, disagreements, predicted
from study.analysis.evidence import Evidence
from study.config.study import load_study
from study.figures import thumbnails
from study.report.chapter import ReportData
from study.report.embedded import Embedded
from study.report.sections.images import IMAGES

EXPERIMENTS = load_study().experiments
N = 6
SCORES = st.lists(st.floats(0, 1, width=32), min_size=N, max_size=N)
LABELS = st.lists(st.integers(0, 1), min_size=N, max_size=N)


def scored(scores, **fields):
    about = {"experiment": "mini_vgg", "dataset": "cats_vs_dogs", "runtime": "tf-2.10.0", "n_test": N}
    return make_trial(**about | fields, test_scores=list(scores))


@given(st.lists(SCORES, min_size=1, max_size=3), LABELS)
def test_a_confusion_counts_every_image_once_and_gives_the_accuracy(runs, labels):
    labels = np.array(labels, np.uint8)
    (found,) = confusions([scored(scores) for scores in runs], labels, [])
    assert found.n_runs == len(runs)
    assert sum(sum(row) for row in found.counts) == pytest.approx(N)
    assert [sum(row) for row in found.counts] == pytest.approx([np.sum(labels == 0), np.sum(labels == 1)])
    right = np.mean([[(score > 0.5) == label for score, label in zip(run, labels, strict=True)] for run in runs])
    assert found.accuracy == pytest.approx(right)
    assert found.accuracy_without_leaked == pytest.approx(right)


def test_leaked_images_can_be_left_out():
    (found,) = confusions([scored([0.9, 0.9, 0.9, 0.1, 0.1, 0.1])], np.array([1, 0, 0, 0, 0, 0], np.uint8), [1, 2])
    assert found.accuracy == pytest.approx(4 / 6)
    assert found.accuracy_without_leaked == 1


@given(SCORES, SCORES)
def test_two_networks_disagree_on_what_they_take_for_different_things(first, second):
    one, other = scored(first), scored(second)
    places = disagreements(one, other)
    assert sorted(places) == [place for place in range(N) if predicted(one)[place] != predicted(other)[place]]
    distances = [abs(one.test_scores[place] - other.test_scores[place]) for place in places]
    assert distances == sorted(distances, reverse=True)
    assert disagreements(other, one) == places


CLAIM = make_claim(
    "order",
    experiment="mini_vgg",
    variant="sequential",
    runtime="tf-2.10.0",
    metric="val_accuracy",
    baseline={"variant": "subclass", "alternative": "same_stride_2"},
    direction="higher",
    margin=0.01,
)
ARMS = [("sequential", None), ("sequential", "same_stride_2"), ("subclass", "same_stride_2"), ("subclass", None)]


def trained(accuracies):
    """One trial an arm and block, with the validation accuracies given."""
    return [
        scored(
            [0.5] * N,
            variant=variant,
            alternative=alternative,
            block=block,
            epochs=[{"epoch": 1, "seconds": 1.0, "loss": 1.0, "accuracy": 0.5, "val_accuracy": accuracy}],
        )
        for block, row in enumerate(accuracies, start=1)
        for (variant, alternative), accuracy in zip(ARMS, row, strict=False)
    ]


ACCURACY = st.floats(0.5, 1)


@given(st.lists(st.tuples(*[ACCURACY] * len(ARMS)), min_size=3, max_size=5))
def test_the_parts_of_a_comparison_multiply_to_the_whole(accuracies):
    (found,) = decompositions([CLAIM], Evidence(trained(accuracies), (), [CLAIM]), EXPERIMENTS)
    both, *parts = (part.ratio.value for part in found.contrasts)
    assert both == pytest.approx(parts[0] * parts[1]) == pytest.approx(parts[2] * parts[3])
    assert [part.changed for part in found.contrasts] == [
        "both",
        *("the architecture", "the API"),
        "the API",
        "the architecture",
    ]
    assert all(part.ratio.interval for part in found.contrasts)


def test_a_third_api_and_another_runtime_are_taken_apart_too():
    four = trained([[0.9, 0.8, 0.8, 0.7]] * 3)
    third = [trial.model_copy(update={"variant": "functional"}) for trial in four if trial.variant == "sequential"]
    compared = [trial for trial in four if (trial.variant, trial.alternative) in (ARMS[0], ARMS[2])]
    elsewhere = [trial.model_copy(update={"runtime": "tf-2.21.0"}) for trial in compared]
    evidence = Evidence([*elsewhere, *four, *third], (), [CLAIM])
    there, other = decompositions([CLAIM], evidence, EXPERIMENTS)
    assert [each.runtime for each in (there, other)] == ["tf-2.10.0", "tf-2.21.0"]
    assert [(part.changed, part.first.alternative, part.second.variant) for part in there.contrasts[5:]] == [
        ("the architecture", None, "functional"),
        ("the API", None, "functional"),
        ("the API", "same_stride_2", "functional"),
    ]
    assert [part.changed for part in other.contrasts] == ["both"]


def test_only_what_was_run_is_compared():
    (found,) = decompositions([CLAIM], Evidence(trained([[0.9, 0.8, 0.8]] * 3), (), [CLAIM]), EXPERIMENTS)
    assert [part.changed for part in found.contrasts] == ["both", "the architecture", "the API"]
    assert [part.ratio.value for part in found.contrasts] == pytest.approx([9 / 8, 9 / 8, 1])


@pytest.mark.parametrize(
    ("accuracies", "verdict"),
    [
        ([0.9, 0.8], "makes a difference"),
        ([0.8, 0.9], "makes a difference"),
        ([0.8, 0.8], "makes none"),
        ([0.808, 0.8], "open"),
    ],
)
def test_a_change_makes_a_difference_beyond_the_margin_and_none_within(accuracies, verdict):
    ours, theirs = accuracies
    blocks = [[ours + shift, theirs, theirs] for shift in (-0.001, 0, 0.001)]
    (found,) = decompositions([CLAIM], Evidence(trained(blocks), (), [CLAIM]), EXPERIMENTS)
    assert [found.outcome(part.ratio.interval) for part in found.contrasts[:2]] == [verdict] * 2
    (alone,) = decompositions([CLAIM], Evidence(trained(blocks[:1]), (), [CLAIM]), EXPERIMENTS)
    assert alone.outcome(alone.contrasts[0].ratio.interval) == "too few blocks"


def test_a_difference_of_times_is_open_where_the_second_runs_of_blocks_lie_far_apart():
    def timed(variant, alternative, seconds, **fields):
        epochs = [{"epoch": epoch, "seconds": seconds, "loss": 1.0, "accuracy": 0.5} for epoch in (1, 2, 3)]
        return scored([0.5] * N, variant=variant, alternative=alternative, timed=True, epochs=epochs, **fields)

    claim = CLAIM.model_copy(update={"metric": "epoch_seconds", "margin": 0.05})
    blocks = [(block, 0.8 + 0.01 * block) for block in (1, 2, 3)]
    ours = [timed(*ARMS[0], seconds, block=block) for block, seconds in blocks]
    theirs = [timed(*ARMS[2], 1.0, block=block) for block, _ in blocks]
    again = [timed(*ARMS[2], s, block=block, replicate=1) for block, s in ((1, 1.5), (2, 0.6), (3, 1.3))]
    for trials, verdict in (([*ours, *theirs], "makes a difference"), ([*ours, *theirs, *again], "open")):
        (found,) = decompositions([claim], Evidence(trials, (), [claim]), EXPERIMENTS)
        assert [found.outcome(part.ratio.interval) for part in found.contrasts] == [verdict]


def test_a_comparison_in_which_one_thing_changed_is_left_whole():
    alone = changed(CLAIM, baseline={"variant": "subclass"})
    assert decompositions([alone], Evidence(trained([[0.9, 0.8, 0.8, 0.7]] * 3), (), [alone]), EXPERIMENTS) == []


def test_a_sheet_gives_its_images_back():
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    images = [np.full((20, 30 + place, 3), colour, np.uint8) for place, colour in enumerate(colours * 20)]
    whole = thumbnails.sheet(images)
    for place in (0, 1, 2, 51, 59):
        left, top = place % thumbnails.COLUMNS * thumbnails.SIZE, place // thumbnails.COLUMNS * thumbnails.SIZE
        assert whole.getpixel((left, top)) == colours[place % 3]
        assert thumbnails.cut(whole, place).startswith(b"\xff\xd8")


def test_the_section_shows_where_two_apis_disagree(tmp_path):
    images = [np.full((8, 8, 3), 40 * place, np.uint8) for place in range(N)]
    thumbnails.sheet(images).save(tmp_path / "cats_vs_dogs.jpg")
    behind = N + 1  # an image that a trial on fewer has not seen
    told = {"classes": ["Cat", "Dog"], "labels": [0, 1] * 4, "leaked": [0, behind], "cleaning": {"edition": "180px"}}
    (tmp_path / "cats_vs_dogs.json").write_text(json.dumps(told), encoding="utf-8")
    trials = [
        scored([0.9, 0.1, 0.2, 0.9, 0.1, 0.9], variant="sequential"),
        scored([0.1, 0.1, 0.2, 0.9, 0.6, 0.9], variant="subclass"),
        scored([0.5] * N, variant="subclass", alternative="same_stride_2"),
    ]
    report = ReportData(load_study(), (), (), (), trials, (), Embedded(samples_folder=tmp_path))
    (found,) = IMAGES.data(report)
    (pair,) = found.pairs
    assert (pair.one.variant, pair.other.variant, pair.n_disagree) == ("sequential", "subclass", 2)
    assert [(image.label, image.scores) for image in pair.disputed] == [("Cat", (0.9, 0.1)), ("Cat", (0.1, 0.6))]
    assert found.n_leaked == 1
    assert [each.n_runs for each in found.confusions] == [1, 1, 1]


CLEANING = {
    **{"edition": "180px", "entries": 9, "kept": 7, "train": 1, "test": N},
    "dropped": [{"code": "empty", "meaning": "there are no bytes", "count": 2, "paths": ["Cat/1.jpg", "Dog/2.jpg"]}],
    "noted": [{"code": "no_end", "meaning": "its end marker is missing", "count": 1, "paths": ["Cat/3.jpg"]}],
    "rules": [
        {
            "rule": "A rule",
            "source": "https://example.org",
            "dropped": 3,
            "sound_dropped": 1,
            "dropped_of_original": 1738,
        }
        | {"unsound_kept": {"cut_off": 2}},
    ],
    "duplicates": [
        {"paths": ["Cat/4.jpg", "Dog/5.jpg"], "splits": ["train", "test"]}
        | {"under_both_labels": True, "across_the_split": True},
    ],
}


@pytest.fixture
def embedded(tmp_path):
    """Images of cats and dogs, all black, and what cleaning tells of them."""
    thumbnails.sheet([np.zeros((8, 8, 3), np.uint8)] * N).save(tmp_path / "cats_vs_dogs.jpg")
    told = {"classes": ["Cat", "Dog"], "labels": [0, 1] * 3, "leaked": [0], "cleaning": CLEANING}
    (tmp_path / "cats_vs_dogs.json").write_text(json.dumps(told), encoding="utf-8")
    return Embedded(samples_folder=tmp_path)


def test_the_page_shows_cleaning_confusion_disagreement_and_what_makes_the_difference(embedded):
    trials = [
        trial.model_copy(
            update={"environment": RUNTIME, "test_scores": [0.9 if trial.variant == "subclass" else 0.1] * N}
        )
        for trial in trained([[0.9, 0.6, 0.6, 0.9]] * 3)
    ]
    claim = CLAIM.model_copy(update={"source": "001_b13bdbea4b7615e7.txt"})
    page = page_of([claim], trials, embedded=embedded)
    apart = words(section(page, "architecture-or-api"))
    assert "the architecture sequential sequential same stride 2 1.500 [1.500, 1.500] 3" in apart
    assert "the API sequential same stride 2 subclass same stride 2 1.000 [1.000, 1.000] 3 blocks makes none" in apart
    assert "over all runs the architecture any API any API same stride 2 1.500 [1.500, 1.500] 12 runs" in apart
    assert "the interaction sequential subclass 1.000 [1.000, 1.000] 12 runs makes none" in apart
    part = section(page, "images-cats_vs_dogs")
    said = words(part)
    for text in (
        *("the edition 180px", "2 there are no bytes", "1 kept, though its end marker is missing"),
        *("A rule https://example.org 3 1 2 cut off 1738", "1 of them under both labels; 1 lie on both sides"),
        *(
            "sequential tf-2.10.0 3 3.0 0.0 3.0 0.0 0.5000 0.4000",
            "Where sequential and subclass disagree, same stride 2",
        ),
        "they take 6 of 6 test images for different things",
    ):
        assert text in said
    assert part.count("data:image/jpeg;base64,") == 2 * N


def test_nothing_is_said_of_all_runs_where_there_are_too_few(embedded):
    trials = [trial.model_copy(update={"environment": RUNTIME}) for trial in trained([[0.9, 0.6, 0.6, 0.9]])]
    claim = CLAIM.model_copy(update={"source": "001_b13bdbea4b7615e7.txt"})
    page = page_of([claim], trials, embedded=embedded)
    apart = words(section(page, "architecture-or-api"))
    assert "the architecture sequential sequential same stride 2 1.500 1 block" in apart
    assert "over all runs" not in apart
