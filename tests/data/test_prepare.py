"""Preparing a dataset: strict reading of IDX files, and one file that is always the same."""

import gzip
import hashlib
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from study.common.errors import StudyError
from study.config.datasets import load_datasets
from study.data.fetch import fetch
from study.data.prepare import FILES, Bytes, main, parse_idx, prepare, read_idx

CHECKOUT = Path(__file__).parents[2]
MNIST_NPZ_SHA256 = "51bf0fb8f0e953e111b2d0459cc33b4f6a26dec3640e930b4fe75fd5fb6b62e2"
TRAIN_LABELS, TRAIN_IMAGES = FILES["y_train"][0], FILES["x_train"][0]

images = hnp.arrays(np.uint8, hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=5))


def idx(array: Bytes) -> bytes:
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return bytes([0, 0, 8, array.ndim]) + lengths + array.tobytes()


def small_dataset() -> dict[str, Bytes]:
    rng = np.random.default_rng(1)
    return {
        "x_train": rng.integers(0, 256, (20, 4, 3), np.uint8),
        "y_train": np.arange(20, dtype=np.uint8) % 10,
        "x_test": rng.integers(0, 256, (10, 4, 3), np.uint8),
        "y_test": np.arange(10, dtype=np.uint8),
    }


def write(raw: Path, arrays: dict[str, Bytes]) -> Path:
    raw.mkdir(parents=True, exist_ok=True)
    for key, array in arrays.items():
        (raw / FILES[key][0]).write_bytes(gzip.compress(idx(array)))
    return raw


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return write(tmp_path / "raw" / "small", small_dataset())


# Reading


@settings(deadline=None)
@given(array=images)
def test_what_is_written_is_read(array: Bytes) -> None:
    read = parse_idx(idx(array), array.ndim)
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, array, strict=True)


@settings(deadline=None)
@given(array=images, data=st.data())
def test_no_shorter_file_is_read(array: Bytes, data: st.DataObject) -> None:
    content = idx(array)
    with pytest.raises(ValueError, match=r"starts with|too short|needs"):
        parse_idx(content[: data.draw(st.integers(0, len(content) - 1))], array.ndim)


@settings(deadline=None)
@given(array=images, more=st.binary(min_size=1, max_size=9))
def test_no_longer_file_is_read(array: Bytes, more: bytes) -> None:
    with pytest.raises(ValueError, match="needs"):
        parse_idx(idx(array) + more, array.ndim)


@settings(deadline=None)
@given(array=images, where=st.integers(0, 3), bit=st.integers(0, 7))
def test_no_other_magic_number_is_read(array: Bytes, where: int, bit: int) -> None:
    content = bytearray(idx(array))
    content[where] ^= 1 << bit
    with pytest.raises(ValueError, match="starts with"):
        parse_idx(bytes(content), array.ndim)


def test_lengths_beyond_any_memory_are_refused() -> None:
    with pytest.raises(ValueError, match="needs 79228162458924105385300197391"):
        parse_idx(bytes([0, 0, 8, 3]) + b"\xff" * 12, 3)


