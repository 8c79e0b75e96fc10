"""Writes the JSON schemas of what `config/` may say and of what crosses the wall, from the models that check it."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from study.claims.models import Claim
from study.config.datasets import Dataset
from study.config.runtimes import Runtime
from study.config.study import Study
from study.records.models import Observation, Plan, Trial
from study.verdicts.models import Verdict

FOLDER = Path("workflow/schemas")
MODELS: dict[str, Any] = {
    "study": Study,
    "claims": list[Claim],
    "datasets": dict[str, Dataset],
    "runtimes": dict[str, Runtime],
    "plan": Plan,
    "trial": Trial,
    "observation": Observation,
    "verdicts": list[Verdict],
}


def schemas() -> dict[Path, str]:
    """Text of every schema, by the file that holds it."""
    return {
        FOLDER / f"{name}.schema.json": json.dumps(TypeAdapter(model).json_schema(), indent=1) + "\n"
        for name, model in MODELS.items()
    }


def main() -> None:
    """Write every schema."""
    for path, text in schemas().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
