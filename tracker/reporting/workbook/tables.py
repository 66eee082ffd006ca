"""Summary's tables: ageing, outcomes, the largest open instalments, contributors by kind, the verdict."""

from typing import Any, Final

from tracker.domain.months import Month
from tracker.domain.vocabulary import LENSES
from tracker.reporting.workbook import formats as look
from tracker.reporting.workbook.checks import checks
from tracker.reporting.workbook.figures import AGES, KINDS, Figures, fixed
from tracker.reporting.workbook.formats import Book, Cell, Formula, Sheet, month_name, units
from tracker.reporting.workbook.layout import kinds_total, lower_tables
from tracker.reporting.workbook.months import Places

LINE: Final = {"bottom": 4, "bottom_color": look.RULE}
TOTAL: Final = {"bold": True, "top": 2, "top_color": look.DARK, "bottom": 1, "bottom_color": look.DARK}
_LARGEST: Final = 8


def section(book: Book, sheet: Sheet, row: int, first: int, last: int, words: str, target: str) -> None:
    """A title over a rule, which leads to the sheet behind it."""
    rule = {"bottom": 2, "bottom_color": look.DARK}
    style = book.style(bold=True, font_size=11, font_color=look.DARK, underline=1, **rule)
    sheet.set_row(row, 18)
    sheet.put_row(row, first + 1, [None] * (last - first), book.style(**rule))
    sheet.write_url(row, first, f"internal:{target}!A1", style, words)


def table_head(book: Book, sheet: Sheet, row: int, first: int, words: tuple[str, ...], texts: int) -> None:
    """Words over columns; the first `texts` of them stand over texts, the others over figures."""
    bold = {"bold": True, "font_size": 9, "font_color": look.SECOND, **LINE}
    sheet.put_row(row, first, words[:texts], book.style(**bold))
    sheet.put_row(row, first + texts, words[texts:], book.style(**bold, align="right", indent=1))


def ageing(book: Book, sheet: Sheet, figures: Figures) -> None:
    section(book, sheet, 7, 10, 12, "Open instalments by days late", "Instalments")
    table_head(book, sheet, 8, 10, ("Days late", "Signed", "Pledged"), 1)
    text = (
        'ROUND(SUMIFS({{Instalments.Open USD}},{{Instalments.Age}},$K{row},{{Instalments.Lens}},"{lens}"),2)'
    )
    money = book.style(**LINE, num_format=look.SUM)
    for row, name in enumerate(AGES, start=9):
        sheet.put(row, 10, name, book.style(**LINE))
        for column, lens in enumerate(LENSES[1:], start=11):
            formula = book.refs.whole(text.format(row=row + 1, lens=lens))
            sheet.put(row, column, Formula(formula, units(figures.age_sum(name, lens))), money)
    sheet.put(16, 10, "Total", book.style(**TOTAL))
    for column, lens in enumerate(LENSES[1:], start=11):
        whole = sum(figures.age_sum(name, lens) for name in AGES)
        cell = Formula(f"ROUND(SUM({'KLM'[column - 10]}10:{'KLM'[column - 10]}16),2)", units(whole))
        sheet.put(16, column, cell, book.style(**TOTAL, num_format=look.SUM))
    note = "Late money can only pay from the as-of month on."
    sheet.put(17, 10, note, book.style(font_size=8, font_color=look.SECOND))


def moneyless(book: Book, sheet: Sheet, figures: Figures, at: Places) -> None:
    """One sentence on the months ahead that have no money at all."""
    flags, gaps = at.range("No money"), at.range("Still to raise")
    first = f"INDEX({at.range('Name')},MATCH(1,{flags},0))"
    text = (
        f'IF({at.start}>{at.months},"The programme ended: no month lies ahead.",IF(SUM({flags})=0,'
        f'"Every month ahead has some money.",SUM({flags})&'
        f'IF(SUM({flags})=1," month ahead has"," months ahead have")'
        f'&" no money of any kind, the first is "&{first}&": USD "&FIXED(SUMPRODUCT({flags}*{gaps}),2)&"."))'
    )
    red = book.style(
        bold=True, font_color=look.GAP if figures.moneyless else look.HOLDS, text_wrap=True, valign="vcenter",
        bg_color=look.GAP_BACK if figures.moneyless else look.TILE, align="left", indent=1,
    )  # fmt: skip
    sheet.put_merged(19, 10, 12, Formula(text, _moneyless_words(figures, figures.moneyless)), red, rows=3)


