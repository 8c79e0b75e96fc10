"""What others drop from the same archive: the published rules look for the letters "JFIF" and decode nothing.

Both rules ask a stream to `peek` at ten bytes, but a stream shows what it has read ahead, whatever it was asked for:
Python's stream of a zip archive's entry shows 512 bytes, its stream of a file a whole buffer, which is a block of the
file system (4,096 bytes, before Python 3.14). This is why the two, which read alike, drop different numbers.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from study.data.archive import Archive
from study.data.manifest import Row

MAGIC = b"JFIF"


@dataclass(frozen=True)
class Rule:
    """A published rule: it drops a file whose first `shown` bytes do not hold MAGIC.

    `dropped` is how many it is said to drop from the archive `original`.
    """

    name: str
    source: str
    shown: int
    dropped: int

    def drops(self, data: bytes) -> bool:
        """Whether the rule drops a file of these bytes."""
        return MAGIC not in data[: self.shown]


RULES = (
    Rule(
        "TensorFlow Datasets, cats_vs_dogs 4.0.1",
        "https://github.com/tensorflow/datasets/blob/master/tensorflow_datasets/image_classification/cats_vs_dogs.py",
        512,
        1738,
    ),
    Rule(
        "Keras example, image classification from scratch",
        "https://keras.io/examples/vision/image_classification_from_scratch/",
        4096,
        1590,
    ),
)


def compare(archive: Archive, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Run every published rule on the images of both classes, beside what the manifest says of them.

    Returns
    -------
    list of dict
        For each rule: `rule`, `source`, `dropped_of_original` (as published), `dropped` here, how many of these are
        sound (`sound_dropped`), and how many images it keeps that are not, by reason (`unsound_kept`, and their paths
        in `unsound_kept_paths`).
    """
    images = [row for row in rows if row.label is not None]
    dropped = [_dropped_by(archive.read(row.path)) for row in images]
    return [_compared(rule, images, [by[number] for by in dropped]) for number, rule in enumerate(RULES)]


def _dropped_by(data: bytes) -> list[bool]:
    return [rule.drops(data) for rule in RULES]


def _compared(rule: Rule, images: list[Row], dropped: list[bool]) -> dict[str, Any]:
    pairs = list(zip(images, dropped, strict=True))
    unsound = [row for row, is_dropped in pairs if not is_dropped and not row.kept]
    return {
        "rule": rule.name,
        "source": rule.source,
        "dropped_of_original": rule.dropped,
        "dropped": sum(dropped),
        "sound_dropped": sum(is_dropped and row.kept for row, is_dropped in pairs),
        "unsound_kept": dict(sorted(Counter(str(row.check.reason) for row in unsound).items())),
        "unsound_kept_paths": [row.path for row in unsound],
    }
