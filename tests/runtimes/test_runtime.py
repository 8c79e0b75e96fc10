"""Building a runtime: once a machine, completely or not at all."""

import ast
import getpass
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import uv
from disks import read_only, small
from hypothesis import given
from hypothesis import strategies as st

from study.common.errors import StudyError
from study.common.surroundings import KEPT
from study.config.runtimes import GpuBuild, Runtime, load_runtimes
from study.config.study import Setup
from study.config.validation import ConfigError
from study.runtimes.interpreters import find_interpreter
from study.runtimes.providers import uv_environment
from study.runtimes.runtime import DESCRIBER, environment_of, main, prepare

CHECKOUT = Path(__file__).parents[2]
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
SIX = """\
six==1.17.0 \\
    --hash=sha256:4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274
"""
UV_SETTINGS = {
    "UV_CONSTRAINT": "{nowhere}/constraints.txt",
    "UV_EXCLUDE_NEWER": "2001-01-01",
    "UV_NO_BINARY": "1",
    "UV_PROJECT_ENVIRONMENT": "{nowhere}",
    "UV_SYSTEM_PYTHON": "1",
    "UV_TARGET": "{nowhere}",
}
INSTANT = 1.0  # seconds
WRONG_SIX = SIX.replace("4721f391", "00000000")
# Says of an environment that holds six what the real one says of an environment that holds TensorFlow.
SIX_DESCRIBER = """\
import json, os, six, sys
gpus = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.startswith("GPU")]
print(json.dumps({
    "tensorflow": six.__version__,
    "python": "%d.%d" % sys.version_info[:2],
    "packages": ["six==" + six.__version__],
    "devices": [{"name": name, "type": "GPU"} for name in gpus],
}))
"""


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Keep this machine's real cache out of the tests."""
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def describer(tmp_path: Path) -> Path:
    """Return a script that describes an environment of six."""
    script = tmp_path / "describe.py"
    script.write_text(SIX_DESCRIBER)
    return script


def _runtime(directory: Path, lock: str = SIX, python: str = RUNNING, release: str = "1.17.0") -> Runtime:
    path = directory / "six.lock.txt"
    path.write_text(lock)
    return Runtime(python=python, tensorflow=release, lock=str(path))


def _python_of(runtime: Runtime) -> Path:
    return uv_environment.python(environment_of("six", runtime))


def _left_in(cache: Path) -> list[str]:
    return [path.name for path in cache.glob("runtimes/*") if path.is_dir()]


# Where an environment lives


@given(content=st.binary(min_size=1, max_size=64), where=st.integers(min_value=0), bit=st.integers(0, 7))
def test_changing_one_bit_of_the_lock_moves_the_environment(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, where: int, bit: int
) -> None:
    lock = tmp_path_factory.getbasetemp() / "bits.lock.txt"
    runtime = Runtime(python="3.10", tensorflow="2.10.0", lock=str(lock))
    lock.write_bytes(content)
    before = environment_of("tf", runtime)
    assert before == environment_of("tf", runtime)
    changed = bytearray(content)
    changed[where % len(content)] ^= 1 << bit
    lock.write_bytes(changed)
    assert environment_of("tf", runtime) != before


def test_another_python_is_another_environment(tmp_path: Path) -> None:
    seven, ten = (_runtime(tmp_path, python=python) for python in ("3.7", "3.10"))
    assert environment_of("tf", seven) != environment_of("tf", ten)


def test_the_name_of_the_environment(tmp_path: Path, cache: Path) -> None:
    key = hashlib.sha256(SIX.encode() + b"3.7" + DESCRIBER.read_bytes()).hexdigest()[:12]
    assert environment_of("tf-1.15.0", _runtime(tmp_path, python="3.7")) == cache / "runtimes" / f"tf-1.15.0-{key}"


