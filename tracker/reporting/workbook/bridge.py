"""The sheet Changes where there is an earlier state: the bridge to it, in words, figures and a picture.

What was worked out record by record stands at the foot, as typed figures, with the earlier position by
outcome; everything above is a formula over these, and Checks holds the end against Position.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from xlsxwriter.utility import xl_col_to_name

from tracker.domain.changes import KINDS, ChangeLine, Kind, RecordMove, Standing
from tracker.domain.months import month_of
from tracker.queries.report import Since
from tracker.reporting.workbook import formats as look
from tracker.reporting.workbook.figures import Figures, fixed
from tracker.reporting.workbook.formats import Book, Cell, Formula, Sheet, day_name, month_name, units

MOVED: Final = '"+"#,##0.00_0;"−"#,##0.00_0;"–"_0'
NAMES: Final[Mapping[Kind, str]] = {
    "corrections": "Corrections of the past",
    "exchange": "Exchange rates",
    "budget": "Budget revisions",
    "pledges": "New pledges",
    "signatures": "Signatures",
    "receipts": "Receipts",
    "refunds": "Refunds",
    "closings": "Closings",
    "slipped": "Slipped instalments",
    "time": "Time passing",
}
_WHAT: Final[Mapping[Kind, tuple[str, str, str]]] = {
    "corrections": ("nothing of the past is known differently", "{n} record of the past is known differently",
                    "{n} records of the past are known differently"),
    "exchange": ("no open money is worth more or less", "open money of {n} currency at its new rate",
                 "open money of {n} currencies at their new rates"),
    "budget": ("no version adopted", "{n} version adopted", "{n} versions adopted"),
    "pledges": ("none announced", "{n} announced", "{n} announced"),
    "signatures": ("none", "{n} pledge signed", "{n} pledges signed"),
    "receipts": ("none", "{n} receipt, of what was promised or beyond it",
                 "{n} receipts, of what was promised or beyond it"),
    "refunds": ("none", "{n} given back", "{n} given back"),
    "closings": ("none", "the rest of {n} pledge given up", "the rest of {n} pledges given up"),
    "slipped": ("no open money lost a month", "{n} open instalment is too late for months gone by",
                "{n} open instalments are too late for months gone by"),
}  # fmt: skip
_PARTS: Final = ("Received", "Signed, open", "Pledged, open", "Still to raise", "Lapsed", "Requirement")
_HOW: Final = {"added": "recorded since", "changed": "changed since", "removed": "taken out since"}
_SHEETS: Final = {
    "pledge": "Pledges",
    "receipt": "Receipts",
    "refund": "Refunds",
    "instalment": "Instalments",
    "rate": "Rates",
    "budget_version": "Budget",
    "programme": "Notes",
}

_FIRST, _AHEAD, _LAST = 4, 7, 10
"""The columns of received, of still to raise, and the last one."""
_BRIDGE, _MATRIX = 5, 21
"""The rows, from 0, where the earlier state stands in each table."""
_LINES: Final = len(KINDS)
_BLOCK: Final = 12
"""The first column of what the picture reads."""
_PICTURE_ROWS: Final = 20


@dataclass(frozen=True, slots=True)
class Ranges:
    """Where things stand on Changes; rows as people count them, both ends included."""

    outcomes: int
    records: int

    @property
    def earlier(self) -> tuple[int, int]:
        """The earlier position, by outcome."""
        first = _MATRIX + _LINES + 2 + _PICTURE_ROWS + 5
        return first, first + self.outcomes - 1

    @property
    def evidence(self) -> tuple[int, int]:
        """The records."""
        first = self.earlier[1] + 4
        return first, first + max(self.records, 1) - 1

    @property
    def after(self) -> int:
        """The row of the table of movements where they end."""
        return _MATRIX + _LINES + 2

    def across(self, rows: tuple[int, int]) -> str:
        """The five parts less the requirement, row by row, without their signs."""
        parts = "+".join(f"Changes!{x}${rows[0]}:{x}${rows[1]}" for x in "$E $F $G $H $I".split())
        return f"SUMPRODUCT(ABS(ROUND({parts}-Changes!$J${rows[0]}:$J${rows[1]},2)))"


def ranges(figures: Figures) -> Ranges:
    """Where things stand for this report, which has an earlier state."""
    return Ranges(len(figures.position.programme.outcomes), len(_evidence(figures.earlier)))


def difference_cell() -> str:
    """By how much still to raise differs."""
    return f"Changes!$E${_BRIDGE + _LINES + 3}"


def end_cell() -> str:
    """Where the bridge ends: still to raise now."""
    return f"Changes!$E${_BRIDGE + _LINES + 2}"


def in_order(standing: Standing) -> tuple[int, ...]:
    """As the columns have it: received, signed, pledged, ahead, lapsed, required."""
    return (*standing[1:], standing.required)


def line_words(line: ChangeLine, since: Since) -> str:
    """What happened, in a line: `19 announced`."""
    if line.kind == "time":
        first, last = month_of(since.as_of), month_of(since.changes.after_on) - 1
        if last < first:
            return "no month has gone by"
        names = dict.fromkeys((month_name(first), month_name(type(first)(last))))
        gone = f"{' to '.join(names)} went by"
        return f"{gone}; what found no money has lapsed" if any(line.moved) else f"{gone}: nothing lapsed"
    none, one, many = _WHAT[line.kind]
    count = len(line.records)
    return (none if not count else one if count == 1 else many).format(n=count)


def write_bridge(book: Book, figures: Figures) -> None:
    """The whole sheet."""
    sheet, since, at = book.sheet("Changes", look.BLUE), figures.earlier, ranges(figures)
    for column, width in enumerate((24, 12, 26, 52, *[15.5] * len(_PARTS), 15)):
        sheet.set_column(column, column, width)
    sheet.set_column(_BLOCK, _BLOCK, 44)
    book.title(sheet, f"Changes since {since.label or day_name(since.as_of)}")
    note = book.style(font_color=look.SECOND, font_size=9)
    report = figures.report
    sheet.put(1, 0, _state("Then", since.as_of, since.taken_at_utc, since.anchor), note)
    sheet.put(2, 0, _state("Now", figures.position.as_of, report.taken_at_utc, report.anchor), note)
    _section(
        book, sheet, 3, "Still to raise: the bridge. A line without movement stays, so that nobody has to ask"
    )
    _bridge(book, sheet, figures)
    words = "Where the money moved: every row adds across to the requirement, every column adds down"
    _section(book, sheet, _MATRIX - 2, words)
    _matrix(book, sheet, figures, at)
    _picture(book, sheet, figures)
    _earlier(book, sheet, since, at)
    _records(book, sheet, figures, at)
    sheet.set_h_pagebreaks([at.earlier[0] - 3])
    sheet.print_area(0, 0, at.evidence[1] - 1, _LAST)


def _state(word: str, day: date, moment: datetime, anchor: str) -> str:
    known = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{word}: as of {day_name(day)}, known at {known}, audit anchor {anchor or 'none'}"


def _section(book: Book, sheet: Sheet, row: int, words: str) -> None:
    sheet.set_row(row, 22)
    sheet.put(row, 0, words, book.style(bold=True, font_size=11, font_color=look.DARK, valign="bottom"))


def _head(book: Book, sheet: Sheet, row: int, texts: Sequence[str], numbers: Sequence[str]) -> None:
    head = {"bold": True, "font_color": "#FFFFFF", "bg_color": look.DARK, "valign": "vcenter"}
    sheet.set_row(row, 18)
    sheet.put_row(row, 0, texts, book.style(**head))
    sheet.put_row(row, len(texts), numbers, book.style(**head, align="right", indent=1))


_LINE: Final[Mapping[str, Any]] = {"bottom": 4, "bottom_color": look.RULE}
_STATE: Final[Mapping[str, Any]] = {"bold": True, "bg_color": look.TILE, **_LINE}


def _rows(figures: Figures) -> list[tuple[str, str, Standing, bool]]:
    """Both tables' rows: name, words, where all stands or what moved, and whether it is a state."""
    since = figures.earlier
    lines = [(NAMES[line.kind], line_words(line, since), line.moved, False) for line in since.changes.lines]
    then, now = day_name(since.as_of), day_name(figures.position.as_of)
    first = "As in the earlier paper" if since.label else "As it was then"
    return [
        (then, first, since.changes.before, True),
        *lines,
        (now, "As it is now", since.changes.after, True),
    ]


