"""The pixels that trials read: what the decoder gives, where the index says, completely or not at all."""

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from disks import small
from hypothesis import given, settings
from hypothesis import strategies as st
from image_files import MILD, N, archive, encoded, jpeg, manifest_of, scene

from study.common.errors import StudyError
from study.data import decode as pixels
from study.data import manifest
from study.data.decode import main, places, write
from study.data.image_check import ImageCheck, decode
from study.data.manifest import Manifest, Row

SIZES = {f"PetImages/Dog/{100 + n}.jpg": encoded(scene(n, 20 + n, 50 - 3 * n)) for n in range(8)}
DAMAGED = {f"PetImages/Cat/{100 + n}.jpg": make() for n, (make, _) in enumerate(MILD.values())}


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Manifest]:
    """An archive of images of several sizes, some mildly damaged, and its manifest."""
    path = archive(tmp_path / "images.zip", N, SIZES | DAMAGED | {"PetImages/Cat/500.jpg": b""})
    return path, manifest_of(path)


def written(made, folder: Path, processes: int = 2) -> tuple[Path, Path]:
    out = folder / "cats_vs_dogs.pixels", folder / "cats_vs_dogs.npz"
    write(*made, *out, processes)
    return out


def test_every_kept_image_lies_where_the_index_says(made, tmp_path):
    path, cleaned = made
    file, index = written(made, tmp_path / "out")
    content = file.read_bytes()
    with zipfile.ZipFile(path) as opened, np.load(index) as arrays:
        for part in ("train", "test"):
            rows = cleaned.of_split(part)
            offsets, shapes = arrays[f"offset_{part}"], arrays[f"shape_{part}"]
            assert (offsets.dtype, shapes.dtype, arrays[f"y_{part}"].dtype) == (np.int64, np.int32, np.uint8)
            assert arrays[f"y_{part}"].tolist() == [row.label for row in rows]
            assert len(offsets) == len(shapes) == len(rows)
            for row, offset, (height, width) in zip(rows, offsets, shapes, strict=True):
                stored = np.frombuffer(content, np.uint8, height * width * 3, offset).reshape(height, width, 3)
                np.testing.assert_array_equal(stored, decode(opened.read(row.path)))
        assert arrays["pixels_sha256"].tobytes() == hashlib.sha256(content).digest()
        assert arrays["edition"].tobytes() == b"180px"
    assert sorted(each.name for each in file.parent.iterdir()) == [index.name, file.name]


def test_the_number_of_processes_changes_no_byte(made, tmp_path):
    one, three = (written(made, tmp_path / str(number), number) for number in (1, 3))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in three]


shapes = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from(["train", "test", None])))


@settings(deadline=None)
@given(shapes)
def test_places_follow_each_other_without_gap_the_training_part_first(sizes):
    rows = [
        Row(str(n), "", 0, ImageCheck(height=height, width=width), 0, part)
        for n, (height, width, part) in enumerate(sizes)
    ]
    found = places(Manifest("original", "", rows))
    everything = found["train"] + found["test"]
    for part, there in found.items():
        assert {place.row for place in there} == {row for row in rows if row.split == part}
        assert len(there) == len({place.row for place in there})
    assert [0, *(place.end for place in everything)][:-1] == [place.offset for place in everything]


def test_another_archive_than_the_manifests_is_refused(made, tmp_path):
    path, cleaned = made
    archive(path, N, SIZES | DAMAGED | {"PetImages/Cat/500.jpg": b"", "PetImages/Dog/107.jpg": jpeg(77)})
    with pytest.raises(StudyError, match=r"PetImages/Dog/107.jpg is not the image of the manifest"):
        written((path, cleaned), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_manifest_that_states_another_shape_is_refused(made, tmp_path):
    path, cleaned = made
    rows = [
        row._replace(check=row.check._replace(height=1)) if row.path.endswith("Dog/107.jpg") else row
        for row in cleaned.rows
    ]
    with pytest.raises(StudyError, match=r"107.jpg has shape \(27, 29, 3\), the manifest says \(1, 29, 3\)"):
        written((path, replace(cleaned, rows=rows)), tmp_path / "out")


# Disks that are full


def test_too_small_a_disk_is_said_before_any_work(made, tmp_path):
    with (
        small(tmp_path / "disk") as disk,
        pytest.raises(
            StudyError, match=r"\.pixels: cannot be written: .* kB are needed; 16.4 kB are free in .* Make r"
        ),
    ):
        written(made, disk / "out")
    assert list(tmp_path.glob("disk/out/*")) == []


@pytest.mark.parametrize(("share", "file"), [(0.5, "cats_vs_dogs.pixels"), (1, "cats_vs_dogs.npz")])
def test_a_disk_that_becomes_full_leaves_nothing_and_is_told(made, tmp_path, monkeypatch, share, file):
    monkeypatch.setattr(pixels, "require_room", lambda *_: None)
    pages = -(-max(place.end for held in places(made[1]).values() for place in held) // 4096)
    with (
        small(tmp_path / "disk", int(share * pages) * 4) as disk,
        pytest.raises(
            StudyError, match=rf"{file}: cannot be written: no space left on device; .* are free in .* Make r"
        ),
    ):
        written(made, disk / "out")
    assert list(tmp_path.glob("disk/out/*")) == []


# The command


def test_the_command_says_what_it_wrote(made, tmp_path, capsys):
    path, cleaned = made
    manifest.write(tmp_path / "manifest.parquet", cleaned)
    out = tmp_path / "a.pixels", tmp_path / "a.npz"
    options = {"--archive": path, "--manifest": tmp_path / "manifest.parquet", "--pixels": out[0], "--out": out[1]}
    main(["cats_vs_dogs", *(str(part) for option in options.items() for part in option)])
    train, test = len(cleaned.of_split("train")), len(cleaned.of_split("test"))
    assert capsys.readouterr().out == (
        f"cats_vs_dogs, edition 180px: pixels of {train} training and {test} test images\n"
    )
    path.unlink()
    with pytest.raises(StudyError, match=f"^cats_vs_dogs: {path}: cannot be read: No such file or directory$"):
        main(["cats_vs_dogs", *(str(part) for option in options.items() for part in option)])


def test_the_first_images_of_a_split_hold_every_class():
    """Trials at a smaller scale take the first ones; an archive has all cats before all dogs."""
    sound = ImageCheck(format="JPEG", mode="RGB", width=1, height=1)
    rows = [
        Row(f"PetImages/{name}/{number}.jpg", "0" * 64, 1, sound, label, "train")
        for label, name in enumerate(("Cat", "Dog"))
        for number in range(500)
    ]
    labels = [row.label for row in Manifest("180px", "1", rows).of_split("train")]
    for n in (64, 256, 512):
        assert 0.35 < sum(labels[:n]) / n < 0.65
