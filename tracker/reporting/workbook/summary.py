"""The sheet Summary: one page whose title is the answer; every figure is a formula over the data sheets."""

from typing import Any, Final

from tracker.domain.vocabulary import LENSES
from tracker.reporting.workbook import formats as look
from tracker.reporting.workbook.bridge import difference_cell
from tracker.reporting.workbook.chart import write_chart
from tracker.reporting.workbook.figures import Figures, fixed
from tracker.reporting.workbook.formats import Book, Cell, Formula, Sheet, day_name, month_name, units
from tracker.reporting.workbook.layout import SHORT, lower_tables
from tracker.reporting.workbook.months import Places, places
from tracker.reporting.workbook.tables import ageing, kinds, largest, moneyless, outcomes, section, verdict

_WIDTHS: Final = (28, 15.5, 15, 13, 14, 13.5, 13.5, 13.5, 13.5, 14, 13, 14.5, 14.5)


def write_summary(book: Book, figures: Figures) -> None:
    """The whole sheet, on one landscape A4."""
    sheet, at = book.sheet("Summary", look.BLUE), places(figures)
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    _heading(book, sheet, figures, at)
    for tile in _tiles(book, figures, at):
        _tile(book, sheet, *tile)
    requirement = fixed(figures.by_month[figures.months[0]].required)
    varies = len({total.required for total in figures.by_month.values()}) > 1
    words = "requirement" if varies else f"requirement of USD {requirement}"
    section(book, sheet, 7, 0, 9, f"Each month’s {words}, by the money that covers it", "Months")
    write_chart(book, sheet, figures, at)
    ageing(book, sheet, figures)
    moneyless(book, sheet, figures, at)
    outcomes(book, sheet, figures, at)
    largest(book, sheet, figures, at)
    kinds(book, sheet, figures, at)
    verdict(book, sheet, figures, at)
    sheet.hide_gridlines(2)
    sheet.freeze_panes(3, 0)
    sheet.print_area(0, 0, lower_tables(at.outcomes) + 10, 12)
    sheet.fit_to_pages(1, 1)


def _heading(book: Book, sheet: Sheet, figures: Figures, at: Places) -> None:
    programme = figures.position.programme
    sheet.set_row(0, 18)
    sheet.set_row(1, 36)
    kicker = f"{programme.name.upper()}   ·   FUNDING STATUS FOR THE GLOBAL COORDINATING GROUP"
    sheet.put(0, 0, kicker, book.style(bold=True, font_size=9, font_color=look.BLUE))
    title = book.style(bold=True, font_size=17, font_color=look.DARK, valign="vcenter", shrink=True)
    text = book.refs.whole(_headline_text(figures, at))
    sheet.put_merged(1, 0, 12, Formula(text, headline(figures)), title)
    words = (
        f"As of {day_name(figures.position.as_of)}. {month_name(figures.months[0])} to "
        f"{month_name(figures.months[-1])}, {at.months} months, "
        f"USD {fixed(figures.position.total.required)}. {_previous(figures)}USD throughout. "
        "Coverage is not expenditure."
    )
    sheet.put(2, 0, words, book.style(font_color=look.SECOND, font_size=9))


def _previous(figures: Figures) -> str:
    since = figures.report.since
    if since is None:
        return ""
    return f"{'Previous paper' if since.label else 'Held against'}: {day_name(since.as_of)}. "


def headline(figures: Figures) -> str:
    """The answer in one sentence or two.

    `USD 715,751 is still to raise, from December 2029 on. Money received and signed covers every outcome …`
    """
    total, codes = figures.position.total, figures.position.programme.codes
    end = month_name(figures.months[-1])
    pledged, signed = figures.first_short(codes, "pledged"), figures.first_short(codes, "signed")
    if figures.ended:
        found = f"USD {fixed(total.gap, 0)} of its requirement found no money."
        all_found = "Money received, signed and pledged covers every month of it."
        return f"The programme ended in {end}. {all_found if _nothing_short(figures) else found}"
    if total.received + total.signed + total.pledged == 0:
        nothing = "nothing received, signed or pledged covers a month yet"
        return f"USD {fixed(total.ahead, 0)} is still to raise: {nothing}."
    if not signed:
        return f"Money received and signed covers every outcome through {end}."
    lead = f"USD {fixed(total.ahead, 0)} is still to raise, from {figures.cliff_words(pledged)} on."
    if not pledged:
        lead = f"Every outcome is covered through {end}, pledges counted."
    if signed == figures.start:
        return f"{lead} Money received and signed does not cover {figures.cliff_words(signed)}."
    return f"{lead} Money received and signed covers every outcome through {figures.through_words(signed)}."


