"""Writes what is made of the models: JSON schemas of `config/` and of records, and the table of rules in its README."""

import json
import re
from pathlib import Path
from typing import Any

from pydantic import Field, TypeAdapter, create_model

from study.claims.models import Claim
from study.claims.rules import RULES, AnyClaim
from study.claims.sources import Source
from study.common.atomic import write_text
from study.common.command import run
from study.config.datasets import Dataset
from study.config.origins import Origins
from study.config.runtimes import Runtime
from study.config.study import Study
from study.config.validation import StrictModel
from study.records.models import Observation, Plan, Trial
from study.verdicts.models import Verdict


def _optional(name: str) -> Any:
    """A field of a study that may be left out."""
    return (Study.model_fields[name].annotation, Field(default=None))


FOLDER, GUIDE = Path("workflow/schemas"), Path("config/README.md")
# What `config/config.yaml` may choose: what --config may.
CHOICES = ("scale", "edition", "provider", "gpu")
MODELS: dict[str, Any] = {
    "study": Study,
    "config": create_model("Choices", __base__=StrictModel, **{name: _optional(name) for name in CHOICES}),
    "claims": list[AnyClaim],
    "datasets": dict[str, Dataset],
    "origins": Origins,
    "sources": list[Source],
    "runtimes": dict[str, Runtime],
    "plan": Plan,
    "trial": Trial,
    "observation": Observation,
    "verdicts": list[Verdict],
}
TABLE = re.compile(r"(?<=<!-- rules: written by python -m study.schemas -->\n).*?(?=<!-- /rules -->)", re.DOTALL)


def generated() -> dict[Path, str]:
    """Text of every schema and of the guide that has the table of rules, by the file that holds it."""
    texts = {
        FOLDER / f"{name}.schema.json": json.dumps(TypeAdapter(model).json_schema(), indent=1) + "\n"
        for name, model in MODELS.items()
    }
    return texts | {GUIDE: TABLE.sub(lambda _: rules_table(), GUIDE.read_text(encoding="utf-8"))}


def rules_table() -> str:
    """Markdown table of the rules: what a claim needs beside what every claim has, and when it is reproduced."""
    rows = [
        f"| `{name}` | {', '.join(f'`{field}`' for field in _needed(spec))} | {spec.reproduced_when} |\n"
        for name, spec in RULES.items()
    ]
    return "".join(["| rule | needs | a claim is reproduced when |\n|---|---|---|\n", *rows])


def _needed(spec: type[Claim]) -> list[str]:
    fields = spec.model_fields.items()
    needed = [field.alias or name for name, field in fields if field.is_required() or name in spec.also_needed]
    return [name for name in needed if name not in Claim.model_fields or name == "experiment"]


def main() -> None:
    """Write every file."""
    for path, text in generated().items():
        write_text(path, text)


if __name__ == "__main__":
    run(main)
