"""The sheet Statement: one page; its title is the answer, its lines are formulas over the data sheets."""

from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from tracker.domain.months import month_text
from tracker.domain.received import Amounts, minus
from tracker.queries.statements import StatementReport
from tracker.reporting.sentences import Day, Sentence
from tracker.reporting.statement_workbook.checks import checks, covered, within
from tracker.reporting.statement_workbook.data import WORDS
from tracker.reporting.statement_workbook.figures import Figures
from tracker.reporting.statement_workbook.layout import widest
from tracker.reporting.statement_workbook.places import ADDED, FIRST, TABLE, Places
from tracker.reporting.statements import Line
from tracker.reporting.workbook import formats as look
from tracker.reporting.workbook.figures import fixed
from tracker.reporting.workbook.formats import Book, Cell, Formula, Sheet, day_name, units
from tracker.reporting.workbook.tables import LINE, TOTAL, section

_SIGNED: Final = '+#,##0.00_0;"−"#,##0.00_0;"–"_0'
_WORDS: Final = (19, 33)


def _width(report: StatementReport) -> int:
    """How wide the columns of figures are: the total is bold and may carry a sign."""
    return max(17, widest(report) + 4)


def write_statement_sheet(book: Book, figures: Figures) -> None:
    """The whole sheet, on one landscape A4."""
    sheet, at = book.sheet("Statement", look.BLUE), Places(figures)
    wide = _width(figures.report)
    for column, width in enumerate((*_WORDS, *(wide for _ in range(FIRST, at.total + 1)))):
        sheet.set_column(column, column, width)
    _heading(book, sheet, figures, at)
    _fields(book, sheet, figures.report, at)
    section(book, sheet, TABLE - 2, 0, at.total, "From opening to closing, USD", "Checks")
    _head(book, sheet, figures, at, TABLE - 1, "Every column adds down; the last one adds across")
    for row, line in enumerate(figures.lines, start=TABLE):
        _line(book, sheet, at, row, line)
    _months(book, sheet, figures, at)
    last = _foot(book, sheet, figures, at)
    sheet.hide_gridlines(2)
    sheet.print_area(0, 0, last, at.total)
    sheet.fit_to_pages(1, 1)


