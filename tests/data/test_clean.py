"""Cleaning an archive: every entry ends as kept or dropped, the split is a law, and nothing is checked twice."""

import random
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_files import DROPPED, MILD, SOUND, TEST, N, archive, jpeg, manifest_of

from study.common.errors import StudyError
from study.data import clean as module
from study.data import manifest
from study.data.clean import LABELS, checked_before, main, split
from study.data.image_check import REASONS, ImageCheck
from study.data.manifest import COLUMNS, Row

EDITION = "180px"
# Every kind of image that tests know, as numbered images of cats.
KINDS = {
    f"PetImages/Cat/{1000 + number}.jpg": (make(), reason)
    for number, (make, reason) in enumerate(
        [*((make, None) for make in SOUND.values()), *((make, None) for make, _ in MILD.values()), *DROPPED.values()]
    )
}
NAMES = {
    "PetImages/Dog/Thumbs.db": "not_a_picture_of_a_class",
    "readme[1].txt": "not_a_picture_of_a_class",
    "PetImages/Cow/1.jpg": "not_a_picture_of_a_class",
    "PetImages/Cat/copy of 1.jpg": "not_a_picture_of_a_class",
    "PetImages/Cat/\u0662.jpg": "not_a_picture_of_a_class",
    "PetImages/Cat/1\n.jpg": "unreadable_name",
    "PetImages/Cat/\u202egpj.1": "unreadable_name",
}


def of_all_kinds(tmp_path: Path) -> Path:
    entries = {path: data for path, (data, _) in KINDS.items()} | {name: jpeg(99) for name in NAMES}
    return archive(tmp_path / "kinds.zip", N, entries)


def test_every_entry_ends_as_kept_or_dropped_for_its_reason(tmp_path):
    rows = {row.path: row for row in manifest_of(of_all_kinds(tmp_path)).rows}
    expected = {path: reason for path, (_, reason) in KINDS.items()} | NAMES
    assert {path: rows[path].check.reason for path in expected} == expected
    assert all(row.kept for path, row in rows.items() if path not in {*expected, "PetImages/Cat/Thumbs.db"})
    assert set(manifest_of(of_all_kinds(tmp_path)).counts()) == set(REASONS)


def test_a_manifest_is_read_as_it_was_written_and_has_the_columns_of_the_design(tmp_path):
    made = manifest_of(of_all_kinds(tmp_path))
    manifest.write(tmp_path / "out" / "manifest.parquet", made)
    assert manifest.read(tmp_path / "out" / "manifest.parquet") == made
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["manifest.parquet"]
    table = pq.read_table(tmp_path / "out" / "manifest.parquet")
    assert table.column_names == COLUMNS.names
    expected = {"path", "sha256", "bytes", "format", "mode", "width", "height", "label", "split", "status", "reason"}
    assert expected <= set(table.column_names)
    assert Counter(table["status"].to_pylist()) == Counter("kept" if row.kept else "dropped" for row in made.rows)


def test_the_number_of_processes_changes_no_byte(tmp_path):
    path = of_all_kinds(tmp_path)
    for processes in (1, 3):
        manifest.write(tmp_path / f"{processes}.parquet", manifest_of(path, processes=processes))
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "3.parquet").read_bytes()


# Split


def rows_of(cats: int, dogs: int) -> list[Row]:
    numbers = [("Cat", number) for number in range(cats)] + [("Dog", number) for number in range(dogs)]
    return [Row(f"PetImages/{name}/{n}.jpg", "", 1, ImageCheck(), LABELS[name]) for name, n in numbers]


@given(st.integers(TEST + 1, 20), st.integers(TEST + 1, 20), st.integers(0, 2**31), st.randoms())
def test_the_split_takes_the_same_number_of_each_class_in_whatever_order(cats, dogs, seed, chance):
    rows = rows_of(cats, dogs)
    parts = {row.path: row.split for row in split(rows, seed, TEST)}
    assert Counter((row.label, row.split) for row in split(rows, seed, TEST)) == {
        (0, "test"): TEST,
        (0, "train"): cats - TEST,
        (1, "test"): TEST,
        (1, "train"): dogs - TEST,
    }
    chance.shuffle(rows)
    assert {row.path: row.split for row in split(rows, seed, TEST)} == parts


