"""A journal of trials belongs to one process at a time."""

import threading

import pytest
from disks import read_only, small

from trials import journal
from trials.journal import Journal, write_records

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


def append_each(path, records):
    kept = Journal(path)
    for record in records:
        kept.append(record)


@pytest.mark.parametrize("write", [append_each, write_records])
def test_a_full_disk_is_told_and_leaves_no_half_file(tmp_path, write):
    with small(tmp_path / "disk") as disk:
        path = disk / "records.jsonl"
        with pytest.raises(
            OSError, match=r"cannot be written: no space left on device; 0.0 MB are free in .*Make room"
        ):
            write(str(path), [RECORD | {"error": "e" * 100_000}])
        assert not path.exists() or Journal(str(path)).finished() == {}
        assert list(disk.glob("*.part")) == []


@pytest.mark.parametrize(
    ("write", "place"),
    [(append_each, "records.jsonl"), (append_each, "deep/a.jsonl"), (write_records, "records.jsonl")],
)
def test_a_read_only_disk_is_told(tmp_path, write, place):
    with read_only(tmp_path / "disk") as disk, pytest.raises(OSError, match="cannot be written: read-only file system"):
        write(str(disk / place), [RECORD])
