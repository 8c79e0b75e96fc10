"""The locks name a hash for everything, and uv, containers and conda install the same versions of the same packages."""

import re
from pathlib import Path

import pytest
import yaml

from study.runtimes.lock import CONDA, conda_environments, conda_file, locked, pins

DOCKERFILE = Path("Dockerfile").read_text("utf-8")
# What stands after `FROM … AS name` until the next stage, by name.
STAGES = {
    name: (base, body)
    for base, name, body in re.findall(r"^FROM (\S+) AS (\S+)\n(.*?)(?=^FROM |\Z)", DOCKERFILE, re.M | re.S)
}


def history(stage):
    """Lines of a stage of the Dockerfile, and of the stages that it starts or copies from."""
    base, body = STAGES.get(stage, ("", ""))
    made_of = re.findall(r"--from=(\S+)", body)
    return base + body + "".join(history(each) for each in (base, *made_of) if each)


@pytest.mark.parametrize(("name", "runtime"), locked().items())
def test_a_runtime_is_locked_with_hashes(name, runtime):
    lock = Path(runtime.lock).read_text("utf-8")
    packages = re.findall(r"^([a-z0-9-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})*)", lock, re.MULTILINE)
    assert name.removesuffix("-gpu") == f"tf-{runtime.tensorflow}"
    assert all(hashes for _, _, hashes in packages)
    versions = {package: version for package, version, _ in packages}
    assert versions == pins(lock)
    assert runtime.tensorflow in (versions.get("tensorflow"), versions.get("tensorflow-cpu"))


@pytest.mark.parametrize(("name", "runtime"), locked().items())
def test_uv_containers_and_conda_agree_on_every_version(name, runtime):
    listed = yaml.safe_load(conda_file(runtime).read_text("utf-8"))["dependencies"]
    assert listed[:2] == [f"python={runtime.python}", "pip"]
    assert dict(line.split("==") for line in listed[-1]["pip"]) == pins(Path(runtime.lock).read_text("utf-8"))
    image = history(runtime.image.rpartition(":")[2])
    assert re.findall(r"workflow/envs/(\S+)\.lock\.txt", image) == [name]
    assert set(re.findall(r"PYTHON_(\d)_(\d+)\} AS python-", image)) <= {tuple(runtime.python.split("."))}
    assert f"uv venv --python {runtime.python} " in image


def test_images_are_built_with_the_uv_that_builds_the_rest():
    version = re.search(r"UV_VERSION := (\S+)", Path("Makefile").read_text("utf-8"))[1]
    assert f"ARG UV_VERSION={version}\n" in DOCKERFILE


@pytest.mark.parametrize(("path", "text"), conda_environments().items(), ids=str)
def test_the_conda_environments_are_current(path, text):
    assert path.read_text("utf-8") == text, "run: make lock"


def test_the_driver_for_conda_has_snakemake():
    listed = yaml.safe_load(CONDA.read_text("utf-8"))["dependencies"]
    assert any(package.startswith("snakemake==9.") for package in listed[-1]["pip"])
