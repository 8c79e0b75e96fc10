"""What each side of the process boundary may import; that neither imports the other is a contract in pyproject.toml."""

import ast
import sys
from pathlib import Path

import numpy as np
import pytest

from trials.training import data

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


# The runner runs on a Python and a TensorFlow that nobody mends any more (docs/isolation.md).
UNSAFE_MODULES = {"http", "ftplib", "pickle", "shelve", "marshal", "smtplib", "socket", "socketserver", "ssl", "urllib"}
UNSAFE_NAMES = {
    *("allow_pickle", "eval", "exec", "get_file", "urlopen", "Server"),  # what runs or fetches what somebody prepared
    *("decode_image", "decode_jpeg", "decode_png", "load_img", "image_dataset_from_directory"),  # what decodes images
}


def named(path: Path) -> set[str]:
    """Names that a file uses: variables, attributes and keywords."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        found |= {getattr(node, field) for field in ("id", "attr", "arg") if hasattr(node, field)}
    return found


@pytest.mark.parametrize("path", sorted((SOURCES / "trials").rglob("*.py")), ids=lambda path: path.name)
def test_the_runner_opens_no_connection_unpickles_no_file_and_decodes_no_image(path):
    assert not imported(path) & UNSAFE_MODULES
    assert not named(path) & UNSAFE_NAMES


def test_a_dataset_that_holds_pickled_objects_is_refused(tmp_path):
    path = Path(data.path_of(str(tmp_path), "mnist"))
    path.parent.mkdir()
    np.savez(path, x_train=np.array([{"an": "object"}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        data.read(str(tmp_path), "mnist")
