"""What a run needs before it starts: bytes to download, and bytes on which disk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from study.common.disk import free_bytes
from study.common.surroundings import cache
from study.config.datasets import Dataset, EditionName, load_datasets
from study.config.editions import Edition
from study.config.runtimes import load_runtimes
from study.config.study import Setup, Study
from study.planning.architectures import datasets
from study.planning.costs import costs
from study.runtimes.runtime import description_of

RAW, PREPARED = Path("data/raw"), Path("data/processed")


@dataclass(frozen=True)
class Room:
    """Bytes that are still to be written in a place, and those that are free there."""

    place: Path
    needed: int
    free: int


@dataclass(frozen=True)
class Needs:
    """Bytes that are still to come, by what they are of, and the places that they go to.

    `unknown` names what is still to come and was never measured.
    """

    downloads: Mapping[str, int]
    copies: Mapping[str, int]
    rooms: list[Room]
    unknown: list[str]

    @property
    def fits(self) -> bool:
        """Whether there is room for all that is known."""
        return all(room.needed <= room.free for room in self.rooms)


@dataclass
class _Sum:
    downloads: dict[str, int] = field(default_factory=dict)
    copies: dict[str, int] = field(default_factory=dict)
    data: int = 0
    cache: int = 0
    unknown: list[str] = field(default_factory=list)


def needs(study: Study, chosen: Mapping[str, Edition], mirror: str | None) -> Needs:
    """Say what is still to come of a study's datasets and runtimes; what is here already is left out.

    Parameters
    ----------
    chosen
        The edition in use of each dataset that has several.
    mirror
        Folder or URL that has datasets: from a folder files are copied, not downloaded.
    """
    found, published = _Sum(), load_datasets()
    for name in datasets(study):
        _add_dataset(found, name, published[name], chosen.get(name), mirror)
    for name, runtime in load_runtimes(gpu=study.gpu).items():
        if description_of(name, runtime, study) is None:
            _add_runtime(found, name, study)
    return Needs(found.downloads, found.copies, _rooms(found), found.unknown)


def name_of(dataset: str, edition: EditionName | None) -> str:
    """Name of a dataset and of its edition, where it has several."""
    return f"{dataset}/{edition}" if edition else dataset


def _add_dataset(found: _Sum, name: str, dataset: Dataset, edition: Edition | None, mirror: str | None) -> None:
    full = name_of(name, edition.name if edition else None)
    files = [edition.archive] if edition else list(dataset.files)
    missing = {file: dataset.files[file].bytes for file in files if not (RAW / name / file).exists()}
    held = Path(mirror, dataset.folder(name)) if mirror else None
    for file, size in missing.items():
        of = found.copies if held and (held / file).exists() else found.downloads
        of[full] = of.get(full, 0) + size
    found.data += sum(missing.values())
    if not (PREPARED / name / f"{name}.npz").exists():
        found.data += costs().prepared_bytes.get(full, 0)
        found.unknown += [] if full in costs().prepared_bytes else [f"{full}, prepared"]


def _add_runtime(found: _Sum, name: str, setup: Setup) -> None:
    size = costs().runtimes.get(name)
    if size is None or setup.provider != "uv" or name in setup.gpu:
        found.unknown.append(f"{name} by {setup.provider}{' for GPUs' if name in setup.gpu else ''}")
    else:
        found.downloads[name] = size.download_bytes
        found.cache += size.disk_bytes


def _rooms(found: _Sum) -> list[Room]:
    """Places with what goes there: one, where both are on the same disk."""
    data, runtimes = RAW.parent.resolve(), cache()
    rooms = [Room(data, found.data, free_bytes(data / "x")), Room(runtimes, found.cache, free_bytes(runtimes / "x"))]
    if _device(data) == _device(runtimes):
        return [Room(data, found.data + found.cache, rooms[0].free)]
    return rooms


def _device(path: Path) -> int:
    return next(folder for folder in (path, *path.parents) if folder.exists()).stat().st_dev
