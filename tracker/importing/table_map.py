"""A map of a table: which column means what, and whether it fits the rows at hand (docs/importing.md)."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from tracker.domain.money import CURRENCIES
from tracker.domain.months import parse_day, parse_month
from tracker.domain.problems import Problem, Refused
from tracker.importing.cells import DATE_FORMATS, NUMBER_FORMATS, Rows, header_of

Shape = Literal["flows", "wide"]

_COMMON: Final = (
    *("donor_ref", "donor_kind", "earmark", "psc", "covers_from", "covers_until", "agreement_ref"),
    *("ledger_ref", "usd_amount", "rate", "original_amount", "original_currency", "notes"),
)
FIELDS: Final[dict[Shape, tuple[str, ...]]] = {
    "flows": (
        *("donor", "reference", "kind", "date", "currency", "amount", "pledged_on", "pledge"),
        *_COMMON,
    ),
    "wide": (
        *("donor", "reference", "currency", "pledged", "signed", "received", "written_off"),
        *("date", "pledged_on", "signed_on", "received_on", "closed_on"),
        *_COMMON,
    ),
}
"""What columns may mean, by the table's shape."""

DAYS: Final = ("date", "pledged_on", "signed_on", "received_on", "closed_on")
MONTHS: Final = ("covers_from", "covers_until")
AMOUNTS: Final = ("pledged", "signed", "received", "written_off")
"""What a row of a wide table states, one beside the other."""
KINDS: Final = ("pledge", "signed", "received")
"""What a row of a table of flows is: announced, a firm agreement, or paid."""

CONSTANTS: Final = ("donor", "donor_kind", "kind", "currency", *DAYS, "earmark", "psc", *MONTHS)
"""What may be said once for all rows: where no column says it, or its cell is blank."""
_MAX_PREFIX: Final = 24


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows to take by what stands in a column: those that say one of `keep`, or none of `drop`."""

    column: str
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableMap:
    """Which column means what, and how the table writes it.

    `columns` is our field → their heading; `constants` our field → a value as our own files write it;
    `kinds` what a row is → the words of the kind column; `donors` a name in the file → a donor's code.
    `date_formats` are those of single fields, where they are written otherwise than `date_format` says.
    """

    name: str = ""
    shape: Shape = "flows"
    sheet: str = ""
    header_row: int = 1
    date_format: str = "YYYY-MM-DD"
    number_format: str = "1234.56"
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    filters: tuple[Filter, ...] = ()
    donors: Mapping[str, str] = field(default_factory=dict)
    date_formats: Mapping[str, str] = field(default_factory=dict)

    def says(self, name: str) -> bool:
        """Whether a column or a constant says a field."""
        return bool(self.columns.get(name) or self.constants.get(name))

    def format_of(self, name: str) -> str:
        """How the days of a field are written."""
        return self.date_formats.get(name) or self.date_format


def prefix_of(table_map: TableMap) -> str:
    """What begins the references of rows that have none: from the map's name, so that it stays.

    >>> prefix_of(TableMap(name="Global Fund, 2017-2019"))
    'GLOBAL-FUND-2017-2019'
    """
    plain = unicodedata.normalize("NFKD", table_map.name).encode("ascii", "ignore").decode()
    words = "-".join(re.findall("[A-Z0-9]+", plain.upper()))
    return words[:_MAX_PREFIX].rstrip("-") or "TABLE"


def folded(text: str) -> str:
    """A word of a table as it is compared: composed, without blanks around it, in one case."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def fits(table_map: TableMap, rows: Rows) -> bool:
    """Whether a table has every column that a map names."""
    header = header_of(rows, table_map.header_row)
    named = [*table_map.columns.values(), *(one.column for one in table_map.filters)]
    return bool(header) and all(name in header for name in named if name)


def check_map(table_map: TableMap, rows: Rows) -> tuple[Problem, ...]:
    """What is wrong with the choice itself; a problem's column is the field's name, as in the map."""
    header = header_of(rows, table_map.header_row)
    if not header:
        facts: dict[str, object] = {"text": table_map.header_row, "rows": len(rows)}
        return (Problem("no_such_row", "header_row", facts),)
    return (*check_terms(table_map), *_columns(table_map, header), *_required(table_map))


