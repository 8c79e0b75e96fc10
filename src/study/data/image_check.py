"""Checks one image of an archive by decoding it: is it sound, mildly damaged, or not to be used, and why.

The decoder is libjpeg-turbo, which TensorFlow has too; with the fast DCT, TensorFlow's default, it gives the same
pixels. A warning of the decoder does not condemn an image: where the file without the bytes that it complains of gives
the same pixels, the defect is mild, the image is kept, and the defect noted.

The decoder complains of a file's data, all of which it reads for an image in shades of grey too. So it is asked for
that alone, unless two images must be compared: it takes three quarters of the time.
"""

import hashlib
import re
from contextlib import suppress
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from study.data import jpeg, scan_end
from study.data.jpeg import Frame, Layout
from study.data.scan_end import Pixels, complaint, decoded

REASONS = {
    "empty": "there are no bytes",
    "not_an_image": "it is no image of any known format",
    "other_format": "it is an image of another format than its name says",
    "cut_off": "its data end before the image does",
    "corrupt": "it cannot be decoded without error, and not because it is cut off",
    "data_left_over": "data are left over once the image is full: it states a smaller size, or other data lie in it",
    "other_colours": "it is stored in CMYK or other colours, of which each decoder makes its own red, green and blue",
    "unsupported": "it is coded in a way (lossless, or with 12 bits) that TensorFlow does not decode",
    "absurd_size": "it is too small to show anything, or too large to be an image of this archive",
    "unreadable_name": "its name holds characters that cannot be printed",
    "not_a_picture_of_a_class": "it is no numbered image in the folder of a class (Thumbs.db, for example)",
}
NOTES = {
    "trailing_bytes": "bytes follow its end",
    "extraneous_bytes": "bytes lie in it that belong to nothing",
    "no_end": "its end marker is missing, and nothing else (TensorFlow would refuse it)",
    "unknown_revision": "it is of a revision of JFIF that does not exist",
    "decoders_differ": "a decoder that computes more accurately shows another image (its values are beyond all bounds)",
}

MIN_SIDE = 4  # pixels, of the smallest images of the published archive
MAX_PIXELS = 1 << 24  # sixty times the largest images of the published archive
MAX_SCANS = 100  # of an image in several passes: encoders write about ten, attackers thousands
CODINGS = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})  # baseline, extended, progressive; the last two arithmetic
BITS = 8
MODES = {1: "L", 3: "RGB", 4: "CMYK"}  # by the number of components
KEPT_MODES = frozenset({"L", "RGB"})
# Formats whose files people rename to .jpg, and how those begin that Pillow does not read.
OTHER_FORMATS = ("PNG", "GIF", "BMP", "WEBP", "TIFF", "ICO", "JPEG2000", "AVIF")
UNREAD_FORMATS = {
    "HEIF": re.compile(rb".{4}ftyp(hei[cmsx]|hev[cmsx]|mif1|msf1)", re.DOTALL),
    "JPEG XL": re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "),
}
# Of a scan's bytes; when more belong to nothing, they are the rest of a larger image.
MAX_EXTRANEOUS = 0.25
MAX_DIFFERENCE = 16  # of a shade in two decoders: four times as much as in any image of the published archive
KEY_ROWS = 6  # rows of an image that count: a hash of all would take half the time of decoding

# Only headers are read of what is no JPEG, so that no claimed size can do harm.
Image.MAX_IMAGE_PIXELS = None


class UnsoundError(Exception):
    """A image is not to be used; the text is one of REASONS."""


class ImageCheck(NamedTuple):
    """What is known of an image, and why it is dropped, if it is; what does not apply is None.

    The function of that name makes `pixels_key`, the same for the same pixels, and hardly ever for others.
    """

    format: str | None = None
    mode: str | None = None
    width: int | None = None
    height: int | None = None
    reason: str | None = None
    note: str | None = None
    pixels_key: str | None = None


def rules() -> str:
    """Name the rules by which images are checked: a hash of this code and of the decoders' versions."""
    code = b"".join(Path(path).read_bytes() for path in (__file__, jpeg.__file__, scan_end.__file__))
    used = "".join(version(package) for package in ("simplejpeg", "pillow"))
    return hashlib.sha256(code + used.encode()).hexdigest()


def check_image(data: bytes) -> ImageCheck:
    """Check an image by its bytes."""
    if not data:
        return ImageCheck(reason="empty")
    if not data.startswith(jpeg.MAGIC):
        return _check_other(data)
    found = jpeg.layout(data)
    known = _described(found.frame)
    try:
        _refuse_header(found)
        sound, notes = _sound(data, found)
        if not jpeg.is_complete(data, found):
            raise UnsoundError("cut_off")
    except UnsoundError as error:
        return ImageCheck(*known, reason=str(error))
    return ImageCheck(*known, note=" ".join(notes) or None, pixels_key=pixels_key(sound))


