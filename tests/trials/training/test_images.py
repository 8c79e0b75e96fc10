"""Images that are read when a batch needs them, in real runtimes: what a network sees, and how trials resume."""

import json
import os
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runner import Runner, planned, run_in

from study.config.runtimes import load_runtimes
from trials.training import data
from trials.training.images import StoredImages

N = {"train": 80, "test": 40}
SMALL = {"n_train": 80, "n_validation": 40, "n_test": 40}
EPOCHS = 3


def write(folder: Path, sizes: dict[str, list[tuple[int, int]]], seed: int = 0) -> dict[str, list[np.ndarray]]:
    """Write images of noise as a prepared dataset; an image of class 1 is a little brighter."""
    generator, offset = np.random.default_rng(seed), 0
    arrays: dict[str, np.ndarray] = {}
    images: dict[str, list[np.ndarray]] = {}
    (folder / "cats_vs_dogs").mkdir(parents=True)
    with (folder / "cats_vs_dogs/cats_vs_dogs.pixels").open("wb") as file:
        for part, shapes in sizes.items():
            labels = np.arange(len(shapes), dtype=np.uint8) % 2
            images[part] = [
                generator.integers(0, 156 + 100 * int(label), (*shape, 3), np.uint8)
                for shape, label in zip(shapes, labels, strict=True)
            ]
            offsets = np.cumsum([0, *(image.size for image in images[part])]) + offset
            offset = offsets[-1]
            arrays |= {
                f"offset_{part}": offsets[:-1].astype(np.int64),
                f"shape_{part}": np.array(shapes, np.int32).reshape(-1, 2),
                f"y_{part}": labels,
            }
            file.writelines(image.tobytes() for image in images[part])
    np.savez(data.path_of(folder, "cats_vs_dogs"), edition=np.frombuffer(b"180px", np.uint8), **arrays)
    return images


SIZES = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=6)


@given(sizes=SIZES, choose=st.data())
def test_what_is_read_is_what_was_stored(tmp_path_factory, sizes, choose):
    folder = tmp_path_factory.mktemp("images")
    stored = write(folder, {"train": sizes, "test": sizes[:1]})["train"]
    images = data.read(folder, "cats_vs_dogs")["x_train"]
    assert isinstance(images, StoredImages)
    start = choose.draw(st.integers(0, len(sizes) - 1))
    places = choose.draw(st.lists(st.integers(0, len(sizes) - 1 - start), min_size=1, max_size=5))
    pixels, shapes = images[start:].read(np.array(places))
    assert shapes.tolist() == [list(sizes[start + place]) for place in places]
    for place, (height, width), read in zip(places, shapes, pixels, strict=True):
        np.testing.assert_array_equal(read[:height, :width], stored[start + place])
        assert not read[height:].any()
        assert not read[:, width:].any()


def test_another_edition_than_planned_is_refused(tmp_path):
    write(tmp_path, {"train": [(2, 3)], "test": [(2, 3)]})
    assert len(data.read(tmp_path, "cats_vs_dogs", "180px")["x_train"]) == 1
    with pytest.raises(ValueError, match="the dataset is of the edition 180px, the plan wants original"):
        data.read(tmp_path, "cats_vs_dogs", "original")


SEE = """
import json, sys
import numpy as np, tensorflow as tf
if tf.__version__.startswith("1"):
    tf.compat.v1.enable_eager_execution()
from trials.training import data, feed
planned = {"batch_size": 32, "image_shape": [224, 224, 3], "seed": 7, "protocol": "controlled", "n_epochs": 3}
arrays = data.read(sys.argv[1], "cats_vs_dogs")
x, y = arrays["x_train"], arrays["y_train"]
fed = feed.of(planned, x, y)

def wanted(place):
    pixels, ((height, width),) = x.read([place])
    return tf.compat.v2.image.resize(pixels[0, :height, :width], (224, 224)).numpy() / np.float32(255)

def places(batches):
    # Which images the batches hold, in their order: none where one has other pixels or another label.
    return [
        known.get((image.tobytes(), label))
        for images, labels in batches
        for image, label in zip(images.numpy(), labels.numpy())
    ]

known = {(wanted(place).tobytes(), y[place]): place for place in range(len(x))}
shuffled = fed.shuffled(1)
assert shuffled["steps_per_epoch"] == 2
print(json.dumps({
    "held_out": places(fed.held_out()),
    "in_order": places(fed.in_order(np.array([5, 3, 1]))[0]["x"]),
    "shuffled": places(shuffled["x"]),
}))
"""