def _nothing_short(figures: Figures) -> bool:
    return all(cell.status != "gap" for cell in figures.position.cells)


def _headline_text(figures: Figures, at: Places) -> str:
    """The same sentence as a formula."""
    end = month_name(figures.months[-1])
    covered = "+".join(f"SUM({at.range(name)})" for name in ("Received", "Signed", "Pledged"))
    short, signed = at.headline(2, "Short"), at.headline(1, "Short")
    ended = (
        f'"The programme ended in {end}. "&IF(COUNTIF(%STATUS%,"gap")=0,'
        '"Money received, signed and pledged covers every month of it.",'
        '"USD "&FIXED(I5,0)&" of its requirement found no money.")'
    ).replace("%STATUS%", "{Position.Status}")
    nothing = (
        '"USD "&FIXED(A5,0)&" is still to raise: nothing received, signed or pledged covers a month yet."'
    )
    lead = (
        f'IF({short}=0,"Every outcome is covered through {end}, pledges counted.",'
        '"USD "&FIXED(A5,0)&" is still to raise, from "&F5&" on.")'
    )
    tail = (
        f'IF({signed}={at.start}," Money received and signed does not cover "&{at.headline(1, "First")}&".",'
        '" Money received and signed covers every outcome through "&C5&".")'
    )
    all_signed = f'"Money received and signed covers every outcome through {end}."'
    open_ended = f"IF(ROUND({covered},2)=0,{nothing},IF({signed}=0,{all_signed},{lead}&{tail}))"
    return f"IF({at.start}>{at.months},{ended},{open_ended})"


# Tiles


def _tiles(book: Book, figures: Figures, at: Places) -> list[tuple[Any, ...]]:
    """First and last column, label, sheet behind it, figure, words below, colour, number format."""
    whole = book.refs.whole
    total = figures.position.total
    ahead = whole("ROUND(SUMPRODUCT(({Position.Month}>=AsOfMonth)*{Position.Gap}),2)")
    lapsed = whole("ROUND(SUM({Position.Gap})-A5,2)")
    codes = figures.position.programme.codes
    short = {lens: figures.first_short(codes, lens) for lens in LENSES}
    sums = book.number_format("money", 2).split(";")[0].replace("_0", "")
    stable = "Yes" if figures.position.stable_funding_base else "No"
    left = f"MIN(12,{at.months}+1-{at.start})"
    is_stable = (
        f'IF({at.start}>{at.months},"No",IF(IF({{k}}=0,{at.months}+1,{{k}})-{at.start}>={left},"Yes","No"))'
    )
    return [
        (0, 1, "Still to raise, USD", "Months", Formula(ahead, units(total.ahead)),
         _ahead_words(book, figures), look.DARK, sums),
        (2, 4, "Funded through (received + signed)", "Months",
         Formula(at.headline(1, "Through"), figures.through_words(short["signed"])),
         _through_words(figures, at), look.DARK, "General"),
        (5, 7, "Cliff month, pledges counted", "Months",
         Formula(at.headline(2, "First"), figures.cliff_words(short["pledged"])),
         _cliff_words(figures, at), look.GAP if short["pledged"] else look.DARK, "General"),
        (8, 10, "Lapsed, USD", "Months", Formula(lapsed, units(total.lapsed)), _lapsed_words(figures, at),
         look.SECOND, sums),
        (11, 12, "Stable funding base", "Notes",
         Formula(is_stable.replace("{k}", at.headline(1, "Short")), stable), _stable_words(figures, at),
         look.DARK, "General"),
    ]  # fmt: skip


