"""Papers to take along: the GCG workbook."""

import logging
from io import BytesIO

from flask import Blueprint, abort, request, send_file
from flask.typing import ResponseReturnValue

from tracker.access import actor, now, programme, requires, today
from tracker.domain.months import parse_day
from tracker.domain.problems import Refused
from tracker.extensions import db
from tracker.queries.report import load_report
from tracker.reporting.workbook import write_workbook
from tracker.wording import problem_text

bp = Blueprint("reports", __name__)
log = logging.getLogger("tracker")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/reports/workbook")
@requires("download_workbook")
def workbook() -> ResponseReturnValue:
    """The GCG workbook as of a day: `?as_of=2028-06-30`, else today. Anonymous donors stay anonymous."""
    try:
        as_of = parse_day(text) if (text := request.args.get("as_of", "").strip()) else today()
    except Refused as refused:
        abort(400, problem_text(refused.problems[0]))
    report, file = load_report(db.session(), programme().id, as_of, now()), BytesIO()
    write_workbook(report, file)
    file.seek(0)
    log.info("workbook as of %s by %r, anchor %s", as_of, actor().name, report.anchor)
    name = f"{programme().code}-funding-{as_of.isoformat()}.xlsx"
    return send_file(file, mimetype=XLSX, as_attachment=True, download_name=name)
