"""What is chosen on the columns page: a map, as the form's texts and as the form's fields.

The page carries everything in its own fields; words of columns are told apart by a short hash of theirs.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from itertools import islice
from typing import Final

from werkzeug.datastructures import MultiDict

from tracker.domain.problems import Refused
from tracker.importing.cells import Rows, header_of
from tracker.importing.mapping import CONSTANTS, FIELDS, KINDS, Filter, TableMap, fits, parse_map, suggest
from tracker.importing.table_map import DAYS, MONTHS, Shape, folded
from tracker.queries.mappings import StoredMapping
from tracker.services.uploads import rows_of

FILTERS: Final = 3
MOST_FILTERS: Final = 20
MOST_WORDS: Final = 50
"""So many different words of a column are offered one by one."""
SAMPLES: Final = 3
SEARCHED: Final = 5_000
"""So many rows are looked through for different texts."""
DATED: Final = (*DAYS, *MONTHS)
Texts = MultiDict[str, str]


@dataclass(frozen=True)
class Sheet:
    """One sheet of an upload, with the row that its headings stand in."""

    title: str
    rows: Rows
    header_row: int

    @cached_property
    def header(self) -> list[str]:
        """The names of its columns; [] where there is no such row."""
        return header_of(self.rows, self.header_row)

    @cached_property
    def body(self) -> Rows:
        """The rows below the headings."""
        return self.rows[self.header_row :]

    def words(self, column: str) -> Counter[str]:
        """Every word of a column with its rows, as it is first written; words that differ in case are one."""
        if column not in self.header:
            return Counter()
        at, first = self.header.index(column), dict[str, str]()
        texts = (row[at].text.strip() for row in self.body if len(row) > at)
        return Counter(first.setdefault(folded(text), text) for text in texts if text)

    def samples(self, column: str) -> list[str]:
        """The first few different texts of a column."""
        if column not in self.header:
            return []
        at = self.header.index(column)
        rows = islice(self.rows, self.header_row, SEARCHED)
        texts = (row[at].text for row in rows if len(row) > at and row[at].text)
        return list(islice(dict.fromkeys(texts), SAMPLES))


def sheet_of(sheets: Mapping[str, Rows], title: str, header_row: int) -> Sheet:
    """A sheet by its title; the first one where there is none of that title."""
    known = title if title in sheets else next(iter(sheets))
    return Sheet(known, rows_of(sheets, known), header_row)


def read_map(text: str) -> TableMap | None:
    """A kept map; None for none, or for one that is understood no more."""
    try:
        return parse_map(text) if text else None
    except Refused:
        return None


def fitting(
    saved: Mapping[str, StoredMapping], sheets: Mapping[str, Rows]
) -> list[tuple[StoredMapping, TableMap]]:
    """Saved mappings whose columns a sheet has, in the order of their names."""
    read = [(one, read_map(one.text)) for one in saved.values()]
    return [(one, said) for one, said in read if said and title_that_fits(said, sheets) is not None]


def title_that_fits(table_map: TableMap, sheets: Mapping[str, Rows], *first: str) -> str | None:
    """The sheet that has a map's columns: the one it names where that has, else one of the others."""
    titles = [table_map.sheet, *first, *sheets]
    return next((t for t in titles if t in sheets and fits(table_map, sheets[t])), None)


def number_of(text: str) -> int:
    """The row that somebody wrote; 0, which no row has, for what is no number."""
    text = text.strip()
    return int(text) if re.fullmatch("[0-9]{1,6}", text, re.ASCII) else 0


