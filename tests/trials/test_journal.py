"""A journal of trials belongs to one process at a time."""

import pytest

from trials import journal
from trials.journal import Journal

RECORD = {"status": "completed", "expect": "completed"} | dict.fromkeys(journal.KEY, "0")


def test_a_journal_that_another_process_has_is_left_alone(tmp_path, monkeypatch):
    """As a container may have it that outlives the command that started it."""
    monkeypatch.setattr(journal, "PATIENCE_SECONDS", 0.1)
    path = tmp_path / "journal.jsonl"
    held = Journal(str(path))
    held.append(RECORD)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"half": ')
    before = path.read_bytes()
    with pytest.raises(OSError, match="another process runs these trials"):
        Journal(str(path))
    assert path.read_bytes() == before
    del held
    assert list(Journal(str(path)).finished().values()) == [RECORD]
