"""Nothing that a user's home or shell holds changes a weight, a verdict or a figure; nothing is put there."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from study.common.surroundings import cache
from study.records.collect import read_trials

KERAS = {"floatx": "float64", "epsilon": 1e-3, "backend": "jax", "image_data_format": "channels_first"}
FAILS = "raise SystemExit('this is none of the study')\n"
KERNEL = {"argv": ["false"], "display_name": "hostile", "language": "python"}
# What of a finished study runs again: trials whose weights are recorded on all runtimes, and all that follows.
AGAIN = ("results/trials/smoke/softmax_regression/controlled", "results/journal/smoke/softmax_regression/controlled")
COMPARED = ("results/verdicts.json", "results/curves.csv", "reports/figures")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> dict[str, str]:
    """Variables of a shell, and a home behind them, that would change or end most that runs."""
    root = tmp_path_factory.mktemp("hostile")
    files = {
        "home/.keras/keras.json": json.dumps(KERAS),
        "keras/keras.json": json.dumps(KERAS),
        "home/.ipython/profile_default/startup/00.py": FAILS,
        "home/.ipython/profile_default/ipython_config.py": FAILS,
        "home/.jupyter/jupyter_config.py": FAILS,
        "home/.local/share/jupyter/kernels/python3/kernel.json": json.dumps(KERNEL),
        "jupyter/kernels/python3/kernel.json": json.dumps(KERNEL),
        "home/.config/matplotlib/matplotlibrc": "font.size: 30\nsvg.fonttype: path\n",
        "modules/study.py": FAILS,
        "modules/trials.py": FAILS,
        "modules/matplotlibrc": "lines.linewidth: 9\n",
        "lib/libtensorflow_framework.so.1": "",
        "lib/libtensorflow_framework.so.2": "",
        "bin/python": "#!/bin/sh\nexit 42\n",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / "bin/python").chmod(0o755)
    return {
        "HOME": str(root / "home"),
        "STUDY_CACHE": str(cache()),
        "PATH": os.pathsep.join([str(root / "bin"), *os.defpath.split(os.pathsep), "/usr/local/bin"]),
        "KERAS_HOME": str(root / "keras"),
        "KERAS_BACKEND": "jax",
        "TF_XLA_FLAGS": "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit",
        "XLA_FLAGS": "--xla_cpu_enable_fast_math=true",
        "TF_ENABLE_ONEDNN_OPTS": "1",
        "TF_DISABLE_MKL": "1",
        "TF_USE_LEGACY_KERAS": "1",
        "OMP_NUM_THREADS": "7",
        "PYTHONOPTIMIZE": "2",
        "PYTHONWARNINGS": "error::FutureWarning",
        "PYTHONPATH": str(root / "modules"),
        "PYTHONHASHSEED": "7",
        "LD_LIBRARY_PATH": str(root / "lib"),
        "JUPYTER_PATH": str(root / "jupyter"),
        "MATPLOTLIBRC": str(root / "modules/matplotlibrc"),
        "MPLBACKEND": "none",
        "SOURCE_DATE_EPOCH": "0",
        "TZ": "Asia/Kathmandu",
        "LANG": "tr_TR.UTF-8",
        "UV_SYSTEM_PYTHON": "1",
        "UV_EXCLUDE_NEWER": "2001-01-01",
        "UV_CONSTRAINT": str(root / "nothing.txt"),
        "UV_INDEX": "http://localhost:9",
    }


@pytest.fixture(scope="module")
def repeated(smoke, hostile, tmp_path_factory):
    """A finished study of which a part ran again there, and what was in the hostile home before and after."""
    again = smoke.copy(tmp_path_factory.mktemp("again") / "study")
    for name in AGAIN:
        shutil.rmtree(again.root / name)
    for name in ("results/verdicts.json", "reports/report.html"):
        (again.root / name).unlink()
    for folder in ("reports/figures", "reports/notebooks"):
        shutil.rmtree(again.root / folder)
    root = Path(hostile["HOME"]).parent
    before = sorted(root.rglob("*"))
    snakemake = str(Path(sys.executable).with_name("snakemake"))
    done = again.run(snakemake, "--cores", "2", "--config", "scale=smoke", **hostile)
    assert done.returncode == 0, done.stdout[-6000:]
    return again, before, sorted(root.rglob("*"))


def controlled(checkout) -> dict[str, list]:
    trials = read_trials(checkout.root / "results/trials.jsonl.gz")
    return {
        trial.plan_sha256: [epoch.model_dump(exclude={"seconds"}) for epoch in trial.epochs]
        for trial in trials
        if (trial.experiment, trial.series) == ("softmax_regression", "controlled")
    }


def test_the_same_weights_on_every_runtime(smoke, repeated):
    again = repeated[0]
    journals = list((again.root / "results/journal/smoke/softmax_regression/controlled").rglob("*.jsonl"))
    assert len(journals) == 4, "they must have been trained again"
    assert controlled(again) == controlled(smoke)
    assert all(epochs[-1]["weights_sha256"] for epochs in controlled(again).values())


@pytest.mark.parametrize("name", COMPARED)
def test_the_same_bytes(smoke, repeated, name):
    def content(root: Path) -> dict[Path, bytes]:
        files = [root / name] if (root / name).is_file() else [p for p in (root / name).rglob("*") if p.is_file()]
        return {path.relative_to(root): path.read_bytes() for path in files}

    assert content(repeated[0].root) == content(smoke.root)


def test_nothing_is_put_into_the_home(repeated):
    _, before, after = repeated
    assert after == before


def test_a_record_says_what_was_in_force(repeated):
    for trial in read_trials(repeated[0].root / "results/trials.jsonl.gz"):
        process = trial.environment["process"]
        assert process["time_zone"] == "UTC"
        assert process["encoding"] == "utf-8"
        assert {"CUDA_VISIBLE_DEVICES", "LC_ALL", "TZ"} <= set(process["variables"])
        assert not {name for name in process["variables"] if name.startswith(("TF_", "XLA_", "KERAS_"))}
        assert process["blas"]["core"]
        assert trial.environment["runtime"]["keras_defaults"] == {
            "backend": "tensorflow",
            "epsilon": 1e-7,
            "floatx": "float32",
            "image_data_format": "channels_last",
        }
        assert trial.applied.get("alone", False) == trial.timed or trial.status == "failed"
