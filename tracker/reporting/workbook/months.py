"""The sheet Months: a status word and a gap for each outcome, month by month, and beside it what charts read.

The months stand in years that fold away. Charts and headlines read an unbroken block of one row a month,
right of what is printed, because a chart's range must not cross the years' sums.
"""

from dataclasses import dataclass
from typing import Final

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name

from tracker.domain.budget import Outcome
from tracker.domain.months import Month, first_day, month_text
from tracker.domain.position import Total
from tracker.domain.vocabulary import LENSES, Lens
from tracker.reporting.workbook import formats as look
from tracker.reporting.workbook.figures import ENDED, Figures
from tracker.reporting.workbook.formats import Book, Formula, Sheet, day_name, month_name, units
from tracker.reporting.workbook.layout import SHORT

HEAD, FIRST = 4, 5
"""The last row of the header, and the first of the block for charts, as people count rows."""

_ALL: Final = ("Required", "Received", "Signed", "Pledged", "Gap")
_STATUS = (
    'IF(COUNTIFS({{Position.Outcome}},"{code}",{{Position.Month}},$A#&"*",{{Position.Status}},"funded"),"funded",'
    'IF(COUNTIFS({{Position.Outcome}},"{code}",{{Position.Month}},$A#&"*",{{Position.Status}},"committed"),'
    '"committed",'
    'IF(COUNTIFS({{Position.Outcome}},"{code}",{{Position.Month}},$A#&"*",{{Position.Status}},"pledged"),'
    '"pledged","gap")))'
)
_GAP = 'ROUND(SUMIFS({{Position.Gap}},{{Position.Outcome}},"{code}",{{Position.Month}},$A#&"*"),2)'
_SUM = 'ROUND(SUMIFS({{Position.{header}}},{{Position.Month}},$A#&"*"),2)'


@dataclass(frozen=True, slots=True)
class Places:
    """Where things stand on Months, for a number of outcomes and months. Columns count from 0."""

    outcomes: int
    months: int

    @property
    def all(self) -> int:
        """The column of all outcomes' requirement."""
        return 1 + 2 * self.outcomes

    @property
    def last(self) -> int:
        """The last printed column, which says whether a gap has lapsed or lies ahead."""
        return self.all + 6

    @property
    def chart(self) -> int:
        """The first column of the block for charts."""
        return self.last + 2

    def letter(self, what: str) -> str:
        """The letter of a column of the block for charts."""
        return xl_col_to_name(self.chart + self.block.index(what))

    @property
    def block(self) -> tuple[str, ...]:
        """The columns of the block for charts."""
        return (
            "Chart data", "Name", "Received", "Signed", "Pledged", "Lapsed", "Still to raise", "Requirement",
            "Covered: received", "Covered: + signed", "Covered: + pledged",
            *(f"Outcome {n} + signed" for n in range(1, self.outcomes + 1)), "As of", "No money",
        )  # fmt: skip

    def range(self, what: str) -> str:
        """`Months!$S$5:$S$70`."""
        letter = self.letter(what)
        return f"Months!${letter}${FIRST}:${letter}${FIRST + self.months - 1}"

    @property
    def headlines(self) -> int:
        """The first column of the headlines."""
        return self.chart + len(self.block) + 1

    def headline(self, line: int, what: str) -> str:
        """A headline's cell: lines 0 to 2 are the lenses, then outcomes; what is Short, Through or First."""
        letter = xl_col_to_name(self.headlines + 1 + ("Short", "Through", "First").index(what))
        return f"Months!${letter}${FIRST + line}"

    @property
    def start(self) -> str:
        """The cell with the place of the first month ahead."""
        return f"Months!${xl_col_to_name(self.headlines + 1)}${FIRST + 3 + self.outcomes}"


def places(figures: Figures) -> Places:
    """The places of this report."""
    return Places(len(figures.position.programme.outcomes), len(figures.months))


