"""The locks agree with each other and name a hash for everything."""

import re
from pathlib import Path

import pytest
import yaml

from study.config import load_runtimes
from study.lock import CONDA, conda_environment


@pytest.mark.parametrize(("name", "runtime"), load_runtimes().items())
def test_a_runtime_is_locked_with_hashes(name, runtime):
    lock = Path(runtime.lock).read_text("utf-8")
    packages = re.findall(r"^([a-z0-9-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})*)", lock, re.MULTILINE)
    assert name == f"tf-{runtime.tensorflow}"
    assert all(hashes for _, _, hashes in packages)
    versions = {package: version for package, version, _ in packages}
    assert runtime.tensorflow in (versions.get("tensorflow"), versions.get("tensorflow-cpu"))


def test_the_conda_environment_has_the_locked_versions():
    assert CONDA.read_text("utf-8") == conda_environment(), "run: make lock"
    listed = yaml.safe_load(CONDA.read_text("utf-8"))["dependencies"]
    assert any(package.startswith("snakemake==9.") for package in listed[-1]["pip"])
