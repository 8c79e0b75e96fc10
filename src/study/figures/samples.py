"""Draws a few images of each class of a dataset, so that a reader sees what the networks are shown."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from PIL import Image

from study.common.atomic import copy, replacing, write_text
from study.common.command import run
from study.config.datasets import Dataset, load_datasets
from study.data import manifest
from study.data.clean import LABELS
from study.figures.thumbnails import QUALITY, sheet, stored

A_CLASS = 3
CLASSES_A_ROW = 5
INCHES = 0.34
DPI = 160
SIDE = 64  # pixels of a photograph
COLOUR = 3  # dimensions of a row of coloured images

Pixels = npt.NDArray[np.uint8]


def first_of_each(images: Pixels, labels: Pixels, each: int = A_CLASS) -> dict[int, Pixels]:
    """First images of each class, in the order of the dataset.

    Parameters
    ----------
    images
        Shape (n, height, width).
    labels
        Class of each image, shape (n,).

    Returns
    -------
    dict
        For each class an array of shape (each, height, width), or of fewer images if there are no more.
    """
    return {int(label): images[labels == label][:each] for label in np.unique(labels)}


def first_photographs_of_each(index: Path, labels: Pixels, each: int = A_CLASS) -> dict[int, Pixels]:
    """First images of each class of a dataset whose pixels lie in a file of their own; see `first_of_each`.

    They are brought to one size, shape (each, SIDE, SIDE, 3).
    """
    found: dict[int, list[Pixels]] = {int(label): [] for label in np.unique(labels)}
    for label, image in zip(labels, stored(index, "train"), strict=True):
        if len(found[int(label)]) < each:
            found[int(label)].append(np.asarray(Image.fromarray(image).resize((SIDE, SIDE))))
        if all(len(images) == each for images in found.values()):
            break
    return {label: np.stack(images) for label, images in found.items()}


def draw(samples: dict[int, Pixels]) -> Figure:
    """Draw the images of each class in a row with its label, several classes side by side."""
    rows = -(-len(samples) // CLASSES_A_ROW)
    figure = Figure(figsize=(CLASSES_A_ROW * INCHES * (A_CLASS + 0.4), rows * INCHES * 1.75), dpi=DPI)
    for place, (label, images) in enumerate(samples.items()):
        left, top = place % CLASSES_A_ROW / CLASSES_A_ROW, 1 - place // CLASSES_A_ROW / rows
        axes = figure.add_axes((left, top - 1 / rows, A_CLASS / (A_CLASS + 0.4) / CLASSES_A_ROW, 0.57 / rows))
        row = np.concatenate(list(images), axis=1)
        axes.imshow(row if row.ndim == COLOUR else 255 - row, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        axes.set_axis_off()
        axes.set_title(f"class {label}", fontsize=8, pad=3)
    return figure


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw samples of each dataset, and say what they are in samples.json."""
    parser = argparse.ArgumentParser(prog="python -m study.figures.samples", description=main.__doc__)
    parser.add_argument("datasets", nargs="+", type=Path, help="prepared datasets (<name>.npz)")
    parser.add_argument("--dropped", required=True, type=Path, help="folder of what cleaning dropped of each dataset")
    parser.add_argument("--out", required=True, type=Path, help="folder for <name>.png and samples.json")
    chosen = parser.parse_args(arguments)
    described = []
    for path in chosen.datasets:
        dataset = load_datasets()[path.stem]
        entries = [_drawn(path, dataset, chosen.out)]
        if dataset.editions:
            _keep_test_images(path, chosen.out)
            entries += _kept_drawings(chosen.dropped / path.stem, path.stem, chosen.out)
        described += [{"dataset": path.stem, "title": dataset.title} | entry for entry in entries]
    write_text(chosen.out / "samples.json", json.dumps(described, indent=1, ensure_ascii=False) + "\n")


def _drawn(path: Path, dataset: Dataset, out: Path) -> dict[str, str]:
    """Draw samples of one dataset."""
    with np.load(path) as held:
        labels, images = held["y_train"], None if dataset.editions else held["x_train"]
    if images is None:
        samples, size = first_photographs_of_each(path, labels), f"brought to {SIDE} × {SIDE} pixels"
    else:
        samples, size = first_of_each(images, labels), f"{images.shape[1]} × {images.shape[2]} pixels"
    file = f"{path.stem}.png"
    with replacing(out / file) as part:
        draw(samples).savefig(part, format="png", metadata={"Software": None})
    caption = (
        f"{dataset.title}: the first {A_CLASS} training images of each of {len(samples)} classes, {size}. "
        f"n = {len(labels)} training images."
    )
    return {"caption": caption, "file": file}


def _keep_test_images(path: Path, out: Path) -> None:
    """Keep what the report needs of a dataset of images: what cleaning found, and its test images, small."""
    cleaning = json.loads(path.with_name("audit.json").read_text(encoding="utf-8"))
    rows = manifest.read(path.with_name("manifest.parquet")).of_split("test")
    across = {name for group in cleaning["duplicates"] if group["across_the_split"] for name in group["paths"]}
    kept = {
        "classes": list(LABELS),
        "labels": [row.label for row in rows],
        # Places of the test images that are among the training images too.
        "leaked": [place for place, row in enumerate(rows) if row.path in across],
        "cleaning": cleaning,
    }
    write_text(out / f"{path.stem}.json", json.dumps(kept) + "\n")
    with replacing(out / f"{path.stem}.jpg") as part:
        sheet(list(stored(path, "test"))).save(part, "JPEG", quality=QUALITY)


def _kept_drawings(folder: Path, name: str, out: Path) -> list[dict[str, str]]:
    """Take over what was drawn of the dropped images, as what `samples.json` says of a file."""
    drawn: list[dict[str, str]] = json.loads((folder / "dropped.json").read_text(encoding="utf-8"))
    for entry in drawn:
        copy(folder / entry["file"], out / f"{name}_{entry['file']}")
    return [{**entry, "file": f"{name}_{entry['file']}"} for entry in drawn]


if __name__ == "__main__":
    run(main)