def write_months(book: Book, figures: Figures) -> None:
    """The whole sheet."""
    sheet, at = book.sheet("Months", look.BLUE), places(figures)
    _columns(sheet, at)
    _heading(book, sheet, figures, at)
    rows = _month_rows(figures)
    _years(book, sheet, figures, at, rows)
    for month, row in rows.items():
        _month(book, sheet, figures, at, month, row)
    last = max(rows.values())
    _total(book, sheet, figures, at, last + 1)
    _chart_block(book, sheet, figures, at, rows)
    _headline_block(book, sheet, figures, at)
    _conditions(book, sheet, figures, at, last + 1)
    sheet.freeze_panes(HEAD, 1)
    sheet.repeat_rows(HEAD - 2, HEAD - 1)
    sheet.print_area(0, 0, last + 1, at.last)
    sheet.outline_settings(True, False, True, False)
    _break_pages(sheet, figures, rows)


def _columns(sheet: Sheet, at: Places) -> None:
    sheet.set_column(0, 0, 10)
    sheet.set_column(1, at.all - 1, 12)
    sheet.set_column(at.all, at.all + 4, 13.5)
    sheet.set_column(at.all + 5, at.all + 5, 10)
    sheet.set_column(at.last, at.last, 9)
    sheet.set_column(at.last + 1, at.last + 1, 3)
    sheet.set_column(at.chart, at.headlines + 3, 14)


def _heading(book: Book, sheet: Sheet, figures: Figures, at: Places) -> None:
    title = book.style(bold=True, font_size=15, font_color=look.DARK)
    sheet.set_row(0, 24)
    sheet.put(0, 0, "Months: what covers each outcome, month by month", title)
    words = (
        f"USD, as of {day_name(figures.position.as_of)}. Status of the cell, then its gap. "
        "Gaps are never netted between outcomes. Coverage is not expenditure."
    )
    sheet.put(1, 0, words, book.style(font_color=look.SECOND, font_size=9))
    for column, (word, style) in enumerate(_legend(book), start=at.last - 5):
        sheet.put(1, column, word, style)
    head = {"bold": True, "font_color": "#FFFFFF", "bg_color": look.DARK, "valign": "vcenter"}
    sheet.set_row(2, 28)
    sheet.merge_range(2, 0, 3, 0, "", book.style(**head))
    sheet.put(2, 0, "Month", book.style(**head))
    middle = book.style(**head, align="center", text_wrap=True, font_size=9)
    for n, outcome in enumerate(figures.position.programme.outcomes):
        sheet.put_merged(2, 1 + 2 * n, 2 + 2 * n, _short(outcome), middle)
        sheet.put(3, 1 + 2 * n, "Status", book.style(**head, indent=1))
        sheet.put(3, 2 + 2 * n, "Gap", book.style(**head, align="right", indent=1))
    sheet.put_merged(2, at.all, at.last, "All outcomes", book.style(**head, align="center"))
    sheet.put_row(3, at.all, (*_ALL, "Covered"), book.style(**head, align="right", indent=1))
    sheet.put(3, at.last, "Gap is", book.style(**head, indent=1))


def _short(outcome: Outcome) -> str:
    return f"{outcome.code} {outcome.short_name or outcome.name}"


def _legend(book: Book) -> tuple[tuple[str, Format], ...]:
    def box(color: str, back: str, **more: object) -> Format:
        return book.style(font_color=color, bg_color=back, align="center", font_size=9, **more)

    return (
        ("funded", box("#FFFFFF", look.BLUE)),
        ("committed", box(look.BLUE, look.SIGNED)),
        ("pledged", box(look.BLUE, look.PLEDGED)),
        ("gap", box(look.GAP, look.GAP_BACK, bold=True)),
        ("lapsed", box(look.TEXT, look.LAPSED_BACK)),
        ("as of", box(look.TEXT, look.AS_OF)),
    )


def _month_rows(figures: Figures) -> dict[Month, int]:
    """The row of each month, counting from 0: every year begins with a row of its own."""
    rows: dict[Month, int] = {}
    row = HEAD
    for month in figures.months:
        if not rows or month % 12 == 0:
            row += 1
        rows[month] = row
        row += 1
    return rows


