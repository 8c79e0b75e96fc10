"""`config/datasets.yaml`: the published datasets, where copies are and which bytes are the right ones."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from study.config.validation import Sha256, StrictModel, did_you_mean, load_yaml

# A folder or an http(s) URL that holds datasets, for those who cannot or will not reach the public places.
MIRROR_VARIABLE = "STUDY_DATA_MIRROR"
EditionName = Literal["original", "180px"]
ImageShape = Annotated[list[PositiveInt], Field(min_length=2, max_length=3)]


class Altered(StrictModel):
    """What somebody made of a published file: what its content is called, and how it differs."""

    name: str
    how: str


class DataFile(StrictModel):
    """One file of a dataset, as its maker made it or `altered`. One that is not public is only in a mirror."""

    bytes: PositiveInt
    sha256: Sha256
    public: bool = True
    altered: Altered | None = None


class Dataset(StrictModel):
    """A published dataset: who made it, where copies are, which bytes are the right ones, and the shape of an image.

    Images of many sizes have no one shape. `mirror_folder` is the dataset's folder in a mirror, where that is not its
    name. `editions` names archives that each hold the whole dataset, the published one first.
    """

    title: str
    homepage: str
    license: str
    mirrors: Annotated[list[str], Field(min_length=1)]
    mirror_folder: str | None = None
    files: dict[str, DataFile]
    editions: dict[EditionName, str] = {}
    image_shape: ImageShape | None = None

    @model_validator(mode="after")
    def _must_hold_its_editions(self) -> Self:
        for name, archive in self.editions.items():
            if archive not in self.files:
                raise ValueError(f"editions.{name}: no file '{archive}': {did_you_mean(archive, list(self.files))}")
        return self

    def altered(self, edition: EditionName | None) -> Altered | None:
        """How an edition differs from what was published; None where it does not."""
        return self.files[self.editions[edition]].altered if edition else None

    def folder(self, name: str) -> str:
        """Folder in a mirror of the dataset that is called `name` here."""
        return self.mirror_folder or name


def load_datasets(path: str | Path = "config/datasets.yaml") -> dict[str, Dataset]:
    """Read the datasets, by name."""
    return load_yaml(path, dict[str, Dataset])
