"""Opens the notebooks in JupyterLab, with the study's settings in place of a home's, and keeps outputs out of them."""

import os
import sys
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from study.common.command import run
from study.common.errors import StudyError
from study.common.surroundings import variables
from study.notebooks.run import project

OPENED = "workflow/notebooks/experiment.ipynb"
# No tool of the machine is started, and what is installed stays what the lock says.
OPTIONS = ("--LanguageServerManager.autodetect=False", "--LabApp.extension_manager=readonly")
# What else may say which Python runs a notebook, and what it does before the first cell.
OTHERS = ("JUPYTER*", "IPYTHON*", "PYTHON*", "MPL*", "MATPLOTLIBRC")


def without_outputs(model: dict[str, Any], **_where: object) -> None:
    """Take from a notebook that is about to be saved what it showed, and what its kernel said of itself.

    So one that was opened and run is, when saved, as it is committed, and no step of the study runs again.

    Parameters
    ----------
    model
        What Jupyter's server saves: `type`, and for a notebook its `content`.
    """
    if model["type"] != "notebook":
        return
    notebook = model["content"]
    notebook["metadata"]["language_info"] = {"name": "python"}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
            cell["metadata"].pop("execution", None)


def main(arguments: Sequence[str] | None = None) -> None:
    """Start JupyterLab in the project; `arguments` are its own."""
    folder = project()
    _set_up()
    try:
        # Late, as it looks for its folders at once.
        from jupyterlab.labapp import LabApp  # noqa: PLC0415
    except ModuleNotFoundError:
        raise StudyError("JupyterLab is not installed: `make notebook` installs it, and starts it") from None
    chosen = sys.argv[1:] if arguments is None else arguments
    server = LabApp.initialize_server([f"--ServerApp.root_dir={folder}", *OPTIONS, str(folder / OPENED), *chosen])
    server.contents_manager.register_pre_save_hook(without_outputs)
    server.start()


def _set_up() -> None:
    """Leave to JupyterLab and its kernels the settings of the study's steps, and what else a desktop needs."""
    for name in [name for name in os.environ if any(fnmatchcase(name, other) for other in OTHERS)]:
        del os.environ[name]
    os.environ.update(variables())


if __name__ == "__main__":
    run(main)
