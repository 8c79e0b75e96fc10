"""The images' Dockerfile: what it builds, and the digests of what it builds on."""

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.common.errors import StudyError
from study.config.runtimes import GpuBuild, Runtime, load_runtimes
from study.config.validation import ConfigError
from study.runtimes.bases import base_of, missing, pinned, unpinned
from study.runtimes.images import build, definition_of, engine_here, main, options_of
from study.runtimes.lock import locked
from study.runtimes.providers import apptainer

DOCKERFILE = re.sub(r"@sha256:[0-9a-f]{64}", "", Path("Dockerfile").read_text("utf-8"))
BASES = ["python:3.7-slim-bookworm", "python:3.10-slim-bookworm", "python:3.11-slim-bookworm"]


def digest(image, salt=""):
    """Stand in for what a registry says."""
    return f"sha256:{hashlib.sha256((image + salt).encode()).hexdigest()}"


@given(salt=st.text())
def test_pinning_gives_every_base_its_digest_and_changes_nothing_else(salt):
    done = pinned(DOCKERFILE, lambda image: digest(image, salt))
    assert unpinned(done) == []
    for base in BASES:
        assert f"={base}@{digest(base, salt)}\n" in done
    assert re.sub(r"@sha256:[0-9a-f]{64}", "", done) == DOCKERFILE


def test_pinning_again_takes_the_new_digest():
    once = pinned(DOCKERFILE, lambda image: digest(image, "old"))
    assert pinned(once, digest) == pinned(DOCKERFILE, digest)


def test_a_base_without_a_digest_is_found():
    assert unpinned(DOCKERFILE)[:3] == BASES
    one_left = pinned(DOCKERFILE, digest).replace(f"@{digest(BASES[1])}", "")
    assert unpinned(one_left) == [BASES[1]]


@pytest.mark.parametrize("name", load_runtimes())
def test_the_dockerfile_can_build_every_runtime_and_every_build_for_gpus(name):
    assert missing([load_runtimes()[name]], DOCKERFILE) == [], (
        "add these lines to Dockerfile, each beside those like it"
    )
    for gpu in ((), (name,)):
        runtime = load_runtimes(gpu=gpu)[name]
        options = options_of(name, runtime, gpu)
        target = options[options.index("--target") + 1]
        assert re.search(rf"^FROM \S+ AS {re.escape(target)}$", DOCKERFILE, re.MULTILINE)
        assert target.startswith("runtime-cuda-") == bool(gpu and runtime.gpu)
        assert {f"PYTHON={runtime.python}", f"LOCK={runtime.lock}"} <= set(options)
        assert f"SBOM={runtime.lock.replace('.lock.txt', '.cdx.json')}" in options
    assert "uv venv --python ${PYTHON} /opt/runtime && uv pip sync --python /opt/runtime lock.txt" in DOCKERFILE
    assert "COPY ${LOCK} lock.txt" in DOCKERFILE
    assert "COPY ${SBOM} /opt/runtime/sbom.cdx.json" in DOCKERFILE


def test_what_a_new_python_or_cuda_needs_is_named_line_by_line():
    runtime = Runtime(python="3.12", tensorflow="2.18.0", lock="a lock", gpu=GpuBuild(cuda="12.9", cudnn="9"))
    lines = [
        "ARG PYTHON_3_12=python:3.12-slim-bookworm",
        "FROM ${PYTHON_3_12} AS python-3.12",
        "COPY --from=python-3.12 /usr/local /opt/pyenv/versions/3.12.0",
        "FROM runtime AS runtime-cuda-12.9",
    ]
    assert missing([runtime], DOCKERFILE) == lines
    assert missing([runtime], "\n".join([DOCKERFILE, "ARG PYTHON_3_12=mine", *lines[1:]])) == []


@pytest.mark.parametrize("engine", ["docker", "apptainer"])
@pytest.mark.parametrize("image", ["registry.example/study:mine", f"keras-api-study:tf2.0@sha256:{'1' * 64}", "a.sif"])
def test_an_image_of_someone_else_is_not_built(monkeypatch, tmp_path, image, engine):
    monkeypatch.setenv("PATH", str(tmp_path))  # so that building anything fails
    build({"tf-2.0.0": load_runtimes()["tf-2.0.0"].model_copy(update={"image": image})}, (), [], engine)


def test_an_unknown_runtime_is_named():
    with pytest.raises(ConfigError, match=r"did you mean 'tf-2\.0\.0'\?"):
        main(["build", "--runtime", "tf-2.0.1"])


@pytest.mark.parametrize("engine", ["docker", "apptainer"])
def test_without_the_engine_the_remedy_is_named(monkeypatch, tmp_path, engine):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path / "cache"))
    with pytest.raises(StudyError) as raised:
        main(["build", "--engine", engine, "--runtime", "tf-2.0.0"])
    assert "could not build the image 'keras-api-study:tf2.0': install it" in str(raised.value)
    assert f"{engine} said:\n  command not found" in str(raised.value)
    assert not list((tmp_path / "cache").rglob("*.part"))


# ---- without Docker ----


def test_docker_builds_where_it_is_installed_and_else_apptainer(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert engine_here() == "docker"
    for engine in ("apptainer", "docker"):
        (tmp_path / engine).write_text("#!/bin/sh\n")
        (tmp_path / engine).chmod(0o755)
        assert engine_here() == engine


DEFINITION = apptainer.DEFINITION.read_text("utf-8")


@pytest.mark.parametrize(("name", "runtime"), locked().items())
def test_the_definition_is_that_of_every_lock(name, runtime):
    given = definition_of(name, runtime)
    declared = re.findall(
        r"^    ([A-Z_]+)=", DEFINITION.partition("%arguments")[2].partition("%files")[0], re.MULTILINE
    )
    assert set(given) | set(declared) >= set(re.findall(r"{{ (\w+) }}", DEFINITION)), "Apptainer refuses it"
    assert set(given) <= set(re.findall(r"{{ (\w+) }}", DEFINITION)), "Apptainer refuses it"
    assert (given["LOCK"], given["PYTHON"]) == (runtime.lock, runtime.python)
    pinned = base_of(runtime.python, Path("Dockerfile").read_text("utf-8"))
    assert given["BASE"] == f"python@{pinned.digest}", "Apptainer before 1.4 takes no tag beside a digest"


def test_the_definition_installs_as_the_dockerfile_does():
    version = re.search(r"ARG UV_VERSION=(\S+)", DOCKERFILE)[1]
    assert f"    UV_VERSION={version}\n" in DEFINITION
    for setting in re.search(r"^ENV (UV_NO_CACHE=.*)$", DOCKERFILE, re.MULTILINE)[1].split():
        assert re.search(rf"export .*\b{setting}\b", DEFINITION)


@pytest.mark.parametrize("name", [name for name, runtime in load_runtimes().items() if runtime.gpu])
def test_apptainer_builds_for_gpus_only_where_cuda_is_in_the_lock(name, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path / "cache"))
    with pytest.raises(StudyError) as raised:
        main(["build", "--engine", "apptainer", "--runtime", name, "--gpu", name])
    refused = f"holds the CUDA {load_runtimes()[name].gpu.cuda} of another image, which only Docker puts there"
    assert (refused in str(raised.value)) == (load_runtimes()[name].gpu.lock is None)
    assert ("command not found" in str(raised.value)) != (refused in str(raised.value))
