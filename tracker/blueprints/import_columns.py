"""What the columns of somebody's table mean: chosen once, kept under a name, used whenever it comes again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access import programme, requires
from tracker.blueprints import column_choice as choice
from tracker.blueprints import import_reading as reading
from tracker.blueprints.choices import currencies
from tracker.blueprints.column_choice import Sheet
from tracker.blueprints.column_words import (
    FIRST,
    field_words,
    kind_words,
    others,
    shape_words,
    unreferenced_words,
)
from tracker.blueprints.donors import kind_words as donor_kind_words
from tracker.blueprints.posting import UNPROCESSABLE, desk, record
from tracker.domain.problems import Refused
from tracker.extensions import db
from tracker.forms.mappings import ColumnsForm, columns_form
from tracker.importing.cells import DATE_FORMATS, NUMBER_FORMATS, Rows
from tracker.importing.mapped import read_mapped
from tracker.importing.mapping import (
    CONSTANTS,
    FIELDS,
    KINDS,
    Filter,
    TableMap,
    check_map,
    parse_map,
    prefix_of,
    suggest,
    suggest_kinds,
)
from tracker.importing.table_map import folded
from tracker.queries.mappings import StoredMapping, mappings
from tracker.queries.uploads import StoredUpload
from tracker.services import uploads as services
from tracker.services.mappings import keep_mapping, text_of
from tracker.wording import problem_text

bp = Blueprint("import_columns", __name__)

SHOWN_ROWS = 6
MOST_COLUMNS = 60
"""So many columns of the table are shown; all of them can be chosen."""


@dataclass(frozen=True)
class Step:
    """An upload whose columns are being chosen, and what it may begin with."""

    stored: StoredUpload
    sheets: dict[str, Rows]
    saved: dict[str, StoredMapping]


@bp.get("/imports/<int:upload_id>/columns")
@requires("record")
def show(upload_id: int) -> ResponseReturnValue:
    """The table and its columns, with what was chosen before, or a saved mapping, or suggestions."""
    return _at(upload_id, lambda step: _page(step, *_begin(step)))


@bp.post("/imports/<int:upload_id>/columns/again")
@requires("record")
def again(upload_id: int) -> ResponseReturnValue:
    """The same page with another sheet, row, shape or mapping. Keeps what was typed; stores nothing."""

    def shown(step: Step) -> ResponseReturnValue:
        saved = step.saved.get(request.form.get("saved", ""))
        if "use" in request.form and saved is not None:
            return _page(step, *_of_saved(step, saved), name=saved.name, saved=saved.name)
        sheet, table_map = choice.shown_again(request.form, step.sheets, _base(step))
        return _page(step, sheet, table_map, saved=request.form.get("saved", ""))

    return _at(upload_id, shown)


@bp.post("/imports/<int:upload_id>/columns")
@requires("record")
def choose(upload_id: int) -> ResponseReturnValue:
    """Keep what was chosen on the upload, and under its name; what is wrong is said beside the fields."""
    return _at(upload_id, _choose)


def _at(upload_id: int, do: Callable[[Step], ResponseReturnValue]) -> ResponseReturnValue:
    """Do something with an upload that is an open table; any other has no columns to choose."""
    stored = reading.found(upload_id)
    elsewhere = redirect(url_for("imports.show", upload_id=upload_id))
    if not stored.is_open:
        return elsewhere
    try:
        opened = reading.opened(stored)
    except Refused:  # the import's page says what is wrong with the file
        return elsewhere
    if opened.kind != "table":
        return elsewhere
    return do(Step(stored, opened.sheets, mappings(db.session(), programme().id)))


# What the page begins with


def _begin(step: Step) -> tuple[Sheet, TableMap]:
    """What was chosen before; else a saved mapping that fits; else suggestions."""
    before = choice.read_map(step.stored.mapping)
    if before is not None:
        title = step.stored.sheet or before.sheet
        return choice.sheet_of(step.sheets, title, before.header_row), before
    fitting = next(iter(_fitting(step)), None)
    if fitting is not None:
        return _of_saved(step, step.saved[fitting])
    found = max((suggest(rows, title) for title, rows in step.sheets.items()), key=_said)
    return choice.sheet_of(step.sheets, found.sheet, found.header_row), found


def _said(table_map: TableMap) -> int:
    return len(table_map.columns)


def _of_saved(step: Step, saved: StoredMapping) -> tuple[Sheet, TableMap]:
    """A saved mapping, on the sheet it names where there is one, else on one that it fits."""
    table_map = parse_map(saved.text)
    title = choice.title_that_fits(table_map, step.sheets, step.stored.sheet)
    return choice.sheet_of(step.sheets, title or table_map.sheet, table_map.header_row), table_map


def _fitting(step: Step) -> list[str]:
    """Saved mappings whose columns a sheet has, by name."""
    return [one.name for one, _map in choice.fitting(step.saved, step.sheets)]


def _base(step: Step) -> TableMap | None:
    """The map that the form began with."""
    saved = step.saved.get(request.form.get("saved", ""))
    return choice.read_map(saved.text if saved else step.stored.mapping)


# What was chosen


def _choose(step: Step) -> ResponseReturnValue:
    said = request.form
    sheet = choice.sheet_of(step.sheets, said.get("sheet", ""), choice.number_of(said.get("header_row", "")))
    table_map = choice.chosen_map(said, sheet, _base(step))
    form = _form(step, sheet, table_map, saved=said.get("saved", ""))
    form.process_hidden(said)
    if problems := check_map(table_map, sheet.rows):
        form.show_problems((p.column, str(p.facts.get("text", "")), problem_text(p)) for p in problems)
        return _dressed(step, sheet, table_map, form), UNPROCESSABLE

    def write() -> str:
        name, id_, version = table_map.name, step.stored.id, form.opened_version
        text = text_of(table_map, name)
        services.choose(desk(), upload_id=id_, version=version, sheet=sheet.title, mapping=text)
        if name:
            keep_mapping(desk(), name=name, text=text)
        foreign = read_mapped(sheet.rows, table_map, file=step.stored.file_name)
        asks = reading.undecided(step.stored, services.Said(foreign, prefix_of(table_map)))
        return url_for("import_names.show" if asks else "imports.show", upload_id=step.stored.id)

    try:
        return record(form, write, lambda: _dressed(step, sheet, table_map, form))
    except services.StaleUpload:
        flash(_("This import was changed meanwhile. It is shown as it stands now."), "warning")
        return redirect(url_for("import_columns.show", upload_id=step.stored.id))


# The page


def _page(step: Step, sheet: Sheet, table_map: TableMap, name: str = "", saved: str = "") -> str:
    named = replace(table_map, name=name or table_map.name)
    form = _form(step, sheet, named, saved or (named.name if named.name in step.saved else ""))
    form.open_on(step.stored.version)
    return _dressed(step, sheet, named, form)


def _form(step: Step, sheet: Sheet, table_map: TableMap, saved: str) -> ColumnsForm:
    """The form of a map."""
    words, shape = field_words(), table_map.shape
    fields = FIELDS[shape]
    constants = [name for name in CONSTANTS if name in fields]
    form = columns_form({n: words[n][0] for n in fields}, constants, [n for n in choice.DATED if n in fields])
    _offer(form, step, sheet)
    form.fill_map(
        {
            "sheet": sheet.title,
            "header_row": str(sheet.header_row or request.form.get("header_row", "")),
            "shape": shape,
            "saved": saved,
            "date_format": table_map.date_format,
            "number_format": table_map.number_format,
            "name": table_map.name,
            "seen": choice.seen_text(sheet, shape),
            **{f"column-{name}": text for name, text in table_map.columns.items()},
            **{f"constant-{name}": text for name, text in table_map.constants.items()},
            **{f"format-{name}": text for name, text in table_map.date_formats.items()},
        }
    )
    return form


def _offer(form: ColumnsForm, step: Step, sheet: Sheet) -> None:
    """What there is to choose from, each column with what stands in it."""
    form.sheet.offer([(title, title) for title in step.sheets])
    form.shape.offer([(shape, words[0]) for shape, words in shape_words().items()])
    fitting = _fitting(step)
    others_ = [name for name in step.saved if name not in fitting]
    labels = [(name, name) for name in fitting]
    labels += [(name, _("%(name)s (lacks columns here)", name=name)) for name in others_]
    form.saved.offer([("", _("None")), *labels])
    columns = [("", _("No column")), *((name, _with_samples(name, sheet)) for name in sheet.header)]
    dates, numbers = [(text, text) for text in DATE_FORMATS], [(text, text) for text in NUMBER_FORMATS]
    form.date_format.offer(dates)
    form.number_format.offer(numbers)
    few = {
        "constant-currency": currencies(),
        "constant-kind": list(kind_words().items()),
        "constant-donor_kind": list(donor_kind_words().items()),
        "constant-psc": [("yes", _("Yes")), ("no", _("No"))],
    }
    for field in form:
        if field.name.startswith("column-"):
            field.offer(columns)
        elif field.name.startswith("format-"):
            field.offer([("", _("like the others")), *dates])
        elif field.name in few:
            field.offer([("", _("Not said")), *few[field.name]])


def _with_samples(name: str, sheet: Sheet) -> str:
    """A column's name with the beginning of what stands in it."""
    said = " · ".join(_short(text, 18) for text in sheet.samples(name))
    return f"{_short(name, 60)}: {said}" if said else _("%(column)s: empty", column=_short(name, 60))