def decode(data: bytes) -> Pixels:
    """Decode a JPEG to the pixels that TensorFlow's `decode_jpeg` gives with three channels.

    Returns
    -------
    ndarray
        Shape (height, width, 3), red, green and blue from 0 to 255.

    Raises
    ------
    ValueError
        If it cannot be decoded at all.
    """
    try:
        return decoded(data, "RGB", strict=False)
    except ValueError:
        # This decoder gives up on stray bytes and revisions of JFIF before the image; TensorFlow's only warns.
        return decoded(b"".join(jpeg.tidied(data, jpeg.layout(data))), "RGB", strict=False)


def pixels_key(shades: Pixels) -> str:
    """Hash of an image's shape and of some of its rows, in shades of grey: shape (height, width, 1).

    Images of the same pixels have the same shades, unless a file states colours beyond those that pixels can have.
    """
    rows = shades[:: -(-len(shades) // KEY_ROWS)]
    return hashlib.sha256(repr(shades.shape).encode() + rows.tobytes()).hexdigest()


def _check_other(data: bytes) -> ImageCheck:
    # Whatever goes wrong in one of many parsers of headers, the file is no image that it knows.
    with suppress(Exception), Image.open(BytesIO(data), formats=OTHER_FORMATS) as image:
        return ImageCheck(image.format, image.mode, *image.size, reason="other_format")
    for name, beginning in UNREAD_FORMATS.items():
        if beginning.match(data):
            return ImageCheck(name, reason="other_format")
    return ImageCheck(reason="not_an_image")


def _described(frame: Frame | None) -> tuple[str, str | None, int | None, int | None]:
    if frame is None:
        return "JPEG", None, None, None
    return "JPEG", MODES.get(frame.components, f"{frame.components} components"), frame.width, frame.height


def _refuse_header(found: Layout) -> None:
    frame = found.frame
    if frame is None:
        raise UnsoundError("corrupt" if found.ended else "cut_off")
    if frame.coding not in CODINGS or frame.precision != BITS:
        raise UnsoundError("unsupported")
    if min(frame.height, frame.width) < MIN_SIDE or frame.height * frame.width > MAX_PIXELS or found.scans > MAX_SCANS:
        raise UnsoundError("absurd_size")
    if MODES.get(frame.components) not in KEPT_MODES:
        raise UnsoundError("other_colours")


def _sound(data: bytes, found: Layout) -> tuple[Pixels, list[str]]:
    """Shades of grey of an image that is sound or mildly damaged, and notes of the damage."""
    notes = ["trailing_bytes"] if found.trailing else []
    try:
        shades = decoded(data, "GRAY")
    except ValueError:
        data, damage = _mended(data, found)
        notes += damage
        shades = decoded(data, "GRAY")
    accurate = decoded(data, "GRAY", fast=False)
    if (np.maximum(shades, accurate) - np.minimum(shades, accurate)).max() > MAX_DIFFERENCE:
        notes.append("decoders_differ")
    return shades, notes


def _mended(data: bytes, found: Layout) -> tuple[bytes, list[str]]:
    """The file without what the decoder complains of, and notes of that."""
    pieces = jpeg.tidied(data, found)
    kept = scan_end.trimmed(pieces)
    clean = b"".join(kept)
    _refuse_broken(data, found, kept, clean)
    _refuse_left_over(pieces, kept)
    notes = {
        "extraneous_bytes": kept != pieces or found.stray > 0,
        "no_end": not found.ended,
        "unknown_revision": any(
            jpeg.of_known_revision(data[slice(*place)]) != data[slice(*place)] for place in found.segments
        ),
    }
    return clean, [note for note, applies in notes.items() if applies]


def _refuse_broken(data: bytes, found: Layout, kept: list[bytes], clean: bytes) -> None:
    if complaint(clean) or not np.array_equal(decode(clean), decode(data)):
        raise UnsoundError("cut_off" if not found.ended or scan_end.is_cut_off(kept) else "corrupt")


def _refuse_left_over(pieces: list[bytes], kept: list[bytes]) -> None:
    scans = sum(len(piece) for piece in pieces if piece[1] == jpeg.SCAN)
    left_over = sum(map(len, pieces)) - sum(map(len, kept))
    if left_over > MAX_EXTRANEOUS * scans or scan_end.is_displaced(pieces, kept):
        raise UnsoundError("data_left_over")