def _heading(book: Book, sheet: Sheet, figures: Figures, at: Places) -> None:
    sheet.set_row(0, 18)
    kicker = f"{figures.report.programme.name.upper()}   ·   STATEMENT OF CONTRIBUTIONS AND ALLOCATION"
    sheet.put(0, 0, kicker, book.style(bold=True, font_size=9, font_color=look.BLUE))
    title = book.style(bold=True, font_size=15, font_color=look.DARK, valign="vcenter", text_wrap=True)
    text, words = book.refs.whole(_answer_text(at)), answer(figures)
    a_line = (sum(_WORDS) + _width(figures.report) * (at.total - FIRST + 1)) * 11 // 20
    sheet.set_row(1, 21 * max(2, -(-len(words) // a_line)) + 4)
    sheet.put_merged(1, 0, at.total, Formula(text, words), title)


def answer(figures: Figures) -> str:
    """What came, what it covered, what is on hand, and what is overdue: the title.

    `USD 54,650 was received in the period; USD 59,034 covered months that ended in it. …`
    """
    moved = figures.report.movement
    received, used, left = (fixed(sum(x), 0) for x in (moved.receipts, moved.allocated, moved.closing))
    came = f"USD {received}" if sum(moved.receipts) else "Nothing"
    covers = f"USD {used}" if sum(moved.allocated) else "nothing"
    words = f"{came} was received in the period; {covers} covered months that ended in it."
    if sum(moved.closing) == 0:
        words += " Nothing is on hand at its end."
    elif sum(moved.later) == sum(moved.closing):
        words += f" USD {left} is on hand at its end, all of it carried forward to later months."
    else:
        later = fixed(sum(moved.later), 0)
        words += f" USD {left} is on hand at its end, USD {later} of it carried forward to later months."
    overdue = f" USD {fixed(figures.overdue, 0)} of agreements and pledges is overdue."
    return words + (overdue if figures.overdue else "")


def _answer_text(at: Places) -> str:
    """The same sentences as a formula."""
    received, used = at.sum_of("receipts"), at.sum_of("allocated")
    left, later = at.sum_of("closing"), at.sum_of("later")
    overdue = "SUMPRODUCT(({Instalments.Days late}>0)*{Instalments.Open USD})"
    return (
        f'IF({received}=0,"Nothing","USD "&FIXED({received},0))&" was received in the period; "'
        f'&IF({used}=0,"nothing","USD "&FIXED(-{used},0))&" covered months that ended in it."'
        f'&IF({left}=0," Nothing is on hand at its end."," USD "&FIXED({left},0)&" is on hand at its end, "'
        f'&IF({later}={left},"all","USD "&FIXED({later},0))&" of it carried forward to later months.")'
        f'&IF(ROUND({overdue},2)=0,""," USD "&FIXED({overdue},0)&" of agreements and pledges is overdue.")'
    )


def _fields(book: Book, sheet: Sheet, report: StatementReport, at: Places) -> None:
    """Whose statement of what, in two columns of words."""
    zone = ZoneInfo(report.time_zone)
    known = report.known.at_utc.astimezone(zone)
    opening = f"closing of {report.opening_of}" if report.opening_of else "the records as known now"
    pairs = (
        ("Contributor", f"{report.donor.name} ({report.donor.code})",
         "Statement", report.number or "draft, not issued"),
        ("Period", f"{day_name(report.period.first)} to {day_name(report.period.last)}",
         "As of", day_name(report.as_of)),
        ("Known at", f"{day_name(known.date())}, {known:%H:%M} ({report.time_zone})",
         "Opening", opening),
        ("Currency", "USD; other currencies stand with their rates on Receipts",
         "Corrects", f"{report.corrects}: {report.reason}" if report.corrects else "no earlier statement"),
    )  # fmt: skip
    small = {"font_color": look.SECOND, "valign": "top"}
    value = book.style(valign="top", align="left", text_wrap=True)
    width = _width(report) * (at.total - FIRST - 2) + 3
    for row, (left, what, right, that) in enumerate(pairs, start=2):
        rows = max(-(-len(what) // 60), -(-len(that) // width), 1)
        sheet.set_row(row, 13.5 * rows + 2)
        sheet.put(row, 0, left, book.style(**small))
        sheet.put_merged(row, 1, FIRST + 1, what, value)
        sheet.put(row, FIRST + 2, right, book.style(**small))
        sheet.put_merged(row, FIRST + 3, at.total, that, value)


def _head(book: Book, sheet: Sheet, figures: Figures, at: Places, row: int, words: str) -> None:
    """Outcomes by code and short name over their columns."""
    bold = {"bold": True, "font_size": 9, "font_color": look.SECOND, "valign": "bottom", **LINE}
    short = [f"{one.code} {one.short_name}" for one in figures.report.programme.outcomes]
    names = [*short, *figures.names[-2:]]
    sheet.set_row(row, 27)
    sheet.put_row(row, 0, (words, None), book.style(**{**bold, "bold": False}))
    heads = [*(names[place] for place in figures.wanted), "Total"]
    sheet.put_row(row, FIRST, heads, book.style(**bold, align="right", indent=1, text_wrap=True))


# From opening to closing


def _texts(at: Places, line: Line) -> list[str]:
    """A line's formula in each column shown."""
    texts = []
    core = len(at.figures.names) - 2
    for place, letter in zip(at.figures.wanted, at.letters, strict=True):
        name = at.figures.names[place]
        rows = [f"{letter}{at.row(key)}" for key in ADDED]
        money = f"SUM({{Receipts.{name}}})-SUM({{Refunds.{name}}})"
        texts.append({
            "receipts": within("Receipts", name),
            "refunds": "-" + within("Refunds", name),
            "allocated": "-" + covered(name, WORDS["period"]) if place < core else "0",
            "adjustments": f"SUM({{Adjustments.{name}}})",
            "closing": f"SUM({rows[0]}:{rows[-1]})",
            "later": covered(name, WORDS["later"]) if place < core else "0",
            "targeted": money if place == core else "0",
            "held": money if place == core + 1 else "0",
        }.get(line.key, ""))  # fmt: skip
    return [f"ROUND({text},2)" if text else "" for text in texts]


def _line(book: Book, sheet: Sheet, at: Places, row: int, line: Line) -> None:
    """What is taken away stands below zero, so that every column adds down."""
    amounts = minus((0,) * len(line.amounts), line.amounts) if line.sign == "−" else line.amounts
    shown = [amounts[place] for place in at.figures.wanted]
    props: dict[str, Any] = dict(TOTAL if line.key == "closing" else LINE)
    if line.within:
        props["font_color"] = look.SECOND
    number = look.SUM if line.sign in ("", "=") else _SIGNED
    money = book.style(**props, num_format=number)
    cells: list[Cell] = [
        Formula(book.refs.whole(text), units(minor)) if text else units(minor)
        for text, minor in zip(_texts(at, line), shown, strict=True)
    ]
    sheet.set_row(row, 17)
    words = f"{line.sign} {plain(line.words)}".strip()
    sheet.put(row, 0, words, book.style(**props, indent=2 if line.within else 0))
    sheet.put(row, 1, None, book.style(**props))
    sheet.put_row(row, FIRST, cells, money)
    _total(book, sheet, at, row, sum(shown), {**props, "num_format": number})


def _total(book: Book, sheet: Sheet, at: Places, row: int, minor: int, props: dict[str, Any]) -> None:
    text = f"ROUND(SUM({at.letters[0]}{row + 1}:{at.letters[-1]}{row + 1}),2)"
    sheet.put(row, at.total, Formula(text, units(minor)), book.style(**{**props, "bold": True}))


def plain(sentence: Sentence) -> str:
    """A line's words; days are written the day first."""
    values = {name: day_name(v.day) if isinstance(v, Day) else str(v) for name, v in sentence.values.items()}
    return sentence.pattern.replace("*", "") % values


# Months


def _months(book: Book, sheet: Sheet, figures: Figures, at: Places) -> None:
    """What the money covers, by when the months lie; each row counts its months."""
    section(book, sheet, at.months - 2, 0, at.total, "What the money covers, USD", "Coverage")
    _head(book, sheet, figures, at, at.months - 1, "Money set against months, by when they lie")
    for row, when in enumerate(WORDS, start=at.months):
        texts = [
            covered(figures.names[place], WORDS[when]) if place < len(figures.names) - 2 else "0"
            for place in figures.wanted
        ]
        props = dict(LINE)
        sheet.put(row, 0, _months_words(book, figures, when), book.style(**props))
        _sums(book, sheet, at, row, texts, figures.covered(when), props)
    last = at.months + len(WORDS)
    whole = [sum(parts) for parts in zip(*(figures.covered(when) for when in WORDS), strict=True)]
    texts = [f"SUM({letter}{at.months + 1}:{letter}{last})" for letter in at.letters]
    sheet.put(last, 0, "All months", book.style(**TOTAL))
    _sums(book, sheet, at, last, texts, tuple(whole), dict(TOTAL))


def _sums(
    book: Book, sheet: Sheet, at: Places, row: int, texts: Sequence[str], amounts: Amounts,
    props: dict[str, Any],
) -> None:  # fmt: skip
    shown = [amounts[place] for place in at.figures.wanted]
    sheet.set_row(row, 17)
    sheet.put(row, 1, None, book.style(**props))
    cells = [
        Formula(f"ROUND({book.refs.whole(text)},2)", units(minor))
        for text, minor in zip(texts, shown, strict=True)
    ]
    sheet.put_row(row, FIRST, cells, book.style(**props, num_format=look.SUM))
    _total(book, sheet, at, row, sum(shown), {**props, "num_format": look.SUM})


def _months_words(book: Book, figures: Figures, when: str) -> Formula:
    """`in the period: 2 months, the first 2027-04`"""
    words, months = WORDS[when], figures.months(when)
    count = f'COUNTIF({{Coverage.When}},"{words}")'
    first = f'INDEX({{Coverage.Month}},MATCH("{words}",{{Coverage.When}},0))'
    text = (
        f'"{words[0].upper()}{words[1:]}: "&IF({count}=0,"no month",{count}&IF({count}=1," month, "'
        f'," months, the first ")&{first})'
    )
    said = "no month"
    if months:
        lead = "1 month, " if len(months) == 1 else f"{len(months)} months, the first "
        said = lead + month_text(months[0].month)
    return Formula(book.refs.whole(text), f"{words[0].upper()}{words[1:]}: {said}")


# The foot


def _foot(book: Book, sheet: Sheet, figures: Figures, at: Places) -> int:
    """What the statement is not, whether its checks hold, and where it is signed; gives the last row."""
    row = at.months + len(WORDS) + 2
    said = (
        "Coverage is not expenditure. This statement shows which requirement the money is set against; it "
        "holds no spending and is not a certified financial statement. What is set against later months is "
        "provisional until they have ended."
    )
    sheet.set_row(row, 29)
    note = book.style(text_wrap=True, valign="top", font_size=9, align="left")
    sheet.put_merged(row, 0, at.total, said, note)
    _verdict(book, sheet, figures, row + 1)
    sheet.set_row(row + 2, 34)
    under = book.style(top=1, top_color=look.TEXT, font_size=9, font_color=look.SECOND)
    blocks = ((0, 1, "For the Secretariat: name, function"), (FIRST + 1, FIRST + 2, "Signature"),
              (max(at.total - 1, FIRST + 4), at.total, "Date"))  # fmt: skip
    for first, last, words in blocks:
        sheet.put_row(row + 3, first, (words, *(None for _ in range(last - first))), under)
    return row + 3


def _verdict(book: Book, sheet: Sheet, figures: Figures, row: int) -> None:
    count = len(checks(figures))
    verdicts = f"Checks!$C$2:$C${count + 1}"
    holds = f"✓ All {count} checks hold: every figure here re-adds from the data sheets"
    text = (
        f'IF(COUNTIF({verdicts},"holds")={count},"{holds}",'
        f'"✗ "&({count}-COUNTIF({verdicts},"holds"))&" checks differ: see Checks")'
    )
    sheet.put(row, 0, Formula(text, holds), book.style(bold=True, font_size=9, font_color=look.HOLDS))
    red = book.file.add_format({"font_color": look.GAP})
    criteria = f'=LEFT(A{row + 1},1)="✗"'
    sheet.conditional_format(row, 0, row, 0, {"type": "formula", "criteria": criteria, "format": red})
