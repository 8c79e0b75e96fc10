"""What can train on which GPU, decided on what nvidia-smi prints. No test here needs a GPU, and none ran on one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.config.runtimes import load_runtimes
from study.config.study import Setup
from study.config.validation import ConfigError
from study.runtimes.gpus import Gpu, present, read, refusals, refuse_unusable
from study.runtimes.runtime import prepare

RUNTIMES = load_runtimes()
H200 = "NVIDIA H200, 550.90.07, 9.0\n"
TURING = "NVIDIA GeForce RTX 2080 Ti, 515.65.01, 7.5\n"
OLD_DRIVER = "Tesla T4, 418.87.00\n"


def refused(runtime, said):
    return list(refusals(Setup(gpu=[runtime]), RUNTIMES, read(said)))


def test_what_nvidia_smi_prints_is_read():
    assert read(H200 + OLD_DRIVER) == [Gpu("NVIDIA H200", "550.90.07", "9.0"), Gpu("Tesla T4", "418.87.00")]
    assert read("") == []


@pytest.mark.parametrize(
    ("runtime", "said", "why"),
    [
        ("tf-1.15.0", H200, "CUDA 10.0, which has no kernels for the NVIDIA H200 (compute capability 9.0"),
        ("tf-1.15.0", TURING + H200, "no kernels for the NVIDIA H200"),
        ("tf-1.15.0", OLD_DRIVER, "driver 418.87.00 does not tell what the Tesla T4 can do; one from 510 on does"),
        ("tf-2.0.0", TURING, "workflow/envs/tf-2.0.0.lock.txt holds a TensorFlow that was built without GPUs"),
        ("tf-2.10.0", "", "nvidia-smi shows none here"),
    ],
)
def test_what_would_end_on_the_cpu_is_refused_with_the_reason_and_the_choice(runtime, said, why):
    (message,) = refused(runtime, said)
    assert message.startswith(f"{runtime} cannot train on the GPU: ")
    assert why in message
    for choice in ("Leave it out of `gpu` in config/study.yaml, and it trains on the CPU", "NVIDIA's own of 1.15"):
        assert choice in message


@pytest.mark.parametrize(("runtime", "said"), [("tf-1.15.0", TURING), ("tf-2.10.0", H200), ("tf-2.21.0", H200 * 8)])
def test_what_can_train_on_the_gpu_may(runtime, said):
    assert refused(runtime, said) == []


@given(major=st.integers(1, 20), minor=st.integers(0, 12))
def test_a_gpu_is_refused_exactly_if_it_is_newer_than_the_newest(major, minor):
    newest = tuple(map(int, RUNTIMES["tf-1.15.0"].gpu.newest.split(".")))
    assert bool(refused("tf-1.15.0", f"a GPU, 550.90.07, {major}.{minor}")) == ((major, minor) > newest)


def nvidia_smi(folder, said):
    """Put an nvidia-smi into a folder that prints what a driver would."""
    script = folder / "nvidia-smi"
    script.write_text(f"#!/bin/sh\n{said}\n")
    script.chmod(0o755)
    return str(folder)


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("echo 'NVIDIA H200, 550.90.07, 9.0'", [Gpu("NVIDIA H200", "550.90.07", "9.0")]),
        (
            'case "$1" in *compute_cap*) echo not a valid field; exit 2;; esac; echo "Tesla T4, 418.87.00"',
            [Gpu("Tesla T4", "418.87.00")],
        ),
        ("echo NVIDIA-SMI has failed; exit 9", []),
    ],
)
def test_gpus_are_asked_for(script, found, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", nvidia_smi(tmp_path, script))
    assert present() == found


def test_without_nvidia_smi_there_is_none(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert present() == []
    refuse_unusable(Setup(), RUNTIMES)
    with pytest.raises(ConfigError, match="nvidia-smi shows none here"):
        refuse_unusable(Setup(gpu=["tf-2.21.0"]), RUNTIMES)


def test_a_runtime_that_cannot_is_refused_before_any_work(checkout, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", nvidia_smi(tmp_path, "echo 'NVIDIA H200, 550.90.07, 9.0'"), prepend=":")
    done = checkout.run("snakemake", "--cores", "2", "--config", "scale=smoke", "gpu=[tf-1.15.0]")
    assert done.returncode
    assert "tf-1.15.0 cannot train on the GPU" in done.stdout
    assert not (checkout.root / "results").exists()


def test_an_unknown_runtime_on_the_gpu_is_named(checkout):
    done = checkout.run("snakemake", "--cores", "2", "--config", "scale=smoke", "gpu=[tf-1.15.1]")
    assert done.returncode
    assert "unknown runtime 'tf-1.15.1': did you mean 'tf-1.15.0'?" in done.stdout


@pytest.mark.parametrize(("name", "runtime"), RUNTIMES.items())
def test_the_configuration_says_what_the_builds_say(name, runtime):
    description = json.loads(prepare(name, runtime).read_text("utf-8"))
    same_build = runtime.gpu is not None and runtime.gpu.lock is None
    assert description["built_with_cuda"] == same_build
    built_for = description.get("build_info", {})
    if "cuda_version" in built_for:
        assert (built_for["cuda_version"], built_for["cudnn_version"]) == (runtime.gpu.cuda, runtime.gpu.cudnn)