def _bridge(book: Book, sheet: Sheet, figures: Figures) -> None:
    _head(book, sheet, _BRIDGE - 1, ("Step", "What happened", "", ""), ("USD",))
    _head_block(book, sheet)
    running = 0
    rows = _rows(figures)
    for row, (name, words, standing, state) in enumerate(rows, start=_BRIDGE):
        style = _STATE if state else _LINE
        sheet.put_row(row, 0, (name, words, None, None), book.style(**style))
        amount = Formula(f"H{_MATRIX + row - _BRIDGE + 1}", units(standing.ahead))
        if row == _BRIDGE + len(rows) - 1:
            amount = Formula(f"ROUND(SUM(E{_BRIDGE + 1}:E{row}),2)", units(standing.ahead))
        sheet.put(row, _FIRST, amount, book.style(**style, num_format=look.SUM if state else MOVED))
        before, running = running, standing.ahead if state else running + standing.ahead
        _block_row(book, sheet, row, name, standing.ahead, state, before, running)
    last = _BRIDGE + len(rows)
    moved = units(rows[-1][2].ahead - rows[0][2].ahead)
    sheet.put(last, 0, "The difference", book.style(italic=True))
    text = f"ROUND(E{last}-E{_BRIDGE + 1},2)"
    sheet.put(last, _FIRST, Formula(text, moved), book.style(bold=True, num_format=MOVED))


