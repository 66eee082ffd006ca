"""The form on the component sheet."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField

from tracker.forms import KeptRadio, KeptSelect, _


class SheetForm(FlaskForm):
    """The form on the component sheet: nothing reads it."""

    amount = StringField(_("Amount"), default="55342.60")
    currency = KeptSelect(_("Currency"), default="EUR")
    day = StringField(_("Value date"), default="2028-06-30")
    kind = KeptSelect(_("Kind"), pairs=(("government", "Government"), ("foundation", "Foundation")))
    pays = KeptRadio(_("What it pays"), default="a")
    sure = BooleanField(_("It is meant so. Record it all the same"))
