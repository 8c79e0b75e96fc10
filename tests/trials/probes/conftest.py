"""Observations of every probe on every runtime, as the study made them."""

from typing import get_args

import pytest

from study.records.models import Observation, Probe
from study.records.observations import read_observations


@pytest.fixture(scope="session")
def probed(smoke) -> dict[str, list[Observation]]:
    cells = read_observations(smoke.root / "results/observations.jsonl.gz")
    return {name: [cell for cell in cells if cell.probe == name] for name in get_args(Probe)}
