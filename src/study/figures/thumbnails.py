"""A contact sheet of a dataset's test images, so that a page can show some without the dataset."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

SIZE = 64  # pixels, of each side
COLUMNS = 50
QUALITY = 70

Pixels = npt.NDArray[np.uint8]


def stored(index: Path, part: str) -> Iterable[Pixels]:
    """Read the images of a part of a prepared dataset one by one, each of shape (height, width, 3).

    Parameters
    ----------
    index
        The dataset's .npz; its pixels lie beside it.
    part
        `train` or `test`.
    """
    with np.load(index) as arrays:
        offsets, shapes = arrays[f"offset_{part}"], arrays[f"shape_{part}"]
    pixels = np.memmap(index.with_suffix(".pixels"), np.uint8, "r")
    for offset, (height, width) in zip(offsets, shapes, strict=True):
        yield np.array(pixels[offset : offset + int(height) * int(width) * 3]).reshape(height, width, 3)


def sheet(images: Sequence[Pixels]) -> Image.Image:
    """Put small copies of `images` on a sheet, row by row; what is not square is squeezed, as the networks see it."""
    whole = Image.new("RGB", (COLUMNS * SIZE, -(-len(images) // COLUMNS) * SIZE))
    for place, image in enumerate(images):
        small = Image.fromarray(image).resize((SIZE, SIZE), Image.Resampling.BILINEAR)
        whole.paste(small, _corner(place))
    return whole


def cut(whole: Image.Image, place: int) -> bytes:
    """One image of a sheet, as a JPEG file."""
    left, top = _corner(place)
    file = BytesIO()
    whole.crop((left, top, left + SIZE, top + SIZE)).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def _corner(place: int) -> tuple[int, int]:
    return place % COLUMNS * SIZE, place // COLUMNS * SIZE
