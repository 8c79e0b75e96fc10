"""Decides which edition of a dataset a study uses: the published archive, or another one that a mirror holds."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from study.config.datasets import Dataset, EditionName
from study.config.validation import require_known


@dataclass(frozen=True)
class Edition:
    """An edition of a dataset by its name, the archive that holds it, and a line for the user if it is a makeshift."""

    name: EditionName
    archive: str
    why: str | None = None


def choose(archives: Mapping[EditionName, str], requested: EditionName | None, held: Collection[str] | None) -> Edition:
    """Choose an edition: the one asked for, else the first, unless the mirror lacks it and holds another.

    Parameters
    ----------
    archives
        The archive of each edition, the published one first.
    requested
        Name of the edition that the user wants, if any.
    held
        Files that the mirror holds, if it is a folder of this machine: what others hold is not known.

    Raises
    ------
    ConfigError
        If there is no such edition.
    """
    if requested is not None:
        require_known("edition", requested, [*archives])
        return Edition(requested, archives[requested])
    first, *others = archives
    if held is not None and archives[first] not in held:
        for name in others:
            if archives[name] in held:
                why = f"edition {name}, as the mirror holds no {archives[first]}; another: --config edition={first}"
                return Edition(name, archives[name], why)
    return Edition(first, archives[first])


def editions(datasets: Mapping[str, Dataset], requested: EditionName | None, mirror: str | None) -> dict[str, Edition]:
    """Choose the edition of each dataset that has several; `mirror` is a folder or a URL."""
    return {
        name: choose(dataset.editions, requested, _held(mirror, dataset.folder(name)))
        for name, dataset in datasets.items()
        if dataset.editions
    }


def names(chosen: Mapping[str, Edition]) -> dict[str, EditionName]:
    """Name of the edition of each dataset, as plans and records have it."""
    return {dataset: edition.name for dataset, edition in chosen.items()}


def reasons(chosen: Mapping[str, Edition]) -> Iterable[str]:
    """A line for each dataset of which another edition than the published one is used without being asked for."""
    return [f"{dataset}: {edition.why}" for dataset, edition in chosen.items() if edition.why]


def _held(mirror: str | None, folder: str) -> set[str] | None:
    """Names of the files in a mirror's folder; None if the mirror is no folder here."""
    if not mirror or not Path(mirror).is_dir():
        return None
    held = Path(mirror, folder)
    return {path.name for path in held.iterdir()} if held.is_dir() else set()
