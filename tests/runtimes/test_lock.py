"""The locks name a hash for everything, and uv and conda install the same versions of the same packages."""

import json
import re
import shutil
import tomllib
from datetime import date, datetime
from pathlib import Path

import pytest
import yaml
from servers import NOWHERE

from study.common.errors import StudyError
from study.config.runtimes import load_runtimes
from study.config.validation import ConfigError
from study.runtimes.lock import CONDA, conda_environments, conda_file, lock, locked, main, pins

DOCKERFILE = Path("Dockerfile").read_text("utf-8")


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
def test_uv_and_conda_agree_on_every_version(name, runtime):
    listed = yaml.safe_load(conda_file(runtime).read_text("utf-8"))["dependencies"]
    assert listed[:2] == [f"python={runtime.python}", "pip"]
    assert dict(line.split("==") for line in listed[-1]["pip"]) == pins(Path(runtime.lock).read_text("utf-8"))


def test_images_are_built_with_the_uv_that_builds_the_rest():
    assert f"ARG UV_VERSION={pins_of_the_driver()['uv']}\n" in DOCKERFILE


def pins_of_the_driver():
    """Versions in the driver's lock."""
    return {each["name"]: each["version"] for each in tomllib.loads(Path("uv.lock").read_text("utf-8"))["package"]}


def test_the_drivers_lock_can_be_resolved_again():
    lock = tomllib.loads(Path("uv.lock").read_text("utf-8"))
    until = datetime.fromisoformat(lock["options"]["exclude-newer"])
    files = [file for each in lock["package"] for file in (each.get("sdist", {}), *each.get("wheels", []))]
    late = [file["url"] for file in files if datetime.fromisoformat(file.get("upload-time", str(until))) > until]
    assert not late, "raise exclude-newer in pyproject.toml to the day of these"


@pytest.mark.parametrize(("path", "text"), conda_environments().items(), ids=str)
def test_the_conda_environments_are_current(path, text):
    assert path.read_text("utf-8") == text, "run: make lock"


def test_the_driver_for_conda_has_snakemake():
    listed = yaml.safe_load(CONDA.read_text("utf-8"))["dependencies"]
    assert any(package.startswith("snakemake==9.") for package in listed[-1]["pip"])


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A copy of what the locks are made from, with a runtime that has none yet."""
    shutil.copytree("config", tmp_path / "config")
    shutil.copytree("workflow/envs", tmp_path / "workflow/envs", ignore=shutil.ignore_patterns("tf-2.15.0.*"))
    for name in ("environment.yml", "pyproject.toml", "uv.lock"):
        shutil.copy(name, tmp_path)
    runtimes = yaml.safe_load(Path("config/runtimes.yaml").read_text("utf-8")) | yaml.safe_load(NEW)
    (tmp_path / "config/runtimes.yaml").write_text(yaml.safe_dump(runtimes), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


NEW = """\
tf-2.15.0:
  python: "3.11"
  tensorflow: "2.15.0"
  lock: workflow/envs/tf-2.15.0.lock.txt
"""


def content(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_first_lock_of_a_runtime_changes_no_other(project):
    (project / "workflow/envs/tf-2.15.0.in").write_text("tensorflow-cpu==2.15.0\n", encoding="utf-8")
    before = content(project)
    main(["tf-2.15.0"])
    after = content(project)
    new = {name: after.pop(name).decode() for name in set(after) - set(before)}
    assert after == before
    text, conda, bill = (new[Path(f"workflow/envs/tf-2.15.0.{kind}")] for kind in ("lock.txt", "yml", "cdx.json"))
    assert pins(text)["tensorflow-cpu"] == "2.15.0"
    assert re.search(r"^# +make lock RUNTIME=tf-2\.15\.0  # of packages published up to \d{4}-\d\d-\d\d$", text, re.M)
    assert dict(line.split("==") for line in yaml.safe_load(conda)["dependencies"][-1]["pip"]) == pins(text)
    assert {each["name"]: each["version"] for each in json.loads(bill)["components"]} == pins(text)


def test_a_lock_has_no_package_that_was_published_later_than_its_day(project):
    (project / "workflow/envs/tf-2.15.0.in").write_text("tensorflow-cpu==2.15.0\n", encoding="utf-8")
    lock("tf-2.15.0", load_runtimes()["tf-2.15.0"], date(2024, 1, 1))
    text = (project / "workflow/envs/tf-2.15.0.lock.txt").read_text("utf-8")
    assert "published up to 2024-01-01\n" in text
    assert pins(text)["numpy"] == "1.26.2", "1.26.3 is of January 2"


def test_an_unknown_runtime_is_refused_with_the_nearest_one(project):
    before = content(project)
    with pytest.raises(ConfigError, match=r"unknown runtime 'tf-2\.15': did you mean 'tf-2\.15\.0'\?"):
        main(["tf-2.15"])
    with pytest.raises(StudyError, match=r"write workflow/envs/tf-2\.15\.0\.in, as in: tensorflow-cpu==2\.15\.0"):
        main(["tf-2.15.0"])
    assert content(project) == before


@pytest.mark.parametrize("index", [{}, {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple"}])
def test_without_network_a_lock_is_as_it_was_and_the_network_is_named(project, monkeypatch, index):
    for name, value in {"HTTPS_PROXY": NOWHERE, "UV_HTTP_RETRIES": "0", "UV_CACHE_DIR": "cache", **index}.items():
        monkeypatch.setenv(name, value)
    before = content(project / "workflow")
    with pytest.raises(
        StudyError, match=r"^workflow/envs/tf-2\.21\.0\.lock\.txt could not .*check the network(.|\n)*pypi"
    ):
        main(["tf-2.21.0"])
    assert content(project / "workflow") == before


def test_no_index_and_no_settings_of_this_machine_change_what_a_lock_says(project, monkeypatch):
    (project / "config/uv").mkdir()
    (project / "config/uv/uv.toml").write_text(
        'resolution = "lowest"\n[[index]]\nurl = "http://127.0.0.1:9"\ndefault = true\n'
    )
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project / "config"))
    monkeypatch.setenv("UV_INDEX_URL", NOWHERE)
    (project / "workflow/envs/tf-2.15.0.in").write_text("six>=1.15\n", encoding="utf-8")
    lock("tf-2.15.0", load_runtimes()["tf-2.15.0"], date(2024, 12, 31))
    assert pins((project / "workflow/envs/tf-2.15.0.lock.txt").read_text("utf-8")) == {"six": "1.17.0"}
    assert conda_environments()[CONDA] == Path("environment.yml").read_text("utf-8")


def test_of_the_driver_alone_only_its_conda_environment_is_written(project):
    before = content(project)
    (project / CONDA).unlink()
    main(["driver"])
    assert content(project) == before


def test_a_uv_that_cannot_be_started_is_told(project, monkeypatch):
    (project / "uv").write_text("no program")
    monkeypatch.setattr("uv.find_uv_bin", lambda: str(project / "uv"))
    with pytest.raises(StudyError, match=r"uv said:\n  it cannot be started: Permission denied"):
        main(["tf-2.21.0"])
