"""The study works from another folder, as a module, and where snakedeploy puts it; what cannot work is refused."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from checkout import Checkout

from study.planning.plan import Job

# What snakedeploy 0.17 writes.
DEPLOYED = """
from snakemake.utils import min_version


min_version("6.10.0")


configfile: "config/config.yaml"


module keras_api_study:
    snakefile:
        {source}
    config:
        config


use rule * from keras_api_study
"""
PLAN = f"results/plans/{Job('smoke', 'mlp_64', 'accuracy', 'tf-2.21.0', 1).path}.json"
PREPARED = "data/processed/mnist/mnist.npz"


@pytest.fixture
def elsewhere(tmp_path):
    """A folder that has nothing of the study."""
    folder = tmp_path / "else where"
    folder.mkdir()
    return Checkout(folder)


def module(folder: Path, source: str, *more: str) -> None:
    (folder / "Snakefile").write_text(
        "\n".join(["module keras:", f"    snakefile: {source}", "    config: config", *more, "use rule * from keras"]),
        "utf-8",
    )


def steps(done):
    """Names of the steps that a run would do."""
    assert done.returncode == 0, done.stdout[-3000:]
    return {line.split()[0] for line in done.stdout.split("Job stats:")[1].split("\n\n")[0].splitlines()[3:]}


def test_directory_keeps_all_that_is_made_in_another_folder(checkout, elsewhere):
    done = checkout.snakemake("--directory", str(elsewhere.root), PREPARED, PLAN)
    assert done.returncode == 0, done.stdout[-3000:]
    assert (elsewhere.root / PREPARED).is_file()
    assert (elsewhere.root / PLAN).is_file()
    assert not (checkout.root / "results").exists()
    assert (elsewhere.root / "src").resolve() == checkout.root / "src"


def test_a_module_has_all_steps_and_the_same_default_target(checkout, elsewhere):
    module(elsewhere.root, repr(str(checkout.root / "workflow/Snakefile")))
    planned = steps(elsewhere.snakemake("--dry-run"))
    assert planned - {"study"} == steps(checkout.snakemake("--dry-run")) - {"all"}
    assert {"timed_trials", "report", "complete"} <= planned


@pytest.fixture
def hosted(checkout, tmp_path):
    """Variables by which an address on GitHub leads to a repository here, which has the study and a tag `v1`."""
    bare = tmp_path / "hosted/example/study"
    for command in (["clone", "--quiet", "--bare", checkout.root, bare], ["-C", bare, "tag", "v1"]):
        subprocess.run(["git", *command], check=True)
    settings = tmp_path / "gitconfig"
    settings.write_text(f'[url "file://{tmp_path}/hosted/"]\n insteadOf = https://github.com/\n', "utf-8")
    return {"GIT_CONFIG_GLOBAL": str(settings), "XDG_CACHE_HOME": str(tmp_path / "cache")}


def deploy(checkout, folder, ref):
    """Do as `snakedeploy deploy-workflow https://github.com/example/study` does."""
    (folder / "workflow").mkdir()
    source = f'github("example/study", path="workflow/Snakefile", {ref})'
    (folder / "workflow/Snakefile").write_text(DEPLOYED.format(source=source), "utf-8")
    for name in ("config", "profiles"):
        shutil.copytree(checkout.root / name, folder / name)
    (folder / "config/config.yaml").write_text("scale: smoke\n", "utf-8")


def test_what_snakedeploy_makes_of_a_release_works(checkout, elsewhere, hosted):
    deploy(checkout, elsewhere.root, 'tag="v1"')
    done = elsewhere.run("snakemake", "--cores", "2", PREPARED, PLAN, **hosted)
    assert done.returncode == 0, done.stdout[-3000:]
    assert (elsewhere.root / PREPARED).is_file()
    assert (elsewhere.root / PLAN).is_file()
    assert (elsewhere.root / "src").resolve() == elsewhere.root / ".snakemake/keras-api-study/v1/src"


def test_a_branch_of_a_repository_is_refused(checkout, elsewhere, hosted):
    branch = subprocess.run(
        ["git", "branch", "--show-current"], cwd=checkout.root, capture_output=True, text=True, check=True
    )
    deploy(checkout, elsewhere.root, f'branch="{branch.stdout.strip()}"')
    said = refusal(elsewhere.run("snakemake", "--dry-run", "--cores", "2", **hosted))
    assert "https://github.com/example/study: name a tag or a commit of the study, not a branch" in said


def refusal(done):
    assert done.returncode
    assert "Traceback" not in done.stdout
    return done.stdout


def test_a_tag_that_is_not_there_is_refused_and_nothing_is_kept(checkout, elsewhere):
    (elsewhere.root / "place.smk").write_text((checkout.root / "workflow/rules/place.smk").read_text("utf-8"), "utf-8")
    (elsewhere.root / "Snakefile").write_text(
        'include: "place.smk"\n\n\n' + f'clone_repository({str(checkout.root)!r}, "v9", Path("clone").absolute())\n',
        "utf-8",
    )
    said = refusal(elsewhere.run("snakemake", "--dry-run", "--cores", "1"))
    assert "at v9 cannot be cloned" in said
    assert not (elsewhere.root / "clone").exists()


def test_a_prefix_is_refused(checkout, elsewhere):
    module(elsewhere.root, repr(str(checkout.root / "workflow/Snakefile")), "    prefix: 'keras'")
    assert "cannot be a module with a prefix" in refusal(elsewhere.snakemake("--dry-run"))


def test_a_folder_that_holds_something_else_is_refused(checkout, elsewhere):
    (elsewhere.root / "src").mkdir()
    said = refusal(checkout.snakemake("--dry-run", "--directory", str(elsewhere.root)))
    assert f"{elsewhere.root}/src is not the study's: let it work in another folder" in said


def test_a_python_without_the_packages_of_the_study_is_refused(checkout, tmp_path):
    """As is the Snakemake that conda installs: here one whose Python finds no pandas."""
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['pandas'] = None\n", "utf-8")
    said = refusal(checkout.run("snakemake", "--dry-run", "--cores", "1", PYTHONPATH=str(tmp_path)))
    assert "the Python that runs Snakemake lacks pandas: set up the study's own environment with" in said
    assert f"`make -C {checkout.root} environment` and call {checkout.root}/.venv/bin/snakemake" in said


def test_the_catalog_finds_what_it_documents(checkout):
    """Its pages are made of these files, by these keys."""
    assert all(
        (checkout.root / name).is_file() for name in ("workflow/Snakefile", "config/README.md", "config/config.yaml")
    )
    readme = (checkout.root / "README.md").read_text("utf-8").lower()
    assert "snakemake" in readme
    assert "workflow" in readme
    usage = yaml.safe_load((checkout.root / ".snakemake-workflow-catalog.yml").read_text("utf-8"))["usage"]
    assert usage.keys() == {"mandatory-flags", "software-stack-deployment", "report"}
    assert usage["mandatory-flags"].keys() == {"desc", "flags"}
    assert set(usage["software-stack-deployment"]) <= {"conda", "apptainer", "apptainer+conda", "report"}
