"""What a run needs before it starts: only what is not here yet, each byte counted where it goes."""

import shutil
from pathlib import Path

import pytest
from checkout import PROJECT
from disks import small

from study.config.datasets import load_datasets
from study.config.editions import editions
from study.config.study import load_study
from study.planning.costs import costs
from study.planning.needs import needs


@pytest.fixture(autouse=True)
def _fresh(tmp_path, monkeypatch):
    """A clone with an empty cache."""
    shutil.copytree(PROJECT / "config", tmp_path / "clone/config")
    shutil.copytree(PROJECT / "workflow/envs", tmp_path / "clone/workflow/envs")
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path / "clone")


def look(mirror=None, **overrides):
    study, published = load_study(overrides={"scale": "smoke"} | overrides), load_datasets()
    return needs(study, editions(published, study.edition, mirror), mirror)


def size(dataset):
    return sum(file.bytes for file in load_datasets()[dataset].files.values())


def test_from_nothing_it_is_every_dataset_and_every_runtime(ran):
    found = look(edition="180px")
    archive = load_datasets()["cats_vs_dogs"].files["cats_vs_dogs_180px.zip"].bytes
    assert found.downloads == {
        "mnist": size("mnist"),
        "fashion-mnist": size("fashion-mnist"),
        "cats_vs_dogs/180px": archive,
        **{name: each.download_bytes for name, each in costs().runtimes.items()},
    }
    disk = sum(each.disk_bytes for each in costs().runtimes.values()) + sum(costs().prepared_bytes.values())
    disk += size("mnist") + size("fashion-mnist") + archive
    assert sum(room.needed for room in found.rooms) == disk
    assert found.copies == {}
    assert not [of for of in found.unknown if of.removesuffix(" by uv") in ran["runtimes"]]


def test_at_the_scale_quick_no_images_are_needed():
    assert not [name for name in look(scale="quick").downloads if name.startswith("cats")]


def test_what_is_here_already_is_left_out():
    for file in load_datasets()["mnist"].files:
        Path("data/raw/mnist", file).parent.mkdir(parents=True, exist_ok=True)
        Path("data/raw/mnist", file).touch()
    assert "mnist" not in look().downloads


def test_a_mirrors_folder_is_copied_not_downloaded(tmp_path):
    held = tmp_path / "mirror/fashion-mnist"
    held.mkdir(parents=True)
    for file in load_datasets()["fashion-mnist"].files:
        (held / file).touch()
    found = look(str(tmp_path / "mirror"))
    assert found.copies == {"fashion-mnist": size("fashion-mnist")}
    assert "fashion-mnist" not in found.downloads


@pytest.mark.parametrize(
    ("overrides", "unknown"),
    [
        ({"edition": "original"}, "cats_vs_dogs/original, prepared"),
        ({"provider": "docker"}, "tf-2.21.0 by docker"),
        ({"gpu": ["tf-2.21.0"]}, "tf-2.21.0 by uv for GPUs"),
    ],
)
def test_what_was_never_measured_is_named(monkeypatch, overrides, unknown):
    monkeypatch.setattr("study.planning.needs.description_of", lambda *_: None)  # no engine is asked for images
    assert unknown in look(**overrides).unknown


def test_a_disk_that_is_too_small_is_told(tmp_path, monkeypatch):
    assert look().fits
    with small(tmp_path / "small") as disk:
        monkeypatch.setenv("STUDY_CACHE", str(disk / "cache"))
        found = look()
        assert not found.fits
        assert [room.place for room in found.rooms if room.needed > room.free] == [disk / "cache"]
