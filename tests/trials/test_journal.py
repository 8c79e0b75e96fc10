"""A journal of trials belongs to one process at a time."""

import threading

from trials import journal
from trials.journal import Journal

RECORD = {"status": "completed", "expect": "completed"} | dict.fromkeys(journal.KEY, "0")


def test_a_journal_that_another_process_has_is_waited_for(tmp_path, capsys):
    """As a container may have it that outlives the command that started it."""
    path = tmp_path / "journal.jsonl"
    held = [Journal(str(path))]
    held[0].append(RECORD)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"half": ')
    before = path.read_bytes()

    def end() -> None:
        assert path.read_bytes() == before, "the other must be left alone"
        held.clear()

    threading.Timer(0.5, end).start()
    assert list(Journal(str(path)).finished().values()) == [RECORD]
    assert "waiting for another process that runs these trials" in capsys.readouterr().err
