"""Draws a few images of each class of a dataset, so that a reader sees what the networks are shown."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from study.config import load_datasets

A_CLASS = 3
CLASSES_A_ROW = 5
INCHES = 0.34
DPI = 160

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


def draw(samples: dict[int, Pixels]) -> Figure:
    """Draw the images of each class in a row with its label, several classes side by side."""
    rows = -(-len(samples) // CLASSES_A_ROW)
    figure = Figure(figsize=(CLASSES_A_ROW * INCHES * (A_CLASS + 0.4), rows * INCHES * 1.75), dpi=DPI)
    for place, (label, images) in enumerate(samples.items()):
        left, top = place % CLASSES_A_ROW / CLASSES_A_ROW, 1 - place // CLASSES_A_ROW / rows
        axes = figure.add_axes((left, top - 1 / rows, A_CLASS / (A_CLASS + 0.4) / CLASSES_A_ROW, 0.57 / rows))
        axes.imshow(255 - np.concatenate(list(images), axis=1), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        axes.set_axis_off()
        axes.set_title(f"class {label}", fontsize=8, pad=3)
    return figure


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw samples of each dataset, and say what they are in samples.json."""
    parser = argparse.ArgumentParser(prog="python -m study.samples", description=main.__doc__)
    parser.add_argument("datasets", nargs="+", type=Path, help="prepared datasets (<name>.npz)")
    parser.add_argument("--out", required=True, type=Path, help="folder for <name>.png and samples.json")
    chosen = parser.parse_args(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    described, known = [], load_datasets()
    for path in chosen.datasets:
        with np.load(path) as held:
            images, labels = held["x_train"], held["y_train"]
        samples = first_of_each(images, labels)
        file = f"{path.stem}.png"
        draw(samples).savefig(chosen.out / file, metadata={"Software": None})
        title = known[path.stem].title
        caption = (
            f"{title}: the first {A_CLASS} training images of each of {len(samples)} classes, "
            f"{images.shape[1]} × {images.shape[2]} pixels. n = {len(images)} training images."
        )
        described.append({"dataset": path.stem, "title": title, "caption": caption, "file": file})
    text = json.dumps(described, indent=1, ensure_ascii=False) + "\n"
    (chosen.out / "samples.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
