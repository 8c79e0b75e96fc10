"""Observations of every probe on every runtime, as the study made them."""

from typing import get_args

import pytest

from study.config.runtimes import load_runtimes
from study.records.models import Observation, Probe
from study.records.observations import read_observations


@pytest.fixture(scope="session")
def probed(smoke) -> dict[str, list[Observation]]:
    cells = read_observations(smoke.root / "results/observations.jsonl.gz")
    return {name: [cell for cell in cells if cell.probe == name] for name in get_args(Probe)}


@pytest.fixture(scope="session")
def refusing_len(probed) -> list[str]:
    """Runtimes with Keras 3, which refuses len inside a graph."""
    keras = {cell.runtime: cell.environment["runtime"]["keras"] for cell in probed["structures"]}
    return [runtime for runtime in load_runtimes() if keras[runtime].startswith("3.")]
