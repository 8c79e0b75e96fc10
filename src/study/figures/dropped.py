"""A contact sheet of what cleaning dropped: what can still be seen of each image, and why it is not used.

`python -m study.figures.dropped --archive ZIP --manifest MANIFEST --out FOLDER` writes `dropped.svg` and, with its
title and caption, `dropped.json`.
"""

import argparse
import json
import textwrap
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from PIL import Image

from study.common.atomic import replacing, write_text
from study.common.command import run
from study.data import manifest
from study.data.archive import Archive
from study.data.image_check import MAX_PIXELS, decode
from study.data.manifest import Manifest, Row
from study.data.scan_end import Pixels
from study.figures.experiment_data import CaptionedFigure
from study.figures.style import panels

COLUMNS = 4
MOST = 60  # images that a reader can look through
THUMBNAIL = (160, 160)  # pixels
INCHES = 1.75
LABEL_LETTERS = 20


def dropped(archive: Archive, cleaned: Manifest) -> CaptionedFigure | None:
    """Draw the images that were dropped, in the order of the manifest; nothing if none was."""
    rows = [row for row in cleaned.rows if not row.kept]
    if not rows:
        return None
    shown = rows[:MOST]
    figure, axes = panels(-(-len(shown) // COLUMNS), COLUMNS, INCHES)
    for place in axes[len(shown) :]:
        place.set_visible(False)
    for place, row in zip(axes, shown, strict=False):
        _frame(place, row, thumbnail(archive.read(row.path), row))
    return CaptionedFigure(
        figure,
        "What cleaning dropped",
        "Each entry of the archive that is not used, with the reason. What can be decoded in spite of it is shown, as "
        f"a careless decoder shows it; an empty frame is what cannot. n = {len(rows)} of {len(cleaned.rows)} "
        f"entries{f', the first {MOST} shown' if len(rows) > MOST else ''}. Edition {cleaned.edition}.",
    )


def thumbnail(data: bytes, row: Row) -> Pixels | None:
    """A small image of what can be decoded of a dropped entry, or None."""
    height, width = row.check.height, row.check.width
    if not height or not width or height * width > MAX_PIXELS:
        return None
    try:
        image = Image.fromarray(decode(data)) if row.check.format == "JPEG" else Image.open(BytesIO(data))
        image = image.convert("RGB")
    except (ValueError, OSError, SyntaxError):
        return None
    image.thumbnail(THUMBNAIL)
    return np.asarray(image)


def _frame(axes: Axes, row: Row, pixels: Pixels | None) -> None:
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
    axes.set_title("/".join(row.path.split("/")[-2:]), fontsize=8)
    axes.set_xlabel(textwrap.fill(str(row.check.reason).replace("_", " "), LABEL_LETTERS), fontsize=8)
    if pixels is not None:
        axes.imshow(pixels)
    else:
        axes.set_box_aspect(1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw what was dropped from one archive."""
    parser = argparse.ArgumentParser(prog="python -m study.figures.dropped", description=__doc__)
    parser.add_argument("--archive", type=Path, required=True, help="the zip archive")
    parser.add_argument("--manifest", type=Path, required=True, help="its manifest (parquet)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the figure and its caption")
    chosen = parser.parse_args(arguments)
    drawing = dropped(Archive(chosen.archive), manifest.read(chosen.manifest))
    described = []
    if drawing:
        with replacing(chosen.out / "dropped.svg") as part:
            drawing.figure.savefig(part, format="svg", metadata={"Date": None})
        described = [{"title": drawing.title, "caption": drawing.caption, "file": "dropped.svg"}]
    write_text(chosen.out / "dropped.json", json.dumps(described, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    run(main)
