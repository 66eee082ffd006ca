"""A list as a file: `?format=csv` or `?format=xlsx` on the list's own address, with the same filters."""

import logging
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

from flask import Response, request, send_file
from flask_babel import gettext as _

from tracker.access import actor, may, now, programme, today
from tracker.blueprints.lists import Listing
from tracker.extensions import db
from tracker.queries.trail import anchor_text
from tracker.reporting.lists import Cell, Column, Sheet, csv_lines, write_workbook

T = TypeVar("T")
log = logging.getLogger("tracker")
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MARK: Final = "\ufeff"
"""Says UTF-8 to a spreadsheet that would guess otherwise."""


def file_asked() -> str:
    """`csv`, `xlsx`, or '' for the page."""
    asked = request.args.get("format", "")
    return asked if asked in ("csv", "xlsx") else ""


def answer_with_file(
    name: str,
    title: str,
    found: Listing[T],
    columns: Sequence[Column[T]],
    totals: Mapping[str, Cell] | None = None,
) -> Response:
    """All that was found as a file. `name` is a fixed word; totals are the page's, by name."""
    anchor, kind = anchor_text(db.session(), programme().id), file_asked()
    shown = [column for column in columns if not column.personal or may("see_records")]
    sheet = Sheet(title, shown, found.found, totals or {}, _about(title, found, anchor))
    log.info("list %s as %s by %r, %d rows, anchor %s", name, kind, actor().name, len(found.found), anchor)
    file_name = f"{programme().code}-{name}-{today().isoformat()}.{kind}"
    if kind == "xlsx":
        file = write_workbook(sheet, now())
        return send_file(file, mimetype=XLSX, as_attachment=True, download_name=file_name)
    answer = Response(MARK + "".join(csv_lines(sheet)), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=file_name)
    return answer


def _about(title: str, found: Listing[T], anchor: str) -> list[tuple[str, str]]:
    """What the workbook says of itself."""
    about = [
        (_("List"), title),
        (_("Programme"), programme().name),
        (_("As of"), today().isoformat()),
        (_("Taken at"), now().strftime("%Y-%m-%d %H:%M UTC")),
        (_("Taken by"), actor().name),
        (_("Rows"), str(len(found.found))),
    ]
    return [*about, *found.asked, (_("Audit anchor"), anchor)]
