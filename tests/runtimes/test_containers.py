"""The study in real containers: the same packages, plans and bits as with uv. Needs Docker and Apptainer; tries Slurm.

`make test-containers` runs these. Where no registry can be reached, IMAGE_OPTIONS names base images that are here, as
in `--build-arg PYTHON_3_7=…`.
"""

import contextlib
import fcntl
import hashlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from study.common.errors import StudyError
from study.config.runtimes import load_runtimes
from study.config.study import Setup
from study.records.collect import read_trials
from study.runtimes.bases import DOCKERFILE
from study.runtimes.images import main as images_command
from study.runtimes.isolation import own_cores_folder
from study.runtimes.labels import labels_of, prefixed
from study.runtimes.lock import conda_file, pins
from study.runtimes.providers.apptainer import DEFINITION, built
from study.runtimes.providers.registry import PROVIDERS
from study.runtimes.runtime import command_of, environment_of, prepare
from study.runtimes.sbom import sbom

pytestmark = pytest.mark.containers

RUNTIMES = load_runtimes()
CONTROLLED = "results/trials/smoke/softmax_regression/controlled/{}/1.jsonl"
TIMED = "results/trials/smoke/softmax_regression/timing/tf-1.15.0/1.jsonl"
FOR_GPUS = "tf-2.21.0"
SMALLEST = "tf-2.0.0"
BASE_ARGUMENT = f"PYTHON_{RUNTIMES[SMALLEST].python.replace('.', '_')}"
SBOM = "/opt/runtime/sbom.cdx.json"
LARGE = 32 * 2**20


@pytest.fixture(scope="session", autouse=True)
def images():
    """The images of all runtimes, and the one for GPUs that needs no other base."""
    options = shlex.split(os.environ.get("IMAGE_OPTIONS", ""))
    images_command(["build", *options])
    images_command(["build", "--runtime", FOR_GPUS, "--gpu", FOR_GPUS, *options])


@pytest.fixture(scope="session")
def described():
    """What each runtime says of itself, from each provider."""
    return {
        (name, provider): json.loads(prepare(name, runtime, setup=Setup(provider=provider)).read_text("utf-8"))
        for name, runtime in RUNTIMES.items()
        for provider in ("uv", "docker", "apptainer")
    }


@pytest.mark.parametrize("name", RUNTIMES)
def test_all_providers_have_the_same_packages(name, described):
    uv, docker, apptainer = (described[name, provider] for provider in ("uv", "docker", "apptainer"))
    assert uv["packages"] == docker["packages"] == apptainer["packages"]
    assert "image" not in uv
    assert docker["image"] == apptainer["image"]
    assert docker["image"]["name"] == RUNTIMES[name].image
    same = ("tensorflow", "git_version", "compiler_version", "compile_flags", "lock_sha256", "onednn", "devices")
    assert [docker[field] for field in same] == [apptainer[field] for field in same] == [uv[field] for field in same]
    assert pins("\n".join(uv["packages"])) == pins(Path(RUNTIMES[name].lock).read_text("utf-8"))
    assert conda_file(RUNTIMES[name]).exists()


@pytest.mark.parametrize("name", RUNTIMES)
def test_an_image_is_small_runs_as_nobody_special_and_says_what_it_is(name):
    inspected = subprocess.run(
        ["docker", "image", "inspect", RUNTIMES[name].image], capture_output=True, text=True, check=True
    ).stdout
    config = json.loads(inspected)[0]["Config"]
    assert config["User"] == "student"
    labels = labels_of(name, RUNTIMES[name], DOCKERFILE)
    assert set(labels) >= {"title", "version", "licenses", "revision"}
    assert prefixed(labels).items() <= config["Labels"].items()
    programs = "command -v uv gcc git; ls -A /root /tmp ~ | grep -v '^\\.\\|^$\\|:$'"
    left = subprocess.run(
        ["docker", "run", "--rm", "--network", "none", RUNTIMES[name].image, "sh", "-c", programs],
        capture_output=True,
        text=True,
        check=False,
    )
    assert left.stdout == ""


@pytest.mark.parametrize("name", RUNTIMES)
def test_an_image_holds_its_sbom(name):
    command = ["docker", "run", "--rm", "--network", "none", RUNTIMES[name].image, "cat", SBOM]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == sbom(name, RUNTIMES[name])


