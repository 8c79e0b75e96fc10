"""What crosses the process boundary has a schema, and what is made of the models is committed as they make it."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from study.records.models import Trial
from study.schemas import generated


@pytest.mark.parametrize(("path", "text"), generated().items(), ids=[path.stem for path in generated()])
def test_what_is_made_of_the_models_is_current(path, text):
    assert path.read_text(encoding="utf-8") == text, "run: python -m study.schemas"


@pytest.mark.parametrize("path", sorted(Path("config").rglob("*.yaml")), ids=lambda path: path.stem)
def test_a_configuration_file_names_the_schema_that_it_fits(path):
    text = path.read_text(encoding="utf-8")
    start, _, named = text.partition("\n")[0].partition("=")
    assert start == "# yaml-language-server: $schema"
    schema = (path.parent / named).resolve()
    assert schema in {each.resolve() for each in generated()}
    kind = "claims" if path.parent.name == "claims" else path.stem
    assert schema.name == f"{kind}.schema.json"
    content = json.loads(json.dumps(yaml.load(text, Loader=yaml.CSafeLoader)))
    jsonschema.validate(content, json.loads(schema.read_text(encoding="utf-8")))


def test_real_records_and_plans_fit_their_schemas(smoke):
    trial_schema, plan_schema = (
        json.loads((smoke.root / f"workflow/schemas/{name}.schema.json").read_text("utf-8"))
        for name in ("trial", "plan")
    )
    records = [
        json.loads(line)
        for path in (smoke.root / "results/trials").rglob("*.jsonl")
        for line in path.read_text("utf-8").splitlines()
    ]
    for record in records:
        jsonschema.validate(record, trial_schema)
        assert json.loads(Trial(**record).model_dump_json(exclude_unset=True)) == record
    for path in (smoke.root / "results/plans").rglob("*.json"):
        jsonschema.validate(json.loads(path.read_text("utf-8")), plan_schema)
