"""The manifest of a cleaned archive: a row for each entry, what became of it and why."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from study.common.atomic import replacing
from study.data.image_check import ImageCheck

Split = Literal["train", "test"]
SPLITS: tuple[Split, ...] = ("train", "test")


class Row(NamedTuple):
    """An entry of the archive: its bytes, what its check says, and what it is for; a dropped one has no split."""

    path: str
    sha256: str
    bytes: int
    check: ImageCheck
    label: int | None = None
    split: Split | None = None

    @property
    def kept(self) -> bool:
        """Whether it is an image of the study."""
        return self.check.reason is None


@dataclass(frozen=True)
class Manifest:
    """Rows by path, the edition of the archive, and the rules that they were checked by."""

    edition: str
    rules: str
    rows: list[Row]

    def of_split(self, split: Split) -> list[Row]:
        """Images of one split, in the order of their names' hashes: so any first ones of them hold every class."""
        return sorted((row for row in self.rows if row.split == split), key=_mixed)

    def counts(self) -> Counter[str]:
        """How many rows were dropped, by reason."""
        return Counter(row.check.reason for row in self.rows if row.check.reason)


def _mixed(row: Row) -> bytes:
    return hashlib.sha256(row.path.encode()).digest()


COLUMNS = pa.schema(
    [
        pa.field("path", pa.string(), nullable=False),
        pa.field("sha256", pa.string(), nullable=False),
        pa.field("bytes", pa.int64(), nullable=False),
        *((name, pa.string()) for name in ("format", "mode")),
        *((name, pa.int32()) for name in ("width", "height")),
        ("label", pa.int8()),
        *((name, pa.string()) for name in ("split", "status", "reason", "note", "pixels_key")),
    ]
)


def write(path: Path, manifest: Manifest) -> None:
    """Write a manifest as parquet; the same manifest gives the same bytes.

    Raises
    ------
    StudyError
        If it cannot be written.
    """
    rows = [
        {
            **row._asdict(),
            **row.check._asdict(),
            "status": "kept" if row.kept else "dropped",
        }
        for row in manifest.rows
    ]
    about = {"edition": manifest.edition, "rules": manifest.rules}
    with replacing(path) as part:
        pq.write_table(pa.Table.from_pylist(rows, COLUMNS.with_metadata(about)), part, compression="zstd")


def read(path: Path) -> Manifest:
    """Read a manifest."""
    table = pq.read_table(path)
    about = table.schema.metadata
    rows = [
        Row(
            check=ImageCheck(**{name: row[name] for name in ImageCheck._fields}),
            **{name: row[name] for name in ("path", "sha256", "bytes", "label", "split")},
        )
        for row in table.to_pylist()
    ]
    return Manifest(about[b"edition"].decode(), about[b"rules"].decode(), rows)
