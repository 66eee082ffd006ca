"""Files → tables of text: CSV files, a folder of them, or a workbook with sheets of those names.

Strict, and nothing is guessed: what a file cannot be is said as a problem, with the row where a
spreadsheet shows it.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from tracker.domain.writing import COLUMNS
from tracker.importing.csv_files import read_csv
from tracker.importing.rows import Tables

FILES: Final[tuple[str, ...]] = tuple(f"{name}.csv" for name in COLUMNS)


class Source(NamedTuple):
    """A file to read, and what it is called (an upload is kept under another name)."""

    name: str
    path: Path


def read_paths(paths: Iterable[Path]) -> Tables:
    """Open files and folders. Files are called by their name, or by their path where two share one."""
    tables = Tables()
    found: list[Path] = []
    for path in paths:
        found.extend(_files_in(path, tables) if path.is_dir() else [path])
    names = [path.name for path in found]
    sources = [Source(str(p) if names.count(p.name) > 1 else p.name, p) for p in found]
    return read_sources(sources, tables)


def _files_in(folder: Path, tables: Tables) -> list[Path]:
    """The CSV files of a folder, ours or not; other files are none of our business."""
    try:
        listed = sorted(folder.iterdir())
    except OSError as error:
        tables.refuse(str(folder), 0, "file_unreadable", reason=error.strerror or "")
        return []
    chosen = [p for p in listed if p.suffix.lower() == ".csv" and not p.name.startswith(".") and p.is_file()]
    if not chosen:
        tables.refuse(str(folder), 0, "no_tables", names=", ".join(FILES))
    return chosen


def read_sources(sources: Iterable[Source], tables: Tables | None = None) -> Tables:
    """Open files by what their names say they are."""
    tables = tables or Tables()
    for source in sources:
        try:
            _read_source(source, tables)
        except OSError as error:
            tables.refuse(source.name, 0, "file_unreadable", reason=error.strerror or "")
    return tables


def _read_source(source: Source, tables: Tables) -> None:
    stem, suffix = Path(source.name).stem.lower(), Path(source.name).suffix.lower()
    if suffix == ".xlsx":
        from tracker.importing.sheets import read_workbook  # pandas: only where there is a workbook

        read_workbook(source.name, source.path, tables)
    elif suffix == ".csv" and stem in COLUMNS:
        read_csv(source.name, source.path, stem, tables)
    else:
        tables.refuse(source.name, 0, "unknown_file", names=", ".join(FILES))