@pytest.mark.parametrize("sizes", ["one size", "several sizes"])
@pytest.mark.parametrize("runtime", ["tf-1.15.0", "tf-2.0.0", "tf-2.10.0", "tf-2.21.0"])
def test_a_network_sees_each_image_as_the_source_resizes_it(smoke, tmp_path, runtime, sizes):
    assert smoke
    n = 40
    shapes = [(18, 18)] * n if sizes == "one size" else [(9 + k % 5, 30 - k % 7) for k in range(n)]
    write(tmp_path, {"train": shapes, "test": shapes[:1]})
    done = run_in(runtime, "-c", SEE, str(tmp_path))
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["held_out"] == list(range(n))
    assert seen["in_order"] == [5, 3, 1]
    assert len(seen["shuffled"]) == 2 * n, "two of three epochs are left"
    first, second = seen["shuffled"][:n], seen["shuffled"][n:]
    assert sorted(first) == sorted(second) == list(range(n)), "each image comes once an epoch"
    assert first != second
    assert first != list(range(n))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("processed")
    write(folder, {part: [(18, 18)] * n for part, n in N.items()})
    return folder


def trial_of(runtime: str, protocol: str, **changes) -> dict:
    controlled = planned("controlled", runtime, "subclass", "mini_vgg", **SMALL, n_epochs=EPOCHS)
    return controlled | {"protocol": protocol} | changes


@pytest.mark.parametrize(
    ("runtime", "protocol"), [*((name, "controlled") for name in load_runtimes()), ("tf-2.21.0", "as_published")]
)
def test_kill_9_loses_no_epoch_and_changes_no_bit(smoke, tmp_path, prepared, runtime, protocol):
    whole, killed = (Runner(smoke.root, tmp_path / name, runtime, prepared) for name in ("whole", "killed"))
    trial = trial_of(runtime, protocol)
    assert whole.run([trial]).returncode == 0
    kill_after_an_epoch(killed, trial)
    assert killed.journal() == []
    assert killed.run([trial]).returncode == 0
    (expected,), (record,) = whole.records(), killed.records()
    assert record["resumed_after"] in range(1, EPOCHS)
    assert "resumed_after" not in expected
    assert [epoch["epoch"] for epoch in record["epochs"]] == list(range(1, EPOCHS + 1))
    if protocol == "controlled":
        for one, other in zip(record["epochs"], expected["epochs"], strict=True):
            assert {**one, "seconds": 0} == {**other, "seconds": 0}
        assert record["test_scores"] == expected["test_scores"]
    assert not list((killed.folder / "journal/journal.jsonl.checkpoints").iterdir()), "checkpoints go with the trial"


def kill_after_an_epoch(runner: Runner, trial: dict) -> None:
    command = runner.command([trial])
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stderr is not None
    for line in process.stderr:
        if f"epoch 2/{EPOCHS}" in line:
            break
    os.kill(process.pid, signal.SIGKILL)  # its children die with it
    process.communicate()


@pytest.mark.parametrize("runtime", load_runtimes())
def test_a_record_says_how_sure_the_network_is_of_each_test_image(smoke, tmp_path, prepared, runtime):
    runner = Runner(smoke.root, tmp_path, runtime, prepared)
    assert runner.run([trial_of(runtime, "as_published", n_epochs=1)]).returncode == 0
    (record,) = runner.records()
    labels = data.read(prepared, "cats_vs_dogs")["y_test"]
    right = np.mean((np.array(record["test_scores"]) > 0.5) == labels)
    assert record["test_accuracy"] == pytest.approx(right)
    assert record["epochs"][-1]["val_accuracy"] == pytest.approx(record["test_accuracy"])
