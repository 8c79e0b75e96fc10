"""Images for tests: sound ones, mildly damaged ones, and ones that must not be used, with the reason."""

import base64
import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from runner import run_in

from study.data.clean import checked, rules, split
from study.data.image_check import ImageCheck
from study.data.manifest import Manifest

NEWEST = "tf-2.21.0"
# Decodes every file of a folder as trials would: shape and hash of the pixels, or null.
DECODE = """
import hashlib, json, pathlib, sys
import tensorflow as tf
told = {}
for path in pathlib.Path(sys.argv[1]).iterdir():
    try:
        pixels = tf.io.decode_jpeg(path.read_bytes(), channels=3).numpy()
        told[path.name] = [list(pixels.shape), hashlib.sha256(pixels.tobytes()).hexdigest()]
    except tf.errors.InvalidArgumentError:
        told[path.name] = None
json.dump(told, sys.stdout)
"""
HEIGHT, WIDTH = 48, 64
N, TEST = 12, 3  # images of a class in an archive, and how many of them are for testing
START, END = b"\xff\xd8", b"\xff\xd9"


def scene(seed: int = 0, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """Smooth colours with some noise, another for each seed."""
    rng = np.random.default_rng(seed)
    down, right = np.mgrid[:height, :width]
    colours = np.stack([right * 4, down * 5, (down + right) * 2], axis=2) + rng.integers(0, 60, 3)
    return np.clip(colours + rng.integers(0, 12, colours.shape), 0, 255).astype(np.uint8)


def encoded(image: np.ndarray | Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    file = BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(file, kind, **options)
    return file.getvalue()


def jpeg(seed: int = 0, **options: Any) -> bytes:
    return encoded(scene(seed), **options)


def other(kind: str, **options: Any) -> bytes:
    return encoded(scene(), kind, **options)


def in_mode(mode: str) -> bytes:
    return encoded(Image.fromarray(scene()).convert(mode))


def place(data: bytes, marker: int) -> int:
    """Where the first marker of this kind begins."""
    return data.index(bytes([0xFF, marker]))


def inserted(data: bytes, at: int, more: bytes) -> bytes:
    return data[:at] + more + data[at:]


def overwritten(data: bytes, at: int, by: bytes) -> bytes:
    return data[:at] + by + data[at + len(by) :]


def without_segment(data: bytes, marker: int) -> bytes:
    at = place(data, marker)
    return data[:at] + data[at + 2 + int.from_bytes(data[at + 2 : at + 4], "big") :]


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def after_start(data: bytes, more: bytes) -> bytes:
    return inserted(data, 2, more)


def framed(coding: int = 0xC0, precision: int = 8, height: int = HEIGHT, width: int = WIDTH) -> bytes:
    """An image whose frame header says so, whatever its data hold."""
    data = jpeg()
    header = bytes([0xFF, coding, *data[place(data, 0xC0) + 2 :][:2], precision])
    return overwritten(data, place(data, 0xC0), header + height.to_bytes(2, "big") + width.to_bytes(2, "big"))


def arithmetic() -> bytes:
    """An image of 8 x 8 pixels in arithmetic coding, which Pillow cannot write: made with `cjpeg -arithmetic`."""
    return base64.b64decode(
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeX"
        "BkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/yQARCAAI"
        "AAgDASIAAhEBAxEB/8wACgAQEAUBEBEF/9oADAMBAAIRAxEAPwD9wOVcCcj6MmBXKsTXhytilBIpzbKg/9k="
    )


def of_two_components() -> bytes:
    data = jpeg()
    start, scan = place(data, 0xC0), place(data, 0xDA)
    frame = segment(0xC0, data[start + 4 : start + 9] + b"\x02" + data[start + 10 : start + 16])
    scanned = segment(0xDA, b"\x02" + data[scan + 5 : scan + 9] + data[scan + 11 : scan + 14])
    return data[:start] + frame + data[start + 19 : scan] + scanned + data[scan + 14 :]


def in_ycck() -> bytes:
    data = in_mode("CMYK")
    return overwritten(data, place(data, 0xEE) + 15, b"\x02")


def huge_png() -> bytes:
    """A PNG of a few bytes that claims four billion pixels, as a decompression bomb does."""
    header = b"IHDR" + (65_535).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    return other("PNG")[:12] + header + zlib.crc32(header).to_bytes(4, "big") + other("PNG")[33:]


def rotated() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    return jpeg(exif=exif)


def with_thumbnail() -> bytes:
    return after_start(jpeg(), segment(0xE1, b"Exif\0\0" + jpeg(1)))


def scanned_often(times: int) -> bytes:
    """A progressive image whose first scan comes again and again."""
    data = jpeg(progressive=True)
    start = place(data, 0xDA)
    end = data.index(b"\xff\xc4", start)
    return data[:end] + data[start:end] * times + data[end:]


def in_scan(share: float, data: bytes | None = None) -> int:
    """A place within the data of an image's last scan, at this share of them."""
    data = data or jpeg()
    start = data.rindex(b"\xff\xda")
    start += 2 + int.from_bytes(data[start + 2 : start + 4], "big")
    return start + int(share * (len(data) - 2 - start))


def with_repeated_data(size: int = 40, data: bytes | None = None) -> bytes:
    """An image of which bytes in the middle of its last scan come twice: what follows is pushed out."""
    data = data or jpeg()
    at = in_scan(0.5, data)
    return inserted(data, at, data[at - size : at])


def spliced() -> bytes:
    """An image with data of another in its middle."""
    other = jpeg(1)
    return inserted(jpeg(), in_scan(0.5), other[in_scan(0.5, other) :][:50])


def flipped(at: int, bit: int, data: bytes | None = None) -> bytes:
    """An image with one bit of its last scan's data turned."""
    data = data or jpeg()
    at += in_scan(0, data)
    return overwritten(data, at, bytes([data[at] ^ 1 << bit]))


def heif() -> bytes:
    """An image in one colour, which Pillow cannot write: made with libheif."""
    return base64.b64decode(
        "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAAAA"
        "AERAAAEAAQAAAAABoQABAAAAAAAAABgAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADd"
        "aXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAA"
        "AwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xh"
        "cAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAACBtZGF0AAAA"
        "FCgBrwQY+Mpx1//zIR+fgLhh0hHn"
    )


def after_passes(number: int) -> bytes:
    """A progressive image as it is after some of its ten passes."""
    data = jpeg(progressive=True)
    starts = [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xda"]
    return data[: max(data.rindex(b"\xff\xc4", 0, starts[number]), starts[number - 1] + 10)]


SOUND: dict[str, Callable[[], bytes]] = {
    "baseline": jpeg,
    "progressive": lambda: jpeg(progressive=True),
    "optimised": lambda: jpeg(optimize=True),
    "all colours": lambda: jpeg(subsampling=0),
    "half the colours": lambda: jpeg(subsampling=1),
    "worst quality": lambda: jpeg(quality=1),
    "grayscale": lambda: in_mode("L"),
    "RGB inside": lambda: jpeg(keep_rgb=True),
    "turned by EXIF": rotated,
    "EXIF, with a thumbnail that has its own end": with_thumbnail,
    "a comment that holds an end": lambda: after_start(jpeg(), segment(0xFE, END + START)),
    "restart markers": lambda: jpeg(restart_marker_blocks=2),
    "without JFIF": lambda: without_segment(jpeg(), 0xE0),
    "fill bytes": lambda: inserted(jpeg(), place(jpeg(), 0xDB), b"\xff\xff"),
    "extended sequential": lambda: framed(0xC1),
    "arithmetic coding": arithmetic,
    "the smallest": lambda: encoded(scene(0, 4, 4)),
}

MILD: dict[str, tuple[Callable[[], bytes], str]] = {
    "trailing zeros": (lambda: jpeg() + bytes(100), "trailing_bytes"),
    "a second image behind": (lambda: jpeg() + jpeg(1), "trailing_bytes"),
    "no end": (lambda: jpeg()[:-2], "no_end"),
    "half an end": (lambda: jpeg()[:-1], "no_end"),
    "stray bytes before the end": (lambda: inserted(jpeg(), len(jpeg()) - 2, b"\x11" * 30), "extraneous_bytes"),
    "stray bytes between segments": (lambda: inserted(jpeg(), place(jpeg(), 0xDB), b"stray"), "extraneous_bytes"),
    "stray bytes behind a scan": (
        lambda: inserted(jpeg(progressive=True), jpeg(progressive=True).rindex(b"\xff\xda"), b"\x11" * 20),
        "extraneous_bytes",
    ),
    "values beyond all bounds": (lambda: overwritten(jpeg(), place(jpeg(), 0xDB) + 5, b"\xff"), "decoders_differ"),
    "JFIF 0.00": (lambda: overwritten(jpeg(), 11, b"\0\0"), "unknown_revision"),
    "JFIF 9.09 and trailing bytes": (
        lambda: overwritten(jpeg(), 11, b"\x09\x09") + b"!",
        "trailing_bytes unknown_revision",
    ),
}

DROPPED: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (bytes, "empty"),
    "one byte": (lambda: b"\xff", "not_an_image"),
    "text": (lambda: b"not an image", "not_an_image"),
    "a page of a server": (lambda: b"<!DOCTYPE html><title>404</title>" * 9, "not_an_image"),
    "zeros": (lambda: bytes(5000), "not_an_image"),
    "an image behind zeros": (lambda: bytes(9) + jpeg(), "not_an_image"),
    "PNG": (lambda: other("PNG"), "other_format"),
    "PNG of 16 bits": (lambda: encoded(Image.fromarray(np.full((9, 9), 40_000, np.uint16)), "PNG"), "other_format"),
    "PNG that claims to be huge": (huge_png, "other_format"),
    "GIF": (lambda: other("GIF"), "other_format"),
    "BMP": (lambda: other("BMP"), "other_format"),
    "WebP": (lambda: other("WEBP"), "other_format"),
    "TIFF": (lambda: other("TIFF"), "other_format"),
    "AVIF": (lambda: other("AVIF"), "other_format"),
    "HEIF": (heif, "other_format"),
    "JPEG XL, its first bytes": (lambda: b"\xff\x0a\xff\x07\x90\x01", "other_format"),
    "JPEG XL in a container, its first bytes": (lambda: b"\0\0\0\x0cJXL \r\n\x87\n", "other_format"),
    "only a start": (lambda: START, "not_an_image"),
    "stray bytes behind the start": (lambda: after_start(jpeg(), b"stray"), "not_an_image"),
    "only a start and a marker": (lambda: START + b"\xff\xdb", "cut_off"),
    "cut off in a table": (lambda: jpeg()[: place(jpeg(), 0xDB) + 30], "cut_off"),
    "cut off before its scan": (lambda: jpeg()[: place(jpeg(), 0xDA)], "cut_off"),
    "cut off after two fifths": (lambda: jpeg()[: len(jpeg()) * 2 // 5], "cut_off"),
    "cut off in its scan": (lambda: jpeg()[: (place(jpeg(), 0xDA) + len(jpeg())) // 2], "cut_off"),
    "cut off just before its end": (lambda: jpeg()[:-8], "cut_off"),
    "cut off, with an end": (lambda: jpeg()[:-200] + END, "cut_off"),
    "cut off between passes": (lambda: jpeg(progressive=True)[:-300], "cut_off"),
    "cut off behind a pass": (lambda: after_passes(4), "cut_off"),
    "cut off behind a pass, with an end": (lambda: after_passes(9) + END, "cut_off"),
    "states a larger size than it has": (lambda: framed(height=10 * HEIGHT), "corrupt"),
    "states a smaller height than it has": (lambda: framed(height=HEIGHT // 3), "data_left_over"),
    "states a smaller width than it has": (lambda: framed(width=WIDTH // 2), "data_left_over"),
    "data in its scan twice": (with_repeated_data, "data_left_over"),
    "data in its last pass twice": (lambda: with_repeated_data(9, jpeg(progressive=True)), "data_left_over"),
    "data of another image in its scan": (spliced, "data_left_over"),
    "a flipped bit that makes blocks longer": (lambda: flipped(0, 4), "corrupt"),
    "a flipped bit that makes blocks shorter": (lambda: flipped(187, 0), "data_left_over"),
    "states no height": (lambda: framed(height=0), "absurd_size"),
    "states four billion pixels": (lambda: framed(height=65_535, width=65_535), "absurd_size"),
    "one pixel": (lambda: encoded(scene(0, 1, 1)), "absurd_size"),
    "a line": (lambda: encoded(scene(0, 2, 64)), "absurd_size"),
    "a thousand passes": (lambda: scanned_often(1000), "absurd_size"),
    "CMYK": (lambda: in_mode("CMYK"), "other_colours"),
    "YCCK": (in_ycck, "other_colours"),
    "two components": (of_two_components, "other_colours"),
    "called arithmetic, but is not": (lambda: framed(0xC9), "corrupt"),
    "lossless": (lambda: framed(0xC3), "unsupported"),
    "12 bits": (lambda: framed(precision=12), "unsupported"),
    "no frame": (lambda: without_segment(jpeg(), 0xC0), "corrupt"),
    "no scan": (lambda: jpeg()[: place(jpeg(), 0xDA)] + END, "corrupt"),
    "two frames": (lambda: inserted(jpeg(), place(jpeg(), 0xC0), jpeg()[place(jpeg(), 0xC0) :][:19]), "corrupt"),
    "no quantisation tables": (lambda: without_segment(without_segment(jpeg(), 0xDB), 0xDB), "corrupt"),
    "a lost restart marker": (lambda: jpeg(restart_marker_blocks=2).replace(b"\xff\xd3", b""), "corrupt"),
}


def archive(path: Path, n: int = N, more: dict[str, bytes] | None = None) -> Path:
    """An archive of `n` images a class, laid out as the published one, and of more entries."""
    images = {
        f"PetImages/{name}/{number}.jpg": jpeg(2 * number + label)
        for number in range(n)
        for label, name in enumerate(("Cat", "Dog"))
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in {**images, "PetImages/Cat/Thumbs.db": b"thumbs" * 20, **(more or {})}.items():
            opened.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return path


def manifest_of(path: Path, known: dict[str, ImageCheck] | None = None, processes: int = 2) -> Manifest:
    """Manifest of a small archive."""
    return Manifest("180px", rules(), split(checked(path, known or {}, processes), 1, TEST))


def decoded_by_tensorflow(folder: Path) -> dict[str, Any]:
    """What TensorFlow's own decoder gives of every file of a folder, by the file's name."""
    done = run_in(NEWEST, "-c", DECODE, str(folder))
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def described(pixels: np.ndarray) -> list[Any]:
    """What `decoded_by_tensorflow` says of a file of these pixels."""
    return [list(pixels.shape), hashlib.sha256(pixels.tobytes()).hexdigest()]
