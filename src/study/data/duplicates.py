"""Finds images that an archive holds twice: the same file, or another file of the same pixels."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from study.data.archive import Archive
from study.data.image_check import decode
from study.data.manifest import Row


@dataclass(frozen=True)
class Group:
    """Images that are the same, in the order of the manifest; `same` says whether their files are, too."""

    same: Literal["file", "pixels"]
    rows: tuple[Row, ...]

    @property
    def under_both_labels(self) -> bool:
        """Whether one image is said to show a cat and a dog."""
        return len({row.label for row in self.rows}) > 1

    @property
    def across_the_split(self) -> bool:
        """Whether a test image was trained on."""
        return len({row.split for row in self.rows}) > 1


def groups(archive: Archive, rows: Iterable[Row]) -> list[Group]:
    """Groups of kept images that are the same, those of the same file first.

    A group of the same pixels holds one image or more of each file; its pixels were compared one by one.
    """
    kept = [row for row in rows if row.kept]
    files = [Group("file", tuple(group)) for group in _alike(kept, lambda row: row.sha256)]
    candidates = _alike(kept, lambda row: row.check.pixels_key)
    several = (group for group in candidates if len({row.sha256 for row in group}) > 1)
    same = (equal for group in several for equal in _alike(group, lambda row: decode(archive.read(row.path)).tobytes()))
    pixels = [Group("pixels", tuple(group)) for group in same if len({row.sha256 for row in group}) > 1]
    return files + pixels


def _alike(rows: Iterable[Row], key: Callable[[Row], Hashable]) -> Iterator[list[Row]]:
    """Groups of at least two rows that have the same key."""
    found: dict[Hashable, list[Row]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return (group for group in found.values() if len(group) > 1)
