"""Reading an archive that nobody vouches for: what is sound is read, what looks like an attack is refused."""

import stat
import unicodedata
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_files import archive, jpeg

from study.common.errors import StudyError
from study.data import archive as module
from study.data.archive import Archive, normalised

NAME = "PetImages/Cat/1.jpg"
CONTENT = jpeg()


def made(path: Path, *entries: zipfile.ZipInfo | str, content: bytes = CONTENT, method: int = zipfile.ZIP_DEFLATED):
    """An archive of these entries, all of the same content."""
    with zipfile.ZipFile(path, "w") as opened:
        for entry in entries:
            info = entry if isinstance(entry, zipfile.ZipInfo) else zipfile.ZipInfo(entry)
            opened.writestr(info, content, method)
    return path


def replaced(path: Path, old: bytes, new: bytes) -> Path:
    path.write_bytes(path.read_bytes().replace(old, new))
    return path


def in_directory(path: Path, at: int, by: bytes) -> Path:
    """Overwrite bytes of the first entry of the archive's directory."""
    data = path.read_bytes()
    start = data.index(b"PK\x01\x02") + at
    path.write_bytes(data[:start] + by + data[start + len(by) :])
    return path


def link(name: str, kind: int = stat.S_IFLNK) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (kind | 0o777) << 16
    return info


def test_names_come_in_order_and_every_file_is_read(tmp_path):
    path = archive(tmp_path / "sound.zip", 3)
    opened = Archive(path)
    with zipfile.ZipFile(path) as expected:
        assert opened.names == sorted(expected.namelist())
        for name in opened.names:
            assert opened.read(name) == expected.read(name)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("content", [b"", b"x", CONTENT])
def test_stored_and_deflated_entries_are_read(tmp_path, method, content):
    opened = Archive(made(tmp_path / "a.zip", "a", content=content, method=method))
    assert opened.read("a") == content


def test_folders_are_no_files(tmp_path):
    path = tmp_path / "folders.zip"
    with zipfile.ZipFile(path, "w") as opened:
        opened.mkdir("PetImages")
        opened.writestr(NAME, CONTENT)
    assert Archive(path).names == [NAME]


