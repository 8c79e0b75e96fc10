"""What a record calls its code: all that can change its numbers, and nothing else."""

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from runner import SOURCES, Runner, planned

from study.config.study import load_study
from study.records.models import Probe
from study.runtimes import runtime
from trials import code

RUNNER = SOURCES / "trials"
RUNTIME = "tf-2.10.0"
KINDS = [*(("trial", name) for name in load_study().experiments), *((probe, "") for probe in get_args(Probe))]


def imported(path: Path) -> Iterator[str]:
    """Files of the runner that a file imports, also inside functions or by name: modules, and packages around them."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} has a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        if isinstance(node, ast.Constant):
            names = [str(node.value)]
        for parts in (name.split(".") for name in names if name.startswith("trials.")):
            for n in range(1, len(parts) + 1):
                module = SOURCES.joinpath(*parts[:n])
                files = (module.with_suffix(".py"), module / "__init__.py")
                yield from (str(file.relative_to(RUNNER)) for file in files if file.exists())


@pytest.mark.parametrize(("kind", "experiment"), KINDS)
def test_what_counts_as_code_imports_nothing_that_does_not(kind, experiment):
    counted = set(code.files(kind, experiment))
    assert {name: set(imported(RUNNER / name)) - counted for name in counted} == {name: set() for name in counted}


def test_every_file_that_trains_counts_as_code_of_a_trial_and_of_experiments_its_own():
    for name in load_study().experiments:
        files = set(code.files("trial", name))
        assert {f"training/{file.name}" for file in (RUNNER / "training").glob("*.py")} <= files
        assert {file for file in files if file.startswith("experiments/")} == {
            "experiments/__init__.py",
            f"experiments/{name}.py",
        }


@pytest.fixture
def runner(tmp_path) -> Runner:
    """A runner whose source files a test may change, and a dataset of noise."""
    shutil.copytree(RUNNER, tmp_path / "src/trials", ignore=shutil.ignore_patterns("__pycache__"))
    runtime.main([RUNTIME, "--out", str(tmp_path / f"results/runtimes/{RUNTIME}.json")])
    (tmp_path / "data/mnist").mkdir(parents=True)
    generator = np.random.default_rng(0)
    np.savez(
        tmp_path / "data/mnist/mnist.npz",
        **{f"x_{part}": generator.integers(0, 256, (64, 28, 28), np.uint8) for part in ("train", "test")},
        **{f"y_{part}": generator.integers(0, 10, 64, np.uint8) for part in ("train", "test")},
    )
    return Runner(tmp_path, tmp_path / "job", RUNTIME, tmp_path / "data", tmp_path / "src")


def test_a_comment_repeats_a_trial_only_where_code_trains(runner):
    trial = planned("controlled", RUNTIME, "sequential", n_train=64, n_test=64, n_epochs=1)
    sources = runner.sources / "trials"
    trains = {sources / name for name in code.files("trial", trial["experiment"])}

    def n_runs_after_a_comment_in(*paths: Path) -> int:
        for path in paths:
            path.write_text(path.read_text("utf-8") + "# a comment\n", "utf-8")
        done = runner.run([trial])
        assert done.returncode == 0, done.stderr
        return len(runner.journal())

    assert n_runs_after_a_comment_in() == 1
    assert n_runs_after_a_comment_in(*(set(sources.rglob("*.py")) - trains)) == 1
    assert n_runs_after_a_comment_in(sources / "training/fit.py") == 2
    assert n_runs_after_a_comment_in(sources / "experiments/softmax_regression.py") == 3
    records = runner.journal()
    assert len({record["code_sha256"] for record in records}) == 3
    assert len({record["plan_sha256"] for record in records}) == 1
    assert len({record["epochs"][0]["weights_sha256"] for record in records}) == 1