def _head_block(book: Book, sheet: Sheet) -> None:
    words = ("For the picture", "Below", "Still to raise", "Less to raise", "More to raise", "Reached")
    sheet.put_row(_BRIDGE - 1, _BLOCK, words, book.style(font_color=look.SECOND, font_size=8))


def _block_row(
    book: Book, sheet: Sheet, row: int, name: str, amount: int, state: bool, before: int, reached: int
) -> None:
    """What the picture reads: the figure stands in the name, because thin steps hide their labels."""
    own, n = f"$E{row + 1}", row + 1
    sign = "" if state else '"+"'
    signs = f'IF({own}<0,"−",IF(ROUND({own},0)=0,"",{sign or chr(34) * 2}))'
    label = f'$A{n}&": "&{signs}&FIXED(ABS({own}),0)'
    shown = fixed(abs(amount), 0)
    mark = "−" if amount < 0 else "" if state or shown == "0" else "+"
    cells: tuple[Cell, ...]
    if state:
        cells = (Formula("0", 0), Formula(own, units(amount)), Formula("0", 0), Formula("0", 0),
                 Formula(own, units(amount)))  # fmt: skip
    else:
        cells = (
            Formula(f"MIN($R{n - 1},$R{n})", units(min(before, reached))),
            Formula("0", 0),
            Formula(f"MAX(-{own},0)", units(max(-amount, 0))),
            Formula(f"MAX({own},0)", units(max(amount, 0))),
            Formula(f"ROUND($R{n - 1}+{own},2)", units(reached)),
        )
    style = book.style(font_color=look.SECOND, font_size=8, num_format="#,##0.00")
    sheet.put(row, _BLOCK, Formula(label, f"{name}: {mark}{shown}"), style)
    sheet.put_row(row, _BLOCK + 1, cells, style)