CUDA_AND_CUDNN = """
import contextlib, ctypes, pathlib, tensorflow
folder = pathlib.Path(tensorflow.__file__).parents[1] / "nvidia"
waiting, loaded = set(folder.glob("*/lib/lib*.so.*")), {}
for _ in list(waiting):  # each after those that it needs
    for path in sorted(waiting):
        with contextlib.suppress(OSError):
            loaded[path.name.split(".")[0]] = ctypes.CDLL(str(path), ctypes.RTLD_GLOBAL)
            waiting.remove(path)
cuda = ctypes.c_int()
loaded["libcudart"].cudaRuntimeGetVersion(ctypes.byref(cuda))
built_for = tensorflow.sysconfig.get_build_info()["cuda_version"]
print(cuda.value, loaded["libcudnn"].cudnnGetVersion(), built_for, *(path.name for path in waiting))
"""


def test_the_image_for_gpus_holds_the_cuda_and_the_cudnn_that_are_named():
    build = RUNTIMES[FOR_GPUS].gpu
    done = subprocess.run(
        ["docker", "run", "--rm", "--network", "none", build.image, "python", "-c", CUDA_AND_CUDNN],
        capture_output=True,
        text=True,
        check=True,
    )
    cuda, cudnn, built_for, *not_loaded = done.stdout.split()
    assert f"{int(cuda) // 1000}.{int(cuda) % 1000 // 10}" == build.cuda == built_for.rpartition(".")[0]
    assert f"{int(cudnn) // 10000}.{int(cudnn) % 10000 // 100}" == build.cudnn
    assert not not_loaded
    assert "Cannot dlopen" not in done.stderr


# ---- without Docker ----


@pytest.fixture(scope="session")
def cache_of_its_own(described, tmp_path_factory):
    """A cache with an image that Apptainer built, on the base that IMAGE_OPTIONS names."""
    folder = tmp_path_factory.mktemp("cache")
    base = re.search(rf"{BASE_ARGUMENT}=(\S+)", os.environ.get("IMAGE_OPTIONS", ""))
    named = ["--build-arg", "BOOTSTRAP=docker-daemon", "--build-arg", f"BASE={base[1]}"] if base else []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDY_CACHE", str(folder))
        images_command(["build", "--engine", "apptainer", "--runtime", SMALLEST, *named])
    return folder


@pytest.fixture
def without_docker(cache_of_its_own, monkeypatch):
    """A machine without Docker; the image that Apptainer built there."""
    monkeypatch.setenv("STUDY_CACHE", str(cache_of_its_own))
    monkeypatch.setenv("DOCKER_HOST", "unix:///nothing")
    return built(RUNTIMES[SMALLEST])


def test_apptainer_builds_the_same_packages_without_docker(without_docker, described):
    runtime = RUNTIMES[SMALLEST]
    alone = json.loads(prepare(SMALLEST, runtime, setup=Setup(provider="apptainer")).read_text("utf-8"))
    digest = f"sha256:{hashlib.sha256(without_docker.read_bytes()).hexdigest()}"
    assert alone.pop("image") == {"name": runtime.image, "digest": digest}
    same = {field: value for field, value in described[SMALLEST, "apptainer"].items() if field != "image"}
    assert alone == same


def test_what_apptainer_builds_says_what_it_is_and_holds_its_sbom(without_docker):
    def ask(*command):
        return subprocess.run(["apptainer", *command], capture_output=True, text=True, check=True).stdout

    labels = prefixed(labels_of(SMALLEST, RUNTIMES[SMALLEST], DEFINITION))
    told = json.loads(ask("inspect", "--json", "--labels", str(without_docker)))["data"]["attributes"]["labels"]
    assert labels.items() <= told.items()
    assert set(told) - set(labels) == {key for key in told if key.startswith("org.label-schema.")}
    assert ask("exec", str(without_docker), "cat", SBOM) == sbom(SMALLEST, RUNTIMES[SMALLEST])
    assert ask("exec", str(without_docker), "ls", "/opt") == "runtime\n"


# ---- the same bits ----


@pytest.fixture(scope="session")
def ran(smoke, checkout, tmp_path_factory):
    """Checkouts in which the study ran, by provider: in Docker only some controlled trials."""

    def run(provider, runtimes, *arguments):
        copy = checkout.copy(tmp_path_factory.mktemp(provider) / "study")
        jobs = [CONTROLLED.format(name) for name in runtimes]
        done = copy.run("snakemake", *jobs, *arguments)
        assert done.returncode == 0, done.stdout[-6000:]
        return copy

    on_docker = ("--cores", "2", "--config", "scale=smoke", "provider=docker")
    return {
        "uv": smoke,
        "apptainer": run("apptainer", [], "--cores", "2", "--profile", "profiles/apptainer", "--config", "scale=smoke"),
        "docker": run("docker", ["tf-1.15.0", "tf-2.21.0"], *on_docker),
    }


def controlled(checkout):
    """Records of all controlled trials there."""
    files = sorted(checkout.root.glob("results/trials/smoke/*/controlled/*/*.jsonl"))
    return [trial for file in files for trial in read_trials(file)]


