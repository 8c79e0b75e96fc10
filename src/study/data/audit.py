"""Audits a cleaned archive: what was dropped and why, what others would have dropped, and what is there twice.

`python -m study.data.audit --archive ZIP --manifest MANIFEST --out JSON` writes it for the report.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from study.common.atomic import write_text
from study.common.command import run
from study.data import duplicates, manifest, published_filters
from study.data.archive import Archive
from study.data.duplicates import Group
from study.data.image_check import NOTES, REASONS
from study.data.manifest import SPLITS, Manifest


def findings(archive: Archive, cleaned: Manifest) -> dict[str, Any]:
    """What cleaning found, as JSON has it.

    Returns
    -------
    dict
        `edition`; `entries` and how many were `kept`, `train` and `test`; `dropped_pictures`, how many were not, but
        for entries that are no image of a class; `dropped`, a list of reasons with an
        explanation and the paths; `noted`, mild defects in the same way; `rules`, see `published_filters.compare`; and
        `duplicates`, groups of the same file or the same pixels, with `labels` and `splits` of each image.
    """
    return {
        "edition": cleaned.edition,
        "entries": len(cleaned.rows),
        "kept": sum(row.kept for row in cleaned.rows),
        "dropped_pictures": sum(not row.kept and row.label is not None for row in cleaned.rows),
        **{part: len(cleaned.of_split(part)) for part in SPLITS},
        "dropped": _listed(REASONS, ((row.path, row.check.reason) for row in cleaned.rows)),
        "noted": _listed(NOTES, ((row.path, row.check.note) for row in cleaned.rows)),
        "rules": published_filters.compare(archive, cleaned.rows),
        "duplicates": [_described(group) for group in duplicates.groups(archive, cleaned.rows)],
    }


def _listed(meanings: dict[str, str], found: Iterable[tuple[str, str | None]]) -> list[dict[str, Any]]:
    pairs = [(path, word) for path, words in found for word in (words or "").split()]
    counts = Counter(word for _, word in pairs)
    return [
        {
            "code": code,
            "meaning": meaning,
            "count": counts[code],
            "paths": [path for path, word in pairs if word == code],
        }
        for code, meaning in meanings.items()
        if counts[code]
    ]


def _described(group: Group) -> dict[str, Any]:
    return {
        "same": group.same,
        "paths": [row.path for row in group.rows],
        "labels": [row.label for row in group.rows],
        "splits": [row.split for row in group.rows],
        "under_both_labels": group.under_both_labels,
        "across_the_split": group.across_the_split,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Audit one cleaned archive."""
    parser = argparse.ArgumentParser(prog="python -m study.data.audit", description=__doc__)
    parser.add_argument("--archive", type=Path, required=True, help="the zip archive")
    parser.add_argument("--manifest", type=Path, required=True, help="its manifest (parquet)")
    parser.add_argument("--out", type=Path, required=True, help="where the findings (JSON) go")
    chosen = parser.parse_args(arguments)
    found = findings(Archive(chosen.archive), manifest.read(chosen.manifest))
    write_text(chosen.out, json.dumps(found, indent=1) + "\n")
    for rule in found["rules"]:
        print(f"{rule['rule']}: drops {rule['dropped']}, {rule['sound_dropped']} of them sound")
    print(f"{len(found['duplicates'])} groups of duplicates")


if __name__ == "__main__":
    run(main)
