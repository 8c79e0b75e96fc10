"""What each API can do, as every runtime showed it."""

import re
from pathlib import Path
from typing import get_args

import pytest
from runner import SOURCES

from study.claims.vocabulary import Api, Capability
from study.config.runtimes import load_runtimes
from study.records.models import Observation
from study.records.observations import place

RUNTIMES = load_runtimes()


@pytest.fixture(scope="session")
def matrix(probed) -> dict[tuple[str, str, str], Observation]:
    return {(cell.subject, str(cell.variant), cell.runtime): cell for cell in probed["capabilities"]}


def statuses(matrix, subject: str, variant: str) -> list[str]:
    return [matrix[subject, variant, runtime].status for runtime in RUNTIMES]


def test_a_capability_is_a_file_of_its_name():
    files = (SOURCES / "trials/probes/capabilities").glob("[!_]*.py")
    assert sorted(file.stem for file in files) == sorted(get_args(Capability))


def test_every_cell_is_observed_once_on_every_runtime(probed, matrix):
    wanted = {(s, v, r) for s in get_args(Capability) for v in get_args(Api) for r in RUNTIMES}
    assert set(matrix) == wanted
    assert len(probed["capabilities"]) == len(wanted)


@pytest.mark.parametrize(
    "subject", ["several_inputs", "several_outputs", "shared_layers", "branches", "residual_connection"]
)
@pytest.mark.parametrize("variant", ["functional", "subclass"])
def test_two_apis_build_any_graph_everywhere(matrix, subject, variant):
    assert statuses(matrix, subject, variant) == ["works"] * len(RUNTIMES)


@pytest.mark.parametrize("subject", ["shared_layers", "branches", "residual_connection"])
def test_a_sequential_builds_no_graph_anywhere(matrix, subject):
    assert statuses(matrix, subject, "sequential") == ["fails"] * len(RUNTIMES)


@pytest.mark.parametrize("subject", ["several_inputs", "several_outputs"])
def test_a_sequential_has_several_inputs_or_outputs_nowhere_without_a_trick(matrix, subject):
    assert "works" not in statuses(matrix, subject, "sequential")
    assert statuses(matrix, subject, "sequential")[:2] == ["fails", "fails"], "1.15.0 and 2.0.0 refuse the trick too"


def test_python_control_flow_runs_where_the_version_converts_it(matrix):
    subclass = dict(zip(RUNTIMES, statuses(matrix, "dynamic_control_flow", "subclass"), strict=True))
    assert subclass["tf-2.10.0"] == "works"
    assert subclass["tf-2.21.0"] == "works after"
    assert matrix["dynamic_control_flow", "subclass", "tf-2.21.0"].remedy == "compiling it with run_eagerly"
    assert set(statuses(matrix, "dynamic_control_flow", "functional")) == {"works after"}


@pytest.mark.parametrize("subject", ["layers_before_first_call", "summary_before_first_call"])
def test_a_subclassed_model_knows_its_layers_only_after_a_call_or_build(matrix, subject):
    assert set(statuses(matrix, subject, "sequential") + statuses(matrix, subject, "functional")) == {"works"}
    assert set(statuses(matrix, subject, "subclass")) == {"works after"}


def test_what_does_not_work_by_itself_keeps_its_error_without_folders_and_addresses(matrix):
    for cell in matrix.values():
        assert (cell.error is None) == (cell.status == "works"), place(cell)
        assert (cell.remedy is not None) == (cell.status == "works after"), place(cell)
        assert str(SOURCES) not in cell.model_dump_json()
        assert str(Path.home()) not in cell.model_dump_json()
        assert not re.search(r"0x[0-9a-f]{6}", cell.error.message if cell.error else "")