def outcomes(trials):
    """What each trial was to do, and all the weights that it went through."""
    return {
        (trial.plan_sha256, trial.code_sha256, trial.dataset_sha256): (
            trial.status,
            trial.initial_weights_sha256,
            [(epoch.weights_sha256, epoch.batches_sha256, epoch.loss, epoch.accuracy) for epoch in trial.epochs],
            (trial.test_loss, trial.test_accuracy),
        )
        for trial in trials
    }


def test_the_whole_study_runs_in_containers(ran):
    study = ran["apptainer"].root
    assert json.loads((study / "results/complete.json").read_text("utf-8"))
    assert (study / "reports/report.html").stat().st_size > LARGE // 32
    everything = [trial for file in study.glob("results/trials/smoke/**/*.jsonl") for trial in read_trials(file)]
    assert {trial.runtime for trial in everything} == set(RUNTIMES)
    assert {trial.environment["machine"]["container"] for trial in everything} == {"apptainer"}
    assert len({json.dumps(trial.environment["machine"], sort_keys=True) for trial in everything}) == 1
    same = outcomes(controlled(ran["uv"]))
    assert outcomes(controlled(ran["apptainer"])) == same
    hashed = [weights for _, _, epochs, _ in same.values() for weights, *_ in epochs]
    assert len(hashed) > len(RUNTIMES)
    assert all(hashed)


def test_controlled_trials_end_with_the_same_bits_in_docker(ran):
    found, everything = outcomes(controlled(ran["docker"])), outcomes(controlled(ran["uv"]))
    assert found
    assert found == {trial: outcome for trial, outcome in everything.items() if trial in found}


@pytest.mark.parametrize("provider", ["apptainer", "docker"])
def test_a_record_says_in_which_image_it_was_made(provider, ran, described):
    for trial in controlled(ran[provider]):
        assert trial.environment["machine"]["container"] == provider
        assert trial.environment["runtime"]["image"] == described[trial.runtime, provider]["image"]
    for trial in controlled(ran["uv"]):
        assert "image" not in trial.environment["runtime"]


@pytest.mark.skipif(shutil.which("sbatch") is None, reason="no Slurm here")
def test_a_cluster_gets_the_same_bits_and_gives_timed_trials_a_node(ran, checkout, tmp_path):
    cluster, jobs = checkout.copy(tmp_path / "study"), [CONTROLLED.format("tf-2.21.0"), TIMED]
    # One node of these cores, without the accounting that the profile expects.
    here = ("--set-threads", f"timed_trials={os.cpu_count()}", "--slurm-status-command", "squeue")
    done = cluster.run(
        "snakemake", *jobs, "--profile", "profiles/slurm", "--sdm", "apptainer", *here, "--config", "scale=smoke"
    )
    assert done.returncode == 0, done.stdout[-6000:]
    found, everything = outcomes(controlled(cluster)), outcomes(controlled(ran["uv"]))
    assert found
    assert found == {trial: outcome for trial, outcome in everything.items() if trial in found}
    told = re.search(r"SLURM jobid (\d+) \(log: \S+rule_timed_trials", done.stdout)
    job = subprocess.run(["scontrol", "show", "job", told[1]], capture_output=True, text=True, check=True).stdout
    assert "OverSubscribe=NO" in job
    assert f"NumCPUs={os.cpu_count()}" in job


@pytest.mark.parametrize("provider", PROVIDERS)
def test_trials_agree_on_their_cores_across_containers(provider):
    """A core that is reserved outside is not free inside."""
    name, folder = "tf-2.21.0", own_cores_folder()
    assert folder
    command = command_of(name, RUNTIMES[name], Setup(provider=provider))
    asked = [*command, "-c", "from trials.training import cores; print(cores.reserve(1))"]
    with contextlib.ExitStack() as held:
        for core in os.sched_getaffinity(0):
            file = held.enter_context(Path(folder, str(core)).open("w"))
            with contextlib.suppress(BlockingIOError):  # then another trial holds it
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout == "False\n"


# ---- what goes wrong ----


def refused(image, provider="docker", gpu=()):
    """Why a runtime is refused that is to run in `image`."""
    name = "tf-2.10.0"
    runtime = RUNTIMES[name].model_copy(update={"image": image})
    with pytest.raises(StudyError) as caught:
        prepare(name, runtime, setup=Setup(provider=provider, gpu=list(gpu)))
    return str(caught.value)


