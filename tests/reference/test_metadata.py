"""What archives and reviewers read says the same in every file, no more than is known, and is what `verify` checks."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from study.claims.sources import load_sources
from study.config.datasets import load_datasets
from study.reference import metadata
from study.reference.contents import DERIVED, machines
from study.reference.metadata import CITATION, CODECHECK, CODEMETA, PROJECT, ZENODO, generated, load_citation

BIN = Path(sys.executable).parent
TEXTS = generated()
# What cannot be known before the study is published. CITATION.cff gets both then, and these lines go.
UNKNOWN_YET = {("profile.required-field", "codeRepository"), ("profile.required-field", "identifier")}
# pyproject.toml and the Dockerfile name a package, the others a work.
NAMED_OTHERWISE = {("consistency.mismatch", "name")}


def findings(folder: Path) -> set[tuple[str, str | None]]:
    """What is wrong with the metadata in `folder`, and what one file says and another does not: code and property."""
    command = [BIN / "rs-metadata", "validate", "--format", "json", folder]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    assert all(source["status"] in {"parsed", "absent"} for source in report["sources"])
    found = {(each["code"], each.get("property")) for each in report["diagnostics"] if each["severity"] != "info"}
    return found - {("recommendation.missing", None)}


@pytest.mark.parametrize("path", TEXTS, ids=[path.name for path in TEXTS])
def test_what_repeats_other_files_is_current(path):
    assert path.read_text("utf-8") == TEXTS[path], "run: python -m study.reference.metadata"


def test_all_files_fit_their_vocabularies_and_agree():
    assert findings(Path()) == UNKNOWN_YET | NAMED_OTHERWISE


@pytest.mark.parametrize(
    ("path", "fact", "other", "property_"),
    [
        (PROJECT, 'version = "', 'version = "9', "version"),
        (PROJECT, 'license = "MIT"', 'license = "ISC"', "license"),
        (CITATION, "- name: The", "- name: Other", "author"),
        (ZENODO, '"version": "', '"version": "9', "version"),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else value,
)
def test_a_fact_changed_in_one_file_is_found(tmp_path, path, fact, other, property_):
    for each in (CITATION, PROJECT, CODEMETA, ZENODO):
        shutil.copy(each, tmp_path)
    text = path.read_text("utf-8")
    assert fact in text
    (tmp_path / path).write_text(text.replace(fact, other, 1), "utf-8")
    assert ("consistency.mismatch", property_) in findings(tmp_path)


def test_a_term_that_codemeta_does_not_have_is_found(tmp_path):
    for each in (CITATION, PROJECT, ZENODO):
        shutil.copy(each, tmp_path)
    (tmp_path / CODEMETA).write_text(TEXTS[CODEMETA].replace('"citation"', '"sources"'), "utf-8")
    assert ("profile.unknown-property", "sources") in findings(tmp_path)


def test_the_package_is_described_as_the_study():
    project = tomllib.loads(PROJECT.read_text("utf-8"))["project"]
    assert project["description"] == load_citation().abstract


def test_every_source_and_dataset_is_cited_as_the_configuration_names_it():
    references = load_citation().references
    sources = {(each.title, f"sha256:{each.sha256}") for each in load_sources()}
    datasets = {(each.title, each.homepage) for each in load_datasets().values()}
    assert {(each.title, each.identifiers[0].value) for each in references if not each.is_dataset} == sources
    assert {(each.title, each.url) for each in references if each.is_dataset} == datasets
    assert len(references) == len(sources) + len(datasets)


def test_datasets_are_cited_with_their_owners():
    licences = {each.title: each.license for each in load_datasets().values()}
    for reference in load_citation().references:
        for author in reference.authors if reference.is_dataset else []:
            assert (author.name or f"{author.given_names} {author.family_names}") in licences[reference.title]


def test_a_codecheck_recreates_what_verify_derives_again():
    text = CODECHECK.read_text("utf-8")
    assert re.search(r"^---$", text, re.MULTILINE)
    manifest = yaml.safe_load(text)["manifest"]
    derived = {folder / name for folder in machines() for name in DERIVED}
    assert {Path(each["file"]) for each in manifest} == derived
    assert len(manifest) == len(derived)
    assert all(Path(each["file"]).is_file() and each["comment"] for each in manifest)


def test_a_published_study_has_its_address_and_doi_in_every_catalogue():
    published = load_citation().model_copy(update={"repository_code": "https://example.org/study", "doi": "10.5555/1"})
    linked = json.loads(metadata.codemeta(published, metadata.load_project()))
    assert linked["codeRepository"] == "https://example.org/study"
    assert linked["identifier"] == "https://doi.org/10.5555/1"


def test_no_author_is_made_up():
    """A source that names none has none: anonymous is no name."""
    for work in json.loads(TEXTS[CODEMETA])["citation"]:
        assert "anonymous" not in json.dumps(work)
