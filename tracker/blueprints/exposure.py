"""Exposure: what is open in other currencies, what moved rates would do, and what exchange did already."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from flask import Blueprint, Response, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import actor, now, programme, requires
from tracker.blueprints.overview import Reading, read_as_of
from tracker.blueprints.shown import Shown, shown_position
from tracker.blueprints.takeaway import MARK, XLSX, file_asked
from tracker.domain.exposure import STEPS, Differences
from tracker.extensions import db
from tracker.presentation import writer
from tracker.queries.exposure import Exposure, exposure_of, scenarios_of
from tracker.queries.trail import anchor_text
from tracker.reporting import exposure as words
from tracker.reporting.lists import Cell, Sheet, csv_lines, write_workbook

bp = Blueprint("exposure", __name__)
log = logging.getLogger("tracker")
SIZE: Final = 50
MOST_CHIPS: Final = 24


@bp.get("/exposure")
@requires("see_position")
def index() -> ResponseReturnValue:
    """What depends on rates as of a day; `?currency=EUR` moves that one alone."""
    reading = read_as_of()
    seen = shown_position(reading.as_of)
    found = exposure_of(db.session(), programme().id, seen.book)
    if file_asked():
        return _file(reading, seen, found)
    moving = [row.currency for row in found.moving]
    currency = asked_currency(moving)
    steps = scenarios_of(db.session(), programme().id, reading.as_of, [currency] if currency else moving)
    return render_template(
        "exposure/index.html",
        book=seen.book,
        donors=seen.donors,
        reading=reading,
        link=reading.link,
        found=found,
        currency=currency,
        mover=currency or (moving[0] if len(moving) == 1 else ""),
        choices=_choices(moving, currency, reading.link),
        scenarios=steps,
        today=words.today_of(steps),
        totals=found.moved_usd_minor,
        total_differences=found.differences_minor,
        steps=STEPS,
        words=words,
        idle=words.idle_words(found.differences),
        page=_page(found.differences, currency, reading.link),
        signed=_signed,
        file_url=lambda what, kind: _url(reading.link, format=kind, list=what),
    )


def asked_currency(moving: Sequence[str]) -> str:
    """The one currency that moves; '' where all do, or where the address names one that does not."""
    asked = request.args.get("currency", "")
    return asked if asked in moving else ""


def _url(link: Mapping[str, Any], **more: str) -> str:
    chosen: dict[str, Any] = {**link, **{name: text for name, text in more.items() if text}}
    return url_for("exposure.index", **chosen)


def _choices(moving: Sequence[str], currency: str, link: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """All currencies alike, or one alone; nothing to choose where there is only one."""
    if len(moving) < 2:
        return []
    one_by_one = [
        (f"{_url(link, currency=code)}#moved", code, code == currency) for code in moving[:MOST_CHIPS]
    ]
    return [(f"{_url(link)}#moved", _("All alike"), not currency), *one_by_one]


def _page(found: Differences, currency: str, link: Mapping[str, Any]) -> dict[str, Any]:
    """Fifty rows of the differences, and where the others are."""
    text = request.args.get("page", "")
    number = int(text) if len(text) <= 6 and text.isascii() and text.isdigit() else 1
    last_page = max(1, -(-len(found.rows) // SIZE))
    number = min(max(1, number), last_page)
    start = (number - 1) * SIZE

    def url(to: int) -> str:
        return f"{_url(link, currency=currency, page=str(to) if to > 1 else '')}#differences"

    return {
        "rows": found.rows[start : start + SIZE],
        "first": start + 1,
        "last": min(start + SIZE, len(found.rows)),
        "previous_url": url(number - 1) if number > 1 else "",
        "next_url": url(number + 1) if number < last_page else "",
    }


def _signed(minor: int) -> str:
    """A difference with its sign; nil is a dash."""
    return f"{'+' if minor > 0 else ''}{writer().money_or_nil(minor)}"


# As files


def _file(reading: Reading, seen: Shown, found: Exposure) -> Response:
    """`?list=differences`, else the currencies; the page's own figures, all of its pages."""
    if request.args.get("list") == "differences":
        rows = found.differences.rows
        title, columns = _("Exchange differences"), words.difference_columns(seen.donors)
        totals: Mapping[str, Cell] = words.difference_totals(found.differences)
        return _answer(
            "exchange-differences", Sheet(title, columns, rows, totals, _about(reading, title)), reading
        )
    title = _("Open amounts by currency")
    sheet = Sheet(
        title,
        words.currency_columns(reading.as_of),
        found.currencies,
        words.currency_totals(found.currencies),
        _about(reading, title),
    )
    return _answer("exposure", sheet, reading)


def _answer(name: str, sheet: Sheet[Any], reading: Reading) -> Response:
    kind = file_asked()
    log.info("%s as %s by %r, %d rows, as of %s", name, kind, actor().name, len(sheet.rows), reading.as_of)
    file_name = f"{programme().code}-{name}-{reading.as_of.isoformat()}.{kind}"
    if kind == "xlsx":
        file = write_workbook(sheet, now())
        return send_file(file, mimetype=XLSX, as_attachment=True, download_name=file_name)
    answer = Response(MARK + "".join(csv_lines(sheet)), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=file_name)
    return answer


def _about(reading: Reading, title: str) -> list[tuple[str, str]]:
    """What the workbook says of itself."""
    return [
        (_("List"), title),
        (_("Programme"), programme().name),
        (_("As of"), reading.as_of.isoformat()),
        (_("Taken at"), now().strftime("%Y-%m-%d %H:%M UTC")),
        (_("Taken by"), actor().name),
        (_("Audit anchor"), anchor_text(db.session(), programme().id)),
    ]