def key_of(word: str) -> str:
    """What a word's field is called."""
    return sha256(folded(word).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def seen_text(sheet: Sheet, shape: str) -> str:
    """What the page was shown with, so that it is noticed when it is shown with something else."""
    return f"{sheet.header_row} {shape} {key_of(sheet.title)}"


# The form's texts → a map


def shape_of(said: Texts) -> Shape:
    """The shape that was chosen."""
    return "wide" if said.get("shape") == "wide" else "flows"


def chosen_map(said: Texts, sheet: Sheet, base: TableMap | None) -> TableMap:
    """What a form says. `base` is the map it began with: its words that this file lacks stay."""
    shape = shape_of(said)
    fields = FIELDS[shape]
    columns: dict[str, str] = {
        name: text for name in fields if (text := said.get(f"column-{name}", "").strip())
    }
    constants: dict[str, str] = {
        name: text
        for name in CONSTANTS
        if name in fields and (text := said.get(f"constant-{name}", "").strip())
    }
    formats: dict[str, str] = {
        name: text for name in DATED if name in columns and (text := said.get(f"format-{name}", ""))
    }
    return TableMap(
        name=said.get("name", "").strip(),
        shape=shape,
        sheet=sheet.title,
        header_row=sheet.header_row,
        date_format=said.get("date_format", ""),
        number_format=said.get("number_format", ""),
        columns=columns,
        constants=constants,
        kinds=_kinds(said, kind_counts(sheet, columns.get("kind", ""), base)),
        filters=tuple(_filters(said, sheet, base)),
        donors=base.donors if base else {},
        date_formats=formats,
    )


def _kinds(said: Texts, words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    chosen = {word: said.get(f"kind-{key_of(word)}", "") for word in words}
    return {kind: found for kind in KINDS if (found := tuple(w for w, k in chosen.items() if k == kind))}


def _filters(said: Texts, sheet: Sheet, base: TableMap | None) -> Iterable[Filter]:
    for at in range(MOST_FILTERS):
        column = said.get(f"filter-{at}-column", "")
        if not column:
            continue
        offered = filter_counts(sheet, column, base)
        if len(offered) > MOST_WORDS:
            words = tuple(filter(None, map(str.strip, said.get(f"filter-{at}-text", "").splitlines())))
        else:
            ticked = said.getlist(f"filter-{at}-word")
            words = tuple(word for word in offered if key_of(word) in ticked)
        keeps = said.get(f"filter-{at}-does") == "keep"
        yield Filter(column, keep=words) if keeps else Filter(column, drop=words)


def drops(said: Texts, one: Filter) -> bool:
    """Whether a filter leaves out what it names; before any word is ticked, what the form says."""
    said_of = [at for at in range(MOST_FILTERS) if said.get(f"filter-{at}-column") == one.column]
    keeps = bool(one.column) and any(said.get(f"filter-{at}-does") == "keep" for at in said_of)
    return bool(one.drop) or not (one.keep or keeps)


def kind_counts(sheet: Sheet, column: str, base: TableMap | None) -> dict[str, int]:
    """The words of the column that says what a row is, with their rows, the most frequent first.

    None where there are too many to be kinds; those that the base knows are there in any case.
    """
    known = base.kinds if base and base.columns.get("kind") == column and column else {}
    return _counted(sheet, column, [word for words in known.values() for word in words], cut=True)


def filter_counts(sheet: Sheet, column: str, base: TableMap | None) -> dict[str, int]:
    """The words of a column that rows may be kept or dropped by, with their rows."""
    known = [one for one in base.filters if one.column == column] if base else []
    return _counted(sheet, column, [word for one in known for word in (*one.keep, *one.drop)])


def _counted(sheet: Sheet, column: str, known: Iterable[str], *, cut: bool = False) -> dict[str, int]:
    counts = sheet.words(column)
    counts = Counter() if cut and len(counts) > MOST_WORDS else counts
    said = {folded(word) for word in counts}
    more = {folded(word): word for word in known if folded(word) not in said}
    return dict(counts.most_common()) | dict.fromkeys(more.values(), 0)


# Shown again, with another sheet, row or shape


def shown_again(said: Texts, sheets: Mapping[str, Rows], base: TableMap | None) -> tuple[Sheet, TableMap]:
    """What a page is shown with next: all that was chosen and still fits, and suggestions for the rest."""
    sheet = sheet_of(sheets, said.get("sheet", ""), number_of(said.get("header_row", "")))
    seen = said.get("seen", "").split()
    row, shape, title = seen if len(seen) == 3 else ("", "", "")
    if title != key_of(sheet.title):
        found = suggest(sheet.rows, sheet.title)
        row = str(found.header_row) if row == str(sheet.header_row) else str(sheet.header_row)
        sheet = replace(sheet, header_row=int(row))
        kept = chosen_map(said, sheet, base)
        filled = _filled(kept, sheet, found, found.shape)
        return sheet, replace(filled, date_format=found.date_format, number_format=found.number_format)
    kept = chosen_map(said, sheet, base)
    if (row, shape) == (str(sheet.header_row), kept.shape) or not sheet.header:
        return sheet, kept
    found = suggest(sheet.rows[sheet.header_row - 1 :], sheet.title, kept.shape)
    return sheet, _filled(kept, sheet, found, kept.shape)


def _filled(kept: TableMap, sheet: Sheet, found: TableMap, shape: Shape) -> TableMap:
    """A map whose columns that the sheet lacks are taken from what is suggested."""
    header, fields = sheet.header, FIELDS[shape]
    chosen = {name: text for name, text in kept.columns.items() if text in header and name in fields}
    taken = set(chosen.values())
    fresh = {n: t for n, t in found.columns.items() if t in header and n in fields and t not in taken}
    filters = tuple(one for one in kept.filters if one.column in header)
    kinds = kept.kinds or (found.kinds if fresh.get("kind") else {})
    return replace(
        kept,
        shape=shape,
        columns=fresh | chosen,
        constants={name: text for name, text in kept.constants.items() if name in fields},
        kinds=kinds,
        filters=filters,
        date_formats=dict(found.date_formats) | dict(kept.date_formats),
    )