def _short(text: str, most: int) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def _dressed(step: Step, sheet: Sheet, table_map: TableMap, form: ColumnsForm) -> str:
    base = _base(step) if request.method == "POST" else table_map
    used = {name: sheet.samples(column) for name, column in table_map.columns.items()}
    return render_template(
        "imports/columns.html",
        upload=step.stored,
        form=form,
        sheet=sheet,
        header=sheet.header[:MOST_COLUMNS],
        more_columns=max(0, len(sheet.header) - MOST_COLUMNS),
        sample=[row[:MOST_COLUMNS] for row in sheet.body[:SHOWN_ROWS]],
        used={column: name for name, column in table_map.columns.items()},
        samples=used,
        shapes=shape_words(),
        words=field_words(),
        first=FIRST[table_map.shape],
        others=others(table_map.shape),
        kinds=_kind_rows(sheet, table_map, base),
        kind_choices=[("", _("Leave out")), *kind_words().items()],
        filters=_filter_rows(sheet, table_map, base),
        saved=step.saved,
        kind_column=table_map.columns.get("kind", ""),
        unreferenced="" if table_map.columns.get("reference") else unreferenced_words(table_map.shape),
        filled_from=form.saved.data if request.method == "GET" and not step.stored.mapping else "",
        typed=any(cell.typed for row in sheet.body[:SHOWN_ROWS] for cell in row),
        more_open=any(_is_said(form, name) for name in others(table_map.shape)),
    )


