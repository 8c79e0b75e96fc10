"""Everything that is imported is declared: what comes along with another package today may not do so tomorrow."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))
# Also in Snakemake's rules and the notebook, which are no Python.
IMPORT = re.compile(r'^[\s"]*(?:from (\w+)[\w.]* import|import (\w+)[\w.]*(?: as \w+)?(?:\\n)?[",]*$)', re.MULTILINE)
NO_PACKAGES = {
    *sys.stdlib_module_names,
    "study",
    "trials",
    "benchmarks",
    "tests",
    *(path.stem for path in Path("tests").glob("*.py")),
}
# The runtimes' own: what runs in them is no part of the driver. And what groups of packages bring to those who ask.
ELSEWHERE = {"tensorflow", "keras", "jupyterlab", "dvc"}
STARTED = {"ipykernel"}  # by the notebook's kernel, not imported


def names(requirements):
    return {canonicalize_name(Requirement(each).name) for each in requirements}


def imported(*patterns):
    """Distributions of all packages that the files of these patterns import."""
    texts = [path.read_text("utf-8") for pattern in patterns for path in Path().glob(pattern)]
    modules = {first or second for text in texts for first, second in IMPORT.findall(text)} - NO_PACKAGES
    provided = packages_distributions()
    return {canonicalize_name(provided[module][0]) for module in modules - ELSEWHERE}


DECLARED = names(PROJECT["project"]["dependencies"])
BY_STUDY = imported("src/study/**/*.py", "Snakefile", "workflow/**/*.smk", "workflow/notebooks/*.ipynb")


def test_what_the_study_imports_is_declared_and_what_is_declared_is_imported():
    assert {"pyyaml", "snakemake", "seaborn", "numpy"} <= BY_STUDY
    assert BY_STUDY | STARTED == DECLARED


def test_what_the_tests_import_is_declared():
    used = imported("tests/**/*.py", "benchmarks/**/*.py")
    assert {"pytest", "hypothesis"} <= used
    assert used <= DECLARED | names(PROJECT["dependency-groups"]["dev"])
