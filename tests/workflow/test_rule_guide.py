"""The guide that adds a rule, followed to the letter in a copy of the project."""

from pathlib import Path

import pytest
from checkout import fresh_copy
from guides import follow

GUIDE = Path("docs/adding-a-rule.md")
CHECKS = {
    "schemas": ("python", "-m", "study.schemas"),
    "tests": ("pytest", "-q", "tests/verdicts/test_range.py", "tests/test_schemas.py", "-k", "not real_records"),
    "ruff": ("ruff", "check", "src/study", "tests/verdicts"),
    "format": ("ruff", "format", "--check", "src/study", "tests/verdicts"),
    "mypy": ("mypy",),
}


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """A copy of the project in which the guide was followed."""
    checkout = fresh_copy(tmp_path_factory.mktemp("rule"))
    assert follow(GUIDE, checkout.root) == [
        ("Insert in", "src/study/claims/rules.py"),
        ("Insert in", "src/study/claims/rules.py"),
        ("Write", "src/study/verdicts/rules/range.py"),
        ("Write", "tests/verdicts/test_range.py"),
    ]
    return checkout


def test_a_rule_is_a_spec_a_module_and_a_test(followed):
    for command in CHECKS.values():
        done = followed.run(*command, PYTHONPATH=str(followed.root / "src"), MYPYPATH=str(followed.root / "src"))
        assert done.returncode == 0, done.stdout[-4000:]
    assert "| `range` |" in (followed.root / "config/README.md").read_text("utf-8")
