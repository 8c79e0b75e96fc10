"""The real archives that the mirror holds: what is known of them is found."""

import hashlib
import os
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from image_files import decoded_by_tensorflow, described

from study.config.datasets import load_datasets
from study.config.study import load_study
from study.data import duplicates
from study.data import published_filters as cleaning_rules
from study.data.archive import Archive
from study.data.clean import IMAGE, clean
from study.data.decode import write
from study.data.image_check import check_image, decode
from study.data.manifest import Manifest

FOLDER = Path(os.environ.get("STUDY_DATA_MIRROR", "none"), "cats-vs-dogs")
PETS = load_datasets()["cats_vs_dogs"]
SMALL, SAMPLE = FOLDER / PETS.editions["180px"], FOLDER / "cats_vs_dogs_original_500.zip"
A_FEW = 40

pytestmark = pytest.mark.skipif(not SMALL.exists(), reason="only a mirror has the archive of 180 pixels")


@pytest.fixture(scope="module")
def small() -> Manifest:
    """The whole archive of 180 pixels, cleaned as the study does it."""
    return clean(SMALL, "180px", load_study().seed, {}, 2)


def test_exactly_five_images_are_dropped_and_as_many_are_left_as_published(small):
    dropped = {row.path: row.check.reason for row in small.rows if row.label is not None and not row.kept}
    assert dropped == {
        "PetImages/Cat/666.jpg": "empty",
        "PetImages/Dog/11702.jpg": "empty",
        "PetImages/Cat/10404.jpg": "other_colours",
        "PetImages/Dog/2317.jpg": "other_colours",
        "PetImages/Dog/11912.jpg": "cut_off",
    }
    assert len(small.rows) == 25_002
    assert small.counts()["not_a_picture_of_a_class"] == 2
    assert Counter((row.split, row.label) for row in small.rows if row.kept) == {
        ("train", 0): 12_500 - 1250 - 2,
        ("train", 1): 12_500 - 1250 - 3,
        ("test", 0): 1250,
        ("test", 1): 1250,
    }


def test_twenty_groups_of_files_are_the_same_and_one_is_under_both_labels(small):
    found = duplicates.groups(Archive(SMALL), small.rows)
    files = [group for group in found if group.same == "file"]
    assert len(files) == 20
    assert sum(group.under_both_labels for group in files) == 1


def test_no_published_rule_finds_the_broken_images(small):
    for rule in cleaning_rules.compare(Archive(SMALL), small.rows):
        assert rule["unsound_kept"] == {"cut_off": 1}


def test_all_images_of_the_sample_as_published_are_sound():
    opened = Archive(SAMPLE)
    checked = {name: check_image(opened.read(name)) for name in opened.names if IMAGE.fullmatch(name)}
    assert len(checked) == 500
    assert {each.reason for each in checked.values()} == {None}


def test_real_images_have_the_pixels_that_tensorflow_decodes(tmp_path, small):
    chance = random.Random(1)
    sample = Archive(SAMPLE)
    expected = {}
    for opened, names in (Archive(SMALL), [row.path for row in small.rows if row.kept]), (sample, sample.names):
        for name in chance.sample(names, A_FEW):
            data = opened.read(name)
            file = f"{len(expected)}.jpg"
            (tmp_path / file).write_bytes(data)
            expected[file] = described(decode(data))
    assert decoded_by_tensorflow(tmp_path) == expected


def test_the_index_leads_to_every_tenth_image_of_the_whole_archive(tmp_path, small):
    rows = small.rows[::10]
    cleaned = Manifest(small.edition, small.rules, rows)
    out = tmp_path / "cats_vs_dogs.pixels", tmp_path / "cats_vs_dogs.npz"
    write(SMALL, cleaned, *out, 2)
    with np.load(out[1]) as arrays:
        assert arrays["shape_train"].tolist() == [[180, 180]] * len(cleaned.of_split("train"))
        assert hashlib.sha256(out[0].read_bytes()).digest() == arrays["pixels_sha256"].tobytes()
        assert out[0].stat().st_size == 180 * 180 * 3 * (len(arrays["y_train"]) + len(arrays["y_test"]))
