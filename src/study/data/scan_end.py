"""Finds where an image ends within a scan's data, by asking the decoder, and whether the data end as an image's do.

An encoder fills the byte in which an image ends with ones (F.1.2.3). By that, stray bytes behind an image are told
from garbage within it, which pushes as much of the image out behind its end.
"""

from bisect import bisect_left
from functools import partial
from typing import Literal

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from study.data import jpeg

Pixels = NDArray[np.uint8]

TOO_SHORT = "remature end"  # libjpeg writes it with a capital letter too
STUFFED = b"\xff\0"  # how a byte FF is written in a scan


def decoded(data: bytes, colours: Literal["RGB", "GRAY"], *, strict: bool = True, fast: bool = True) -> Pixels:
    """Decode a JPEG; with `strict`, a complaint of the decoder is a ValueError."""
    pixels: Pixels = simplejpeg.decode_jpeg(data, colours, fastdct=fast, strict=strict)
    return pixels


def complaint(data: bytes) -> str:
    """What the decoder complains of, or nothing."""
    try:
        decoded(data, "GRAY")
    except ValueError as error:
        return str(error)
    return ""


def is_too_short(data: bytes) -> bool:
    """Whether the decoder misses data."""
    return TOO_SHORT in complaint(data)


def trimmed(pieces: list[bytes]) -> list[bytes]:
    """The file's pieces, the first scan that has data left over cut where its image ends."""
    for number, piece in enumerate(pieces):
        before = b"".join(pieces[:number])
        if piece[1] == jpeg.SCAN and "extraneous" in complaint(before + piece + jpeg.ENDS):
            return [*pieces[:number], piece[: _needed(before, piece)], *pieces[number + 1 :]]
    return pieces


def _needed(before: bytes, scan: bytes) -> int:
    """Bytes of a scan that the image needs."""
    enough = partial(_is_enough, before, scan)
    return bisect_left(range(len(scan)), True, lo=jpeg.segment_length(scan), key=enough)


def _is_enough(before: bytes, scan: bytes, size: int) -> bool:
    return not is_too_short(before + scan[:size] + jpeg.ENDS)


def is_displaced(pieces: list[bytes], kept: list[bytes]) -> bool:
    """Whether what `trimmed` cut off these pieces is of the image: then it ends not where it was cut, but behind."""
    for number, piece in enumerate(pieces):
        if piece != kept[number]:
            return not is_padded(b"".join(kept[: number + 1])) or ends_whole(pieces)
    return False


def is_cut_off(pieces: list[bytes]) -> bool:
    """Whether only the last scan is too short, and not because a flipped bit in it makes whole data so."""
    last = max((number for number, piece in enumerate(pieces) if piece[1] == jpeg.SCAN), default=0)
    is_short, was_short = (is_too_short(b"".join([*pieces[:end], jpeg.ENDS])) for end in (len(pieces), last))
    return is_short and not was_short and not ends_whole(pieces)


def ends_whole(pieces: list[bytes]) -> bool:
    """Whether the data of the only scan end as those of an image do, of any size; of several it cannot be told.

    Blocks follow one another in a scan whatever the width of the image. So the frame is made a column, as high as the
    data reach.
    """
    if sum(piece[1] == jpeg.SCAN for piece in pieces) != 1:
        return False
    column = partial(jpeg.column, pieces)
    too_high = bisect_left(
        range(jpeg.MAX_SIDE + 1), True, lo=1, key=lambda height: is_too_short(column(height) + jpeg.ENDS)
    )
    return is_padded(column(too_high - 1))


def is_padded(data: bytes) -> bool:
    """Whether an image, without its end marker, ends in a byte of which it needs some bits, and all others are ones."""
    last = 0xFF if data.endswith(STUFFED) else data[-1]
    before = data.removesuffix(STUFFED if last == STUFFED[0] else data[-1:])
    whole = _pixels(before, last)
    for bit in (1 << place for place in range(8)):
        if whole != _pixels(before, last ^ bit):
            return whole is not None
        if not last & bit:
            return False
    return False


def _pixels(before: bytes, last: int) -> bytes | None:
    """Pixels of the file that ends in this byte, if it is without fault."""
    end = bytes([last]).replace(STUFFED[:1], STUFFED)
    try:
        return decoded(before + end + jpeg.ENDS, "RGB").tobytes()
    except ValueError:
        return None