def _moneyless_words(figures: Figures, months: list[Month]) -> str:
    if figures.ended:
        return "The programme ended: no month lies ahead."
    if not months:
        return "Every month ahead has some money."
    gap = fixed(sum(figures.by_month[month].ahead for month in months))
    lead = "1 month ahead has" if len(months) == 1 else f"{len(months)} months ahead have"
    return f"{lead} no money of any kind, the first is {month_name(months[0])}: USD {gap}."


_OUTCOME_HEAD = (
    "Outcome", "", "", "Required", "Received", "Signed, open", "Pledged, open", "Gap, all", "Lapsed",
    "Still to raise", "Covered", "Funded through", "First short",
)  # fmt: skip


def outcomes(book: Book, sheet: Sheet, figures: Figures, at: Places) -> None:
    title = "By outcome; funded through and first month short: received + signed"
    section(book, sheet, 25, 0, 12, title, "Position")
    table_head(book, sheet, 26, 0, _OUTCOME_HEAD, 3)
    last = 27 + at.outcomes
    for n, outcome in enumerate(figures.position.programme.outcomes):
        sheet.put(27 + n, 0, f"{outcome.code}  {outcome.name}", book.style(**LINE))
        sheet.put_row(27 + n, 1, (None, None), book.style(**LINE))
        _outcome_figures(book, sheet, figures, at, n)
    sheet.put(last, 0, "All outcomes", book.style(**TOTAL))
    sheet.put_row(last, 1, (None, None), book.style(**TOTAL))
    total = figures.position.total
    cells: list[Cell] = [
        Formula(f"ROUND(SUM({x}28:{x}{last}),2)", units(v)) for x, v in zip("DEFGHIJ", total, strict=True)
    ]
    sheet.put_row(last, 3, cells, book.style(**TOTAL, num_format=look.SUM))
    _outcome_ends(book, sheet, figures, at, last, 1)
    small = {"font_size": 9, "font_color": look.SECOND}
    sheet.put(last + 1, 0, "Share of the requirement", book.style(**small))
    shares: list[Cell] = [
        Formula(
            f"IF($D{last + 1}=0,0,{x}{last + 1}/$D{last + 1})", v / total.required if total.required else 0
        )
        for x, v in zip("DEFGHIJ", total, strict=True)
    ]
    sheet.put_row(last + 1, 3, shares, book.style(**small, num_format=look.SHARE))
    bar = {"type": "data_bar", "bar_solid": True, "bar_color": look.BAR, "bar_no_border": True}
    limits = {"min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1}
    sheet.conditional_format(27, 10, last, 10, {**bar, **limits})


def _outcome_figures(book: Book, sheet: Sheet, figures: Figures, at: Places, n: int) -> None:
    code, row = figures.position.programme.codes[n], 28 + n
    total = figures.by_outcome[code]
    texts = [
        book.refs.whole(f'ROUND(SUMIFS({{Position.{header}}},{{Position.Outcome}},"{code}"),2)')
        for header in ("Required", "Received", "Signed", "Pledged", "Gap")
    ]
    past = f'({{Position.Outcome}}="{code}")*({{Position.Month}}<AsOfMonth)'
    texts += [book.refs.whole(f"ROUND(SUMPRODUCT({past}*{{Position.Gap}}),2)"), f"ROUND(H{row}-I{row},2)"]
    cells = [Formula(text, units(value)) for text, value in zip(texts, total, strict=True)]
    sheet.put_row(27 + n, 3, cells[:6], book.style(**LINE, num_format=look.SUM))
    red = book.style(
        **LINE, num_format=look.SUM, bold=True, font_color=look.GAP if total.ahead else look.TEXT
    )
    sheet.put(27 + n, 9, cells[6], red)
    _outcome_ends(book, sheet, figures, at, 27 + n, 3 + n)


def _outcome_ends(book: Book, sheet: Sheet, figures: Figures, at: Places, row: int, line: int) -> None:
    """Share covered, and both headlines of one line: 1 is all outcomes, from 3 on each of them."""
    codes = figures.position.programme.codes
    own = codes if line == 1 else (codes[line - 3],)
    total = figures.position.total if line == 1 else figures.by_outcome[own[0]]
    share = 1 - units(total.gap) / units(total.required) if total.required else 0
    short = figures.first_short(own, "signed")
    props = TOTAL if line == 1 else LINE
    text = f"IF(D{row + 1}=0,0,1-H{row + 1}/D{row + 1})"
    sheet.put(row, 10, Formula(text, share), book.style(**props, num_format="0.0%_0"))
    words = (
        Formula(at.headline(line, "Through"), figures.through_words(short)),
        Formula(at.headline(line, "First"), figures.cliff_words(short)),
    )
    sheet.put_row(row, 11, words, book.style(**props, align="right"))


def largest(book: Book, sheet: Sheet, figures: Figures, at: Places) -> None:
    """The eight largest open instalments; lines stay empty where there are fewer."""
    title = lower_tables(at.outcomes) - 1
    section(book, sheet, title, 0, 6, "Largest open instalments, USD", "Instalments")
    table_head(book, sheet, title + 1, 0, ("Donor", "", "Pledge", "Due on"), 4)
    table_head(book, sheet, title + 1, 4, ("Open", "Days late"), 0)
    table_head(book, sheet, title + 1, 6, ("  Lens",), 1)
    headers = ("Donor name", "Pledge", "Due on", "Open USD", "Days late", "Lens")
    words = book.style(**LINE, shrink=True)
    styles = (
        words, words, book.style(**LINE, num_format=look.DAY, align="left"),
        book.style(**LINE, num_format=look.SUM), book.style(**LINE, num_format=look.COUNT, align="right"),
        book.style(**LINE, indent=1),
    )  # fmt: skip
    for place in range(1, _LARGEST + 1):
        row = title + 1 + place
        values = _instalment_values(figures, place)
        for n, (header, value, style) in enumerate(zip(headers, values, styles, strict=True)):
            text = (
                f'IFERROR(INDEX({{Instalments.{header}}},MATCH({place},{{Instalments.Rank by open}},0)),"")'
            )
            cell = Formula(book.refs.whole(text), value)
            if n == 0:
                sheet.put_merged(row, 0, 1, cell, style)
            else:
                sheet.put(row, n + 1, cell, style)
    _largest_total(book, sheet, figures, title + 2 + _LARGEST)


def _instalment_values(figures: Figures, place: int) -> tuple[float | str, ...]:
    if place > len(figures.by_size):
        return ("",) * 6
    one = figures.by_size[place - 1]
    serial = (one.due_on - look.EPOCH).days
    name = look.clean(figures.donor_name(one.pledge.donor))
    return (
        name,
        one.pledge.reference,
        serial,
        units(one.open_usd_minor),
        figures.days_late(one),
        one.pledge.lens,
    )


def _largest_total(book: Book, sheet: Sheet, figures: Figures, row: int) -> None:
    count, whole = len(figures.by_size), sum(i.open_usd_minor for i in figures.by_size)
    counted = book.refs.whole('COUNTIF({Instalments.Open USD},">0")')
    text = f'IF({counted}=0,"No open instalment","All open instalments: "&{counted})'
    words = f"All open instalments: {count}" if count else "No open instalment"
    sheet.put_row(row, 0, [None] * 7, book.style(**TOTAL))
    sheet.put(row, 0, Formula(text, words), book.style(**TOTAL))
    text = book.refs.whole("ROUND(SUM({Instalments.Open USD}),2)")
    sheet.put(row, 4, Formula(text, units(whole)), book.style(**TOTAL, num_format=look.SUM))


def kinds(book: Book, sheet: Sheet, figures: Figures, at: Places) -> None:
    title, last = lower_tables(at.outcomes) - 1, kinds_total(at.outcomes, len(KINDS)) - 1
    section(book, sheet, title, 8, 12, "Contributors by kind, USD", "Donors")
    table_head(book, sheet, title + 1, 8, ("Kind", "Contributors", "Share", "Received", "Open"), 1)
    whole = sum(figures.of_donor(row.code)[0] for row in figures.donors)
    sums = []
    for row, (name, kinds) in enumerate(KINDS, start=title + 2):
        values = figures.kind_sums(kinds)
        sums.append(values)
        sheet.put(row, 8, name, book.style(**LINE))
        texts = [_by_kind(kinds, 'COUNTIFS(%KIND%,{Donors.Received USD},">0")')]
        received = _by_kind(kinds, "SUMIFS({Donors.Received USD},%KIND%)")
        opened = "+".join(
            _by_kind(kinds, f"SUMIFS({{Donors.{h}}},%KIND%)")
            for h in ("Signed, open USD", "Pledged, open USD")
        )
        texts += [f"ROUND({received},2)", f"ROUND({opened},2)"]
        _kind_row(book, sheet, row, [book.refs.whole(text) for text in texts], values, whole, LINE)
    sheet.put(last, 8, "All", book.style(**TOTAL))
    texts = [f"ROUND(SUM({x}{title + 3}:{x}{last}),2)" for x in "JLM"]
    totals = (sum(v[0] for v in sums), sum(v[1] for v in sums), sum(v[2] for v in sums))
    _kind_row(book, sheet, last, texts, totals, whole, TOTAL)


def _by_kind(kinds: tuple[str, ...], text: str) -> str:
    return "+".join(text.replace("%KIND%", f'{{Donors.Kind}},"{kind}"') for kind in kinds)


def _kind_row(
    book: Book, sheet: Sheet, row: int, texts: list[str], values: tuple[int, int, int], whole: int,
    props: dict[str, Any],
) -> None:  # fmt: skip
    given, received, opened = values
    share = book.refs.whole(f"IF(SUM({{Donors.Received USD}})=0,0,L{row + 1}/SUM({{Donors.Received USD}}))")
    sheet.put(row, 9, Formula(texts[0], given), book.style(**props, num_format=look.COUNT))
    sheet.put(
        row, 10, Formula(share, received / whole if whole else 0), book.style(**props, num_format=look.SHARE)
    )
    money = book.style(**props, num_format=look.SUM)
    sheet.put_row(row, 11, (Formula(texts[1], units(received)), Formula(texts[2], units(opened))), money)


def verdict(book: Book, sheet: Sheet, figures: Figures, at: Places) -> None:
    """The largest contributor, and whether every check holds."""
    row, count = kinds_total(at.outcomes, len(KINDS)), len(checks(figures))
    received = [figures.of_donor(donor.code)[0] for donor in figures.donors]
    whole = sum(received)
    words = "Nothing has been received yet"
    if whole:
        most = max(received)
        name = look.clean(figures.donors[received.index(most)].name)
        words = f"Largest contributor: {name}, {100 * units(most) / units(whole):.1f} % of what was received"
    usd = "{Donors.Received USD}"
    text = (
        f'IF(SUM({usd})=0,"Nothing has been received yet","Largest contributor: "&INDEX({{Donors.Name}},'
        f'MATCH(MAX({usd}),{usd},0))&", "&FIXED(100*MAX({usd})/SUM({usd}),1)&" % of what was received")'
    )
    small = book.style(font_size=9, font_color=look.SECOND, shrink=True)
    sheet.put_merged(row, 8, 12, Formula(book.refs.whole(text), words), small)
    verdicts = f"Checks!$C$2:$C${count + 1}"
    holds = f"✓ All {count} checks hold: every figure here re-adds from the data sheets"
    text = (
        f'IF(COUNTIF({verdicts},"holds")={count},"{holds}",'
        f'"✗ "&({count}-COUNTIF({verdicts},"holds"))&" checks differ: see Checks")'
    )
    green = book.style(bold=True, font_size=9, font_color=look.HOLDS)
    sheet.put(row - 1 + 2, 8, Formula(text, holds), green)
    red = book.file.add_format({"font_color": look.GAP})
    cell = f"I{row + 2}"
    sheet.conditional_format(
        row + 1, 8, row + 1, 8, {"type": "formula", "criteria": f'=LEFT({cell},1)="✗"', "format": red}
    )
