"""One real smoke run of the whole study, in a copy of the project, shared by all tests that look at its results."""

import os
from pathlib import Path

import pytest
from checkout import Checkout, fresh_copy
from hypothesis import settings

# A slow machine is no failure of the law under test.
settings.register_profile("study", deadline=None)
settings.load_profile("study")


@pytest.hookimpl(tryfirst=True)  # before tests are left out by their marks
def pytest_collection_modifyitems(items):
    """Mark the tests that are done without a run of the whole study: `make test ARGS="-m units"`."""
    for item in items:
        if "smoke" not in item.fixturenames and not any(map(item.get_closest_marker, ("containers", "guides"))):
            item.add_marker("units")


@pytest.fixture(scope="session", autouse=True)
def _mirror():
    """A mirror given relative to the project is found from a copy of it too."""
    mirror = os.environ.get("STUDY_DATA_MIRROR", "")
    if mirror and "://" not in mirror:
        os.environ["STUDY_DATA_MIRROR"] = str(Path(mirror).resolve())


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Checkout:
    """A copy of the project in which nothing has run."""
    return fresh_copy(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def smoke(tmp_path_factory) -> Checkout:
    """A copy of the project in which the study ran at the scale smoke. Tests must leave it as it is."""
    ran = fresh_copy(tmp_path_factory.mktemp("smoke"))
    done = ran.snakemake()
    (ran.root / "terminal.txt").write_text(done.stdout, encoding="utf-8")
    assert done.returncode == 0, done.stdout[-6000:]
    return ran
