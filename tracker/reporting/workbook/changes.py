"""The sheet Changes of a first paper: from the requirement to what is still to raise, and where all stands.

Where there is an earlier state, it is the bridge to that (`workbook.bridge`).
"""

from collections.abc import Callable, Sequence

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name

from tracker.domain.position import Total
from tracker.domain.vocabulary import LENSES, Lens
from tracker.reporting.workbook import formats as look
from tracker.reporting.workbook.bridge import write_bridge
from tracker.reporting.workbook.figures import Figures
from tracker.reporting.workbook.formats import Book, Formula, Sheet, day_name, units

_FIRST_PAPER = "This is the first paper: there is nothing to compare it with."
_BRIDGE: tuple[tuple[str, str, str, Callable[[Total], int]], ...] = (
    ("Required", "The budget versions in force, all months", "Required", lambda t: t.required),
    ("− Received", "Money in the bank that covers months", "Received", lambda t: -t.received),
    ("− Signed, open", "Agreements not yet paid", "Signed", lambda t: -t.signed),
    ("− Pledged, open", "Announced, not signed", "Pledged", lambda t: -t.pledged),
    (
        "− Lapsed",
        "Gap of months gone by; only a window set back by an officer can still fill it",
        "",
        lambda t: -t.lapsed,
    ),
)


def write_changes(book: Book, figures: Figures) -> None:
    """The bridge from the earlier state; without one the opening figures, where the next bridge starts."""
    if figures.report.since is not None:
        write_bridge(book, figures)
        return
    sheet = book.sheet("Changes", look.BLUE)
    count = len(figures.position.programme.outcomes)
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 62)
    sheet.set_column(2, 3 + count, 16)
    book.title(sheet, "Changes: the opening figures")
    sheet.put(1, 0, f"{_FIRST_PAPER} The next one starts from these figures, as of "
              f"{day_name(figures.position.as_of)}.", book.style(font_color=look.SECOND))  # fmt: skip
    sheet.set_row(2, 26)
    sheet.put(2, 0, "From the requirement to what is still to raise", _section(book))
    _bridge(book, sheet, figures)
    sheet.put(11, 0, "Where all the money stands: every row adds across", _section(book))
    _standing(book, sheet, figures)
    sheet.print_area(0, 0, 17, 3 + count)


def _section(book: Book) -> Format:
    return book.style(bold=True, font_size=11, font_color=look.DARK)


def _head(book: Book, sheet: Sheet, row: int, words: Sequence[str], texts: int) -> None:
    """A header line; the first `texts` columns are words, the rest figures."""
    head = {"bold": True, "font_color": "#FFFFFF", "bg_color": look.DARK, "valign": "vcenter"}
    sheet.set_row(row, 18)
    sheet.put_row(row, 0, words[:texts], book.style(**head))
    sheet.put_row(row, texts, words[texts:], book.style(**head, align="right", indent=1))


def _bridge(book: Book, sheet: Sheet, figures: Figures) -> None:
    codes = figures.position.programme.codes
    totals: list[Total] = [*(figures.by_outcome[code] for code in codes), figures.position.total]
    _head(book, sheet, 3, ("USD", "What it is", *codes, "All outcomes", "Share"), 2)
    line = {"bottom": 4, "bottom_color": look.RULE}
    last = {"bold": True, "top": 2, "top_color": look.DARK, "bottom": 1, "bottom_color": look.DARK}
    for row, (word, what, header, part) in enumerate(_BRIDGE, start=4):
        sheet.put(row, 0, word, book.style(**line, bold=row == 4))
        sheet.put(row, 1, what, book.style(**line, font_color=look.SECOND))
        texts = [_bridge_text(book, header, code, row == 4) for code in codes]
        texts.append(f"ROUND(SUM(C{row + 1}:{xl_col_to_name(1 + len(codes))}{row + 1}),2)")
        cells = [Formula(text, units(part(total))) for text, total in zip(texts, totals, strict=True)]
        sheet.put_row(row, 2, cells, book.style(**line, num_format=look.SUM))
        _share(book, sheet, row, len(codes), part(totals[-1]), totals[-1].required, line)
    sheet.put(9, 0, "= Still to raise", book.style(**last))
    sheet.put(9, 1, "Gap of the as-of month and later", book.style(**last))
    letters = [xl_col_to_name(2 + n) for n in range(len(totals))]
    sums = [Formula(f"ROUND(SUM({x}5:{x}9),2)", units(t.ahead)) for x, t in zip(letters, totals, strict=True)]
    sheet.put_row(9, 2, sums, book.style(**last, num_format=look.SUM))
    _share(book, sheet, 9, len(codes), totals[-1].ahead, totals[-1].required, last)


def _bridge_text(book: Book, header: str, code: str, positive: bool) -> str:
    if header:
        text = f'SUMIFS({{Position.{header}}},{{Position.Outcome}},"{code}")'
    else:
        text = f'SUMPRODUCT(({{Position.Outcome}}="{code}")*({{Position.Month}}<AsOfMonth)*{{Position.Gap}})'
    return book.refs.whole(f"{'' if positive else '-'}ROUND({text},2)")


def _share(
    book: Book, sheet: Sheet, row: int, outcomes: int, minor: int, whole: int, line: dict[str, object]
) -> None:
    letter = xl_col_to_name(2 + outcomes)
    text = f"IF({letter}$5=0,0,{letter}{row + 1}/{letter}$5)"
    value = units(minor) / units(whole) if whole else 0
    style = book.style(**line, num_format='0.0%_0;"−"0.0%_0;"–"_0')
    sheet.put(row, 3 + outcomes, Formula(text, value), style)


_OF_LENS = 'ROUND(SUMPRODUCT(({{Trace.Lens}}="{lens}")*{where}*{{Trace.Amount}}),2)'
_WHERE = {
    "months": '({Trace.Month}<>"")',
    "unused": '({Trace.Month}="")*({Trace.Outcome}<>"targeted")*({Trace.Outcome}<>"held")',
    "targeted": '({Trace.Outcome}="targeted")',
    "held": '({Trace.Outcome}="held")',
}


def _standing(book: Book, sheet: Sheet, figures: Figures) -> None:
    """Each lens by what its money does; the last column comes from the contributions, not from Trace."""
    words = ("Lens", "What it is", "Covers months", "Not used", "Targeted", "Held", "Total", "By records")
    _head(book, sheet, 12, words, 2)
    line = {"bottom": 4, "bottom_color": look.RULE}
    names = (
        "Receipts less refunds",
        "Open instalments of signed agreements",
        "Open instalments not yet signed",
    )
    for row, (lens, what) in enumerate(zip(LENSES, names, strict=True), start=13):
        amounts = [figures.beside.get((lens, place), 0) for place in _WHERE]
        texts = [_OF_LENS.format(lens=lens, where=where) for where in _WHERE.values()]
        texts += [f"ROUND(SUM(C{row + 1}:F{row + 1}),2)", _by_records(lens)]
        values = [*amounts, sum(amounts), sum(amounts)]
        cells = [Formula(book.refs.whole(t), units(v)) for t, v in zip(texts, values, strict=True)]
        sheet.put(row, 0, lens, book.style(**line, bold=True))
        sheet.put(row, 1, what, book.style(**line, font_color=look.SECOND))
        sheet.put_row(row, 2, cells, book.style(**line, num_format=look.SUM))


def _by_records(lens: Lens) -> str:
    if lens == "received":
        return "ROUND(SUM({Receipts.Net USD}),2)"
    return f'ROUND(SUMIFS({{Instalments.Open USD}},{{Instalments.Lens}},"{lens}"),2)'
