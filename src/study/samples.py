"""Draws a few images of each class of a dataset, so that a reader sees what the networks are shown."""

import argparse
import json
import shutil
from collections.abc import Iterator, Sequence, Sized
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from PIL import Image

from study import manifest
from study.clean import LABELS
from study.config import load_datasets
from study.thumbnails import QUALITY, sheet, stored

A_CLASS = 3
CLASSES_A_ROW = 5
INCHES = 0.34
DPI = 160
SIDE = 64  # pixels of a picture that has many
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


def first_pictures_of_each(index: Path, labels: Pixels, each: int = A_CLASS) -> dict[int, Pixels]:
    """First pictures of each class of a dataset whose pixels lie in a file of their own; see `first_of_each`.

    They are brought to one size, shape (each, SIDE, SIDE, 3).
    """
    found: dict[int, list[Pixels]] = {int(label): [] for label in np.unique(labels)}
    for label, picture in zip(labels, stored(index, "train"), strict=True):
        if len(found[int(label)]) < each:
            found[int(label)].append(np.asarray(Image.fromarray(picture).resize((SIDE, SIDE))))
        if all(len(pictures) == each for pictures in found.values()):
            break
    return {label: np.stack(pictures) for label, pictures in found.items()}


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
    parser = argparse.ArgumentParser(prog="python -m study.samples", description=main.__doc__)
    parser.add_argument("datasets", nargs="+", type=Path, help="prepared datasets (<name>.npz)")
    parser.add_argument("--dropped", type=Path, help="folder of what cleaning dropped of each dataset of pictures")
    parser.add_argument("--out", required=True, type=Path, help="folder for <name>.png and samples.json")
    chosen = parser.parse_args(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    described, known = [], load_datasets()
    for path in chosen.datasets:
        title = known[path.stem].title
        kept = _keep_pictures if known[path.stem].editions else _keep_arrays
        described += [
            {"dataset": path.stem, "title": title, **entry} for entry in kept(path, chosen.dropped, chosen.out)
        ]
    text = json.dumps(described, indent=1, ensure_ascii=False) + "\n"
    (chosen.out / "samples.json").write_text(text, encoding="utf-8")


def _keep_arrays(path: Path, dropped: Path | None, out: Path) -> Iterator[dict[str, str]]:
    del dropped
    with np.load(path) as held:
        images, labels = held["x_train"], held["y_train"]
    yield _kept(path.stem, first_of_each(images, labels), f"{images.shape[1]} × {images.shape[2]} pixels", images, out)


def _keep_pictures(path: Path, dropped: Path | None, out: Path) -> Iterator[dict[str, str]]:
    """Keep also what the report needs of test pictures, and what was dropped."""
    with np.load(path) as held:
        labels, test_labels = held["y_train"], held["y_test"]
    cleaning = json.loads(path.with_name("cleaning.json").read_text(encoding="utf-8"))
    size = f"brought to {SIDE} × {SIDE} pixels, edition {cleaning['edition']}"
    yield _kept(path.stem, first_pictures_of_each(path, labels), size, labels, out)
    sheet(list(stored(path, "test"))).save(out / f"{path.stem}.jpg", quality=QUALITY)
    told = {"classes": list(LABELS), "labels": test_labels.tolist(), "leaked": _leaked(path), "cleaning": cleaning}
    (out / f"{path.stem}.json").write_text(json.dumps(told) + "\n", encoding="utf-8")
    if dropped is not None:
        for entry in json.loads((dropped / path.stem / "dropped.json").read_text(encoding="utf-8")):
            file = f"{path.stem}_{entry['file']}"
            shutil.copyfile(dropped / path.stem / entry["file"], out / file)
            yield {"title": entry["title"], "caption": entry["caption"], "file": file}


def _leaked(path: Path) -> list[int]:
    """Places of the test pictures that are among the training pictures too."""
    cleaned = manifest.read(path.with_name("manifest.parquet"))
    copies = json.loads(path.with_name("cleaning.json").read_text(encoding="utf-8"))["duplicates"]
    across = {name for group in copies if group["across_the_split"] for name in group["paths"]}
    return [place for place, row in enumerate(cleaned.of_split("test")) if row.path in across]


def _kept(name: str, samples: dict[int, Pixels], size: str, train: Sized, out: Path) -> dict[str, str]:
    file = f"{name}.png"
    draw(samples).savefig(out / file, metadata={"Software": None})
    title, n_classes = load_datasets()[name].title, len(samples)
    caption = (
        f"{title}: the first {A_CLASS} training images of each of {n_classes} classes, {size}. "
        f"n = {len(train)} training images."
    )
    return {"caption": caption, "file": file}


if __name__ == "__main__":
    main()
