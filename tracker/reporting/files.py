"""Files come into being whole: written beside their place under another name, then renamed."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tracker.domain.neutral import neutralised


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to; it takes the place of `path` at the end, unless something fails."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.touch()
        yield beside
        os.replace(beside, path)
    except OSError as error:
        if error.filename == str(beside):
            error.filename = str(path)  # the name that a person knows
        raise
    finally:
        with suppress(OSError):
            beside.unlink()


def csv_text(columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """Lines of CSV (LF): no text in them is a formula, and an import reads back exactly what was written."""
    columns = tuple(columns)
    yield csv_line(columns)
    for row in rows:
        yield csv_line(neutralised(row[column]) for column in columns)


def csv_line(cells: Iterable[str]) -> str:
    """One row of CSV.

    >>> csv_line(["a", "b,c", "d"]).rstrip()
    'a,"b,c",d'
    """
    return ",".join(_quoted(cell) for cell in cells) + "\n"


def _quoted(cell: str) -> str:
    """The csv module would let a lone carriage return stand, which ends a row for others."""
    if any(character in cell for character in ',"\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell
