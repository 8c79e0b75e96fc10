"""What crosses the wall has a schema, and the committed schemas are those of the code."""

import json

import jsonschema
import pytest

from study.records.models import Trial
from study.schemas import schemas


@pytest.mark.parametrize(("path", "text"), schemas().items(), ids=[path.stem for path in schemas()])
def test_the_committed_schema_is_current(path, text):
    assert path.read_text(encoding="utf-8") == text, "run: python -m study.schemas"


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
