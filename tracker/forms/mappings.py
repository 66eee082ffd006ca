"""Forms of the mappings: a text, a file, a reason; and what the columns of a table mean."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wtforms import FileField, HiddenField, StringField, TextAreaField

from tracker.forms import KeptRadio, KeptSelect, RecordForm, Texts, _


class MappingForm(RecordForm):
    """A mapping's text, as it is kept."""

    columns = ("text",)

    text = TextAreaField(_("Text"), description=_("TOML. A line that begins with # is a remark, and is kept"))


class MappingFileForm(RecordForm):
    """A mapping that somebody has as a file, or as a text."""

    columns = ("name", "text")

    name = StringField(
        _("Name"), description=_("Empty: the name that the file gives itself. A known name is changed")
    )
    file = FileField(_("File"), description=_("TOML, as a mapping is downloaded here"))
    text = TextAreaField(_("Or paste it"))


class VoidMappingForm(RecordForm):
    """Why a mapping is offered no more."""

    columns = ("reason",)

    reason = StringField(_("Reason"), description=_("It is kept with the mapping"))


class ColumnsForm(RecordForm):
    """What the columns of a table mean. Fields by column are added by `columns_form`.

    `seen` is what the page was shown with.
    """

    columns = ("name",)

    sheet = KeptSelect(_("Sheet"))
    header_row = StringField(_("Row of the headings"), description=_("As a spreadsheet numbers rows"))
    shape = KeptRadio(_("What one row is"))
    saved = KeptSelect(_("A mapping of before"))
    date_format = KeptSelect(_("Dates are written"), description=_("Dates of a workbook need none"))
    number_format = KeptSelect(_("Amounts are written"), description=_("Numbers of a workbook need none"))
    name = StringField(
        _("Keep these choices as"),
        description=_(
            "They are offered for the next such table. A known name is changed; empty keeps nothing"
        ),
    )
    seen = HiddenField()
    kinds_errors: Sequence[str] = ()
    filter_errors: Sequence[tuple[str, str]] = ()

    def process_hidden(self, sent: Mapping[str, str]) -> None:
        """Take over what is carried, not typed: the one-time key and the version it was opened on."""
        self.form_key.data, self.version.data = sent.get("form_key", ""), sent.get("version", "")

    def fill_map(self, texts: Texts) -> None:
        """Start from texts by field."""
        for name, field in self._fields.items():
            if name in texts:
                field.data = texts[name]

    def show_problems(self, messages: Iterable[tuple[str, str, str]]) -> None:
        """Messages (key of the map, the column it is about, sentence) beside what they are about."""
        for key, column, message in messages:
            group, _dot, name = key.partition(".")
            if group == "kinds":
                self.kinds_errors = [*self.kinds_errors, message]
            elif group == "filters":
                self.filter_errors = [*self.filter_errors, (column, message)]
            places = {"constants": f"constant-{name}", "date_formats": f"format-{name}"}
            place = places.get(group, f"column-{key}" if f"column-{key}" in self._fields else key)
            self.show([(place, message)])


_CONSTANTS: dict[str, Any] = dict.fromkeys(("currency", "kind", "donor_kind", "psc"), KeptSelect)
"""Constants that are one of a few words; the others are typed."""


def columns_form(labels: Mapping[str, str], constants: Iterable[str], dated: Iterable[str]) -> ColumnsForm:
    """An empty form with fields for a shape: `column-donor`, `constant-currency`, `format-date` …

    `labels` are the fields of the shape and what each is called.
    """
    made: dict[str, Any] = {f"column-{name}": KeptSelect(label) for name, label in labels.items()}
    for name in constants:
        said = _("%(field)s, for every row", field=labels[name])
        made[f"constant-{name}"] = _CONSTANTS.get(name, StringField)(said)
    for name in dated:
        made[f"format-{name}"] = KeptSelect(_("%(field)s is written", field=labels[name]))
    form: ColumnsForm = type("ColumnsFormOfShape", (ColumnsForm,), made)(formdata=None)
    return form