def _matrix(book: Book, sheet: Sheet, figures: Figures, at: Ranges) -> None:
    _head(book, sheet, _MATRIX - 1, ("USD", "", "", ""), _PARTS)
    first, last = at.evidence
    rows = _rows(figures)
    for row, (name, _words, standing, state) in enumerate(rows, start=_MATRIX):
        style = _STATE if state else _LINE
        sheet.put_row(row, 0, (name, None, None, None), book.style(**style))
        for column, minor in enumerate(in_order(standing), start=_FIRST):
            x = xl_col_to_name(column)
            if row == _MATRIX:
                text = f"ROUND(SUM({x}${at.earlier[0]}:{x}${at.earlier[1]}),2)"
            elif state:
                text = f"ROUND(SUM({x}{_MATRIX + 1}:{x}{row}),2)"
            else:
                text = f"ROUND(SUMIFS({x}${first}:{x}${last},$A${first}:$A${last},$A{row + 1}),2)"
            form = look.SUM if state else MOVED
            sheet.put(row, column, Formula(text, units(minor)), book.style(**style, num_format=form))


def _picture(book: Book, sheet: Sheet, figures: Figures) -> None:
    """Columns on an invisible base: the states dark, less to raise blue, more to raise red."""
    chart: Any = book.file.add_chart({"type": "column", "subtype": "stacked"})
    first, last = _BRIDGE + 1, _BRIDGE + _LINES + 2
    names = f"=Changes!$M${first}:$M${last}"
    inks: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("Below", "N", {"fill": {"none": True}}),
        ("Still to raise", "O", {"fill": {"color": look.DARK}}),
        ("Less to raise", "P", {"fill": {"color": look.BLUE}}),
        ("More to raise", "Q", {"fill": {"color": look.GAP_BACK}, "border": {"color": look.GAP}}),
    )
    for name, letter, ink in inks:
        values = f"=Changes!${letter}${first}:${letter}${last}"
        series = {"name": name, "categories": names, "values": values, "gap": 40, "border": {"none": True}}
        chart.add_series({**series, **ink})
    small = {"name": "Arial", "size": 8, "color": look.TEXT}
    title = {"name": "Arial", "size": 10, "bold": True, "color": look.DARK}
    chart.set_title({"name": "The bridge as a picture, USD", "name_font": title, "overlay": False})
    chart.set_legend({"position": "top", "font": small, "delete_series": [0]})
    chart.set_x_axis({"num_font": small, "line": {"color": look.SECOND}})
    grid = {"visible": True, "line": {"color": "#E3E3E3", "width": 0.5}}
    chart.set_y_axis(
        {"min": 0, "num_format": "#,##0", "num_font": small, "line": {"none": True}, "major_gridlines": grid}
    )
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": 1500, "height": 20 * _PICTURE_ROWS - 6})
    chart.show_hidden_data()
    since = figures.earlier.changes
    words = (
        f"Still to raise went from USD {fixed(since.before.ahead)} on {day_name(since.before_on)} to "
        f"USD {fixed(since.after.ahead)} on {day_name(since.after_on)}; the table above has each step"
    )
    place = {"object_position": 1, "x_offset": 4, "y_offset": 4, "description": words}
    sheet.insert_chart(_MATRIX + _LINES + 2, 0, chart, place)


def _earlier(book: Book, sheet: Sheet, since: Since, at: Ranges) -> None:
    """The earlier position, as it was worked out for its own day."""
    first = at.earlier[0] - 1
    _section(book, sheet, first - 2, f"The position as of {day_name(since.as_of)}, by outcome")
    _head(book, sheet, first - 1, ("Outcome", "", "", ""), _PARTS)
    for row, (code, total) in enumerate(since.by_outcome.items(), start=first):
        amounts = (total.received, total.signed, total.pledged, total.ahead, total.lapsed, total.required)
        sheet.put_row(row, 0, (code, None, None, None), book.style(**_LINE))
        sheet.put_row(row, _FIRST, map(units, amounts), book.style(**_LINE, num_format=look.SUM))


