"""The command `study`: networks of the real runtimes printed and compared, and mistakes named before any work."""

import json
import os
import subprocess
import sys

import pytest
import uv

from study.cli.addresses import addresses
from study.cli.command import BAD_INPUT
from study.cli.commands.diff import DIFFERENT, SAME
from study.cli.main import study as command
from study.config.runtimes import load_runtimes
from study.config.study import load_study
from study.networks.tables import COLUMNS
from study.runtimes.runtime import prepare

STUDY, RUNTIMES = load_study(), load_runtimes()
RUNTIME = "tf-2.21.0"
BLOCKS = ["block_a/conv2D_0", "block_a/max_pool", "block_d/conv2D_0", "block_d/max_pool", "flatten", "fc", "classifier"]


@pytest.fixture(scope="module", autouse=True)
def built():
    """The newest runtime, set up."""
    prepare(RUNTIME, RUNTIMES[RUNTIME])


@pytest.fixture
def study(capsys, monkeypatch):
    """The command in a terminal of a width; returns its status, output and errors."""

    def run(*arguments, width=160):
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setattr("sys.argv", ["study", *arguments])
        with pytest.raises(SystemExit) as ended:
            command()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return run


# ---- inspect ----


@pytest.mark.parametrize("width", [80, 160])
def test_every_column_of_every_layer_is_printed_at_any_width(study, width):
    status, out, err = study("inspect", "mini_vgg/subclass", width=width)
    assert (status, err) == (SAME, f"Loading TensorFlow ({RUNTIME}) …\n")
    lines = out.splitlines()
    assert max(map(len, lines)) <= max(width, len("fingerprint: ") + 64)
    headings = [line for line in lines if line.startswith("layer ")]
    assert len(headings) == {80: 4, 160: 2}[width]
    for column in COLUMNS:
        assert any(column in heading for heading in headings)
    for path in BLOCKS:
        assert sum(line.startswith(f"{path} ") for line in lines) == len(headings)
    assert "\x1b" not in out
    assert "parameters: 9,679,041" in lines


def test_without_a_variant_all_are_printed_and_are_the_same_network(study):
    status, out, _ = study("inspect", "mini_vgg", "--json")
    described = json.loads(out)
    assert status == SAME
    assert list(described) == [f"mini_vgg/{variant}@{RUNTIME}" for variant in STUDY.experiments["mini_vgg"].variants]
    assert len({values["fingerprint"] for values in described.values()}) == 1


def test_a_default_is_shown_as_what_it_becomes(study):
    _, out, _ = study("inspect", "mini_vgg/subclass", width=400)
    row = next(line for line in out.splitlines() if line.startswith("block_a/max_pool"))
    assert row.split()[:6] == ["block_a/max_pool", "MaxPooling2D", "0", "valid", "2×2", "2×2"]


def test_before_its_first_call_a_subclassed_network_knows_no_shapes(study):
    status, out, _ = study("inspect", "mini_vgg/subclass", "--before-call", width=400)
    assert status == SAME
    row = next(line for line in out.splitlines() if line.startswith("block_a/conv2D_0"))
    assert "relu" in row
    assert row.split().count("unknown") == 4
    assert "fingerprint: unknown" in out


def test_what_the_inspector_does_not_know_is_shown(study):
    _, out, _ = study("inspect", "softmax_regression/subclass_tape", width=400)
    assert "operations (unknown)" in out


def test_a_network_that_cannot_be_built_is_named_with_its_error(study):
    status, out, err = study("inspect", "softmax_regression/subclass_tape_verbatim")
    assert (status, out) == (BAD_INPUT, "")
    assert f"softmax_regression/subclass_tape_verbatim@{RUNTIME} cannot be built. TypeError: " in err
    assert "len" in err
    assert study("diff", "softmax_regression/subclass_tape_verbatim", "mini_vgg/subclass")[0] == BAD_INPUT


# ---- diff ----


def test_the_networks_of_source_001_differ_in_padding_and_strides(study):
    status, out, _ = study("diff", "mini_vgg/sequential", "mini_vgg/subclass/same_stride_2", width=80)
    assert status == DIFFERENT
    assert out.splitlines()[-1] == "They are not the same network: padding and strides differ."
    assert max(map(len, out.splitlines())) <= 80
    marked = {line.split()[1] for line in out.splitlines() if line.startswith("≠ ")} - {"differs"}
    assert marked == {"padding", "strides"}