def test_where_the_cache_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = _runtime(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STUDY_CACHE", "mine")
    assert environment_of("tf", runtime).parent == tmp_path / "mine" / "runtimes"
    monkeypatch.delenv("STUDY_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert environment_of("tf", runtime).parent == tmp_path / "xdg" / "keras-api-study" / "runtimes"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert environment_of("tf", runtime).parent == tmp_path / "home" / ".cache" / "keras-api-study" / "runtimes"


def test_the_committed_runtimes_name_locks_that_pin_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CHECKOUT)
    runtimes = load_runtimes()
    assert list(runtimes) == [f"tf-{runtime.tensorflow}" for runtime in runtimes.values()]
    for runtime in runtimes.values():
        pins = {line.split(" ")[0] for line in Path(runtime.lock).read_text().splitlines()}
        assert pins & {f"tensorflow=={runtime.tensorflow}", f"tensorflow-cpu=={runtime.tensorflow}"}


# Building it


def test_a_build_is_complete_and_the_next_is_instant(tmp_path: Path, describer: Path) -> None:
    runtime = _runtime(tmp_path)
    description = prepare("six", runtime, describer)
    assert json.loads(description.read_text()) == {
        "runtime": "six",
        "lock_sha256": hashlib.sha256(SIX.encode()).hexdigest(),
        "tensorflow": "1.17.0",
        "python": RUNNING,
        "packages": ["six==1.17.0"],
        "devices": [],
    }
    subprocess.run([_python_of(runtime), "-c", "import six"], check=True)
    built = description.stat()
    start = time.perf_counter()
    assert prepare("six", runtime, Path("no describer is asked again")) == description
    assert time.perf_counter() - start < INSTANT
    assert description.stat() == built


def test_a_half_built_environment_is_built_anew(tmp_path: Path, describer: Path) -> None:
    runtime = _runtime(tmp_path)
    environment = environment_of("six", runtime)
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").write_text("left by an interrupted build")
    (environment / "runtime.json.partial").write_text("{")
    assert json.loads(prepare("six", runtime, describer).read_text())["tensorflow"] == "1.17.0"
    assert not (environment / "runtime.json.partial").exists()


def test_an_environment_whose_interpreter_was_uninstalled_is_built_anew(tmp_path: Path, describer: Path) -> None:
    runtime = _runtime(tmp_path)
    prepare("six", runtime, describer)
    _python_of(runtime).unlink()
    _python_of(runtime).symlink_to(tmp_path / "uninstalled")
    prepare("six", runtime, describer)
    subprocess.run([_python_of(runtime), "-c", "import six"], check=True)


def test_checkouts_that_build_at_once_take_turns(
    tmp_path: Path, describer: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    runtime = _runtime(tmp_path)
    with ThreadPoolExecutor() as pool:
        built = [pool.submit(prepare, "six", runtime, describer) for _ in range(4)]
    assert len({description.result() for description in built}) == 1
    said = capfd.readouterr().err
    assert said.count("Creating virtual environment") == 1
    assert "waiting for another process that builds" in said


def test_a_python_older_than_the_drivers_serves_too(tmp_path: Path, describer: Path) -> None:
    if find_interpreter("3.7") is None:
        pytest.skip("no Python 3.7 here")
    description = prepare("six", _runtime(tmp_path, python="3.7"), describer)
    assert json.loads(description.read_text())["python"] == "3.7"


@pytest.mark.parametrize("cache", ["cache", "project/cache"])
def test_the_day_up_to_which_the_driver_is_resolved_is_not_that_of_a_runtime(
    tmp_path: Path, describer: Path, monkeypatch: pytest.MonkeyPatch, cache: str
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path / cache))
    (project / "pyproject.toml").write_text('[tool.uv]\nexclude-newer = "2020-01-01"\n')
    monkeypatch.chdir(project)
    assert json.loads(prepare("six", _runtime(tmp_path), describer).read_text())["packages"] == ["six==1.17.0"]


BUILD_SLOWLY = """
import json, sys
from pathlib import Path
import uv
uv.find_uv_bin = lambda: sys.argv[1]
from study.config.runtimes import Runtime
from study.runtimes.runtime import prepare
prepare("six", Runtime(**json.loads(sys.argv[2])), Path(sys.argv[3]))
"""


def test_a_builder_that_was_killed_is_waited_for_until_its_commands_have_ended(
    tmp_path: Path, describer: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    slow, begun = tmp_path / "uv", tmp_path / "begun"
    slow.write_text(f'#!/bin/sh\ntouch {begun}\nsleep 2\nexec {uv.find_uv_bin()} "$@"\n')
    slow.chmod(0o755)
    runtime = _runtime(tmp_path)
    command = [sys.executable, "-c", BUILD_SLOWLY, str(slow), runtime.model_dump_json(), str(describer)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as builder:
        while not begun.exists():
            time.sleep(0.01)
        builder.kill()
    assert json.loads(prepare("six", runtime, describer).read_text())["packages"] == ["six==1.17.0"]
    assert f"what process {builder.pid} started, which has ended itself" in capfd.readouterr().err


def test_what_the_shell_tells_uv_chooses_neither_packages_nor_a_place(
    tmp_path: Path, describer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in UV_SETTINGS.items():
        monkeypatch.setenv(name, value.format(nowhere=tmp_path / "nowhere"))
    assert json.loads(prepare("six", _runtime(tmp_path), describer).read_text())["packages"] == ["six==1.17.0"]
    assert not (tmp_path / "nowhere").exists()


def test_make_takes_from_the_shell_how_uv_reaches_packages_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**UV_SETTINGS, "PYTHONPATH": "elsewhere", "UV_CACHE_DIR": "mine"}.items():
        monkeypatch.setenv(name, value)
    shown = subprocess.run(
        ["make", "-s", "--eval", "shown:; env", "shown"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout
    names = {line.partition("=")[0] for line in shown.splitlines()}
    assert {name for name in names if name.startswith(("UV_", "PYTHON"))} == {"UV_CACHE_DIR"}


def test_make_and_the_steps_leave_the_same_settings_of_uv() -> None:
    listed = re.search(r"UV_KEPT := ((?:.*\\\n)*.*)", (CHECKOUT / "Makefile").read_text())
    assert listed
    by_make = {name.replace("%", "*") for name in listed[1].replace("\\", " ").split()}
    assert by_make == {name for name in KEPT if name.startswith("UV_")}


# What goes wrong


def test_a_wrong_hash_is_a_clear_error_and_leaves_nothing(tmp_path: Path, cache: Path, describer: Path) -> None:
    runtime = _runtime(tmp_path, WRONG_SIX)
    with pytest.raises(StudyError) as caught:
        prepare("six", runtime, describer)
    for said in ("runtime 'six'", runtime.lock, "Hash mismatch", "Nothing half-built was kept"):
        assert said in str(caught.value)
    assert _left_in(cache) == []


def test_a_full_cache_is_told_and_keeps_nothing_half_built(
    tmp_path: Path, describer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small(tmp_path / "disk", 64) as disk:
        monkeypatch.setenv("STUDY_CACHE", str(disk))
        with pytest.raises(StudyError) as caught:
            prepare("six", _runtime(tmp_path), describer)
        said = rf"six\.lock\.txt in {disk}/runtimes, where .* are free\. Nothing half-built was kept: free some disk"
        assert re.search(said, str(caught.value))
        assert "network" not in str(caught.value)
        assert _left_in(disk) == []


def test_a_read_only_cache_is_told(tmp_path: Path, describer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with read_only(tmp_path / "disk") as disk:
        monkeypatch.setenv("STUDY_CACHE", str(disk))
        with pytest.raises(
            StudyError, match=r"\(STUDY_CACHE\): .* cannot be written: read-only file system; .* free in"
        ):
            prepare("six", _runtime(tmp_path), describer)


def test_a_lock_without_hashes_is_refused(tmp_path: Path, cache: Path, describer: Path) -> None:
    with pytest.raises(StudyError, match="hash"):
        prepare("six", _runtime(tmp_path, "six==1.17.0\n"), describer)
    assert _left_in(cache) == []


def test_a_lock_that_does_not_hold_tensorflow_is_told_by_the_real_describer(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(StudyError, match="No module named 'tensorflow'"):
        prepare("six", _runtime(tmp_path))
    assert _left_in(cache) == []


def test_a_lock_of_another_release_is_told(tmp_path: Path, cache: Path, describer: Path) -> None:
    with pytest.raises(StudyError, match=r"should have TensorFlow 2\.0\.0, but .*six\.lock\.txt has 1\.17\.0"):
        prepare("six", _runtime(tmp_path, release="2.0.0"), describer)
    assert _left_in(cache) == []


def test_another_version_of_a_package_than_locked_is_told(tmp_path: Path, cache: Path, describer: Path) -> None:
    describer.write_text(SIX_DESCRIBER.replace('"six=="', '"six==0."'))
    with pytest.raises(StudyError, match=r"should have six 1\.17\.0, but .*six\.lock\.txt has 0\.1\.17\.0"):
        prepare("six", _runtime(tmp_path), describer)
    assert _left_in(cache) == []


# On the GPU


def _on_gpu(directory: Path) -> Runtime:
    return _runtime(directory).model_copy(update={"gpu": GpuBuild(cuda="10.0", cudnn="7")})


def test_a_runtime_on_the_gpu_says_what_it_trains_on(
    tmp_path: Path, describer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU:0,GPU:1")
    runtime, setup = _on_gpu(tmp_path), Setup(gpu=["six"])
    description = json.loads(prepare("six", runtime, describer, setup).read_text())
    assert description["gpu"] == {"devices": ["GPU:0", "GPU:1"], "cuda": "10.0", "cudnn": "7"}
    on_cpu = json.loads(prepare("six", runtime, describer).read_text())
    assert (on_cpu.get("gpu"), on_cpu["devices"]) == (None, [])
    assert environment_of("six", runtime, setup) != environment_of("six", runtime)


def test_a_runtime_that_would_silently_use_the_cpu_is_refused(tmp_path: Path, cache: Path, describer: Path) -> None:
    with pytest.raises(StudyError) as caught:
        prepare("six", _on_gpu(tmp_path), describer, Setup(gpu=["six"]))
    for said in ("its TensorFlow sees none", "CUDA 10.0 and cuDNN 7", "--nv", "Leave it out of `gpu`".lower()):
        assert said.lower() in str(caught.value).lower()
    assert _left_in(cache) == []


def test_without_an_interpreter_the_error_names_three_ways_to_get_one(
    tmp_path: Path, cache: Path, describer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    with pytest.raises(StudyError) as caught:
        prepare("six", _runtime(tmp_path, python="3.99"), describer)
    for said in (
        "CPython 3.99",
        "pyenv install 3.99",
        "UV_PYTHON_INSTALL_MIRROR=file://",
        "python3.99 on PATH",
        "uv said",
    ):
        assert said in str(caught.value)
    assert _left_in(cache) == []


def test_a_missing_lock_is_named() -> None:
    with pytest.raises(ConfigError, match=r"no\.lock\.txt.*make lock"):
        environment_of("tf", Runtime(python="3.7", tensorflow="1.15.0", lock="no.lock.txt"))


# The command


def _runtimes_file(directory: Path, runtime: Runtime) -> Path:
    path = directory / "runtimes.yaml"
    path.write_text(json.dumps({"six": runtime.model_dump()}))
    return path


def _command(directory: Path, name: str, runtime: Runtime) -> list[str]:
    return [name, "--out", str(directory / "out" / "six.json"), "--runtimes", str(_runtimes_file(directory, runtime))]


def test_the_output_is_what_the_runtime_is_and_needs_no_cache(tmp_path: Path, cache: Path, describer: Path) -> None:
    runtime = _runtime(tmp_path)
    description = prepare("six", runtime, describer).read_text()
    main(_command(tmp_path, "six", runtime))
    shutil.rmtree(cache)
    assert (tmp_path / "out" / "six.json").read_text() == description


def test_wrong_matrix_products_are_refused(tmp_path: Path, cache: Path, describer: Path) -> None:
    wrong = '"matrix_products": {"numpy": float("nan"), "tensorflow": 0.1},'
    describer.write_text(SIX_DESCRIBER.replace('"devices":', f'{wrong} "devices":'))
    with pytest.raises(StudyError, match=r"numpy computes wrong matrix products.*OPENBLAS_CORETYPE=Haswell"):
        prepare("six", _runtime(tmp_path), describer)
    assert _left_in(cache) == []


@pytest.mark.parametrize(
    ("name", "lock", "said"), [("sixx", SIX, "did you mean 'six'?"), ("six", WRONG_SIX, "Hash mismatch")]
)
def test_the_command_fails_in_words(tmp_path: Path, name: str, lock: str, said: str) -> None:
    with pytest.raises(StudyError) as caught:
        main(_command(tmp_path, name, _runtime(tmp_path, lock)))
    assert said in str(caught.value)
    assert not (tmp_path / "out" / "six.json").exists()


# What describes it


def test_the_describer_is_python_3_7() -> None:
    ast.parse(DESCRIBER.read_text(), feature_version=(3, 7))


def _machine(python: str, path: str) -> dict[str, object]:
    code = f"import sys, json; sys.path.insert(0, {str(DESCRIBER.parents[1])!r}); from trials import describe"
    command = [python, "-I", "-c", f"{code}; print(json.dumps(describe.machine()))"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PATH": path}).stdout
    return dict(json.loads(said))


def test_every_python_tells_the_same_machine_and_nobody_is_named() -> None:
    pythons = filter(None, (find_interpreter(version) for version in ("3.7", "3.10", "3.11", "3.13")))
    machines = [_machine(python, os.environ["PATH"]) for python in pythons]
    assert machines[0].items() >= {"logical_cores": os.cpu_count(), "architecture": platform.machine()}.items()
    assert all(machine == machines[0] for machine in machines)
    assert not {platform.node(), getpass.getuser()} & set(map(str, machines[0].values()))


@pytest.mark.parametrize("knows_capability", [True, False])
def test_gpus_are_named_where_nvidia_smi_is(tmp_path: Path, knows_capability: bool) -> None:
    """Drivers before 510 refuse a question for the compute capability altogether."""
    refusal = "" if knows_capability else 'case "$1" in *compute_cap*) echo not a valid field; exit 2;; esac'
    capability = ", 9.0" if knows_capability else ""
    script = tmp_path / "nvidia-smi"
    script.write_text(f"#!/bin/sh\n{refusal}\necho 'NVIDIA H200, 550.90.07{capability}'\n")
    script.chmod(0o755)
    expected = {"name": "NVIDIA H200", "driver_version": "550.90.07"}
    expected |= {"compute_cap": "9.0"} if knows_capability else {}
    assert _machine(sys.executable, str(tmp_path))["gpus"] == [expected]
    assert "gpus" not in _machine(sys.executable, str(tmp_path / "nothing"))
