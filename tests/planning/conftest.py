"""What somebody ran already: of what was added since, nothing can have been measured."""

from typing import Any

import pytest
from checkout import PROJECT

from study.config.validation import load_yaml


@pytest.fixture(scope="session")
def ran() -> dict[str, set[str]]:
    """Experiments and runtimes of which a machine has reference results."""
    scopes = [load_yaml(path, dict[str, Any]) for path in PROJECT.glob("reports/reference/*/scope.yaml")]
    parts = [part for scope in scopes for part in scope["holds"]]
    return {name: {each for part in parts for each in part[name]} for name in ("experiments", "runtimes")}
