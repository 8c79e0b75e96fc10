"""Reads a zip archive that nobody vouches for. Nothing is unpacked to disk; what looks like an attack is refused.

Entries are read by their place in the file, so that processes forked from the one that opened the archive can share it.
"""

import os
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from study.common.errors import StudyError

# Bounds on what an archive may claim to hold; the largest one here holds 25,000 images in less than a gigabyte.
MAX_ENTRIES = 100_000
MAX_ENTRY = 16 << 20  # bytes: a hundred times the largest image
MAX_TOTAL = 4 << 30  # bytes
MAX_RATIO = 20  # of all bytes to the archive's: images hardly shrink, though single broken ones may be all zeros

LOCAL_HEADER = 30  # bytes, before the name
LOCAL_MAGIC = b"PK\x03\x04"
ENCRYPTED = 0x1  # bit of an entry's flags
# Patterns of how a name begins.
NAME_FAULTS = {
    "has a NUL in its name": r"[^\0]*\0",
    "has a backslash in its name": r"[^\\]*\\",
    "is an absolute path": r"/|[A-Za-z]:",
    "leads through '.', '..' or a folder without name": r"\Z|(.*/)?(\.{0,2}/|\.{1,2}\Z)",
}
# Any of them: one look is enough at most of many thousand names.
FAULTY_NAME = re.compile("|".join(NAME_FAULTS.values()), re.DOTALL)


class Archive:
    """The files of a zip archive, by name, and their bytes.

    Raises
    ------
    StudyError
        If the file is no whole zip archive, or if it claims what no archive of images does: names that lead out of a
        folder or mean the same file, links, encryption, entries that share bytes, or more than the bounds above.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("rb")
            with zipfile.ZipFile(path) as opened:
                entries = opened.infolist()
                directory = opened.start_dir
        except OSError as error:
            raise StudyError(f"{path}: cannot be read: {error.strerror}") from error
        except (zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError) as error:
            raise StudyError(f"{path}: no sound zip archive, or cut short: {error}") from error
        for fault in _faults(entries, directory):
            raise StudyError(f"{path}: refused: {fault}")
        self._entries = {entry.filename: entry for entry in entries if not entry.is_dir()}

    @property
    def names(self) -> list[str]:
        """Names of all files, in alphabetical order."""
        return sorted(self._entries)

    def read(self, name: str) -> bytes:
        """Bytes of one file, no more than the archive's directory says.

        Raises
        ------
        StudyError
            If the bytes are not those that the directory describes.
        """
        entry = self._entries[name]
        header = self._at(entry.header_offset, LOCAL_HEADER)
        if not header.startswith(LOCAL_MAGIC):
            raise self._broken(name, "no entry where the directory says")
        lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        packed = self._at(entry.header_offset + LOCAL_HEADER + lengths, entry.compress_size)
        try:
            content = packed if entry.compress_type == zipfile.ZIP_STORED else _inflated(packed, entry.file_size)
        except zlib.error as error:
            raise self._broken(name, str(error)) from error
        if len(content) != entry.file_size:
            raise self._broken(name, f"it is not {entry.file_size} bytes long")
        if zlib.crc32(content) != entry.CRC:
            raise self._broken(name, "its checksum is wrong")
        return content

    def _at(self, offset: int, size: int) -> bytes:
        return os.pread(self._file.fileno(), size, offset)

    def _broken(self, name: str, fault: str) -> StudyError:
        return StudyError(f"{self.path}: entry {name!r} cannot be read: {fault}; get the archive anew")


def normalised(name: str) -> str:
    """The name as a file system sees it that distinguishes neither case nor ways to write an accent."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _inflated(packed: bytes, size: int) -> bytes:
    # One byte more than there should be is enough to know that there is more.
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, size + 1)


def _faults(entries: list[zipfile.ZipInfo], directory: int) -> Iterator[str]:
    """Everything that is wrong with the archive's directory, which begins at byte `directory`."""
    if len(entries) > MAX_ENTRIES:
        yield f"{len(entries)} entries, more than {MAX_ENTRIES}"
    if (total := sum(entry.file_size for entry in entries)) > MAX_TOTAL:
        yield f"{total} bytes unpacked, more than {MAX_TOTAL}"
    if total > MAX_RATIO * directory:
        yield f"{total} bytes unpacked, more than {MAX_RATIO} times as many as packed"
    seen: set[str] = set()
    for entry in entries:
        for fault in (*_name_faults(entry.orig_filename), *_entry_faults(entry)):
            yield f"entry {entry.orig_filename!r} {fault}"
        if (name := normalised(entry.filename.rstrip("/"))) in seen:
            yield f"entry {entry.orig_filename!r} is there twice (in another spelling, perhaps)"
        seen.add(name)
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            yield f"entry {entry.orig_filename!r} shares bytes with another"
        end = entry.header_offset + LOCAL_HEADER + entry.compress_size
    if end > directory:
        yield "an entry reaches into the directory"


def _name_faults(name: str) -> list[str]:
    if not FAULTY_NAME.match(name):
        return []
    return [fault for fault, pattern in NAME_FAULTS.items() if re.match(pattern, name, re.DOTALL)]


def _entry_faults(entry: zipfile.ZipInfo) -> Iterator[str]:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        yield "is a link or a device"
    if entry.flag_bits & ENCRYPTED:
        yield "is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        yield f"is compressed by method {entry.compress_type}"
    if entry.file_size > MAX_ENTRY:
        yield f"has {entry.file_size} bytes, more than {MAX_ENTRY}"
