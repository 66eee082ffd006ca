"""A workbook is measured before anything opens it: a small file can unpack to more than a machine holds.

Every member is unpacked once, in pieces, counted, and looked through for what a reader would have to
allocate: calamine keeps a sheet as a full rectangle, however few of its cells are filled.
"""

import re
import zipfile
import zlib
from pathlib import Path
from typing import Final

from tracker.domain.problems import Refused

MAX_PACKED_BYTES: Final = 30_000_000
MAX_UNPACKED_BYTES: Final = 200_000_000
MAX_MEMBERS: Final = 1_000
MAX_CELLS: Final = 5_000_000
"""Rows times columns of one sheet, up to its last cell."""

_PIECE_BYTES: Final = 1 << 20
_OVERLAP_BYTES: Final = 4_096
_CELL: Final = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br\s*=\s*["']\$?([A-Za-z]{1,7})\$?([0-9]{1,20})["']""")
_DIMENSION: Final = re.compile(rb"""<(?:\w+:)?dimension\b[^>]*?\bref\s*=\s*["']([^"']*)["']""")
_CORNER: Final = re.compile(rb"\$?([A-Za-z]{1,7})\$?([0-9]{1,20})")
_ERROR_CELL: Final = re.compile(
    rb"""<(?:\w+:)?c\b(?=[^>]*\bt\s*=\s*["']e["'])[^>]*?\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']"""
)


def measure_workbook(path: Path) -> None:
    """Raises `Refused`, with a code and the limit, where a file is no workbook that may be opened."""
    if path.stat().st_size > MAX_PACKED_BYTES:
        raise Refused.of("workbook_too_large", most=MAX_PACKED_BYTES // 1_000_000)
    try:
        with zipfile.ZipFile(path) as archive:
            _measure_members(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise Refused.of("workbook_damaged") from error


def _measure_members(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        raise Refused.of("workbook_many_members", members=len(members), most=MAX_MEMBERS)
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise Refused.of("workbook_unpacks_too_large", most=MAX_UNPACKED_BYTES // 1_000_000)
    if any(member.filename.lower().endswith("vbaproject.bin") for member in members):
        raise Refused.of("workbook_with_macros")
    if not any(member.filename == "[Content_Types].xml" for member in members):
        raise Refused.of("workbook_damaged")
    for member in members:
        _look_through(archive, member)


def _look_through(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Unpack a member in pieces. `zipfile` stops at the size it claims and then checks its sum."""
    columns = rows = 0
    tail = b""
    with archive.open(member) as file:
        while piece := file.read(_PIECE_BYTES):
            text = tail + piece
            if b"<!DOCTYPE" in text or (member.filename.endswith(".xml") and b"\0" in text):
                raise Refused.of("workbook_damaged")
            for match in _CELL.finditer(text):
                columns, rows = max(columns, _column(match[1])), max(rows, int(match[2]))
            for match in _DIMENSION.finditer(text):
                for corner in _CORNER.finditer(match[1]):
                    columns, rows = max(columns, _column(corner[1])), max(rows, int(corner[2]))
            if columns * rows > MAX_CELLS:
                raise Refused.of("sheet_too_large", cells=columns * rows, most=MAX_CELLS)
            if error := _ERROR_CELL.search(text):
                cell = (error[1] + error[2]).decode("ascii")
                raise Refused.of("cell_is_error", cell=cell, row=int(error[2]))
            tail = text[-_OVERLAP_BYTES:]


def _column(letters: bytes) -> int:
    """A column's number: A is 1, XFD 16384."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