FAULTS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "truncated gzip": (lambda content: content[:-9], "cut short"),
    "no gzip": (gzip.decompress, "not a sound gzip file"),
    "garbage in gzip": (lambda content: content[:10] + b"\xff" * (len(content) - 10), "not a sound gzip file"),
    "checksum": (lambda content: content[:-8] + b"\0" * 4 + content[-4:], "not a sound gzip file"),
    "empty": (lambda _: b"", "starts with nothing, expected 00 00 08 01"),
    "images": (lambda _: gzip.compress(idx(np.zeros((2, 2, 2), np.uint8))), "starts with 00 00 08 03, expected 00 00"),
    "short": (lambda content: gzip.compress(gzip.decompress(content)[:-1]), r"27 bytes, but shape \(20,\) needs 28"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_file_is_named_with_its_fault(raw: Path, tmp_path: Path, fault: str) -> None:
    spoil, message = FAULTS[fault]
    path = raw / TRAIN_LABELS
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(StudyError, match=f"{path}: {message}.*; get it anew with `python -m study.data.fetch`"):
        prepare(raw, tmp_path / "out" / "small.npz")
    assert not (tmp_path / "out").exists()


def test_a_missing_file_is_named(raw: Path) -> None:
    with pytest.raises(StudyError, match=r"none.gz: cannot be read: No such file or directory"):
        read_idx(raw / "none.gz", 1)


# A dataset as a whole


def test_a_dataset_is_prepared_as_it_is(raw: Path, tmp_path: Path) -> None:
    out = tmp_path / "processed" / "small" / "small.npz"
    prepare(raw, out)
    with np.load(out) as arrays:
        assert list(arrays) == ["x_train", "y_train", "x_test", "y_test"]
        for key, array in small_dataset().items():
            np.testing.assert_array_equal(arrays[key], array, strict=True)
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_the_same_dataset_gives_the_same_bytes_at_any_time(raw: Path, tmp_path: Path) -> None:
    prepare(raw, tmp_path / "now.npz")
    write(raw, small_dataset())
    prepare(raw, tmp_path / "later.npz")
    assert (tmp_path / "now.npz").read_bytes() == (tmp_path / "later.npz").read_bytes()
    with zipfile.ZipFile(tmp_path / "now.npz") as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


MISFITS: dict[str, tuple[str, Bytes, str]] = {
    "label": ("y_train", np.array([*range(10), 10, *range(9)], np.uint8), "label 10 at position 10, expected 0 to 9"),
    "count": ("y_test", np.zeros(9, np.uint8), "9 labels for 10 images"),
    "size": ("x_test", np.zeros((10, 3, 4), np.uint8), "training images are 4x3 pixels, test images 3x4"),
}


@pytest.mark.parametrize("misfit", MISFITS)
def test_files_that_do_not_fit_together_are_refused(raw: Path, tmp_path: Path, misfit: str) -> None:
    key, array, message = MISFITS[misfit]
    write(raw, {key: array})
    with pytest.raises(StudyError, match=message):
        prepare(raw, tmp_path / "out" / "small.npz")
    assert not (tmp_path / "out").exists()


def test_a_target_that_cannot_be_written_is_said(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file where a folder should be")
    with pytest.raises(StudyError, match=r"small.npz: cannot be written: "):
        prepare(raw, tmp_path / "out" / "small.npz")


# The command


def test_the_command_says_what_it_prepared(raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["small", "--raw", str(raw), "--out", str(tmp_path / "small.npz")])
    assert capsys.readouterr().out == "small: 20 training and 10 test images of 4x3 pixels\n"


def test_the_command_ends_a_failure_with_words(raw: Path, tmp_path: Path) -> None:
    (raw / TRAIN_IMAGES).unlink()
    with pytest.raises(StudyError, match=f"^small: {raw / TRAIN_IMAGES}: cannot be read: No such file"):
        main(["small", "--raw", str(raw), "--out", str(tmp_path / "small.npz")])


# The real thing


def test_mnist_is_fetched_and_prepared(tmp_path: Path) -> None:
    mnist = load_datasets(CHECKOUT / "config" / "datasets.yaml")["mnist"]
    for name in mnist.files:
        fetch("mnist", mnist, name, tmp_path / name, os.environ.get("STUDY_DATA_MIRROR"))
    out = tmp_path / "mnist.npz"
    arrays = prepare(tmp_path, out)
    assert {key: array.shape for key, array in arrays.items()} == {
        "x_train": (60_000, 28, 28),
        "y_train": (60_000,),
        "x_test": (10_000, 28, 28),
        "y_test": (10_000,),
    }
    assert arrays["y_train"][:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert arrays["y_test"][:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.bincount(arrays["y_test"]).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert hashlib.sha256(out.read_bytes()).hexdigest() == MNIST_NPZ_SHA256
