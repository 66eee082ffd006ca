"""A map to start from: columns by what their headings say and what stands in them. A person decides.

Headings are compared by their words, whatever parts them: `transaction_provider_org`, `amountUSD`,
`Pledges (USD)`. A column is taken for a day, an amount or a currency only where its cells are such: nearly
all of them, or half where the heading says nothing else. The others are problems of their rows, in time.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from tracker.domain.money import CURRENCIES
from tracker.domain.problems import Refused
from tracker.importing.cells import (
    DATE_FORMATS,
    EMPTY,
    NUMBER_FORMATS,
    Cell,
    Rows,
    header_of,
    plain_day,
    table_amount,
)
from tracker.importing.heading_words import HEADINGS, KIND_WORDS
from tracker.importing.table_map import AMOUNTS, DAYS, FIELDS, MONTHS, Shape, TableMap, folded

_SAMPLE: Final = 2_000
_HEADER_ROWS: Final = 30
_FEW: Final = 12
"""At most so many words stand in a column that says what a row is."""
_NUMBERS: Final = frozenset({*AMOUNTS, "amount", "usd_amount", "original_amount", "rate"})
_LONG: Final = 80
"""Characters that no heading has."""
_NO_DAY: Final = "0001-01-01"
_STATED: Final = ("pledged", "signed", "received")
_YEAR: Final = re.compile("(19|20)[0-9]{2}")
_NEARLY_ALL: Final = 95
"""Of a hundred cells so many are what a field needs, or the column is not suggested for it."""
_HALF: Final = 50
"""Below a heading that is a field's own, and nothing more: `Date`, `Currency`."""


def suggest(rows: Rows, sheet: str = "", shape: Shape | None = None) -> TableMap:
    """A map for rows nobody has described yet; what it cannot tell is left open.

    `shape` is what a person said the table is; where nobody did, its headings say so.
    """
    if not rows:
        return TableMap(shape=shape or "flows", sheet=sheet)
    start = _header_row(rows)
    header = header_of(rows, start)
    columns = [_column(name, at, rows[start : start + _SAMPLE]) for at, name in enumerate(header)]
    shape = shape or _shape(columns)
    chosen = _choose(shape, columns)
    found = TableMap(
        shape=shape,
        sheet=sheet,
        header_row=start,
        columns={name: one.heading for name, one in chosen.items()},
        constants=_constants(shape, chosen, columns),
        kinds=suggest_kinds(cell.text for cell in chosen["kind"].cells) if "kind" in chosen else {},
    )
    return _with_formats(found, chosen)


@dataclass(frozen=True, slots=True)
class _Column:
    """A heading, its words, and what stands below it."""

    heading: str
    words: str
    cells: tuple[Cell, ...]

    def forms(self, formats: Iterable[str], *, numbers: bool) -> list[str]:
        """The formats that the most text cells are written in; all of them where none is."""
        counts = self._written(formats, numbers=numbers)
        most = max(counts.values())
        return [form for form, count in counts.items() if count == most]

    def _written(self, formats: Iterable[str], *, numbers: bool) -> dict[str, int]:
        """How many text cells are written in each format."""
        texts = Counter(cell.text for cell in self.cells if not cell.typed and not _is_no_day(cell))
        return {
            form: sum(count for text, count in texts.items() if _is_written(text, form, numbers=numbers))
            for form in formats
        }

    @property
    def numbers(self) -> int:
        """How many cells are numbers."""
        typed = sum(cell.typed and not _is_day(cell) for cell in self.cells)
        return typed + max(self._written(NUMBER_FORMATS, numbers=True).values())

    @property
    def days(self) -> int:
        """How many cells are days; a number that a workbook holds is one where it is a year."""
        typed = sum(_is_day(cell) or bool(_YEAR.fullmatch(cell.text)) for cell in self.cells if cell.typed)
        return typed + max(self._written(DATE_FORMATS, numbers=False).values())

    @property
    def currencies(self) -> int:
        """How many cells are currencies' codes."""
        return sum(cell.text.strip().upper() in CURRENCIES for cell in self.cells)

    @property
    def is_kind(self) -> bool:
        """Few words over and over, most of them known here; a lone 1 says nothing."""
        words = {word for known in suggest_kinds(cell.text for cell in self.cells).values() for word in known}
        known = sum(cell.text.strip() in words for cell in self.cells)
        few = len({cell.text for cell in self.cells}) <= _FEW
        return few and 2 * known >= len(self.cells) > 0 and bool(words - {"1"})

    def suits(self, name: str) -> bool:
        """Whether what stands here can be a field's."""
        if name == "kind":
            return self.is_kind
        if name in _NUMBERS:
            return not self.cells or self._enough(name, self.numbers, len(self.cells))
        if name in DAYS or name in MONTHS:
            return self._enough(name, self.days, sum(not _is_no_day(cell) for cell in self.cells))
        if name in ("currency", "original_currency"):
            return self._enough(name, self.currencies, len(self.cells))
        is_currency = self._enough("", self.currencies, len(self.cells))
        return name not in ("donor", "reference", "notes") or not is_currency

    def _enough(self, name: str, good: int, of: int) -> bool:
        """Whether enough cells are what a field needs: nearly all, or half below a heading that is exact."""
        least = _HALF if name and _is_exactly(name, self.words) else _NEARLY_ALL
        return good > 0 and 100 * good >= least * of