# The records


@dataclass(frozen=True, slots=True)
class _Evidence:
    """A row of the records: a line and what moved it; nothing of figures where they were not worked out."""

    kind: Kind
    record: RecordMove | None
    moved: Standing | None
    count: int = 0


def _evidence(since: Since) -> list[_Evidence]:
    """Each record with what it moved; where only lines were worked out, a row for the line before them."""
    found: list[_Evidence] = []
    for line in since.changes.lines:
        if not since.changes.by_record and any(line.moved):
            found.append(_Evidence(line.kind, None, line.moved, len(line.records)))
        for record in line.records:
            found.append(_Evidence(line.kind, record, record.moved if since.changes.by_record else None))
    return found


def _records(book: Book, sheet: Sheet, figures: Figures, at: Ranges) -> None:
    since, first = figures.earlier, at.evidence[0] - 1
    rows = _evidence(since)
    count = sum(row.record is not None for row in rows)
    what = "record" if count == 1 else "records"
    _section(book, sheet, first - 2, f"Evidence: the {count} {what} behind the lines")
    _head(book, sheet, first - 1, ("Line", "Date", "Record", "Donor"), (*_PARTS, "What"))
    places = _places(figures)
    text, day = book.style(**_LINE), book.style(**_LINE, num_format=look.DAY, align="left")
    link, number = (
        book.style(**_LINE, font_color=look.BLUE, underline=1),
        book.style(**_LINE, num_format=MOVED),
    )
    for row, one in enumerate(rows, start=first):
        record = one.record
        sheet.put_row(row, 0, (NAMES[one.kind], None, _name(one), None), text)
        if record is not None:
            sheet.put(row, 1, record.dated_on, day)
            sheet.put(row, 3, _donor(figures, record), book.style(**_LINE, shrink=True))
            target = places.get((record.entity, record.reference)) or _sheet(record.entity)
            if target:
                sheet.write_url(row, 2, f"internal:{target}", link, look.clean(_name(one)))
        moved = [None] * len(_PARTS) if one.moved is None else map(units, in_order(one.moved))
        sheet.put_row(row, _FIRST, moved, number)
        how = _HOW[record.how] if record is not None and one.kind == "corrections" else ""
        sheet.put(row, _LAST, how, book.style(**_LINE, align="right", indent=1))
    if not rows:
        sheet.put_row(first, 0, ("No record changed", None, None, None), text)
        sheet.put_row(first, _FIRST, [0] * len(_PARTS), number)


def _name(one: _Evidence) -> str:
    record = one.record
    if record is None:
        return f"all {one.count} together"
    names = {"budget_version": "budget version ", "programme": "programme "}
    return (
        "months gone by" if record.entity == "month" else f"{names.get(record.entity, '')}{record.reference}"
    )


def _donor(figures: Figures, record: RecordMove) -> str:
    if not record.donor:
        return ""
    row = figures.earlier.donors.get(record.donor)
    return row.name if row else figures.donor_name(record.donor)


def _sheet(entity: str) -> str:
    """Where records of a kind stand that have no row of their own any more."""
    return f"{_SHEETS[entity]}!A1" if entity in _SHEETS else ""


def _places(figures: Figures) -> dict[tuple[str, str], str]:
    """The row of each record that still has one, by table and reference."""
    listed: tuple[tuple[str, list[str]], ...] = (
        ("pledge", [state.pledge.reference for state in figures.pledges]),
        ("receipt", [net.receipt.reference for net in figures.receipts]),
        ("refund", [refund.reference for refund in figures.refunds]),
        ("instalment", [part.reference for part in figures.instalments]),
    )
    return {
        (entity, key): f"{_SHEETS[entity]}!A{row}"
        for entity, keys in listed
        for row, key in enumerate(keys, start=2)
    }
