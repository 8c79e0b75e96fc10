"""What cleaning found: the rules of others, duplicates, and the image of what was dropped."""

import json
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_files import DROPPED, MILD, SOUND, N, archive, inserted, jpeg, manifest_of, segment

from study.data import manifest
from study.data.archive import Archive
from study.data.audit import findings, main
from study.data.duplicates import groups
from study.data.image_check import ImageCheck, check_image
from study.data.manifest import Row
from study.data.published_filters import RULES
from study.figures import dropped as figure
from study.figures.dropped import dropped

TFDS, KERAS = RULES


def commented(size: int) -> bytes:
    """An image whose JFIF segment comes behind a comment of some bytes."""
    return inserted(jpeg(), 2, segment(0xFE, b"c" * size))


STREAMS = {
    **{kind: make() for kind, make in SOUND.items()},
    **{kind: make() for kind, (make, _) in (MILD | DROPPED).items()},
    **{f"JFIF behind {size}": commented(size) for size in (0, 400, 490, 498, 600, 4000, 4074, 4082, 4090, 5000, 9000)},
}


# The rules of others


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_rule_of_tensorflow_datasets_is_what_a_stream_of_an_archive_shows(tmp_path, method):
    path = tmp_path / "streams.zip"
    with zipfile.ZipFile(path, "w", method) as opened:
        for number, data in enumerate(STREAMS.values()):
            opened.writestr(str(number), data)
    with zipfile.ZipFile(path) as opened:
        for number, (kind, data) in enumerate(STREAMS.items()):
            assert TFDS.drops(data) == (b"JFIF" not in opened.open(str(number)).peek(10)), kind


def test_the_rule_of_the_keras_example_is_what_a_stream_of_a_file_shows(tmp_path):
    path = tmp_path / "stream.jpg"
    for kind, data in STREAMS.items():
        path.write_bytes(data)
        with path.open("rb", buffering=4096) as file:
            assert KERAS.drops(data) == (b"JFIF" not in file.peek(10)), kind


def test_the_two_rules_differ_though_they_read_alike():
    assert {kind for kind, data in STREAMS.items() if TFDS.drops(data) != KERAS.drops(data)} >= {"JFIF behind 600"}


@given(st.binary(max_size=100), st.integers(0, 6000))
def test_no_rule_that_shows_less_keeps_more(noise, zeros):
    data = noise + bytes(zeros) + b"JFIF"
    assert TFDS.drops(data) or not KERAS.drops(data)


# Duplicates


def test_the_same_file_and_the_same_pixels_are_found(tmp_path):
    same, tail = jpeg(500), jpeg(501)
    more = {
        "PetImages/Cat/100.jpg": same,
        "PetImages/Dog/100.jpg": same,
        "PetImages/Dog/101.jpg": tail,
        "PetImages/Dog/102.jpg": tail + b"tail",
        "PetImages/Cat/103.jpg": b"",
        "PetImages/Dog/103.jpg": b"",
    }
    path = archive(tmp_path / "a.zip", N, more)
    found = groups(Archive(path), manifest_of(path).rows)
    assert [(group.same, [row.path for row in group.rows], group.under_both_labels) for group in found] == [
        ("file", ["PetImages/Cat/100.jpg", "PetImages/Dog/100.jpg"], True),
        ("pixels", ["PetImages/Dog/101.jpg", "PetImages/Dog/102.jpg"], False),
    ]


def test_the_same_key_of_other_pixels_is_no_duplicate(tmp_path):
    path = archive(tmp_path / "a.zip", 2)
    opened = Archive(path)
    rows = [
        Row(name, name, 1, ImageCheck(pixels_key="same"), 0, "train") for name in opened.names if "Thumbs" not in name
    ]
    assert groups(opened, rows) == []


def test_a_group_that_straddles_the_split_is_told(tmp_path):
    path = archive(tmp_path / "a.zip", 1)
    rows = [Row("PetImages/Cat/0.jpg", "same", 1, ImageCheck(), 0, part) for part in ("train", "test")]
    (group,) = groups(Archive(path), rows)
    assert group.across_the_split
    assert not group.under_both_labels


# All findings