def test_another_seed_gives_another_split():
    assert split(rows_of(50, 50), 1, 10) != split(rows_of(50, 50), 2, 10)


def test_dropping_an_image_moves_no_other_from_testing():
    rows = rows_of(30, 30)
    before = {row.path for row in split(rows, 1, TEST) if row.split == "test"}
    dropped = random.Random(1).choice([row for row in rows if row.path not in before])
    after = {row.path for row in split([row for row in rows if row != dropped], 1, TEST) if row.split == "test"}
    assert before == after


def test_too_few_images_are_said():
    with pytest.raises(StudyError, match="12 sound images of class Cat, more than 12 are needed"):
        split(rows_of(12, 13), 1, 12)


# A second run


class Counted:
    """Counts what is checked, in whatever process: a byte in a file for each."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path, original = path, module.check_image

        def check_image(data: bytes) -> ImageCheck:
            with path.open("ab") as file:
                file.write(b".")
            return original(data)

        monkeypatch.setattr(module, "check_image", check_image)

    def since(self) -> int:
        number = len(self.path.read_bytes()) if self.path.exists() else 0
        self.path.write_bytes(b"")
        return number


def test_a_second_run_judges_nothing_and_a_changed_file_costs_one(tmp_path, monkeypatch):
    checked, out = Counted(tmp_path / "count", monkeypatch), tmp_path / "manifest.parquet"
    path = archive(tmp_path / "a.zip", N)
    first = manifest_of(path)
    manifest.write(out, first)
    assert checked.since() == 2 * N
    assert manifest_of(path, checked_before(out)) == first
    assert checked.since() == 0
    archive(path, N, {"PetImages/Cat/0.jpg": b"not an image"})
    changed = manifest_of(path, checked_before(out))
    assert checked.since() == 1
    assert changed.counts() == first.counts() + Counter(["not_an_image"])


def test_other_rules_judge_everything_again(tmp_path, monkeypatch):
    out = tmp_path / "manifest.parquet"
    manifest.write(out, manifest_of(archive(tmp_path / "a.zip", N)))
    assert len(checked_before(out)) == 2 * N
    monkeypatch.setattr(module, "rules", lambda: "others")
    assert checked_before(out) == {}


def test_a_former_manifest_that_cannot_be_read_is_none(tmp_path):
    (tmp_path / "manifest.parquet").write_bytes(b"PAR1 or not")
    assert checked_before(tmp_path / "manifest.parquet") == {}
    assert checked_before(tmp_path / "none.parquet") == {}


# The command


def run(path: Path, out: Path) -> None:
    options = {"--archive": path, "--edition": EDITION, "--seed": 1, "--out": out, "--processes": 2}
    main(["cats_vs_dogs", *(str(part) for option in options.items() for part in option)])


def test_the_command_says_what_was_kept_and_dropped(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(module, "TEST_IMAGES", TEST)
    run(archive(tmp_path / "a.zip", N), tmp_path / "manifest.parquet")
    assert capsys.readouterr().out == (
        "cats_vs_dogs, edition 180px: 25 entries, 24 kept (18 train, 6 test), "
        "1 dropped (1 not_a_picture_of_a_class); 0 were checked before\n"
    )


def test_the_command_ends_a_failure_with_words_and_leaves_nothing(tmp_path):
    path = archive(tmp_path / "a.zip", N)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(StudyError, match=f"^cats_vs_dogs: {path}: no sound zip archive, or cut short"):
        run(path, tmp_path / "out" / "manifest.parquet")
    assert not (tmp_path / "out").exists()


def test_the_command_says_where_a_manifest_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "TEST_IMAGES", TEST)
    (tmp_path / "out").write_text("a file where a folder should be")
    out = tmp_path / "out" / "manifest.parquet"
    with pytest.raises(StudyError, match=f"^cats_vs_dogs: {out}: cannot be written: "):
        run(archive(tmp_path / "a.zip", N), out)


def test_an_entry_that_cannot_be_read_ends_the_cleaning(tmp_path):
    path = archive(tmp_path / "a.zip", N)
    data = bytearray(path.read_bytes())
    data[400] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(StudyError, match=r"cannot be read: .*; get the archive anew"):
        manifest_of(path)