def _is_day(cell: Cell) -> bool:
    """Whether a workbook holds a cell as a day."""
    return cell.typed and cell.text[4:5] == "-"


def _is_no_day(cell: Cell) -> bool:
    """Whether a cell is what some systems write where they have no day."""
    return cell.text.startswith(_NO_DAY)


@lru_cache(maxsize=1 << 16)
def _is_written(text: str, form: str, *, numbers: bool) -> bool:
    try:
        return bool(table_amount(text, form) if numbers else plain_day(text, form))
    except Refused:
        return False


def _column(heading: str, at: int, rows: Rows) -> _Column:
    cells = (row[at] if at < len(row) else EMPTY for row in rows)
    return _Column(heading, heading_words(heading), tuple(cell for cell in cells if cell.text))


def heading_words(heading: str) -> str:
    """A heading's words, small and without accents, one blank apart.

    >>> heading_words("PledgeAmtLocalCurrency"), heading_words("Engagé (USD)"), heading_words("amountUSD")
    ('pledge amt local currency', 'engage usd', 'amount usd')
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", heading) if not unicodedata.combining(c))
    parted = re.sub("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    return " ".join(re.findall("[^\\W_]+", parted)).casefold()


_FIGURES: Final = re.compile(r"[\d\s.,:'/+-]*\d[\d\s.,:'/+-]*")


def _header_row(rows: Rows) -> int:
    """The first of the rows that say the most headings known here; the first with two texts otherwise."""
    best, most = 0, 1
    for number in range(1, min(len(rows), _HEADER_ROWS) + 1):
        if any(cell.typed or _FIGURES.fullmatch(cell.text) for cell in rows[number - 1]):
            continue  # amounts and days stand below headings
        said = {
            heading_words(cell.text) for cell in rows[number - 1] if not cell.typed and len(cell.text) < 80
        }
        known = sum(any(_place(name, words) is not None for words in said) for name in HEADINGS)
        if known > most:
            best, most = number, known
    filled = (n for n, row in enumerate(rows[:_HEADER_ROWS], 1) if sum(bool(c.text) for c in row) > 1)
    return best or next(filled, 1)


def _place(name: str, words: str) -> int | None:
    """How likely a heading is a field's: the place of the first pattern it has."""
    found = (at for at, pattern in enumerate(HEADINGS[name]) if re.search(pattern, words))
    return next(found, None)


def _is_exactly(name: str, words: str) -> bool:
    """Whether a heading is a field's, and says nothing beside it."""
    return any(re.fullmatch(pattern, words) for pattern in HEADINGS[name])


def _shape(columns: list[_Column]) -> Shape:
    """Wide where pledged, signed or received is a column of amounts, and no column says the kind.

    A single such column beside one of amounts as such says what was paid of a flow, or the like.
    """
    stated = [name for name in _STATED if any(_fits(name, one) for one in columns)]
    kind = any(_fits("kind", one) for one in columns)
    amount = any(_is_exactly("amount", one.words) and _fits("amount", one) for one in columns)
    return "wide" if len(stated) > (1 if amount else 0) and not kind else "flows"


