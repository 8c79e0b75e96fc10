"""What a JPEG file is made of, without decoding a pixel: markers, segments, scans (ISO/IEC 10918-1, annex B)."""

import itertools
import re
import struct
from dataclasses import dataclass

BEGINS = b"\xff\xd8"
MAGIC = BEGINS + b"\xff"  # the start and the first byte of the next marker: by these files are told to be JPEG
ENDS = b"\xff\xd9"
END, SCAN, APP0 = 0xD9, 0xDA, 0xE0
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # frame headers; the other three are tables
PROGRESSIVE = frozenset({0xC2, 0xCA})
MAX_SIDE = 0xFFFF  # pixels that a frame header can state
COEFFICIENTS = 64  # of a block of 8 x 8
ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers that no segment follows
MARKER = re.compile(rb"\xff+([^\x00\xff])")
# In a scan's data a byte FF is followed by 00; restart markers belong to it.
SCAN_END = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
LENGTH = 2  # bytes of a segment's length, which counts them too
HEADER = struct.Struct(">BHHB")  # of a frame: as in Frame, without the coding
JFIF = b"JFIF\0"
REVISION = slice(9, 11)  # bytes of JFIF's segment: the major and the minor number
KNOWN_REVISION = b"\x01\x02"


@dataclass(frozen=True)
class Frame:
    """What the frame header says; `coding` is its marker's second byte, `precision` the bits of a sample."""

    coding: int
    precision: int
    height: int
    width: int
    components: int


@dataclass(frozen=True)
class Layout:
    """Where everything lies in a JPEG file.

    `segments` are pairs of the marker's place and that behind the last byte; a scan's segment includes its data.
    `stray` bytes lie between segments, `trailing` ones behind the end marker, which `ended` says was found.
    """

    frame: Frame | None
    segments: list[tuple[int, int]]
    scans: int
    stray: int
    ended: bool
    trailing: int


def layout(data: bytes) -> Layout:
    """Find the segments of a JPEG file, as far as there are any."""
    frame: Frame | None = None
    segments: list[tuple[int, int]] = []
    scans, stray, at = 0, 0, len(BEGINS)
    while found := MARKER.search(data, at):
        stray += found.start() - at
        at = found.end()
        start, code = at - len(BEGINS), data[at - 1]
        if code == END:
            return Layout(frame, segments, scans, stray, ended=True, trailing=len(data) - at)
        if code not in ALONE:
            content = at + LENGTH
            at += int.from_bytes(data[at:content], "big")
            if at > len(data):
                break
            if code in FRAMES and frame is None and at >= content + HEADER.size:
                frame = Frame(code, *HEADER.unpack_from(data, content))
            elif code == SCAN:
                scans += 1
                end = SCAN_END.search(data, at)
                at = end.start() if end else len(data)
        segments.append((start, at))
    return Layout(frame, segments, scans, stray, ended=False, trailing=0)


def is_complete(data: bytes, found: Layout) -> bool:
    """Whether an image in several passes has them all: decoders do not miss one, they show less detail.

    Annex G.1: a pass tells the coefficients from one to another of some components, the last pass of each its last bit.
    Its header must be sound, as in what was decoded.
    """
    if found.frame is None or found.frame.coding not in PROGRESSIVE:
        return True
    complete = set()
    for start, _ in found.segments:
        if data[start + 1] == SCAN:
            names = start + 5
            spectrum = names + 2 * data[start + 4]
            first, last, bits = data[spectrum : spectrum + 3]
            if bits % 16 == 0:
                complete |= set(itertools.product(data[names:spectrum:2], range(first, last + 1)))
    return len(complete) == COEFFICIENTS * found.frame.components


def tidied(data: bytes, found: Layout) -> list[bytes]:
    """The file in pieces, without bytes that belong to no segment, with an end, and of a known revision of JFIF."""
    pieces = [data[start:end] for start, end in found.segments]
    return [BEGINS, *map(of_known_revision, pieces), ENDS]


def of_known_revision(piece: bytes) -> bytes:
    """The segment as it is, but if it is JFIF's and not of version 1: then it is called 1.02, the last there is."""
    if piece[1] == APP0 and piece[4:9] == JFIF and piece[REVISION][:1] != KNOWN_REVISION[:1]:
        return piece[: REVISION.start] + KNOWN_REVISION + piece[REVISION.stop :]
    return piece


def segment_length(piece: bytes) -> int:
    """Bytes of a segment and its marker, without a scan's data."""
    return len(BEGINS) + int.from_bytes(piece[2:4], "big")


def column(pieces: list[bytes], height: int) -> bytes:
    """The file of these pieces, without its end, of an image that is a column of one pixel and so high."""
    size = height.to_bytes(2, "big") + (1).to_bytes(2, "big")
    framed = (piece[:5] + size + piece[9:] if piece[1] in FRAMES else piece for piece in pieces)
    return b"".join(framed).removesuffix(ENDS)
