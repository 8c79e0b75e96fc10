"""Providers start the same Python in their own ways, and say what helps where one is not there or not right."""

import hashlib
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.common.errors import StudyError
from study.config.runtimes import Runtime, load_runtimes
from study.config.study import Setup
from study.config.validation import ConfigError, load_yaml
from study.runtimes.isolation import SOURCES
from study.runtimes.providers.apptainer import built, create, inputs
from study.runtimes.providers.image import image_of
from study.runtimes.providers.registry import PROVIDERS
from study.runtimes.runtime import _outermost, command_of, environment_of

NAME = "tf-2.0.0"
RUNTIME = load_runtimes()[NAME]
CONTAINERS = [name for name in PROVIDERS if name != "uv"]
DIGEST = f"sha256:{'0' * 64}"


def with_image(image: str | None) -> Runtime:
    return RUNTIME.model_copy(update={"image": image})


@pytest.fixture
def path(monkeypatch, tmp_path):
    """A PATH on which there is nothing but what a test puts there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def apptainer(path):
    """An Apptainer that is there, for tests that do not get as far as to run it."""
    (path / "apptainer").write_text("#!/bin/sh\nexit 1\n")
    (path / "apptainer").chmod(0o755)


# ---- the command that starts a runtime's Python ----


@pytest.fixture
def commands(apptainer, tmp_path, monkeypatch):
    """The command of every provider for a runtime, from settings and folders."""
    sif = tmp_path / "image.sif"
    sif.write_bytes(b"an image")
    (tmp_path / "bin" / "docker").write_text(f"""#!/bin/sh\necho '{{"Id": "{DIGEST}", "RepoDigests": []}}'\n""")
    (tmp_path / "bin" / "docker").chmod(0o755)

    def command(provider, **changes):
        runtime = with_image(str(sif) if provider == "apptainer" else "an-image")
        setup = Setup(provider=provider, gpu=changes.pop("gpu", []))
        return command_of(NAME, runtime, setup, **changes)

    return command


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_shows_python_the_runner_and_hides_the_gpu(provider, commands):
    command = commands(provider)
    assert Path(command[-1]).name == "python"
    assert {f"PYTHONPATH={SOURCES}", "CUDA_VISIBLE_DEVICES=-1"} <= set(command)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_gives_python_the_same_variables(provider, commands, monkeypatch):
    for name in ("TF_XLA_FLAGS", "PYTHONOPTIMIZE", "KERAS_HOME", "OPENBLAS_CORETYPE", "LD_LIBRARY_PATH"):
        monkeypatch.setenv(name, "hostile")
    given = {part.split("=")[0] for part in commands(provider) if re.match("[A-Z_]+=", part)}
    assert given - {"PATH"} == {
        *("CUDA_VISIBLE_DEVICES", "HOME", "LC_ALL", "OPENBLAS_CORETYPE", "PYTHONNOUSERSITE", "PYTHONPATH"),
        *("STUDY_CORES", "TZ"),
    }


@pytest.mark.parametrize("provider", PROVIDERS)
def test_on_the_gpu_nothing_is_hidden(provider, commands):
    assert "CUDA_VISIBLE_DEVICES=-1" not in commands(provider, gpu=[NAME])


@pytest.mark.parametrize(("provider", "flag"), [("docker", "--gpus"), ("apptainer", "--nv")])
def test_a_container_is_given_the_gpus_if_any_runtime_uses_them(provider, flag, commands):
    assert flag in commands(provider, gpu=[NAME])
    assert flag in commands(provider, gpu=["tf-2.21.0"])
    assert "CUDA_VISIBLE_DEVICES=-1" in commands(provider, gpu=["tf-2.21.0"])
    assert flag not in commands(provider)


@pytest.mark.parametrize(("provider", "option"), [("docker", "--workdir"), ("apptainer", "--pwd")])
def test_a_container_works_in_the_checkout_and_sees_what_it_is_told_to(provider, option, commands, tmp_path):
    command = commands(provider, folders=[tmp_path])
    assert command[command.index(option) + 1] == str(Path.cwd())
    assert any(part.startswith(str(tmp_path)) for part in command)


@pytest.mark.parametrize("provider", CONTAINERS)
def test_a_container_has_no_network(provider, commands):
    command = commands(provider)
    assert command[command.index("--network") + 1] == "none"


def test_docker_runs_as_the_user_who_asks(commands):
    assert f"{os.getuid()}:{os.getgid()}" in commands("docker")


def test_a_folder_that_is_a_link_to_another_disk_is_seen(commands, tmp_path, monkeypatch):
    disk, checkout = tmp_path / "disk", tmp_path / "checkout"
    disk.mkdir()
    checkout.mkdir()
    shutil.copytree("workflow/envs", checkout / "workflow/envs")
    (checkout / "data").symlink_to(disk)
    monkeypatch.chdir(checkout)
    assert f"{disk}:{disk}" in commands("docker")


@given(st.lists(st.lists(st.sampled_from("ab"), max_size=3), max_size=5))
def test_no_folder_is_named_that_lies_in_one_before(parts):
    folders = [Path("/", *each) for each in parts]
    kept = _outermost(folders)
    assert kept[:1] == folders[:1]
    assert all(any(folder.is_relative_to(other) for other in kept) for folder in folders)
    assert not any(later.is_relative_to(kept[i]) for i in range(len(kept)) for later in kept[i + 1 :])


# ---- what is wrong is said, with what helps ----


