"""`make notebook` in a fresh clone: the real JupyterLab, which no home reaches, and which saves no outputs."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
import requests
from benchmarks.faults import home
from jupyter_client import BlockingKernelClient

from study.notebooks.lab import main

NOTEBOOK = "workflow/notebooks/experiment.ipynb"
SECONDS = 600
OPTIONS = "--no-browser --allow-root --port=0 --ServerApp.shutdown_no_activity_timeout=600"


@pytest.fixture(scope="module")
def lab(checkout, tmp_path_factory):
    """The server's address and token, its log, and the folder of its kernels' connection files."""
    hostile, cache = tmp_path_factory.mktemp("hostile"), tmp_path_factory.mktemp("cache")
    variables = home.variables(hostile)
    taken = {name: variables[name] for name in ("HOME", "JUPYTER_PATH", "PYTHONPATH", "MPLBACKEND", "MATPLOTLIBRC")}
    log = cache / "log"
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            ["make", "notebook", f"ARGS={OPTIONS}"],
            cwd=checkout.root,
            env=os.environ | {"UV_CACHE_DIR": uv_cache()} | taken | {"STUDY_CACHE": str(cache)},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield *server(cache / "settings/jupyter/runtime", process, log), hostile
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def uv_cache():
    done = subprocess.run(
        [Path(sys.executable).parent / "uv", "cache", "dir"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def server(runtime, process, log):
    """Wait until the server has said where it is."""
    end = time.monotonic() + SECONDS
    while not (said := list(runtime.glob("jpserver-*.json"))):
        assert process.poll() is None, log.read_text("utf-8")[-6000:]
        assert time.monotonic() < end, log.read_text("utf-8")[-6000:]
        time.sleep(0.3)
    server = json.loads(said[0].read_text("utf-8"))
    session = requests.Session()
    session.headers["Authorization"] = f"token {server['token']}"
    return session, f"http://localhost:{server['port']}", runtime


def test_the_notebook_runs_in_its_folder_with_the_kernel_of_the_project(lab, checkout):
    session, url, runtime, _ = lab
    assert "JupyterLab" in session.get(f"{url}/lab/tree/{NOTEBOOK}").text
    asked = {"path": NOTEBOOK, "name": "", "type": "notebook", "kernel": {"name": "python3"}}
    kernel = session.post(f"{url}/api/sessions", json=asked).json()["kernel"]["id"]
    client = BlockingKernelClient(connection_file=str(runtime / f"kernel-{kernel}.json"))
    client.load_connection_file()
    client.start_channels(hb=False)  # it counts a kernel that starts slowly as dead
    client.wait_for_ready(timeout=SECONDS)
    outputs = []
    cells = [cell for cell in nbformat.read(checkout.root / NOTEBOOK, 4).cells if cell.cell_type == "code"]
    for source in ("import os, sys; print(os.getcwd(), sys.prefix)", *(cell.source for cell in cells)):
        reply = client.execute_interactive(source, timeout=SECONDS, output_hook=outputs.append)
        assert reply["content"]["status"] == "ok", reply["content"]
    client.stop_channels()
    printed = "".join(output["content"]["text"] for output in outputs if output["msg_type"] == "stream")
    assert printed.split() == [str(checkout.root / "workflow/notebooks"), str(checkout.root / ".venv")]
    data = [output["content"]["data"] for output in outputs if "data" in output["content"]]
    assert "the committed records of amd-epyc-2-cores" in data[0]["text/markdown"]
    assert sum("text/html" in each for each in data) >= 5


def test_a_notebook_that_was_run_is_saved_as_it_was(lab, checkout):
    session, url, _, _ = lab
    before = (checkout.root / NOTEBOOK).read_bytes()
    model = session.get(f"{url}/api/contents/{NOTEBOOK}").json()
    notebook = model["content"]
    # What JupyterLab adds when its kernel has run the cells.
    notebook["metadata"]["language_info"] |= {"version": "3.11.9", "file_extension": ".py"}
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for number, cell in enumerate(cells, start=1):
        cell |= {
            "execution_count": number,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": "an output"}],
        }
        cell["metadata"] |= {"trusted": True, "execution": {"iopub.status.busy": "2026-01-01T00:00:00Z"}}
    saved = session.put(f"{url}/api/contents/{NOTEBOOK}", json={"type": "notebook", "content": notebook})
    assert saved.status_code == 200
    assert (checkout.root / NOTEBOOK).read_bytes() == before
    cells[1]["source"] += "\n# edited"
    session.put(f"{url}/api/contents/{NOTEBOOK}", json={"type": "notebook", "content": notebook})
    edited = (checkout.root / NOTEBOOK).read_bytes()
    (checkout.root / NOTEBOOK).write_bytes(before)
    assert b"# edited" in edited
    assert b"an output" not in edited
    assert checkout.run("git", "status", "--porcelain").stdout == ""


def test_nothing_is_put_into_the_home(lab):
    hostile = lab[-1]
    kept = {hostile / name for name in home.FILES}
    assert {path for path in home.files(hostile) if path.is_file()} == kept


def test_without_jupyterlab_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "jupyterlab", None)
    with pytest.raises(Exception, match="`make notebook` installs it"):
        main([])
