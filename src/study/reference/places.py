"""Names the places at which two versions of a file differ: a line with an excerpt, or a byte of what has no lines."""

import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

GZIP = b"\x1f\x8b"
MOST = 3  # lines of a file that are shown
WIDTH = 40  # letters before and after the first that differs
# What a reader finds a place by, in files that have such: the last one before it.
HEADINGS = {"verdicts.json": re.compile(r'"claim": "([^"]+)"'), "report.html": re.compile(r'<h\d id="([^"]+)"')}


def differences(path: Path, found: bytes, right: bytes, name: str) -> Iterator[str]:
    """Say where what was `found` at `path` is not what is right; nothing if it is.

    Parameters
    ----------
    name
        What to call the right version.
    """
    if found == right:
        return
    lines, right_lines = _lines(found), _lines(right)
    if lines is None or right_lines is None or lines == right_lines:
        yield f"{path}: byte {_first(found, right) + 1} is not {name}"
        return
    numbers = [number for number, (one, other) in enumerate(zip(lines, right_lines, strict=False)) if one != other]
    if len(lines) != len(right_lines):
        yield f"{path}: {len(lines)} lines, {name} {len(right_lines)}"
        numbers = numbers[:1]  # the others may have only moved
    for number in numbers[:MOST]:
        one, other = lines[number], right_lines[number]
        first = _first(one, other)
        about = _heading(path.name, "\n".join([*lines[:number], one[:first]]))
        yield f"{path}:{number + 1}: {about}{_excerpt(one, first)}, {name} {_excerpt(other, first)}"
    if len(numbers) > MOST:
        yield f"{path}: {len(numbers)} lines differ in all"


def _first(one: Sequence[object], other: Sequence[object]) -> int:
    """Place of the first letter or byte that differs."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _heading(name: str, before: str) -> str:
    found = HEADINGS[name].findall(before) if name in HEADINGS else []
    return f"{found[-1]}: " if found else ""


def _excerpt(line: str, first: int) -> str:
    return repr(line[max(0, first - WIDTH) : first + WIDTH])


def _lines(content: bytes) -> Sequence[str] | None:
    """Lines of a text, compressed or not; None if it is no text."""
    try:
        return (gzip.decompress(content) if content.startswith(GZIP) else content).decode("utf-8").split("\n")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError):
        return None
