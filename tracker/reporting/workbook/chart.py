"""The picture on Summary: every month's requirement, stacked by the money that covers it."""

from typing import Any

from tracker.reporting.workbook import formats as look
from tracker.reporting.workbook.figures import Figures
from tracker.reporting.workbook.formats import Book, Sheet, day_name, units
from tracker.reporting.workbook.months import Places

_SMALL = {"name": "Arial", "size": 8, "color": look.TEXT}
_BARS: tuple[tuple[str, str, dict[str, Any], dict[str, Any]], ...] = (
    ("Received", "Received", {"fill": {"color": look.BLUE}}, {"none": True}),
    (
        "Signed, open",
        "Signed",
        {"pattern": {"pattern": "wide_upward_diagonal", "fg_color": look.BLUE, "bg_color": look.SIGNED}},
        {"color": look.BLUE, "width": 0.5},
    ),
    ("Pledged, open", "Pledged", {"fill": {"color": look.PLEDGED}}, {"color": look.BLUE, "width": 0.75}),
    (
        "Still to raise",
        "Still to raise",
        {"fill": {"color": look.GAP_BACK}},
        {"color": look.GAP, "width": 0.75},
    ),
    (
        "Lapsed",
        "Lapsed",
        {"fill": {"color": look.LAPSED_BACK}},
        {"color": look.LAPSED, "width": 0.75, "dash_type": "dash"},
    ),
)


def write_chart(book: Book, sheet: Sheet, figures: Figures, at: Places) -> None:
    """Stacked columns, a line for the requirement, a mark for the as-of month."""
    months = "=" + at.range("Chart data")
    bars = _chart(book, {"type": "column", "subtype": "stacked"})
    for name, what, fill, border in _BARS:
        values = "=" + at.range(what)
        bars.add_series(
            {"name": name, "categories": months, "values": values, "border": border, "gap": 25, **fill}
        )
    lines = _chart(book, {"type": "line"})
    line = {"color": look.DARK, "width": 1.5}
    values = "=" + at.range("Requirement")
    lines.add_series({"name": "Requirement", "categories": months, "values": values, "line": line})
    if not figures.ended and figures.position.as_of_month >= figures.months[0]:
        lines.add_series(_mark(figures, at, months))
    bars.combine(lines)
    _axes(bars, max(units(total.required) for total in figures.by_month.values()))
    bars.set_legend({"position": "top", "font": _SMALL})
    bars.set_chartarea({"border": {"none": True}})
    bars.set_size({"width": 1085, "height": 316})
    bars.show_hidden_data()
    words = (
        "Stacked columns: each month's requirement by received, signed, pledged, still to raise and lapsed"
    )
    sheet.insert_chart(8, 0, bars, {"object_position": 1, "x_offset": 2, "y_offset": 3, "description": words})


def _chart(book: Book, kind: dict[str, Any]) -> Any:
    """The library's own types of charts share no common type with what they can do."""
    return book.file.add_chart(kind)


def _mark(figures: Figures, at: Places, months: str) -> dict[str, Any]:
    marker = {"type": "triangle", "size": 9, "fill": {"color": look.AS_OF}, "border": {"color": look.TEXT}}
    return {
        "name": f"As of {day_name(figures.position.as_of)}",
        "categories": months,
        "values": "=" + at.range("As of"),
        "line": {"none": True},
        "marker": marker,
    }


def _axes(chart: Any, ceiling: float) -> None:
    step = _step(ceiling)
    top = step * int(ceiling * 1.12 / step + 1) if ceiling else 1
    if top - ceiling * 1.12 > step / 2:
        top -= step / 2
    axis = {"line": {"color": look.SECOND}, "major_tick_mark": "outside", "num_font": _SMALL}
    chart.set_x_axis(
        {**axis, "date_axis": True, "num_format": "mmm yyyy", "major_unit": 6, "major_unit_type": "months"}
    )
    grid = {"visible": True, "line": {"color": "#E3E3E3", "width": 0.5}}
    chart.set_y_axis({
        "min": 0, "max": top, "major_unit": step, "num_format": "#,##0", "line": {"none": True},
        "major_gridlines": grid, "num_font": _SMALL,
    })  # fmt: skip


def _step(ceiling: float) -> float:
    """A round step that gives two to six lines up to the ceiling."""
    for step in (float(size * 10**power) for power in range(15) for size in (1, 2, 5)):
        if ceiling / step <= 6:
            return step
    return ceiling