def _is_said(form: ColumnsForm, name: str) -> bool:
    """Whether a field has anything chosen, typed or to be put right."""
    found = [form[start + name] for start in ("column-", "constant-", "format-") if start + name in form]
    return any(field.data or field.errors for field in found)


def _kind_rows(sheet: Sheet, table_map: TableMap, base: TableMap | None) -> list[tuple[str, str, int, str]]:
    """Every word of the kind column: its field, itself, its rows, and what it is called.

    Words that nobody was asked about yet, those of a column chosen just now, are called what they likely are.
    """
    called = {folded(word): kind for kind in KINDS for word in table_map.kinds.get(kind, ())}
    counts = choice.kind_counts(sheet, table_map.columns.get("kind", ""), base)
    if request.method == "POST" and "use" not in request.form:
        fresh = [word for word in counts if f"kind-{choice.key_of(word)}" not in request.form]
        likely = {folded(word): kind for kind, words in suggest_kinds(fresh).items() for word in words}
        called = likely | called
    return [(f"kind-{choice.key_of(w)}", w, n, called.get(folded(w), "")) for w, n in counts.items()]


def _filter_rows(sheet: Sheet, table_map: TableMap, base: TableMap | None) -> list[Mapping[str, object]]:
    """The rows of the filters: three, whether said or not."""
    rows_shown = max(choice.FILTERS, len(table_map.filters))
    said = [*table_map.filters, *[Filter("")] * choice.FILTERS][:rows_shown]
    rows: list[Mapping[str, object]] = []
    for one in said:
        words = choice.filter_counts(sheet, one.column, base) if one.column else {}
        chosen = {folded(word) for word in (*one.keep, *one.drop)}
        rows.append(
            {
                "column": one.column,
                "drops": choice.drops(request.form, one),
                "many": len(words) > choice.MOST_WORDS,
                "words": [(choice.key_of(w), w, n, folded(w) in chosen) for w, n in words.items()],
                "text": "\n".join((*one.keep, *one.drop)),
                "count": len(words),
            }
        )
    return rows