def _fits(name: str, column: _Column) -> bool:
    return _place(name, column.words) is not None and column.suits(name)


def _choose(shape: Shape, columns: list[_Column]) -> dict[str, _Column]:
    """A column for each field, each column once; the likeliest heading first."""
    chosen: dict[str, _Column] = {}
    for name in HEADINGS:
        if name not in FIELDS[shape]:
            continue
        free = [one for one in columns if one not in chosen.values()]
        likely = [(place, one) for one in free if (place := _place(name, one.words)) is not None]
        fit = [(place, at) for at, (place, one) in enumerate(likely) if one.suits(name)]
        if fit:
            chosen[name] = likely[min(fit)[1]][1]
    if shape == "flows" and "date" not in chosen and "pledged_on" in chosen:
        chosen["date"] = chosen.pop("pledged_on")
    if shape == "flows" and "amount" not in chosen and len(stated := _stated(columns, chosen)) == 1:
        chosen["amount"] = stated[0]
    return {name: chosen[name] for name in FIELDS[shape] if name in chosen}


def _stated(columns: list[_Column], chosen: Mapping[str, _Column]) -> list[_Column]:
    """Columns that are left, of amounts that were pledged, signed or received."""
    free = [one for one in columns if one not in chosen.values()]
    return [one for one in free if any(_fits(name, one) for name in _STATED)]


def _constants(shape: Shape, chosen: Mapping[str, _Column], columns: list[_Column]) -> dict[str, str]:
    """What no column says: for a person to fill in; a currency where a heading names it."""
    needed = ["currency"]
    if shape == "flows":
        needed += ["kind", "date"]
    elif "date" not in chosen:
        promised = "pledged" in chosen or "signed" in chosen
        needed += ["pledged_on"] if promised else []
        needed += ["received_on"] if "received" in chosen else []
    found = {name: "" for name in needed if name not in chosen}
    if "currency" in found:
        found["currency"] = _named_currency(chosen)
    return found


def _named_currency(chosen: Mapping[str, _Column]) -> str:
    """The one currency that the headings of the amounts name."""
    said = {
        word
        for name in (*AMOUNTS, "amount")
        if name in chosen
        for word in chosen[name].words.upper().split()
        if word in CURRENCIES
    }
    return said.pop() if len(said) == 1 else ""


def suggest_kinds(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What words of a column say that a row is; those that say nothing are left out.

    >>> suggest_kinds(["Paid", "Zugesagt", "Cancelled", "Paid"])
    {'pledge': ('Zugesagt',), 'received': ('Paid',)}
    """
    said = dict.fromkeys(word.strip() for word in words)
    found: dict[str, tuple[str, ...]] = {}
    for kind, known in KIND_WORDS.items():
        if fit := tuple(word for word in said if folded(word) in known):
            found[kind] = fit
    return found


def _with_formats(table_map: TableMap, chosen: Mapping[str, _Column]) -> TableMap:
    """Formats that the cells leave no doubt about: the most are written so, and fewer in any other way."""
    numbers = [one.forms(NUMBER_FORMATS, numbers=True) for n, one in chosen.items() if n in _NUMBERS]
    shared = [form for form in NUMBER_FORMATS if all(form in forms for forms in numbers)]
    days = {n: one.forms(DATE_FORMATS, numbers=False) for n, one in chosen.items() if n in (*DAYS, *MONTHS)}
    for name, one in chosen.items():
        if name in days and len(days[name]) == len(DATE_FORMATS):  # no text says
            years = any(cell.typed and _YEAR.fullmatch(cell.text) for cell in one.cells)
            days[name] = ["YYYY"] if years else list(DATE_FORMATS)
    common = next((form for form in DATE_FORMATS if all(form in forms for forms in days.values())), "")
    first = common or next((forms[0] for forms in days.values() if forms), DATE_FORMATS[0])
    others = {name: forms[0] for name, forms in days.items() if forms and first not in forms}
    return replace(
        table_map,
        number_format=shared[0] if shared else NUMBER_FORMATS[0],
        date_format=first,
        date_formats=others,
    )
