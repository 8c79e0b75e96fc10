"""Binder and a development container set up what `make environment` does, from the files that everybody uses."""

import json
import re

import papermill
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

NOTEBOOK = "workflow/notebooks/experiment.ipynb"
COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)


@pytest.fixture(scope="module")
def binder(checkout, tmp_path_factory):
    """Where Binder's Jupyter looks for kernels, after what its builder runs last."""
    prefix = tmp_path_factory.mktemp("binder")
    done = checkout.run(".binder/postBuild", NB_PYTHON_PREFIX=str(prefix))
    assert done.returncode == 0, done.stdout[-6000:]
    return prefix


def test_the_kernel_of_binder_is_that_of_the_locked_environment(binder, checkout):
    specs = KernelSpecManager(kernel_dirs=[str(binder / "share/jupyter/kernels")], ensure_native_kernel=False)
    kernel = KernelManager(kernel_spec_manager=specs, kernel_name="python3")
    assert kernel.kernel_spec.argv[0] == str(checkout.root / ".venv/bin/python")
    kernel.start_kernel(cwd=checkout.root / "workflow/notebooks")
    try:
        done = papermill.execute_notebook(checkout.root / NOTEBOOK, None, progress_bar=False, km=kernel)
    finally:
        kernel.shutdown_kernel(now=True)
    assert "the committed records of amd-epyc-2-cores" in str(done.cells)


def test_binder_takes_neither_the_image_of_the_study_nor_the_environment_of_conda(checkout):
    """It would, if a folder `.binder` did not say what to take."""
    assert {path.name for path in (checkout.root / ".binder").iterdir()} == {"postBuild", "runtime.txt"}
    assert (checkout.root / ".binder/runtime.txt").read_text("utf-8") == "python-3.11\n", "as environment.yml has it"
    assert "- python=3.11" in (checkout.root / "environment.yml").read_text("utf-8")


def test_the_development_container_is_the_driver_of_the_dockerfile(checkout):
    folder = checkout.root / ".devcontainer"
    said = json.loads(COMMENT.sub("", (folder / "devcontainer.json").read_text("utf-8")))
    dockerfile = (folder / said["build"]["dockerfile"]).read_text("utf-8")
    assert (folder / said["build"]["context"]).resolve() == checkout.root.resolve()
    _, stage = re.split(rf"^FROM \S+ AS {said['build']['target']}$", dockerfile, flags=re.MULTILINE)
    assert f"USER {said['remoteUser']}" in stage.split("\nFROM ")[0]
    make, target = said["postCreateCommand"].split()
    assert make == "make"
    assert re.search(rf"^{target}:", (checkout.root / "Makefile").read_text("utf-8"), re.MULTILINE)
