"""The images' Dockerfile: what it builds, and the digests of what it builds on."""

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.common.errors import StudyError
from study.config.runtimes import load_runtimes
from study.config.validation import ConfigError
from study.runtimes.images import main, pinned, targets, unpinned

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


def test_every_runtime_has_its_image_and_so_has_every_build_for_gpus():
    runtimes = load_runtimes()
    assert list(targets(runtimes, DOCKERFILE).values()) == ["tf1", "tf2.0", "tf2.10", "tf2"]
    on_gpu = load_runtimes(gpu=list(runtimes))
    assert list(targets(on_gpu, DOCKERFILE).values()) == ["tf1-gpu", "tf2.0", "tf2.10-gpu", "tf2-gpu"]


def test_an_image_of_someone_else_is_not_built():
    runtime = load_runtimes()["tf-2.0.0"].model_copy(update={"image": "registry.example/study:mine"})
    assert targets({"tf-2.0.0": runtime}, DOCKERFILE) == {}


def test_an_unknown_runtime_is_named():
    with pytest.raises(ConfigError, match=r"did you mean 'tf-2\.0\.0'\?"):
        main(["build", "--runtime", "tf-2.0.1"])


def test_without_docker_the_remedy_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StudyError) as raised:
        main(["build", "--runtime", "tf-2.0.0"])
    assert "could not build the image 'keras-api-study:tf2.0': install it" in str(raised.value)
    assert "docker said:\n  command not found" in str(raised.value)
