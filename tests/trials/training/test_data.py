"""What a trial sees of a dataset: which samples train, validate and test, and how they are arranged."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trials.training.data import ARRANGEMENTS, Data, each, length

SAMPLES, TEST = 40, 20
# Every pixel of a training image is the number of its sample; test images are numbered from 100.
ARRAYS = {
    "x_train": np.repeat(np.arange(SAMPLES, dtype=np.uint8), 28 * 28).reshape(SAMPLES, 28, 28),
    "y_train": np.arange(SAMPLES, dtype=np.uint8),
    "x_test": np.repeat(np.arange(100, 100 + TEST, dtype=np.uint8), 28 * 28).reshape(TEST, 28, 28),
    "y_test": np.arange(100, 100 + TEST, dtype=np.uint8),
}


def data(n_train=30, n_validation=10, n_test=TEST, **more) -> Data:
    return Data(ARRAYS, {"n_train": n_train, "n_validation": n_validation, "n_test": n_test, **more})


@pytest.mark.parametrize(
    ("validation", "train", "held_out"),
    [
        ("last", range(30), range(30, 40)),
        ("first", range(10, 40), range(10)),
        ("test", range(30), range(100, 110)),
    ],
)
def test_validation_takes_the_samples_that_the_plan_names(validation, train, held_out):
    parts = data(validation=validation)
    assert parts.train[1].tolist() == list(train)
    assert parts.validation[1].tolist() == list(held_out)
    assert parts.test[1].tolist() == list(range(100, 100 + TEST))


@pytest.mark.parametrize(
    ("validation", "train", "held_out"),
    [
        ("last", range(4, 29), range(29, 34)),
        ("first", range(9, 34), range(4, 9)),
        ("test", range(4, 29), range(100, 105)),
    ],
)
def test_skipped_samples_neither_train_nor_validate(validation, train, held_out):
    parts = data(n_train=25, n_validation=5, validation=validation, n_skipped=4)
    assert parts.train[1].tolist() == list(train)
    assert parts.validation[1].tolist() == list(held_out)


def test_without_validation_samples_there_is_none():
    assert data(n_validation=0).validation is None


@given(st.sampled_from(sorted(ARRANGEMENTS)), st.integers(1, 12), st.integers(0, 8), st.sampled_from(["last", "first"]))
def test_no_sample_both_trains_and_validates_and_images_keep_their_labels(arrangement, n_train, n_validation, taken):
    parts = data(n_train, n_validation, 5, arrangement=arrangement, validation=taken)
    seen = []
    for part in filter(None, (parts.train, parts.validation)):
        inputs, targets = (array if isinstance(array, list) else [array] for array in part)
        for target in targets:
            seen += target.tolist()
        for number, array in enumerate(inputs):
            target = targets[number if len(targets) > 1 else 0]
            assert (array.reshape(len(array), -1) == target[:, None]).all()
    assert len(seen) == len(set(seen))
    assert length(parts.train[0]) == n_train


def test_two_images_pairs_the_halves_of_the_samples():
    (first, second), (one, two) = data(15, 5, 10, arrangement="two_images").train
    assert one.tolist() == list(range(15))
    assert two.tolist() == list(range(20, 35))
    assert (len(first), len(second)) == (15, 15)


def test_image_halves_are_the_upper_and_the_lower_one():
    (upper, lower), _ = ARRANGEMENTS["image_halves"](np.arange(2 * 28 * 28).reshape(2, 28, 28), np.arange(2))
    assert upper.shape == lower.shape == (2, 14, 28)
    assert (upper[:, -1, -1] < lower[:, 0, 0]).all()


def test_too_few_samples_are_an_error_that_says_how_many_there_are():
    with pytest.raises(ValueError, match="the train part of the dataset has 40 samples, the plan wants 42"):
        data(n_train=11, n_test=5, arrangement="two_images")
    with pytest.raises(ValueError, match="has 40 samples, the plan wants 41"):
        data(n_skipped=1)


def test_an_edition_of_a_dataset_may_have_fewer_samples_to_train_on_but_not_to_test_on():
    """How many images cleaning keeps depends on whose resized copies they are."""
    parts = data(n_train=41, validation="test", edition="original")
    assert parts.train[1].tolist() == list(range(40))
    with pytest.raises(ValueError, match="the test part of the dataset has 20 samples, the plan wants 21"):
        data(n_train=41, n_test=21, validation="test", edition="original")


def test_each_reaches_every_array():
    assert each(len, [[1], [1, 2]]) == [1, 2]
    assert each(len, (1, 2, 3)) == 3
