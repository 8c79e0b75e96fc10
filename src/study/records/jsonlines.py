"""Files of JSON lines, compressed or not: each line read with its number, equal records written as equal bytes."""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from study.common.atomic import replacing
from study.common.errors import StudyError


def read_json_lines(path: str | Path) -> Iterator[tuple[str, Any]]:
    """Every record of a file (`.jsonl` or `.jsonl.gz`), with the file and line that name it.

    Raises
    ------
    StudyError
        For a file that cannot be read, and for a line that is no JSON.
    """
    for number, line in enumerate(_lines(Path(path)), start=1):
        where = f"{path}:{number}"
        try:
            yield where, json.loads(line)
        except json.JSONDecodeError as error:
            raise StudyError(f"{where}: not valid JSON: {error.msg}") from error


def _lines(path: Path) -> list[str]:
    """Lines of a text file that may be compressed."""
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")
    except OSError as error:
        raise StudyError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (EOFError, zlib.error, UnicodeDecodeError) as error:
        raise StudyError(f"{path}: cannot be read: {error}") from error
    # Not splitlines: an error's message may hold other line separators.
    return text.removesuffix("\n").split("\n") if text else []


def write_json_lines(path: Path, records: Iterable[Any]) -> None:
    """Write `records` as compressed JSON lines: equal records give equal bytes."""
    lines = [json.dumps(record, sort_keys=True) + "\n" for record in records]
    with (
        replacing(path) as part,
        part.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as file,
    ):
        file.write("".join(lines).encode("utf-8"))