def _tile(
    book: Book, sheet: Sheet, first: int, last: int, label: str, target: str, figure: Cell, words: Cell,
    color: str, number_format: str,
) -> None:  # fmt: skip
    back = {"bg_color": look.TILE, "align": "left", "indent": 1, "right": 5, "right_color": "#FFFFFF"}
    for row, height in ((3, 17), (4, 28), (5, 30)):
        sheet.set_row(row, height)
    top = book.style(**back, font_size=9, font_color=look.DARK, underline=1, top=5, top_color=look.BLUE)
    sheet.merge_range(3, first, 3, last, "", top)
    sheet.write_url(3, first, f"internal:{target}!A1", top, label)
    big = book.style(
        **back,
        bold=True,
        font_size=17,
        font_color=color,
        valign="vcenter",
        num_format=number_format,
        shrink=True,
    )
    sheet.put_merged(4, first, last, figure, big)
    small = book.style(**back, font_size=8, font_color=look.TEXT, valign="top", text_wrap=True)
    sheet.put_merged(5, first, last, words, small)


def _ahead_words(book: Book, figures: Figures) -> Formula:
    if figures.report.since is not None:
        return _since_words(figures)
    total = figures.position.total
    required = book.refs.whole("SUM({Position.Required})")
    tenths = f"{100 * units(total.ahead) / units(total.required) if total.required else 0:.1f}"
    text = f'FIXED(IF({required}=0,0,100*A5/{required}),1)&" % of the requirement; pledges count as covering"'
    return Formula(text, f"{tenths} % of the requirement; pledges count as covering")


def _since_words(figures: Figures) -> Formula:
    """`−529,300.71 since 31 December 2027; pledges count as covering`"""
    changes, cell = figures.earlier.changes, difference_cell()
    moved = changes.after.ahead - changes.before.ahead
    rest = f" since {day_name(changes.before_on)}; pledges count as covering"
    text = f'IF({cell}<0,"−",IF({cell}>0,"+","±"))&FIXED(ABS({cell}),2)&"{rest}"'
    sign = "−" if moved < 0 else "+" if moved > 0 else "±"
    return Formula(text, f"{sign}{fixed(abs(moved))}{rest}")


def _through_words(figures: Figures, at: Places) -> Formula:
    codes = figures.position.programme.codes
    received = figures.through_words(figures.first_short(codes, "received"))
    pledged = figures.through_words(figures.first_short(codes, "pledged"))
    text = f'"received alone: "&{at.headline(0, "Through")}&"; with pledges: "&{at.headline(2, "Through")}'
    return Formula(text, f"received alone: {received}; with pledges: {pledged}")


def _cliff_words(figures: Figures, at: Places) -> Formula:
    """The first month short without pledges, by how much, and by received money alone."""
    codes = figures.position.programme.codes
    signed, received = figures.first_short(codes, "signed"), figures.first_short(codes, "received")
    k = at.headline(1, "Short")
    short_of = ""
    if signed and not figures.ended:
        total = figures.by_month[figures.months[signed - 1]]
        short_of = f", short of {fixed(total.required - total.received - total.signed)}"
    parts = "-".join(f"INDEX({at.range(name)},MAX(1,{k}))" for name in ("Requirement", "Received", "Signed"))
    text = (
        f'"without pledges: "&{at.headline(1, "First")}&IF({k}=0,"",", short of "&FIXED({parts},2))'
        f'&"; received alone: "&{at.headline(0, "First")}'
    )
    words = f"without pledges: {figures.cliff_words(signed)}{short_of}; "
    return Formula(text, f"{words}received alone: {figures.cliff_words(received)}")


def _lapsed_words(figures: Figures, at: Places) -> Formula:
    count = sum(total.lapsed >= figures.short_minor for total in figures.by_month.values())
    counted = f"SUMPRODUCT(--({at.range('Lapsed')}>={SHORT}))"
    rest = "gone by with a gap; only a window set back by an officer can still fill it"
    text = f'{counted}&IF({counted}=1," month "," months ")&"{rest}"'
    return Formula(text, f"{count} {'month' if count == 1 else 'months'} {rest}")


def _stable_words(figures: Figures, at: Places) -> Formula:
    left = min(12, at.months + 1 - figures.start)
    base = figures.position.stable_funding_base
    words = "cover" if base else "do not cover"
    text = (
        f'IF({at.start}>{at.months},"the programme ended",'
        '"received + signed "&IF(L5="Yes","cover","do not cover")'
        f'&" each of the next "&MIN(12,{at.months}+1-{at.start})&" months")'
    )
    value = (
        "the programme ended"
        if figures.ended
        else f"received + signed {words} each of the next {left} months"
    )
    return Formula(text, value)
