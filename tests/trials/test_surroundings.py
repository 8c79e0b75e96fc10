"""What a process says of what surrounds it, wherever its runtime lies."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
from runner import SOURCES

SAYS = "import json; import numpy; from trials import surroundings; print(json.dumps(surroundings.read()['blas']))"


def test_blas_is_found_in_a_folder_of_any_name(tmp_path):
    folder = tmp_path / "O'Brien's openblas, ü"
    for name in ("numpy", "numpy.libs"):
        shutil.copytree(Path(np.__file__).parent.with_name(name), folder / name)
    done = subprocess.run(
        [sys.executable, "-c", SAYS],
        env={"PYTHONPATH": f"{folder}:{SOURCES}", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) == {"build", "core"}