def test_its_matching_networks_are_the_same(study):
    status, out, _ = study("diff", "mini_vgg/sequential", "mini_vgg/subclass")
    assert status == SAME
    assert out.splitlines()[-1] == "They are the same network."
    assert not any(line.startswith("≠ ") and "differs   " not in line for line in out.splitlines())


def test_the_same_network_may_be_trained_otherwise(study):
    status, out, _ = study("diff", "two_dense/functional", "two_dense/subclass/sgd")
    assert status == SAME
    assert out.splitlines()[-1] == (
        "They are the same network, but are not trained alike: optimizer and learning_rate differ."
    )


def test_different_inputs_are_said_first(study):
    status, out, _ = study("diff", "mini_vgg/functional", "two_dense/functional")
    assert status == DIFFERENT
    assert out.splitlines()[0] == "The two networks have different inputs."
    assert "They are not the same network: inputs" in out


# ---- mistakes ----


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["inspect", "mini_vg"], "did you mean 'mini_vgg'?"),
        (["inspect", "mini_vgg/subclas"], "did you mean 'subclass'?"),
        (["inspect", "mini_vgg/subclass/same_stride"], "did you mean 'same_stride_2'?"),
        (["inspect", "mini_vgg@tf-2.10.1"], "did you mean 'tf-2.10.0'?"),
        (["inspect", "mini_vgg", "--runtime", "tf-2.00.0"], "did you mean 'tf-2.0.0'?"),
        (["inspect", "mini_vgg/subclass/a/b"], "write EXPERIMENT/VARIANT[/ALTERNATIVE][@RUNTIME]"),
        (["inspect", "mini_vgg//"], "names no network"),
        (["inspect", "mini_vgg@"], "names no network"),
        (["diff", "mini_vgg", "mini_vgg/subclass"], "name one: mini_vgg/sequential, mini_vgg/functional"),
        (["diff", "mini_vgg/subclass", "mini_vgg/sequentail"], "did you mean 'sequential'?"),
    ],
)
def test_a_mistake_is_named_before_any_work(study, arguments, said):
    status, out, err = study(*arguments)
    assert (status, out) == (BAD_INPUT, "")
    assert said in err
    assert "Loading" not in err


def test_a_runtime_that_is_not_set_up_is_named_with_the_command_that_does(study, monkeypatch, tmp_path):
    monkeypatch.setenv("STUDY_CACHE", str(tmp_path))
    status, _, err = study("inspect", "mini_vgg", "--runtime", "tf-2.0.0")
    assert status == BAD_INPUT
    assert "python -m study.runtimes.runtime tf-2.0.0 --out results/runtimes/tf-2.0.0.json" in err


def test_elsewhere_than_in_the_project_it_says_so(study, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    status, _, err = study("inspect", "mini_vgg")
    assert (status, err) == (
        BAD_INPUT,
        "study inspect: run this in the project's folder: there is no config/study.yaml here\n",
    )


def test_a_name_is_read_as_it_is_written():
    (one,) = addresses("mini_vgg/subclass/same_stride_2@tf-2.0.0", STUDY, RUNTIMES, "tf-1.15.0")
    assert (str(one), one.runtime) == ("mini_vgg/subclass/same_stride_2", "tf-2.0.0")
    assert [each.runtime for each in addresses("mini_vgg", STUDY, RUNTIMES)] == [RUNTIME] * 3
    assert addresses("mini_vgg", STUDY, RUNTIMES, "tf-1.15.0")[0].runtime == "tf-1.15.0"


@pytest.mark.parametrize("arguments", [["inspect", "mini_vgg"], ["diff", "mini_vgg/sequential", "mini_vgg/subclass"]])
def test_a_command_that_was_installed_apart_from_the_checkout_says_which_one_to_use(tmp_path, arguments):
    install = [uv.find_uv_bin(), "pip", "install", "--quiet", "--no-deps", "--target", tmp_path, "."]
    subprocess.run(install, check=True)
    start = [sys.executable, "-c", "from study.cli.main import study; study()", *arguments]
    apart = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(start, env=apart, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (BAD_INPUT, "")
    assert done.stderr == (
        f"study {arguments[0]}: this `study` was installed into {tmp_path}, apart from the code that runs in "
        "TensorFlow: run `make environment` here, and then .venv/bin/study\n"
    )
