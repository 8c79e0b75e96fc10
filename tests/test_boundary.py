"""What each side of the process boundary may import; that neither imports the other is a contract in pyproject.toml."""

import ast
import sys
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parent.parent / "src"


def imported(path: Path) -> set[str]:
    """Top-level names that a file imports, also inside functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("path", sorted((SOURCES / "study").rglob("*.py")), ids=lambda path: path.name)
def test_the_driver_never_imports_tensorflow(path):
    assert not imported(path) & {"tensorflow", "keras"}


@pytest.mark.parametrize("path", sorted((SOURCES / "trials").rglob("*.py")), ids=lambda path: path.name)
def test_the_runner_needs_only_numpy_and_tensorflow(path):
    # pkg_resources takes the place of importlib.metadata in Python 3.7.
    allowed = {"numpy", "tensorflow", "trials", "pkg_resources", *sys.stdlib_module_names}
    assert imported(path) <= allowed


@pytest.mark.parametrize("path", sorted((SOURCES / "trials").rglob("*.py")), ids=lambda path: path.name)
def test_the_runner_is_valid_python_3_7(path):
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 7))
