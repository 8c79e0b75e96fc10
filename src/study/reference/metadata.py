"""Writes what archives and reviewers read of this repository: codemeta.json, .zenodo.json and codecheck.yml.

Nothing in them is typed: they repeat `CITATION.cff`, `pyproject.toml` and the list of what `verify` derives again.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from study.common.atomic import write_text
from study.common.command import run
from study.config.validation import check, load_yaml, read_text
from study.reference.contents import DERIVED, machines

CITATION, PROJECT = Path("CITATION.cff"), Path("pyproject.toml")
CODEMETA, ZENODO, CODECHECK = Path("codemeta.json"), Path(".zenodo.json"), Path("codecheck.yml")
ORIGIN = "Written by `python -m study.reference.metadata`: do not edit."
CODECHECK_NOTE = f"""\
# {ORIGIN}
# To recreate and compare every file of the manifest, without TensorFlow: make verify
# To measure everything again on your machine: make study SCALE=full, then make reference
# The codechecker adds who checked, when, and the report.
"""
FEATURES = [
    "Reruns published training runs in pinned TensorFlow versions",
    "Judges every published statement by a rule, with its evidence",
    "Derives the committed results again from their records, to the byte",
]
COMMENTS = {
    "verdicts.json": "every published statement with its verdict and evidence",
    "conclusions.md": "what the sources conclude, each with its verdict",
    "metrics.json": "the few numbers that answer the study's questions",
    "medians.json": "what each arm measured, by which two runs are compared",
    "curves.csv": "every metric by epoch",
    "ratios.csv": "ratios of two arms, with intervals",
    "report.html": "the report: all tables and figures",
}


class _Read(BaseModel):
    """A part of a file of which more may stand there than is used here."""

    model_config = ConfigDict(frozen=True, alias_generator=lambda name: name.replace("_", "-"))


class Author(_Read):
    """A person or, by `name`, a group; an `alias` is all that is known of some."""

    name: str | None = None
    alias: str | None = None
    family_names: str | None = None
    given_names: str | None = None

    @property
    def text(self) -> str:
        """What a list of references calls the author: `LeCun, Yann`."""
        persons = ", ".join(part for part in (self.family_names, self.given_names) if part)
        return self.name or persons or self.alias or ""

    @property
    def linked(self) -> dict[str, Any]:
        """The author as schema.org has it."""
        if self.name:
            return {"@type": "Organization", "name": self.name}
        names = {"familyName": self.family_names, "givenName": self.given_names, "alternateName": self.alias}
        return _known({"@type": "Person", **names})


class Identifier(_Read):
    """A name of a work that no registry gave it, such as the checksum of its text."""

    value: str


class Reference(_Read):
    """A work that the study cites: a source or a dataset."""

    type: str
    title: str
    authors: list[Author]
    url: str | None = None
    identifiers: list[Identifier] = []

    @property
    def is_dataset(self) -> bool:
        """Whether the study trains on it; all other works are what it reruns."""
        return self.type == "data"

    @property
    def text(self) -> str:
        """One line of a list of references."""
        authors = "; ".join(author.text for author in self.authors)
        return ". ".join([authors, self.title, *([self.url] if self.url else [])])

    @property
    def linked(self) -> dict[str, Any]:
        """The work as schema.org has it. An anonymous work has no author there."""
        authors = [author.linked for author in self.authors if author.name != "anonymous"]
        identifiers = [identifier.value for identifier in self.identifiers]
        kind = "DataFeed" if self.is_dataset else "CreativeWork"
        return _known(
            {"@type": kind, "name": self.title, "author": authors, "url": self.url, "identifier": identifiers}
        )


class Citation(_Read):
    """What `CITATION.cff` says of the study."""

    title: str
    abstract: str
    authors: list[Author]
    version: str
    license: str
    keywords: list[str]
    references: list[Reference]
    repository_code: str | None = None
    doi: str | None = None


class Project(_Read):
    """What `pyproject.toml` says of the package, beside what `CITATION.cff` says too."""

    requires_python: str


def load_citation() -> Citation:
    """Read `CITATION.cff`."""
    return load_yaml(CITATION, Citation)


def load_project() -> Project:
    """Read the table `project` of `pyproject.toml`."""
    return check(tomllib.loads(read_text(PROJECT))["project"], Project, lambda loc: f"{PROJECT}: project")


def codemeta(citation: Citation, project: Project) -> str:
    """Describe the study in CodeMeta's terms, for Software Heritage and other catalogues (JSON-LD)."""
    return _json(
        {
            "@context": "https://w3id.org/codemeta/3.1",
            "@type": "SoftwareSourceCode",
            "name": citation.title,
            "description": citation.abstract,
            "identifier": citation.doi and f"https://doi.org/{citation.doi}",
            "codeRepository": citation.repository_code,
            "author": [author.linked for author in citation.authors],
            "version": citation.version,
            "license": f"https://spdx.org/licenses/{citation.license}",
            "keywords": citation.keywords,
            "applicationCategory": "Workflow",
            "schema:featureList": FEATURES,
            "developmentStatus": "active",
            "operatingSystem": "Linux",
            "processorRequirements": "x86-64",
            "programmingLanguage": {"@type": "ComputerLanguage", "name": "Python"},
            "runtimePlatform": f"Python {project.requires_python}",
            "citation": [each.linked for each in citation.references if not each.is_dataset],
            "supportingData": [each.linked for each in citation.references if each.is_dataset],
        }
    )


def zenodo(citation: Citation) -> str:
    """Describe the study as a deposit at Zenodo (JSON)."""
    return _json(
        {
            "upload_type": "software",
            "title": citation.title,
            "description": citation.abstract,
            "creators": [{"name": author.text} for author in citation.authors],
            "version": citation.version,
            "license": citation.license,
            "access_right": "open",
            "keywords": citation.keywords,
            "references": [reference.text for reference in citation.references],
        }
    )


def codecheck(citation: Citation) -> str:
    """List for a CODECHECK what can be recreated: all that `verify` derives again (YAML).

    As specified in version 1.0: later ones demand an ORCID of each author and a published paper.
    """
    content = {
        "version": "https://codecheck.org.uk/spec/config/1.0/",
        "paper": {"title": citation.title, "authors": [{"name": author.text} for author in citation.authors]},
        "manifest": [
            {"file": (folder / name).as_posix(), "comment": COMMENTS[name]} for folder in machines() for name in DERIVED
        ],
    }
    text = yaml.safe_dump(content, version=(1, 1), explicit_start=True, sort_keys=False, allow_unicode=True, width=200)
    return CODECHECK_NOTE + text


def generated() -> dict[Path, str]:
    """Text of every file that repeats what stands elsewhere, by the file."""
    citation = load_citation()
    return {CODEMETA: codemeta(citation, load_project()), ZENODO: zenodo(citation), CODECHECK: codecheck(citation)}


def _known(content: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is not known."""
    return {key: value for key, value in content.items() if value}


def _json(content: dict[str, Any]) -> str:
    return json.dumps(_known(content), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every file."""
    for path, text in generated().items():
        write_text(path, text)


if __name__ == "__main__":
    run(main)
