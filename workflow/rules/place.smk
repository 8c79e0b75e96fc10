"""Where the study works: in its own checkout, or in another folder, which gets links to what of the checkout it lacks.

All paths of the study are relative to the folder in which it works: so its results are the same wherever it lies. This
comes before everything else, and needs nothing but Snakemake.
"""

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.sourcecache import LocalSourceFile

# What steps read of the checkout. A folder deployed by snakedeploy has a configuration of its own.
READ = (
    *("src", "config", "environment.yml", "reports/calibration.json"),
    *(f"workflow/{name}" for name in ("envs", "notebooks", "report", "resources.json")),
)
# What the study's code needs and Snakemake alone does not bring.
IMPORTED = ("filelock", "numpy", "pandas")


def checkout_of(folder):
    """The checkout that holds this file: of a module that comes from a repository, a clone of it in this folder."""
    if isinstance(folder, LocalSourceFile):
        return Path(folder.path).resolve().parents[1]
    address = f"https://{folder.host}/{folder.repo}"
    ref = folder.tag or folder.commit
    if not ref:
        raise WorkflowError(
            f"{address}: name a tag or a commit of the study, not a branch, which changes between two runs"
        )
    clone = Path(".snakemake/keras-api-study", ref).absolute()
    if not clone.exists():
        clone_repository(address, ref, clone)
    return clone


def clone_repository(address, ref, clone):
    """Clone a repository at a tag, branch or commit; what is half-cloned is not kept."""
    part = clone.with_name(f"{clone.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.parent.mkdir(parents=True, exist_ok=True)
    for command in (
        ["clone", "--quiet", address, part],
        ["-C", part, "checkout", "--quiet", ref],
    ):
        done = subprocess.run(["git", *command], stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise WorkflowError(
                f"{address} at {ref} cannot be cloned: {done.stderr.strip()}"
            )
    part.rename(clone)


def refuse_renamed_paths():
    """A step names its files itself, as the next one expects them."""
    paths = workflow.modifier.path_modifier
    if paths.prefix or paths.modifies_prefixes:
        raise WorkflowError(
            "this study cannot be a module with a prefix: use `snakemake --directory` for another folder"
        )


def is_own_configuration(path):
    """Whether a folder is a configuration of the study, which need not be the checkout's."""
    return path.name == "config" and (path / "study.yaml").is_file()


def work_from(checkout):
    """Link what this folder lacks of the checkout."""
    for name in READ:
        here, there = Path(name), checkout / name
        if here.exists() and here.samefile(there) or is_own_configuration(here):
            continue
        if checkout == Path.cwd().resolve():
            raise WorkflowError(
                f"{there} is missing: get it back with `git checkout {name}`"
            )
        if here.exists() and not here.is_symlink():
            raise WorkflowError(
                f"{here.absolute()} is not the study's: let it work in another folder, which need not exist yet (--directory)"
            )
        here.parent.mkdir(parents=True, exist_ok=True)
        here.unlink(missing_ok=True)
        here.symlink_to(there)


def refuse_without_packages(checkout):
    """The study is read by its own code, which needs what its lock names, not Snakemake alone."""
    if missing := [name for name in IMPORTED if find_spec(name) is None]:
        raise WorkflowError(
            f"the Python that runs Snakemake lacks {', '.join(missing)}: set up the study's own environment with"
            f" `make -C {checkout} environment` and call {checkout}/.venv/bin/snakemake,"
            f" or with `conda env create --file {checkout}/environment.yml`"
        )


refuse_renamed_paths()
CODE = checkout_of(workflow.current_basedir)
refuse_without_packages(CODE)
work_from(CODE)
