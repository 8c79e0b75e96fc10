"""Repeats a part of a finished study under a home and a shell that would change or end most that runs."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.checkout import Checkout

from benchmarks.faults.outcome import SNAKEMAKE, Outcome
from study.common.errors import StudyError
from study.common.surroundings import cache
from study.records.collect import read_trials

KERAS = {"floatx": "float64", "epsilon": 1e-3, "backend": "jax", "image_data_format": "channels_first"}
FAILS = "raise SystemExit('this is none of the study')\n"
KERNEL = {"argv": ["false"], "display_name": "hostile", "language": "python"}
FILES = {
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
VARIABLES = {
    "HOME": "{root}/home",
    "PATH": f"{{root}}/bin:{os.defpath}:/usr/local/bin",
    "KERAS_HOME": "{root}/keras",
    "KERAS_BACKEND": "jax",
    "TF_XLA_FLAGS": "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit",
    "XLA_FLAGS": "--xla_cpu_enable_fast_math=true",
    "TF_ENABLE_ONEDNN_OPTS": "1",
    "TF_DISABLE_MKL": "1",
    "TF_USE_LEGACY_KERAS": "1",
    "OMP_NUM_THREADS": "7",
    "PYTHONOPTIMIZE": "2",
    "PYTHONWARNINGS": "error::FutureWarning",
    "PYTHONPATH": "{root}/modules",
    "PYTHONHASHSEED": "7",
    "LD_LIBRARY_PATH": "{root}/lib",
    "JUPYTER_PATH": "{root}/jupyter",
    "MATPLOTLIBRC": "{root}/modules/matplotlibrc",
    "MPLBACKEND": "none",
    "SOURCE_DATE_EPOCH": "0",
    "TZ": "Asia/Kathmandu",
    "LANG": "tr_TR.UTF-8",
    "UV_SYSTEM_PYTHON": "1",
    "UV_EXCLUDE_NEWER": "2001-01-01",
    "UV_CONSTRAINT": "{root}/nothing.txt",
    "UV_INDEX": "http://localhost:9",
}
CONTROLLED = "smoke/softmax_regression/controlled"
# What runs again: trials of which every weight is recorded, on all runtimes, and all that follows from them.
REMOVED = (
    *(f"results/trials/{CONTROLLED}", f"results/journal/{CONTROLLED}", "results/trials.jsonl.gz"),
    *("results/trials.parquet", "results/epochs.parquet", "results/verdicts.json"),
    *("reports/figures", "reports/notebooks", "reports/report.html"),
)
COMPARED = ("results/verdicts.json", "results/curves.csv", "results/ratios.csv", "reports/figures")


def variables(root: Path) -> dict[str, str]:
    """Put the hostile files below `root`, and return the variables that lead to them."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / "bin/python").chmod(0o755)
    return {name: value.format(root=root) for name, value in VARIABLES.items()} | {"STUDY_CACHE": str(cache())}


def files(root: Path) -> list[Path]:
    """Everything below the hostile folder but Snakemake's own cache."""
    return sorted(path for path in root.rglob("*") if ".cache" not in path.parts)


def repeat(finished: Path, again: Path, hostile: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Copy a study that is finished at the scale smoke, and repeat there what is `REMOVED`."""
    checkout = Checkout(finished).copy(again)
    for path in (again / name for name in REMOVED):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return checkout.run(SNAKEMAKE, "--cores", "2", "--config", "scale=smoke", **hostile)


def weights(checkout: Path) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """All that the repeated trials recorded of each epoch but its time, by runtime and plan."""
    return {
        (trial.runtime, trial.plan_sha256): [epoch.model_dump(exclude={"seconds"}) for epoch in trial.epochs]
        for trial in read_trials(checkout / "results/trials.jsonl.gz")
        if f"{trial.scale}/{trial.experiment}/{trial.series}" == CONTROLLED
    }


def compared(checkout: Path) -> dict[Path, bytes]:
    """Content of every file of `COMPARED`."""
    paths = [
        path
        for name in COMPARED
        for path in ([checkout / name] if (checkout / name).is_file() else sorted((checkout / name).rglob("*")))
        if path.is_file()
    ]
    return {path.relative_to(checkout): path.read_bytes() for path in paths}


def attack() -> Iterator[Outcome]:
    """Repeat a part of the study that is finished here."""
    finished = Path.cwd()
    if not (finished / "results/trials" / CONTROLLED).exists():
        raise StudyError("a study must have finished here first: make study SCALE=smoke")
    with tempfile.TemporaryDirectory() as scratch:
        root, again = Path(scratch, "hostile"), Path(scratch, "study")
        hostile = variables(root)
        before = files(root)
        done = repeat(finished, again, hostile)
        yield Outcome("a run ends well", 1, int(done.returncode == 0))
        for what, read in (("trials, to the last weight", weights), ("verdicts, tables and figures", compared)):
            old, new = read(finished), read(again)
            yield Outcome(what, len(old), sum(new.get(name) == value for name, value in old.items()))
        yield Outcome("nothing is put into the home but a cache", 1, int(files(root) == before))