@pytest.fixture
def image_here(described):
    """What each provider runs of each runtime, by both their names."""
    setup = Setup(provider="apptainer")
    files = {name: environment_of(name, runtime, setup) / "image.sif" for name, runtime in RUNTIMES.items()}
    return {
        (name, provider): image
        for name, runtime in RUNTIMES.items()
        for provider, image in (("docker", runtime.image), ("apptainer", str(files[name])))
    }


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """A cache of its own, which must be empty after an error."""
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path / "cache"))
    yield
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_dir()] in ([], [tmp_path / "cache/runtimes"])


def test_a_missing_image_is_told(cache):
    said = refused("keras-api-study:nothing")
    assert "no image 'keras-api-study:nothing' in Docker: build it with `make images`" in said


def test_an_image_that_neither_docker_nor_a_registry_has_is_told(cache):
    said = refused("localhost:9/keras-api-study:nothing", "apptainer")
    assert "no image.sif from docker://localhost:9/keras-api-study:nothing" in said
    assert "check the network, build the image with `make images`" in said


@pytest.mark.parametrize("provider", ["docker", "apptainer"])
def test_another_image_than_pinned_is_told(provider, cache):
    pinned = f"sha256:{'0' * 64}"
    assert f"but should be {pinned}" in refused(f"keras-api-study:tf2.10@{pinned}", provider)


def test_another_file_than_pinned_is_told(cache, tmp_path):
    (tmp_path / "image.sif").write_bytes(b"something else")
    pinned = f"sha256:{'0' * 64}"
    assert f"but should be {pinned}" in refused(f"{tmp_path}/image.sif@{pinned}", "apptainer")


@pytest.mark.parametrize("provider", ["docker", "apptainer"])
def test_an_image_of_another_runtime_is_told(provider, image_here, cache):
    image = image_here["tf-2.21.0", provider]
    said = refused(image, provider)
    assert f"should have TensorFlow 2.10.0, but {image} has 2.21.0: build the image again" in said


@pytest.fixture
def large_image(tmp_path):
    """An image that does not fit on a small disk."""
    image, content = "keras-api-study:large", io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        entry = tarfile.TarInfo("large")
        entry.size = LARGE
        archive.addfile(entry, io.BytesIO(os.urandom(LARGE)))
    subprocess.run(["docker", "import", "-", image], input=content.getvalue(), check=True)
    yield image
    subprocess.run(["docker", "image", "rm", image], check=True)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a small disk")
def test_a_full_disk_is_told_and_nothing_half_built_is_kept(cache, large_image, tmp_path):
    (tmp_path / "cache").mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", tmp_path / "cache"], check=True)
    try:
        said = refused(large_image, "apptainer")
        assert not list((tmp_path / "cache/runtimes").glob("*/"))
    finally:
        subprocess.run(["umount", tmp_path / "cache"], check=True)
    assert f"no image.sif from docker-daemon:{large_image}: free some disk space" in said


@pytest.fixture
def h200(monkeypatch, tmp_path):
    """An nvidia-smi that tells of a GPU, of which no container engine knows."""
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\necho 'NVIDIA H200, 550.90.07, 9.0'\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)


@pytest.mark.parametrize(
    ("provider", "remedy"),
    [("docker", "install the NVIDIA Container Toolkit"), ("apptainer", "a driver that --nv finds (Apptainer)")],
)
@pytest.mark.usefixtures("h200")
def test_a_gpu_that_a_container_does_not_get_is_told(provider, remedy, image_here, cache):
    assert remedy in refused(image_here["tf-2.10.0", provider], provider, gpu=["tf-2.10.0"])


# ---- pinning the bases ----


@pytest.fixture
def registry(tmp_path):
    """A real registry on this machine that has a base image; the image's name there."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("no docker-registry here")
    config = tmp_path / "registry.yml"
    config.write_text(
        json.dumps(
            {
                "version": 0.1,
                "storage": {"filesystem": {"rootdirectory": str(tmp_path / "registry")}},
                "http": {"addr": "localhost:5055"},
            }
        )
    )
    serving = subprocess.Popen([program, "serve", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        image = "localhost:5055/base:1"
        for command in ("import - ", "push "):
            subprocess.run(f"tar c --files-from=/dev/null | docker {command}{image}", shell=True, check=True)  # noqa: S602
        yield image
    finally:
        serving.terminate()


def test_a_base_is_pinned_by_the_digest_that_its_registry_gives(registry, tmp_path, monkeypatch):
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(f"ARG BASE={registry}\n\nFROM ${{BASE}} AS base\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudyError, match="base images without a digest"):
        images_command(["check"])
    images_command(["pin"])
    images_command(["check"])
    pinned = dockerfile.read_text().splitlines()[0].removeprefix("ARG BASE=")
    subprocess.run(["docker", "pull", "--quiet", pinned], check=True)
