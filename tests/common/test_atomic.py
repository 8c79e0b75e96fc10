"""A file is written completely or not at all, and a disk that refuses it is told in words."""

import ast
from pathlib import Path

import pytest
from disks import read_only, small

from study.common.atomic import copy, replacing, write_text
from study.common.disk import require_room
from study.common.errors import StudyError

SOURCES = Path(__file__).parents[2] / "src" / "study"
# What gives a file its bytes.
WRITERS = {
    *("write_text", "write_bytes", "to_parquet", "to_csv", "savefig", "savez", "save", "dump", "write_table"),
    *("copyfile", "copy2", "copytree", "GzipFile"),
}
# They hold a context of their own, or write to a folder that is thrown away.
ALONE = {
    "common/atomic.py": "is that context",
    "data/download.py": "keeps what has arrived under another name",
    "data/fetch.py": "copies to where it would be downloaded",
    "figures/thumbnails.py": "writes to memory",
    "cli/inspector.py": "writes to a scratch folder",
    "runtimes/own_uv.py": "runs before anything is set up, and writes beside the final name by itself",
}


def test_a_full_disk_is_told_with_file_free_space_and_remedy(tmp_path):
    with small(tmp_path / "disk") as disk:
        out = disk / "deep" / "table.csv"
        with pytest.raises(StudyError) as raised:
            write_text(out, "1" * 100_000)
        assert str(raised.value) == (
            f"{out}: cannot be written: no space left on device; 0 bytes are free in {out.parent}."
            " Make room there, then run the same command again."
        )
        assert list(out.parent.iterdir()) == []


def test_a_full_disk_leaves_the_former_file_as_it_was(tmp_path):
    with small(tmp_path / "disk") as disk:
        write_text(disk / "a.txt", "before")
        with pytest.raises(StudyError, match="no space left on device"):
            write_text(disk / "a.txt", "after" * 100_000)
        assert [path.name for path in disk.iterdir()] == ["a.txt"]
        assert (disk / "a.txt").read_text() == "before"


def test_a_read_only_disk_is_told(tmp_path):
    with read_only(tmp_path / "disk") as disk:
        for out in (disk / "a.txt", disk / "deep" / "a.txt"):
            with pytest.raises(
                StudyError, match=rf"{out}: cannot be written: read-only file system; .* in {disk}. Make"
            ):
                write_text(out, "a")


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path):
    (tmp_path / "results").write_text("")
    with pytest.raises(StudyError, match=r"a.txt: cannot be written: .* Move away the file that is in the place of"):
        write_text(tmp_path / "results" / "a.txt", "a")


def test_an_error_about_another_file_is_not_said_of_the_one_that_is_written(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        copy(tmp_path / "folder", tmp_path / "out" / "a.txt")
    assert list((tmp_path / "out").iterdir()) == []


def half_written(out):
    with replacing(out) as part:
        part.write_text("half")
        raise KeyboardInterrupt


def test_what_ends_a_block_otherwise_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        half_written(tmp_path / "a.txt")
    assert list(tmp_path.iterdir()) == []


def test_too_little_room_is_told_before_any_work(tmp_path):
    with small(tmp_path / "disk") as disk:
        require_room(disk / "a", 10_000)
        with pytest.raises(
            StudyError, match=r"a: cannot be written: 20.0 kB are needed; 16.4 kB are free in .*disk\. M"
        ):
            require_room(disk / "a", 20_000)


def test_a_copy_to_a_full_disk_is_not_said_of_what_is_copied(tmp_path):
    (tmp_path / "source").write_bytes(bytes(100_000))
    with small(tmp_path / "disk") as disk, pytest.raises(StudyError, match=r"disk/a: cannot be written: no space left"):
        copy(tmp_path / "source", disk / "a")


def writers_in(tree):
    """Lines of a module at which a file gets its bytes outside of the context that makes it whole."""
    safe = {
        id(inner)
        for each in ast.walk(tree)
        if isinstance(each, ast.With) and "replacing(" in "".join(map(ast.unparse, each.items))
        for inner in ast.walk(each)
    }
    for call in (each for each in ast.walk(tree) if isinstance(each, ast.Call) and id(each) not in safe):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        opens = name == "open" or (isinstance(call.func, ast.Name) and call.func.id == "open")
        modes = [
            arg.value for arg in (*call.args, *(word.value for word in call.keywords)) if isinstance(arg, ast.Constant)
        ]
        returns = name == "to_csv" and not call.args
        if (name in WRITERS and not returns) or (opens and any(set("wax+") & set(str(mode)) for mode in modes)):
            yield call.lineno


@pytest.mark.parametrize("path", sorted(SOURCES.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCES)))
def test_no_file_is_written_under_its_final_name(path):
    if str(path.relative_to(SOURCES)) not in ALONE:
        assert list(writers_in(ast.parse(path.read_text()))) == []


def test_the_search_for_writers_finds_one():
    assert list(
        writers_in(ast.parse("path.open('wb')\nopen(path, mode='a')\npath.read_text()\npath.write_text('')"))
    ) == [1, 2, 4]