def _years(book: Book, sheet: Sheet, figures: Figures, at: Places, rows: dict[Month, int]) -> None:
    band = {"bold": True, "bg_color": look.YEAR_BACK, "top": 1, "top_color": look.LAPSED}
    for year in sorted({month // 12 for month in rows}):
        own = [month for month in rows if month // 12 == year]
        row, first, last = rows[own[0]] - 1, rows[own[0]] + 1, rows[own[-1]] + 1
        sheet.set_row(row, None, None, {"level": 0})
        sheet.put(row, 0, str(year), book.style(**band))
        _sums(book, sheet, figures, at, row, f"{first}:%{last}", own, band)


def _total(book: Book, sheet: Sheet, figures: Figures, at: Places, row: int) -> None:
    line = {"bold": True, "top": 2, "top_color": look.DARK, "bottom": 1, "bottom_color": look.DARK}
    sheet.put(row, 0, f"All {at.months}", book.style(**line))
    starts = [r for m, r in _month_rows(figures).items() if m % 12 == 0 or m == figures.months[0]]
    _sums(book, sheet, figures, at, row, ",%".join(str(r) for r in starts), figures.months, line)


def _sums(
    book: Book, sheet: Sheet, figures: Figures, at: Places, row: int, cells: str, own: list[Month],
    props: dict[str, object],
) -> None:  # fmt: skip
    """A year's or the programme's sums; `cells` are rows, with the column's letter in the place of each %."""
    total = figures.position.sum_of(
        figures.cells[code, m] for code in figures.position.programme.codes for m in own
    )
    style, plain = book.style(**props, num_format=look.SUM), book.style(**props)
    for n, code in enumerate(figures.position.programme.codes):
        gap = sum(figures.cells[code, m].gap for m in own)
        sheet.put(row, 1 + 2 * n, None, plain)
        sheet.put(row, 2 + 2 * n, _sum_of(2 + 2 * n, cells, gap), style)
    for n, value in enumerate(total[:5]):
        sheet.put(row, at.all + n, _sum_of(at.all + n, cells, value), style)
    sheet.put(row, at.all + 5, _covered(at, row + 1, total), book.style(**props, num_format="0%"))
    sheet.put(row, at.last, None, plain)


def _sum_of(column: int, cells: str, minor: int) -> Formula:
    letter = xl_col_to_name(column)
    return Formula(f"ROUND(SUM({letter}{cells.replace('%', letter)}),2)", units(minor))


def _covered(at: Places, row: int, total: Total) -> Formula:
    required, gap = xl_col_to_name(at.all), xl_col_to_name(at.all + 4)
    share = 1 - units(total.gap) / units(total.required) if total.required else 0
    return Formula(f"IF({required}{row}=0,0,1-{gap}{row}/{required}{row})", share)


def _month(book: Book, sheet: Sheet, figures: Figures, at: Places, month: Month, row: int) -> None:
    line = {"bottom": 4, "bottom_color": look.RULE}
    refs, number, text = book.refs, str(row + 1), month_text(month)
    sheet.set_row(row, None, None, {"level": 1})
    sheet.put(row, 0, text, book.style(**line, indent=1))
    status, money = book.style(**line, indent=1), book.style(**line, num_format=look.SUM)
    for n, code in enumerate(figures.position.programme.codes):
        cell = figures.cells[code, month]
        gap = refs.whole(_GAP.format(code=code)).replace("#", number)
        sheet.put(row, 1 + 2 * n, Formula(_status(book, code).replace("#", number), cell.status), status)
        sheet.put(row, 2 + 2 * n, Formula(gap, units(cell.gap)), money)
    total = figures.by_month[month]
    for n, (header, value) in enumerate(zip(_ALL, total, strict=False)):
        formula = refs.whole(_SUM.format(header=header)).replace("#", number)
        sheet.put(row, at.all + n, Formula(formula, units(value)), money)
    sheet.put(row, at.all + 5, _covered(at, row + 1, total), book.style(**line, num_format="0%"))
    gap_cell = f"{xl_col_to_name(at.all + 4)}{number}"
    words = f'IF({gap_cell}<{SHORT},"",IF(A{number}<AsOfMonth,"lapsed","ahead"))'
    sheet.put(
        row, at.last, Formula(words, _gap_is(figures, month)), book.style(**line, font_size=9, indent=1)
    )


def _status(book: Book, code: str) -> str:
    return book.refs.whole(_STATUS.format(code=code))


def _gap_is(figures: Figures, month: Month) -> str:
    if figures.by_month[month].gap < figures.short_minor:
        return ""
    return "lapsed" if month < figures.position.as_of_month else "ahead"


# What charts and headlines read


def _chart_block(book: Book, sheet: Sheet, figures: Figures, at: Places, rows: dict[Month, int]) -> None:
    note = book.style(font_color=look.SECOND, font_size=8)
    sheet.put(
        2, at.chart, "One row a month for charts and headlines (not printed). 1 = covered, or past.", note
    )
    sheet.put_row(3, at.chart, at.block, book.style(bold=True, font_size=8, font_color=look.SECOND))
    money, flag = book.style(num_format=look.SUM, font_size=8), book.style(num_format="0", font_size=8)
    day = book.style(num_format="yyyy-mm", align="left", font_size=8)
    ceiling = max(total.required for total in figures.by_month.values())
    for place, (month, row) in enumerate(rows.items(), start=1):
        line, total = FIRST + place - 2, figures.by_month[month]
        past = month < figures.position.as_of_month
        letters = [xl_col_to_name(at.all + n) for n in range(5)]
        required, received, signed, pledged, gap = (f"{letter}{row + 1}" for letter in letters)
        sheet.put(line, at.chart, first_day(month), day)
        sheet.put(line, at.chart + 1, month_name(month), day)
        cells = (
            Formula(received, units(total.received)),
            Formula(signed, units(total.signed)),
            Formula(pledged, units(total.pledged)),
            Formula(f"IF(A{row + 1}<AsOfMonth,{gap},0)", units(total.lapsed)),
            Formula(f"IF(A{row + 1}<AsOfMonth,0,{gap})", units(total.ahead)),
            Formula(required, units(total.required)),
        )
        sheet.put_row(line, at.chart + 2, cells, money)
        sheet.put_row(line, at.chart + 8, _flags(figures, at, place, row + 1), flag)
        if month == figures.position.as_of_month:
            sheet.put(line, at.chart + 11 + at.outcomes, units(ceiling) * 1.08, money)
        none = int(not past and total.gap >= total.required > 0)
        words = f"IF(AND(A{row + 1}>=AsOfMonth,{required}>0,{gap}>={required}),1,0)"
        sheet.put(line, at.chart + 12 + at.outcomes, Formula(words, none), flag)


def _flags(figures: Figures, at: Places, place: int, row: int) -> list[Formula]:
    """Whether every outcome is covered, for each lens; then each outcome by received and signed money."""
    codes = figures.position.programme.codes
    cells = f"B{row}:{xl_col_to_name(at.all - 1)}{row}"
    counts = [f'COUNTIF({cells},"{status}")' for status in ("funded", "committed", "pledged")]
    flags = [
        Formula(
            f"IF(OR(A{row}<AsOfMonth,{'+'.join(counts[: n + 1])}={at.outcomes}),1,0)",
            int(figures.covered(place, codes, lens)),
        )
        for n, lens in enumerate(LENSES)
    ]
    for n, code in enumerate(codes):
        cell = f"{xl_col_to_name(1 + 2 * n)}{row}"
        text = f'IF(OR(A{row}<AsOfMonth,{cell}="funded",{cell}="committed"),1,0)'
        flags.append(Formula(text, int(figures.covered(place, [code], "signed"))))
    return flags


def _headline_block(book: Book, sheet: Sheet, figures: Figures, at: Places) -> None:
    """For each lens and outcome: the place of the first month short, and both headlines in words (R9)."""
    small, bold = book.style(font_size=8), book.style(bold=True, font_size=8, font_color=look.SECOND)
    sheet.put_row(3, at.headlines, ("Headlines", "First short", "Funded through", "First month short"), bold)
    codes = figures.position.programme.codes
    lines: list[tuple[str, tuple[str, ...], Lens]] = [
        (at.block[8 + n], codes, lens) for n, lens in enumerate(LENSES)
    ]
    lines += [(at.block[11 + n], (code,), "signed") for n, code in enumerate(codes)]
    names, count = at.range("Name"), at.months
    for n, (what, own, lens) in enumerate(lines):
        short = figures.first_short(own, lens)
        k, row = at.headline(n, "Short"), FIRST + n - 1
        through = (
            f'IF({at.start}>{count},"{ENDED}",IF({k}=0,INDEX({names},{count}),'
            f'IF({k}={at.start},"not covered",INDEX({names},MAX(1,{k}-1)))))'
        )
        first = f'IF({at.start}>{count},"{ENDED}",IF({k}=0,"none",INDEX({names},MAX(1,{k}))))'
        cells = (
            what.replace(f"Outcome {n - 2}", codes[n - 3]) if n > 2 else what,
            Formula(f"IFERROR(MATCH(0,{at.range(what)},0),0)", short),
            Formula(through, figures.through_words(short)),
            Formula(first, figures.cliff_words(short)),
        )
        sheet.put_row(row, at.headlines, cells, small)
    past = f"SUMPRODUCT(--({at.range('Chart data')}<DATE(YEAR(AsOf),MONTH(AsOf),1)))+1"
    sheet.put_row(
        FIRST + 2 + at.outcomes, at.headlines, ("First month ahead", Formula(past, figures.start)), small
    )


def _conditions(book: Book, sheet: Sheet, figures: Figures, at: Places, last: int) -> None:
    """Only status cells are coloured; gaps ahead are red figures; the as-of month is marked."""
    file = book.file
    lapsed = file.add_format({"bg_color": look.LAPSED_BACK, "font_color": look.TEXT})
    red = file.add_format({"bg_color": look.GAP_BACK, "font_color": look.GAP, "bold": True})
    figure = file.add_format({"font_color": look.GAP, "bold": True})
    fills = (
        ("funded", {"bg_color": look.BLUE, "font_color": "#FFFFFF"}),
        ("committed", {"bg_color": look.SIGNED, "font_color": look.BLUE}),
        ("pledged", {"bg_color": look.PLEDGED, "font_color": look.BLUE}),
    )
    first = HEAD + 1
    for n in range(at.outcomes):
        column, cell = 1 + 2 * n, f"${xl_col_to_name(1 + 2 * n)}{first}"
        area = (first - 1, column, last, column)
        for word, props in fills:
            sheet.conditional_format(*area, _when(f'={cell}="{word}"', file.add_format(props)))
        sheet.conditional_format(*area, _when(f'=AND({cell}="gap",$A{first}<AsOfMonth)', lapsed))
        sheet.conditional_format(*area, _when(f'={cell}="gap"', red))
        beside = (first - 1, column + 1, last, column + 1)
        sheet.conditional_format(*beside, _when(f'=AND({cell}="gap",$A{first}>=AsOfMonth)', figure))
    mark = file.add_format({"bg_color": look.AS_OF, "bold": True})
    sheet.conditional_format(first - 1, 0, last, 0, _when(f"=$A{first}=AsOfMonth", mark))
    bar = {"type": "data_bar", "bar_solid": True, "bar_color": look.BAR, "bar_border_color": look.BAR}
    limits = {"min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1}
    sheet.conditional_format(
        first - 1, at.all + 5, last, at.all + 5, {**bar, **limits, "bar_no_border": True}
    )


def _when(criteria: str, style: Format) -> dict[str, object]:
    return {"type": "formula", "criteria": criteria, "format": style}


def _break_pages(sheet: Sheet, figures: Figures, rows: dict[Month, int]) -> None:
    """A new page after every third year."""
    years = sorted({month // 12 for month in rows})
    firsts = [min(row for month, row in rows.items() if month // 12 == year) - 1 for year in years[3::3]]
    if firsts:
        sheet.set_h_pagebreaks(firsts)