@pytest.mark.parametrize("provider", CONTAINERS)
def test_without_an_engine_the_remedy_is_named(provider, path):
    with pytest.raises(StudyError) as caught:
        environment_of(NAME, RUNTIME, Setup(provider=provider))
    for said in (f"runtime '{NAME}'", "install it, or choose another provider", "--config provider=uv"):
        assert said in str(caught.value)


@pytest.mark.skipif(shutil.which("docker") is None, reason="no Docker here")
def test_a_docker_that_is_not_running_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing")
    with pytest.raises(StudyError, match=r"start Docker, or choose another provider.*\n.*Cannot connect"):
        environment_of(NAME, RUNTIME, Setup(provider="docker"))


@pytest.mark.parametrize("provider", CONTAINERS)
def test_a_runtime_without_an_image_is_told(provider, apptainer):
    with pytest.raises(StudyError, match=r"'tf-2\.0\.0' has no `image:` in config/runtimes\.yaml"):
        environment_of(NAME, with_image(None), Setup(provider=provider))


def test_docker_cannot_run_a_file(path):
    with pytest.raises(StudyError, match="choose --config provider=apptainer"):
        environment_of(NAME, with_image("images/tf2.sif"), Setup(provider="docker"))


def test_a_file_that_is_not_there_is_told(apptainer):
    with pytest.raises(StudyError, match=r"'images/no\.sif' cannot be read \(No such file.*`apptainer build`"):
        environment_of(NAME, with_image("images/no.sif"), Setup(provider="apptainer"))


def test_a_file_that_changed_is_another_runtime(apptainer, tmp_path):
    sif, setup = tmp_path / "image.sif", Setup(provider="apptainer")
    sif.write_bytes(b"one")
    before = environment_of(NAME, with_image(str(sif)), setup)
    assert environment_of(NAME, with_image(str(sif)), setup) == before
    sif.write_bytes(b"other")
    assert environment_of(NAME, with_image(str(sif)), setup) != before


@pytest.fixture
def without_docker(path, apptainer, monkeypatch, tmp_path):
    """An Apptainer, no Docker, and a checkout and a cache of one's own."""
    shutil.copytree("workflow/envs", tmp_path / "workflow/envs")
    for name in ("Apptainer.def", "Dockerfile"):
        shutil.copy(name, tmp_path)
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def build_by_hand(runtime: Runtime) -> Path:
    """Leave a file where `make images` leaves what Apptainer builds."""
    sif = built(runtime)
    sif.parent.mkdir(parents=True, exist_ok=True)
    sif.write_bytes(b"an image")
    return sif


@pytest.mark.usefixtures("without_docker")
def test_what_apptainer_built_is_found_without_docker(tmp_path):
    runtime, setup = RUNTIME, Setup(provider="apptainer")
    with pytest.raises(StudyError, match=r"'keras-api-study:tf2\.0' is neither in Docker nor .*`make images`"):
        environment_of(NAME, runtime, setup)
    sif = build_by_hand(runtime)
    said = create(NAME, runtime, tmp_path / "environment")
    assert (tmp_path / "environment/image.sif").resolve() == sif
    digest = f"sha256:{hashlib.sha256(b'an image').hexdigest()}"
    assert said == {"image": {"name": "keras-api-study:tf2.0", "digest": digest}}
    before = environment_of(NAME, runtime, setup)
    sif.write_bytes(b"another image")
    assert environment_of(NAME, runtime, setup) != before


@pytest.mark.usefixtures("without_docker")
@pytest.mark.parametrize("changed", ["Apptainer.def", RUNTIME.lock])
def test_what_apptainer_built_of_something_else_is_not_found(changed):
    build_by_hand(RUNTIME)
    with Path(changed).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    with pytest.raises(StudyError, match="is neither in Docker nor built with Apptainer"):
        environment_of(NAME, RUNTIME, Setup(provider="apptainer"))


@pytest.mark.usefixtures("without_docker")
def test_an_image_of_someone_else_or_with_a_digest_comes_from_its_registry():
    build_by_hand(RUNTIME)
    assert inputs(NAME, with_image("registry.example:5000/study:tf")) == "docker://registry.example:5000/study:tf "
    pinned = inputs(NAME, with_image(f"keras-api-study:tf2.0@{DIGEST}"))
    assert pinned == f"docker://keras-api-study@{DIGEST} {DIGEST}"


def test_another_digest_than_pinned_is_told():
    image = image_of(NAME, with_image(f"an-image@{DIGEST}"))
    other = DIGEST.replace("0", "1")
    image.require(other, DIGEST)
    with pytest.raises(StudyError, match=f"'an-image' is {other}, but should be {DIGEST}: get or build that one again"):
        image.require(other)
    image_of(NAME, with_image("an-image")).require(other)


def test_a_digest_that_is_none_is_refused(tmp_path):
    file = tmp_path / "runtimes.yaml"
    file.write_text('tf: {python: "3.7", tensorflow: "2.0.0", lock: a.lock.txt, image: "study:tf@sha256:123"}\n')
    with pytest.raises(ConfigError, match=r"runtimes\.yaml:1: tf\.image: .*study:tf@sha256:123"):
        load_yaml(file, dict[str, Runtime])


def test_a_study_without_its_engine_stops_before_any_work(checkout, path):
    # Its script, in an environment that can be moved, needs more of a PATH.
    snakemake = (sys.executable, "-m", "snakemake", "--cores", "2")
    done = checkout.run(*snakemake, "--config", "scale=smoke", "provider=apptainer")
    assert done.returncode
    assert "needs Apptainer: install it, or choose another provider" in done.stdout
    assert not (checkout.root / "results").exists()
    assert "did you mean 'docker'?" in checkout.run(*snakemake, "--config", "provider=dcoker", "scale=smoke").stdout
