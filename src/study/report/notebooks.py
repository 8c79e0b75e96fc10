"""Runs the notebook for every experiment."""

import argparse
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import nbformat
from jupyter_client.manager import KernelManager
from papermill import execute_notebook
from papermill.exceptions import PapermillExecutionError

from study.common.atomic import write_text
from study.common.command import run
from study.common.errors import StudyError
from study.config.study import load_study

NOTEBOOK = Path("workflow/notebooks/experiment.ipynb")


def run_notebooks(experiments: Iterable[str], tables: Mapping[str, Path], folder: Path) -> None:
    """Run the notebook for every experiment and put them in `folder`, each named after its experiment.

    One kernel runs them one after another: to start one takes longer than they do. A notebook depends on nothing that
    another left, as each begins by defining all it uses.

    Raises
    ------
    StudyError
        If the notebook says what is wrong with what it was given.
    """
    with tempfile.TemporaryDirectory() as sockets:
        # Not over TCP: kernels that start at once may take each other's ports.
        kernel = KernelManager(kernel_name="python3", transport="ipc", connection_file=f"{sockets}/kernel.json")
        kernel.start_kernel(extra_arguments=["--log-level=ERROR"])
        try:
            for experiment in experiments:
                parameters = {name: str(path) for name, path in tables.items()} | {"experiment": experiment}
                executed = _execute(parameters, kernel)
                write_text(folder / f"{experiment}.ipynb", nbformat.writes(executed))
        finally:
            kernel.shutdown_kernel(now=True)


def _execute(parameters: dict[str, str], kernel: KernelManager) -> nbformat.NotebookNode:
    try:
        executed: nbformat.NotebookNode = execute_notebook(NOTEBOOK, None, parameters, progress_bar=False, km=kernel)
    except PapermillExecutionError as error:
        if error.traceback == [error.evalue]:  # a StudyError shows no more than its words
            raise StudyError(f"{NOTEBOOK}: {error.evalue}") from None
        raise
    return executed


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the notebook for every experiment of the study."""
    parser = argparse.ArgumentParser(prog="python -m study.report.notebooks", description=main.__doc__)
    parser.add_argument("--trials", required=True, type=Path, help="table of trials (Parquet)")
    parser.add_argument("--epochs", required=True, type=Path, help="table of epochs (Parquet)")
    parser.add_argument("--out", required=True, type=Path, help="folder for the executed notebooks, <experiment>.ipynb")
    chosen = parser.parse_args(arguments)
    run_notebooks(load_study().experiments, {"trials": chosen.trials, "epochs": chosen.epochs}, chosen.out)


if __name__ == "__main__":
    run(main)
