"""What contributors, code hosts and archives look for is there, fits its schema, and says what is true."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from study import schemas
from study.config.datasets import load_datasets
from study.reference import metadata
from study.reference.contents import DERIVED, machines
from study.runtimes.lock import conda_environments

PROJECT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
FORMS = ".github/ISSUE_TEMPLATE"
SCHEMAS = {
    "github-workflows": sorted(Path(".github/workflows").glob("*.yml")),
    "github-issue-forms": sorted(path for path in Path(FORMS).glob("*.yml") if path.name != "config.yml"),
    "github-issue-config": [Path(FORMS, "config.yml")],
    "dependabot": [Path(".github/dependabot.yml")],
    "citation-file-format": [Path("CITATION.cff")],
}
WORKFLOWS = {path.name: path.read_text("utf-8") for path in SCHEMAS["github-workflows"]}
PAGES = [*Path().glob("*.md"), *(page for folder in ("docs", "config") for page in Path(folder).rglob("*.md"))]
LINK = re.compile(r"\]\((?!\w+://)([^)#\s]*)(?:#([^)\s]+))?\)")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    tool, *arguments = command
    return subprocess.run([BIN / tool, *arguments], cwd=PROJECT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("schema", "paths"), SCHEMAS.items(), ids=SCHEMAS)
def test_a_file_fits_its_schema(schema, paths):
    assert paths
    done = run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, paths))
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_form_that_does_not_fit_is_found(tmp_path):
    (tmp_path / "form.yml").write_text("name: No description, no body\n", "utf-8")
    done = run("check-jsonschema", "--builtin-schema", "vendor.github-issue-forms", str(tmp_path / "form.yml"))
    assert "'body' is a required property" in done.stdout


def test_workflows_are_safe():
    """Pinned actions, least permissions, no credentials kept, no text of strangers in a command."""
    done = run("zizmor", "--offline", "--no-progress", "--persona=auditor", ".github")
    assert done.returncode == 0, done.stdout


def test_an_action_that_is_not_pinned_is_found(tmp_path):
    path = tmp_path / ".github/workflows/check.yml"
    path.parent.mkdir(parents=True)
    path.write_text(re.sub("@[0-9a-f]{40}", "@v7", WORKFLOWS["check.yml"]), "utf-8")
    done = run("zizmor", "--offline", "--no-progress", "--persona=auditor", str(path))
    assert "unpinned-uses" in done.stdout


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_pinned_action_says_which_release_it_is(name):
    used = re.findall(r"uses: (.*)", WORKFLOWS[name])
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each) for each in used)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_needs_nothing_but_the_repository_and_public_places(name):
    """No secret, no mirror, and no commands but those that README.md and CONTRIBUTING.md give to everybody."""
    text = WORKFLOWS[name]
    assert "secrets." not in text
    assert "STUDY_" not in text
    targets = set(re.findall(r"^([a-z-]+):", Path("Makefile").read_text("utf-8"), re.MULTILINE))
    made = set(re.findall(r"run: make ([a-z-]+)", text))
    assert made
    assert made <= targets


def test_units_are_the_tests_without_a_run():
    chosen = run("pytest", "--collect-only", "-q", "-m", "units", "tests/test_schemas.py").stdout
    assert "test_what_is_made_of_the_models_is_current" in chosen
    assert "test_real_records_and_plans_fit_their_schemas" not in chosen


def test_every_file_says_whose_it_is_and_under_which_terms():
    done = run("reuse", "lint", "--lines")
    assert done.returncode == 0, done.stdout


def test_samples_are_under_the_terms_of_their_dataset():
    """`REUSE.toml` names the holder whom `config/datasets.yaml` names, for images and the page with them."""
    holders = {
        entry["path"]: [text.removeprefix("SPDX-FileCopyrightText: ") for text in entry["copyrights"]]
        for entry in map(_values, json.loads(run("reuse", "lint", "--json").stdout)["files"])
    }
    licences = {name: dataset.license for name, dataset in load_datasets().items()}
    for folder in machines():
        images = [path for path in (folder / "samples").iterdir() if path.suffix != ".json"]
        assert images
        for path in images:
            name = next(name for name in licences if path.name.startswith(name))
            (holder,) = holders[path.as_posix()]
            assert holder in licences[name]
            assert holder in holders[(folder / "report.html").as_posix()]


def _values(entry: dict) -> dict:
    return {"path": entry["path"], "copyrights": [each["value"] for each in entry["copyrights"]]}


def test_what_a_command_writes_is_left_out_of_diffs():
    written = {*schemas.generated(), *metadata.generated(), *conda_environments()} - {schemas.GUIDE}
    written |= {folder / name for folder in machines() for name in DERIVED}
    written |= {Path("uv.lock"), Path("dvc.lock"), *Path("workflow/envs").glob("*.lock.txt")}
    written |= set(Path("workflow/envs").glob("*.cdx.json"))
    command = ["git", "check-attr", "linguist-generated", "--", *sorted(map(str, written))]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(told) == len(written)
    assert [line for line in told if not line.endswith(": set")] == []


def test_what_a_person_writes_is_shown_in_diffs():
    command = [
        "git",
        "check-attr",
        "linguist-generated",
        "--",
        "README.md",
        "src/trials/code.json",
        "config/study.yaml",
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert all(line.endswith(": unspecified") for line in told)


@pytest.mark.parametrize("page", PAGES, ids=map(str, PAGES))
def test_links_lead_somewhere(page):
    for path, anchor in LINK.findall(page.read_text("utf-8")):
        target = page.parent / path if path else page
        assert target.exists(), f"{page}: {path}"
        if anchor and target.suffix == ".md":
            headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.MULTILINE)
            assert anchor in {_anchor(heading) for heading in headings}, f"{page}: {path}#{anchor}"


def _anchor(heading: str) -> str:
    """Name that code hosts give a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_the_index_of_docs_has_every_page():
    linked = {(Path("docs") / path).resolve() for path, _ in LINK.findall(Path("docs/README.md").read_text("utf-8"))}
    there = {path.resolve() for path in Path("docs").rglob("*") if path.is_file()}
    assert there - linked == {Path("docs/README.md").resolve()}


def test_the_changelog_ends_with_the_version_that_is_there():
    """The newest heading is what is not released yet, or the version of the package; no version is released twice."""
    text = Path("CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## \[(Unreleased|\d+\.\d+\.\d+)\](?: - \d{4}-\d\d-\d\d)?$", text, re.MULTILINE)
    assert len(versions) == len(set(versions)) == text.count("\n## ")
    released = [version for version in versions if version != "Unreleased"]
    current = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert released[:1] in ([], [current])
    kinds = set(re.findall(r"^### (.*)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