@pytest.fixture
def made(tmp_path: Path):
    kinds = {f"PetImages/Cat/{1000 + n}.jpg": make() for n, (make, _) in enumerate((MILD | DROPPED).values())}
    path = archive(tmp_path / "a.zip", N, kinds)
    cleaned = manifest_of(path)
    manifest.write(tmp_path / "manifest.parquet", cleaned)
    return path, cleaned


def test_findings_count_what_was_dropped_noted_and_would_be_dropped_by_others(made, tmp_path, capsys):
    path, cleaned = made
    out = tmp_path / "audit.json"
    main(["--archive", str(path), "--manifest", str(tmp_path / "manifest.parquet"), "--out", str(out)])
    found = json.loads(out.read_text("utf-8"))
    assert found == findings(Archive(path), cleaned)
    assert (found["kept"], found["train"] + found["test"]) == (2 * N + len(MILD), 2 * N + len(MILD))
    expected = Counter(reason for _, reason in DROPPED.values()) + Counter(["not_a_picture_of_a_class"])
    assert {each["code"]: each["count"] for each in found["dropped"]} == expected
    assert all(len(each["paths"]) == each["count"] and each["meaning"] for each in found["dropped"] + found["noted"])
    assert {each["code"]: each["count"] for each in found["noted"]} == Counter(
        word for _, note in MILD.values() for word in note.split()
    )
    for rule in found["rules"]:
        # No rule sees that an image with its letters in place is cut off, and each drops what has none.
        assert rule["unsound_kept"]["cut_off"] > 3
        assert len(rule["unsound_kept_paths"]) == sum(rule["unsound_kept"].values())
        assert rule["dropped"] == sum(
            rule["rule"] == each.name and each.drops(data) for each in RULES for data in read(path)
        )
    assert "groups of duplicates" in capsys.readouterr().out


def read(path: Path) -> list[bytes]:
    with zipfile.ZipFile(path) as opened:
        return [opened.read(name) for name in opened.namelist() if name.endswith(".jpg")]


# The contact sheet


def test_the_sheet_shows_each_dropped_entry_with_its_reason(made):
    path, cleaned = made
    drawing = dropped(Archive(path), cleaned)
    axes = [each for each in drawing.figure.axes if each.get_visible()]
    rows = [row for row in cleaned.rows if not row.kept]
    assert [each.get_title() for each in axes] == ["/".join(row.path.split("/")[1:]) for row in rows]
    for each, row in zip(axes, rows, strict=True):
        assert " ".join(each.get_xlabel().split()) == row.check.reason.replace("_", " ")
        visible = row.check.mode == "CMYK" or row.check.reason == "data_left_over"
        assert each.images or not visible
        assert not each.images or row.check.reason not in ("empty", "not_an_image")
    assert f"n = {len(rows)} of {len(cleaned.rows)} entries. Edition 180px" in drawing.caption


def test_a_long_sheet_says_that_it_is_cut(made, monkeypatch):
    monkeypatch.setattr(figure, "MOST", 5)
    drawing = dropped(Archive(made[0]), made[1])
    assert len([each for each in drawing.figure.axes if each.get_visible()]) == 5
    assert "the first 5 shown" in drawing.caption


def test_without_anything_dropped_there_is_no_sheet(made):
    path, cleaned = made
    sound = [row for row in cleaned.rows if row.kept]
    assert dropped(Archive(path), type(cleaned)("180px", "", sound)) is None


def test_the_sheet_is_written_with_its_caption(made, tmp_path):
    out = tmp_path / "dropped"
    arguments = ["--archive", str(made[0]), "--manifest", str(tmp_path / "manifest.parquet"), "--out", str(out)]
    figure.main(arguments)
    (described,) = json.loads((out / "dropped.json").read_text("utf-8"))
    assert (out / described["file"]).read_text("utf-8").startswith("<?xml")


def test_small_images_are_made_of_large_ones():
    data = jpeg()
    small = figure.thumbnail(data, Row("a", "", len(data), check_image(data)))
    assert small is not None
    assert max(small.shape) <= max(figure.THUMBNAIL)
    assert isinstance(small, np.ndarray)