def check_terms(table_map: TableMap) -> Iterator[Problem]:
    """What is wrong with a map whatever the table: words, formats and constants."""
    words: list[tuple[str, str, tuple[str, ...]]] = [
        ("shape", table_map.shape, tuple(FIELDS)),
        ("date_format", table_map.date_format, DATE_FORMATS),
        ("number_format", table_map.number_format, NUMBER_FORMATS),
    ]
    fields = FIELDS.get(table_map.shape, ())
    words += [("columns", name, fields) for name in table_map.columns]
    words += [("constants", name, CONSTANTS) for name in table_map.constants]
    words += [("kinds", name, KINDS) for name in table_map.kinds]
    words += [("date_formats", name, (*DAYS, *MONTHS)) for name in table_map.date_formats]
    words += [(f"date_formats.{n}", said, DATE_FORMATS) for n, said in table_map.date_formats.items()]
    for key, said, known in words:
        if said not in known:
            yield Problem("not_one_of", key, {"text": said, "words": ", ".join(known)})
    for name, value in table_map.constants.items():
        if value and name in CONSTANTS:
            yield from _constant(name, value)
    yield from _said_twice(table_map)


def _said_twice(table_map: TableMap) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for kind, words in table_map.kinds.items():
        for word in words:
            other = first.setdefault(folded(word), kind)
            if other != kind:
                yield Problem("kind_word_twice", f"kinds.{kind}", {"text": word, "other": other})


def _constant(name: str, value: str) -> Iterator[Problem]:
    """A constant is written as in our own files."""
    words = {"kind": KINDS, "psc": ("yes", "no")}.get(name)
    try:
        if name in DAYS:
            parse_day(value)
        elif name in MONTHS:
            parse_month(value)
        elif name == "currency" and value not in CURRENCIES:
            raise Refused.of("unknown_currency", text=value)
        elif words and value not in words:
            raise Refused.of("not_one_of", text=value, words=", ".join(words))
    except Refused as refusal:
        for problem in refusal.problems:
            yield Problem(problem.code, f"constants.{name}", problem.facts)


def _columns(table_map: TableMap, header: list[str]) -> Iterator[Problem]:
    named = [*table_map.columns.items(), *(("filters", one.column) for one in table_map.filters)]
    for name, column in named:
        if column and column not in header:
            yield Problem("no_such_column", name, {"text": column, "names": ", ".join(header)})
    for one in table_map.filters:
        if bool(one.keep) == bool(one.drop):
            yield Problem("filter_without_words", "filters", {"text": one.column})


def _required(table_map: TableMap) -> Iterator[Problem]:
    """What no table can do without."""
    says = table_map.says
    if not says("donor"):
        yield Problem("column_not_chosen", "donor")
    if not says("currency"):
        yield Problem("currency_not_chosen", "currency")
    yield from _required_of_flows(table_map) if table_map.shape == "flows" else _required_of_wide(table_map)


def _required_of_flows(table_map: TableMap) -> Iterator[Problem]:
    if not table_map.columns.get("amount"):
        yield Problem("column_not_chosen", "amount")
    if not table_map.says("date"):
        yield Problem("day_not_chosen", "date")
    if not table_map.says("kind"):
        yield Problem("kind_not_chosen", "kind")
    elif table_map.columns.get("kind") and not any(table_map.kinds.values()):
        yield Problem("kind_words_missing", "kinds")


def _required_of_wide(table_map: TableMap) -> Iterator[Problem]:
    columns, dated = table_map.columns, table_map.says("date")
    promised = columns.get("pledged") or columns.get("signed")
    if not promised and not columns.get("received"):
        yield Problem("column_not_chosen", "pledged")
    if promised and not (dated or table_map.says("pledged_on")):
        yield Problem("day_not_chosen", "pledged_on")
    if columns.get("received") and not (dated or table_map.says("received_on")):
        yield Problem("day_not_chosen", "received_on")
