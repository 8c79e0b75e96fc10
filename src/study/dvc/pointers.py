"""Writes DVC's pointers of the raw data: which bytes each file holds, and where these are published.

A pointer says what `dvc add` says of a file, and its sources beside. It is no `dvc import-url`: DVC would ask the
servers whenever the file is committed, and take what they send then for the file. Here rule `fetch` asks them, and
takes only the published bytes.
"""

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from study.common.atomic import write_text
from study.common.command import run
from study.common.errors import StudyError
from study.config.datasets import Dataset, load_datasets


def pointer(dataset: Dataset, path: Path) -> dict[str, Any]:
    """Content of the pointer of one fetched file of a dataset.

    Raises
    ------
    StudyError
        If the file is not the published one.
    """
    published = dataset.files[path.name]
    if _digest(path, "sha256") != published.sha256:
        raise StudyError(f"{path}: its sha256 is not the published one: delete it, then run snakemake {path}")
    md5 = _digest(path, "md5")  # DVC's name for these bytes
    return {
        "desc": f"{dataset.title}: {path.name}",
        "meta": {
            "sources": [f"{mirror.rstrip('/')}/{path.name}" for mirror in dataset.mirrors if published.public],
            "sha256": published.sha256,
        },
        "outs": [{"md5": md5, "size": published.bytes, "hash": "md5", "path": path.name}],
    }


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the pointer of every raw file that is there, after `config/datasets.yaml` has changed."""
    parser = argparse.ArgumentParser(prog="python -m study.dvc.pointers", description=main.__doc__)
    parser.add_argument("--raw", default=Path("data/raw"), type=Path, help="folder of the raw data, a folder a dataset")
    chosen = parser.parse_args(arguments)
    for name, dataset in load_datasets().items():
        for path in (chosen.raw / name / file for file in dataset.files):
            if path.exists():
                text = yaml.safe_dump(pointer(dataset, path), sort_keys=False, allow_unicode=True, width=120)
                write_text(path.with_name(f"{path.name}.dvc"), text)


if __name__ == "__main__":
    run(main)