HOSTILE = {
    "leads out": (("../evil.jpg",), "leads through '.', '..'"),
    "leads out, deeper": (("PetImages/../../evil.jpg",), "leads through '.', '..'"),
    "absolute": (("/etc/passwd",), "is an absolute path"),
    "a drive": (("C:/evil.jpg",), "is an absolute path"),
    "a backslash": (("PetImages\\Cat\\1.jpg",), "has a backslash"),
    "a folder without name": (("PetImages//1.jpg",), "a folder without name"),
    "a link": ((link(NAME),), "is a link or a device"),
    "a device": ((link(NAME, stat.S_IFCHR),), "is a link or a device"),
    "in another case": ((NAME, NAME.upper()), "is there twice"),
    "in another spelling": (("caf\u00e9.jpg", "cafe\u0301.jpg"), "is there twice"),
    "a file and a folder": (("PetImages", "PetImages/"), "is there twice"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_name_is_refused(tmp_path, kind):
    entries, fault = HOSTILE[kind]
    with pytest.raises(StudyError, match=f"refused: entry .*{fault}"):
        Archive(made(tmp_path / "hostile.zip", *entries))


def test_the_same_name_twice_is_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = made(tmp_path / "twice.zip", NAME, NAME)
    with pytest.raises(StudyError, match="is there twice"):
        Archive(path)


def test_a_name_with_a_nul_is_refused(tmp_path):
    path = replaced(made(tmp_path / "nul.zip", "1.jpg#evil"), b"1.jpg#evil", b"1.jpg\0evil")
    with pytest.raises(StudyError, match="has a NUL"):
        Archive(path)


def test_a_name_in_no_encoding_is_refused(tmp_path):
    path = replaced(made(tmp_path / "name.zip", "\u00e9.jpg"), "\u00e9".encode(), b"\xff\xfe")
    with pytest.raises(StudyError, match="no sound zip archive"):
        Archive(path)


def test_an_encrypted_entry_is_refused(tmp_path):
    with pytest.raises(StudyError, match="is encrypted"):
        Archive(in_directory(made(tmp_path / "locked.zip", NAME), 8, b"\x01"))


def test_another_compression_is_refused(tmp_path):
    with pytest.raises(StudyError, match="is compressed by method 12"):
        Archive(made(tmp_path / "bzip2.zip", NAME, method=zipfile.ZIP_BZIP2))


def test_a_bomb_is_refused(tmp_path):
    with pytest.raises(StudyError, match="1048576 bytes unpacked, more than 20 times as many as packed"):
        Archive(made(tmp_path / "bomb.zip", NAME, content=bytes(1 << 20)))


def test_a_single_file_of_zeros_is_no_bomb(tmp_path):
    assert Archive(archive(tmp_path / "a.zip", more={NAME: bytes(20_000)})).read(NAME) == bytes(20_000)


@pytest.mark.parametrize(
    ("bound", "value", "fault"),
    [
        ("MAX_ENTRIES", 2, "3 entries, more than 2"),
        ("MAX_TOTAL", 3 * len(CONTENT) - 1, "bytes unpacked, more than"),
        ("MAX_ENTRY", len(CONTENT) - 1, "bytes, more than"),
    ],
)
def test_more_than_an_archive_of_images_holds_is_refused(tmp_path, monkeypatch, bound, value, fault):
    path = made(tmp_path / "large.zip", "1", "2", "3")
    Archive(path)
    monkeypatch.setattr(module, bound, value)
    with pytest.raises(StudyError, match=fault):
        Archive(path)


def test_entries_that_share_bytes_are_refused(tmp_path):
    data = made(tmp_path / "shared.zip", "1", "2").read_bytes()
    second = data.rindex(b"PK\x01\x02")
    (tmp_path / "shared.zip").write_bytes(data[: second + 42] + bytes(4) + data[second + 46 :])
    with pytest.raises(StudyError, match="shares bytes with another"):
        Archive(tmp_path / "shared.zip")


def test_an_entry_that_is_larger_than_it_says_is_not_unpacked(tmp_path):
    opened = Archive(in_directory(made(tmp_path / "liar.zip", NAME), 24, (10).to_bytes(4, "little")))
    with pytest.raises(StudyError, match="it is not 10 bytes long"):
        opened.read(NAME)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_changed_byte_is_noticed(tmp_path, method):
    path = made(tmp_path / "changed.zip", NAME, method=method)
    data = bytearray(path.read_bytes())
    data[200] ^= 1
    path.write_bytes(data)
    with pytest.raises(StudyError, match=f"entry '{NAME}' cannot be read: .*; get the archive anew"):
        Archive(path).read(NAME)


def test_a_changed_checksum_is_noticed(tmp_path):
    opened = Archive(in_directory(made(tmp_path / "sum.zip", NAME), 16, b"\0\0\0\0"))
    with pytest.raises(StudyError, match="its checksum is wrong"):
        opened.read(NAME)


def test_an_entry_that_is_not_where_it_should_be_is_noticed(tmp_path):
    opened = Archive(replaced(made(tmp_path / "moved.zip", NAME), b"PK\x03\x04", b"KP\x03\x04"))
    with pytest.raises(StudyError, match="no entry where the directory says"):
        opened.read(NAME)


SMALL = 3


@given(st.data())
def test_no_archive_that_is_cut_short_is_opened(tmp_path_factory, data):
    path = archive(tmp_path_factory.mktemp("cut") / "cut.zip", SMALL)
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(StudyError, match=r"no sound zip archive, or cut short"):
        Archive(path)


def test_what_is_no_archive_or_not_there_is_said(tmp_path):
    (tmp_path / "page.zip").write_text("<!DOCTYPE html>")
    with pytest.raises(StudyError, match="no sound zip archive"):
        Archive(tmp_path / "page.zip")
    with pytest.raises(StudyError, match=r"none.zip: cannot be read: No such file"):
        Archive(tmp_path / "none.zip")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_any_name_is_read_or_refused(tmp_path_factory, name):
    path = tmp_path_factory.mktemp("name") / "name.zip"
    try:
        opened = Archive(made(path, name))
    except StudyError:
        return
    for found in opened.names:
        assert opened.read(found) == CONTENT
        assert not found.startswith("/")
        assert ".." not in found.split("/")
        assert "\\" not in found


@given(st.text("aC:./\\\0\n", max_size=12))
def test_every_part_of_a_name_is_a_name_and_each_fault_is_told(name):
    leads_elsewhere = not {"", ".", ".."}.isdisjoint(name.removesuffix("/").split("/"))
    of_a_drive = name[:1].isalpha() and name[1:2] == ":"
    faults = ["\0" in name, "\\" in name, name.startswith("/") or of_a_drive, leads_elsewhere]
    assert module._name_faults(name) == [told for told, is_so in zip(module.NAME_FAULTS, faults, strict=True) if is_so]


@given(st.text(max_size=20))
def test_normalising_forgets_case_and_spelling_and_nothing_else_changes_it(name):
    assert normalised(unicodedata.normalize("NFD", name)) == normalised(name)
    assert normalised(normalised(name)) == normalised(name)


@given(st.binary(min_size=1, max_size=400), st.integers(0, 3000))
def test_no_overwritten_bytes_crash_the_reader(tmp_path_factory, noise, at):
    path = archive(tmp_path_factory.mktemp("noise") / "noise.zip", SMALL)
    data = path.read_bytes()
    at %= len(data)
    path.write_bytes(data[:at] + noise + data[at + len(noise) :])
    try:
        opened = Archive(path)
        contents = [opened.read(name) for name in opened.names]
    except StudyError:
        return
    assert len(contents) == len(opened.names)
