"""An edit that came too late: how the record stands now, beside what was sent. Nothing was changed."""

from collections.abc import Mapping

from flask import render_template

from tracker.forms import RecordForm


def stale_page(
    form: RecordForm, current: Mapping[str, str], again: str, schedules: tuple[str, str] | None = None
) -> str:
    """Both versions, field by field. `again` is where the form opens anew; `schedules` are (now, sent)."""
    sent = form.raw()
    rows = [(form[name].label.text, current[name], sent[name]) for name in form.columns]
    return render_template("stale.html", rows=rows, schedules=schedules, again=again)
